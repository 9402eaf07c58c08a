//! What each change of a topic or subscription asks of SNS.

use tenancy::names;

use crate::{
    asks::{Ask, all},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(super) fn subscription(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    match change.effect {
        declared::Effect::Delete { .. } => all(&["sns:Unsubscribe"], "*"),
        declared::Effect::Set { .. } => all(&["sns:SetSubscriptionAttributes"], "*"),
        declared::Effect::Create { .. } => all(&["sns:Subscribe"], &topic_arn(desired, change)),
    }
}

fn topic_arn(desired: &Desired, change: &ResourceChange) -> String {
    let region = change.key.region().unwrap();
    names::alerts_topic_arn(desired.account.as_ref().unwrap(), region)
}

pub(super) fn topic(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = topic_arn(desired, change);
    match &change.effect {
        declared::Effect::Create { .. } => all(&["sns:CreateTopic", "sns:TagResource"], &arn),
        declared::Effect::Delete { .. } => all(&["sns:DeleteTopic"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "policy" | "key" => "sns:SetTopicAttributes",
                "tags" => "sns:TagResource",
                other => panic!("the call `{other}` of a topic has no row here"),
            };
            let asks = fields.iter().map(|field| Ask::of(of(field), &arn));
            asks.collect()
        }
    }
}
