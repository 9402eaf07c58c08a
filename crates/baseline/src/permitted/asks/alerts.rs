//! Topics, metric filters, alarms, dashboards and rules.

use tenancy::names;

use super::{Ask, account, all, text};
use crate::{
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

pub(super) fn metric_filter(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let group = text(change, "group");
    let arn = format!("arn:aws:logs:{region}:{account}:log-group:{group}");
    match change.effect {
        declared::Effect::Delete { .. } => all(&["logs:DeleteMetricFilter"], &arn),
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            all(&["logs:PutMetricFilter"], &arn)
        }
    }
}

pub(super) fn alarm(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}");
    match &change.effect {
        declared::Effect::Create { .. } => all(
            &["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
            &arn,
        ),
        declared::Effect::Delete { .. } => all(&["cloudwatch:DeleteAlarms"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "alarm" => all(&["cloudwatch:PutMetricAlarm"], &arn),
                "tags" => all(
                    &["cloudwatch:TagResource", "cloudwatch:UntagResource"],
                    &arn,
                ),
                other => panic!("the call `{other}` of an alarm has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

pub(super) fn dashboard(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:cloudwatch::{account}:dashboard/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => {
            all(&["cloudwatch:PutDashboard", "cloudwatch:TagResource"], &arn)
        }
        declared::Effect::Delete { .. } => all(&["cloudwatch:DeleteDashboards"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "body" => all(&["cloudwatch:PutDashboard"], &arn),
                "tags" => all(
                    &["cloudwatch:TagResource", "cloudwatch:UntagResource"],
                    &arn,
                ),
                other => panic!("the call `{other}` of a dashboard has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

pub(super) fn event_rule(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let region = change.key.region().unwrap();
    let arn = names::rule_arn(desired.account.as_ref().unwrap(), region, &change.key.name);
    match &change.effect {
        declared::Effect::Create { .. } => all(&["events:PutRule", "events:TagResource"], &arn),
        declared::Effect::Delete { .. } => all(&["events:DeleteRule"], &arn),
        declared::Effect::Set { fields, wanted, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "properties" => all(&["events:PutRule"], &arn),
                "targets" => of_target(desired, field, wanted, &arn),
                "tags" => all(&["events:TagResource", "events:UntagResource"], &arn),
                other => panic!("the call `{other}` of a rule has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

fn of_target(
    desired: &Desired,
    target: &FieldRef,
    wanted: &declared::State,
    arn: &str,
) -> Vec<Ask> {
    if target.value(wanted).is_null() {
        return all(&["events:RemoveTargets"], arn);
    }
    let role = names::management_role_arn(desired.account.as_ref().unwrap(), names::FORWARDER);
    let pass = Ask::of("iam:PassRole", role).with("iam:PassedToService", "events.amazonaws.com");
    vec![Ask::of("events:PutTargets", arn), pass]
}
