//! The role by which EventBridge puts events on the installation's bus: a bus that lets in an organization is reached in no other way
//! (EventBridge User Guide, "Sending and receiving events between AWS accounts").

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenancy::{AccountId, Severity, names};

use super::EventForwarding;
use crate::{
    declared::{Declared, Key, Wanted},
    desired::Desired,
    policy::{document, statement},
    resources::Role,
};

/// The key of the role.
pub(super) fn key() -> Key {
    Role::key(names::FORWARDER)
}

/// The role as it is wanted.
pub(super) fn wanted(desired: &Desired, account: &AccountId) -> Wanted {
    let policy = policy(&desired.deployment.bus_arn);
    let role = Role {
        path: names::MANAGEMENT_PATH.into(),
        // The description is data in tenants' accounts: another would be drift in each.
        description:
            "tenantry: forwards events of the account to the event bus of the installation".into(),
        trust: trust(account),
        inline: BTreeMap::from([(names::MANAGEMENT_POLICY.to_owned(), policy)]),
        tags: desired.tags(<EventForwarding as Declared>::NAME),
        ..Role::default()
    };
    Wanted::of(&role)
        .called("forwarder")
        .raised_to(Severity::High)
}

/// EventBridge, on behalf of our rules only (EventBridge User Guide, "Cross-service confused deputy prevention").
fn trust(account: &AccountId) -> Value {
    let rule = format!("arn:aws:events:*:{account}:rule/{}", names::FORWARDING_RULE);
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": account },
                "ArnLike": { "aws:SourceArn": rule }
            }
        }]
    })
}

fn policy(bus: &str) -> Value {
    document(vec![statement(
        "PutOnTheBusOfTenantry",
        "Allow",
        &["events:PutEvents"],
        &[bus.to_owned()],
        Value::Null,
    )])
}
