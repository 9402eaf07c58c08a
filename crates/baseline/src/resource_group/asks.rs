//! What each change of a group asks of Resource Groups.

use crate::{
    asks::{Ask, account, all},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(super) fn resource_group(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:resource-groups:{region}:{account}:group/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => vec![
            Ask::of("resource-groups:CreateGroup", "*"),
            Ask::of("resource-groups:Tag", &arn),
        ],
        declared::Effect::Delete { .. } => all(&["resource-groups:DeleteGroup"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "query" => "resource-groups:UpdateGroupQuery",
                "tags" => "resource-groups:Tag",
                other => panic!("the call `{other}` of a resource group has no row here"),
            };
            fields
                .iter()
                .map(|field| Ask::of(of(field), &arn))
                .collect()
        }
    }
}
