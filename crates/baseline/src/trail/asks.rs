//! What each change of the trail asks of CloudTrail.

use crate::{
    asks::{Ask, account, all, text, wanted_text},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(super) fn trail(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let home = text(change, "home");
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:cloudtrail:{home}:{account}:trail/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => {
            all(&["cloudtrail:CreateTrail", "cloudtrail:AddTags"], &arn)
        }
        declared::Effect::Delete { .. } => all(&["cloudtrail:DeleteTrail"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "properties" => "cloudtrail:UpdateTrail",
                "events" => "cloudtrail:PutEventSelectors",
                "logging" => "cloudtrail:StartLogging",
                "tags" => "cloudtrail:AddTags",
                other => panic!("the call `{other}` of a trail has no row here"),
            };
            let passed = wanted_text(change, "copiesBy").map(|role| {
                Ask::of("iam:PassRole", role)
                    .with("iam:PassedToService", "cloudtrail.amazonaws.com")
            });
            let asks = fields.iter().map(|field| Ask::of(of(field), &arn));
            asks.chain(passed).collect()
        }
    }
}
