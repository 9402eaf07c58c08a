//! What concerns the account as a whole.

use tenancy::names;

use super::{Ask, account, all};
use crate::{
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(super) fn contact(change: &ResourceChange) -> Vec<Ask> {
    match change.effect {
        declared::Effect::Delete { .. } => all(&["account:DeleteAlternateContact"], "*"),
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            all(&["account:PutAlternateContact"], "*")
        }
    }
}

pub(super) fn analyzer(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:access-analyzer:{region}:{account}:analyzer/{name}");
    let service = "access-analyzer.amazonaws.com";
    let role = format!(
        "arn:aws:iam::{account}:role/aws-service-role/{service}/AWSServiceRoleForAccessAnalyzer"
    );
    let create = || {
        vec![
            Ask::of("access-analyzer:CreateAnalyzer", &arn),
            Ask::of("iam:CreateServiceLinkedRole", &role).with("iam:AWSServiceName", service),
        ]
    };
    let delete = || all(&["access-analyzer:DeleteAnalyzer"], &arn);
    match &change.effect {
        declared::Effect::Create { .. } => create(),
        declared::Effect::Delete { .. } => delete(),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.field.name {
                "days" => [delete(), create()].concat(),
                "exclusions" => all(&["access-analyzer:UpdateAnalyzer"], &arn),
                "tags" => all(&["access-analyzer:TagResource"], &arn),
                other => panic!("the field `{other}` of an analyzer has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

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

pub(super) fn default_vpc(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    match &change.effect {
        declared::Effect::Delete { .. } => all(
            &[
                "ec2:CreateTags",
                "ec2:DetachInternetGateway",
                "ec2:DeleteInternetGateway",
                "ec2:DeleteSubnet",
                "ec2:DeleteVpc",
            ],
            "*",
        ),
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            panic!("a default VPC is only removed")
        }
    }
}
