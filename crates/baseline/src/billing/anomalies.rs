//! A monitor of AWS Cost Anomaly Detection, and the subscription that tells of what it finds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Severity, Usd, names};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
    watched::{Properties, reported, restored},
};

/// The monitor of the account that watches the costs of each AWS service. The name of its key is what ours is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AnomalyMonitor {
    /// Its name.
    pub name: String,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// The name of the one that is there instead of ours, whose tags do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// Its ARN, which no other monitor ever has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const MONITOR_FIELDS: &[Field] = &[
    Field::new("name", "name", "Give its name back to").severity(Severity::Low),
    Field::TAGS,
];

/// The subscription by which the billing contact is told. The name of its key is what it is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AnomalySubscription {
    /// Its name.
    pub name: String,
    /// The monitors of whose findings it tells: the account's own of all services by our name for it, others by their ARNs.
    pub monitors: Vec<String>,
    /// How often it tells.
    pub frequency: String,
    /// From which amount on it tells.
    pub threshold: String,
    /// The addresses that are told.
    pub told: Vec<String>,
    /// Addresses that declined, where some did.
    pub declined: Option<String>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its ARN, which no other subscription ever has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// All but the tags are set in one go.
const SUBSCRIPTION_FIELDS: &[Field] = &[
    Field::new("name", "name", "Give its name back to")
        .severity(Severity::Low)
        .call("subscription"),
    Field::new("monitors", "monitors", "Tell of the account's monitor by").call("subscription"),
    Field::new("frequency", "frequency", "Tell every day by").call("subscription"),
    Field::new("threshold", "threshold", "Tell from the blueprint's amount on by")
        .call("subscription"),
    Field::new("told", "recipients", "Tell as the spec says by")
        .absent("nobody")
        .call("subscription"),
    Field::new(
        "declined",
        "recipients who declined",
        "Have them accept in the Billing console of the account, or name another billing contact in the spec, for the",
    )
    .absent("nobody")
    .person(),
    Field::TAGS,
];

/// What is watched of both.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "Monitor of unusual costs",
        kind: "anomaly-monitor",
        shape: "costexplorer AnomalyMonitor",
        watched: &[restored("monitor_name", "name")],
        identity: &[
            "monitor_arn",
            "monitor_type",
            "monitor_dimension",
            "monitor_specification",
        ],
        unwatched: &[
            "creation_date, last_updated_date, last_evaluated_date: it is history",
            "dimensional_value_count: it is how many services the account uses",
        ],
    },
    Properties {
        resource: "Subscription to what the monitor finds",
        kind: "anomaly-subscription",
        shape: "costexplorer AnomalySubscription",
        watched: &[
            restored("subscription_name", "name"),
            restored("monitor_arn_list", "monitors"),
            restored("frequency", "frequency"),
            restored("threshold", "threshold"),
            restored("threshold_expression", "threshold"),
            restored("subscribers", "told"),
        ],
        identity: &["subscription_arn", "account_id"],
        unwatched: &[],
    },
    Properties {
        resource: "Recipient of what the monitor finds",
        kind: "anomaly-subscription",
        shape: "costexplorer Subscriber",
        watched: &[
            restored("address", "told"),
            restored("type", "told"),
            reported("status", "declined"),
        ],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Tags of the monitor",
        kind: "anomaly-monitor",
        shape: "costexplorer ListTagsForResourceOutput",
        watched: &[restored("resource_tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
    Properties {
        resource: "Tags of the subscription",
        kind: "anomaly-subscription",
        shape: "costexplorer ListTagsForResourceOutput",
        watched: &[restored("resource_tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
];

impl AnomalyMonitor {
    /// The key of the one monitor.
    pub fn key() -> Key {
        Key::in_account(Self::KIND.name, names::ANOMALY_MONITOR.to_owned())
    }

    /// One of ours.
    pub fn wanted(tags: BTreeMap<String, String>) -> Self {
        Self {
            name: names::ANOMALY_MONITOR.to_owned(),
            tags,
            ..Self::default()
        }
    }

    /// One that somebody else made, or AWS: it watches the same.
    pub fn of_others(name: &str, tags: BTreeMap<String, String>) -> Self {
        Self {
            other: Some(name.to_owned()),
            ..Self::wanted(tags)
        }
    }
}

impl Resource for AnomalyMonitor {
    const KIND: Kind = Kind::of::<Self>(
        "anomaly-monitor",
        "monitor of unusual costs",
        MONITOR_FIELDS,
    )
    .missing(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::anomaly_alert;

    /// One that is there instead of ours satisfies a tenant that is there, and is nothing to remove.
    fn ours(&self, desired: &Desired) -> bool {
        match self.other {
            Some(_) => !desired.leaving(),
            None => desired.owns(&self.tags),
        }
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }

    fn locked(&self) -> Option<String> {
        let other = self.other.as_ref()?;
        Some(format!(
            "the monitor `{other}`, which tenantry did not make"
        ))
    }
}

impl AnomalySubscription {
    /// How often somebody is told by e-mail: once a day, of everything since. AWS sends no e-mail at once.
    pub const FREQUENCY: &str = "DAILY";

    /// The key of the one subscription we make.
    pub fn key() -> Key {
        Key::in_account(Self::KIND.name, names::ANOMALY_SUBSCRIPTION.to_owned())
    }

    /// An amount as findings show it.
    pub fn threshold(amount: Usd) -> String {
        format!("{amount} USD")
    }

    /// One that tells these, from so much on.
    pub fn wanted(from: Usd, told: Vec<String>, tags: BTreeMap<String, String>) -> Self {
        Self {
            name: names::ANOMALY_SUBSCRIPTION.to_owned(),
            monitors: vec![names::ANOMALY_MONITOR.to_owned()],
            frequency: Self::FREQUENCY.to_owned(),
            threshold: Self::threshold(from),
            told,
            tags,
            ..Self::default()
        }
    }
}

impl Resource for AnomalySubscription {
    const KIND: Kind = Kind::of::<Self>(
        "anomaly-subscription",
        "subscription to unusual costs",
        SUBSCRIPTION_FIELDS,
    )
    .missing(Severity::Medium)
    .noted();
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::anomaly_alert;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}
