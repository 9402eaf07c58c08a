//! What each change of a rule asks of EventBridge.

use tenancy::names;

use crate::{
    asks::{Ask, all},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

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
