//! What each change of a dashboard asks of CloudWatch.

use crate::{
    asks::{Ask, account, all},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

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
