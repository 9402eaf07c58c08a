//! What each change asks of Budgets and Cost Explorer.

use tenancy::names;

use crate::{
    asks::{Ask, account, all},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(super) fn budget(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:budgets::{account}:budget/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => {
            all(&["budgets:ModifyBudget", "budgets:TagResource"], &arn)
        }
        declared::Effect::Delete { .. } => all(&["budgets:ModifyBudget"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "budget" | "notifications" => "budgets:ModifyBudget",
                "tags" => "budgets:TagResource",
                other => panic!("the call `{other}` of a budget has no row here"),
            };
            let asks = fields.iter().map(|field| Ask::of(of(field), &arn));
            asks.collect()
        }
    }
}

/// A monitor of unusual costs, or a subscription to what it finds. Creating names no resource.
pub(super) fn anomaly_alert(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (account, tenant) = (account(desired), desired.tenant.as_str());
    let (kind, name) = match change.kind.name {
        "anomaly-monitor" => ("anomalymonitor", "AnomalyMonitor"),
        _ => ("anomalysubscription", "AnomalySubscription"),
    };
    let arn = format!("arn:aws:ce::{account}:{kind}/1");
    let tag = |prefix: &str| format!("aws:{prefix}/{}", names::TAG_TENANT);
    let ours =
        |verb: &str| Ask::of(&format!("ce:{verb}{name}"), &arn).with(&tag("ResourceTag"), tenant);
    match &change.effect {
        declared::Effect::Create { .. } => vec![
            Ask::of(&format!("ce:Create{name}"), "*").with(&tag("RequestTag"), tenant),
            Ask::of("ce:TagResource", &arn),
        ],
        declared::Effect::Delete { .. } => vec![ours("Delete")],
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "name" | "subscription" => ours("Update"),
                "tags" => Ask::of("ce:TagResource", &arn),
                other => panic!("the call `{other}` of a {kind} has no row here"),
            };
            fields.iter().map(of).collect()
        }
    }
}
