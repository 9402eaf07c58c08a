//! What each change asks of AWS: actions, on which resource, with what a policy's conditions may test. A new kind of change, or of
//! resource, has to be put into these tables.

mod alerts;
mod governance;
mod identities;
mod keys;
mod network;
mod records;

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::{
    declared::{self, ResourceChange, State},
    desired::Desired,
    guard,
};

use self::{
    alerts::{alarm, dashboard, event_rule, metric_filter, subscription, topic},
    governance::{analyzer, anomaly_alert, budget, contact, default_vpc, resource_group},
    identities::{alias, instance_profile, policy, role},
    keys::{key_pair, kms_key, secret},
    records::{bucket, log_group, trail},
};
pub(super) use network::of_part;

/// One action on one resource.
#[derive(Clone)]
pub(super) struct Ask {
    pub action: String,
    pub resource: String,
    /// Condition keys of the request, by name.
    pub context: BTreeMap<String, String>,
}

impl Ask {
    pub(super) fn of(action: &str, resource: impl Into<String>) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.into(),
            context: BTreeMap::new(),
        }
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.insert(key.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on `{}` {:?}",
            self.action, self.resource, self.context
        )
    }
}

fn all(actions: &[&str], resource: &str) -> Vec<Ask> {
    actions
        .iter()
        .map(|action| Ask::of(action, resource))
        .collect()
}

/// What a change of a declared resource asks.
pub(super) fn of_resource(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let asks = match change.kind.name {
        "alarm" => alarm,
        "dashboard" => dashboard,
        "event-rule" => event_rule,
        "metric-filter" => metric_filter,
        "role" => role,
        "topic" => topic,
        "policy" => policy,
        "instance-profile" => instance_profile,
        "log-group" => log_group,
        "key-pair" => key_pair,
        "kms-key" => kms_key,
        "secret" => secret,
        "bucket" => bucket,
        "budget" => budget,
        "trail" => trail,
        "alias" => alias,
        "analyzer" => analyzer,
        "anomaly-monitor" | "anomaly-subscription" => anomaly_alert,
        "default-vpc" => default_vpc,
        "resource-group" => resource_group,
        "contact" => return contact(change),
        "subscription" => return subscription(desired, change),
        "account-name" => return all(&["account:PutAccountName"], "*"),
        "password-policy" => {
            return all(&["iam:UpdateAccountPasswordPolicy"], "*");
        }
        other => match guard::writes(other) {
            Some(writes) => return all(writes, "*"),
            None => panic!("the kind `{other}` has no row here"),
        },
    };
    asks(desired, change)
}

fn account(desired: &Desired) -> &str {
    desired.account.as_ref().unwrap().as_str()
}

/// A text of the resource, as it is wanted or, on the way out, as it was found.
fn text<'a>(change: &'a ResourceChange, field: &str) -> &'a str {
    let of = |state: &'a State| state.get(field).and_then(Value::as_str);
    match &change.effect {
        declared::Effect::Create { wanted } => of(wanted),
        declared::Effect::Set { wanted, found, .. } => of(found).or_else(|| of(wanted)),
        declared::Effect::Delete { found } => of(found),
    }
    .unwrap_or_default()
}

/// A text of the resource as it is wanted, where it is made or set.
fn wanted_text<'a>(change: &'a ResourceChange, field: &str) -> Option<&'a str> {
    match &change.effect {
        declared::Effect::Create { wanted } | declared::Effect::Set { wanted, .. } => {
            wanted.get(field).and_then(Value::as_str)
        }
        declared::Effect::Delete { .. } => None,
    }
}
