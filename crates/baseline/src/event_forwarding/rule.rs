//! A rule of EventBridge on the default bus of a Region, with its targets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenancy::{AccountId, Region, Severity, names};

use super::{EventForwarding, forwarded};
use crate::{
    declared::{Compare, Declared, Field, Key, Kind, Resource},
    desired::Desired,
    watched::{Properties, restored},
};

/// A rule. The name of its key is its name in AWS, unique on the default bus of its Region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventRule {
    /// Which events it is about; none where it goes by a schedule only.
    pub pattern: Option<Value>,
    /// `ENABLED`, or what else EventBridge calls it.
    pub state: String,
    /// When it goes off by itself.
    pub schedule: Option<String>,
    /// What it says of itself.
    pub description: String,
    /// The role of the rule itself, which each target may have of its own.
    pub role: Option<String>,
    /// Its targets by id: their ARN and role, and what else they carry.
    pub targets: BTreeMap<String, Value>,
    /// Its tags; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its ARN: EventBridge gives no other id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// All but targets and tags are set by one call.
const fn part(name: &'static str, label: &'static str, severity: Severity) -> Field {
    Field::new(name, label, "Set the properties of")
        .severity(severity)
        .call("properties")
}

const FIELDS: &[Field] = &[
    part("pattern", "event pattern", Severity::High),
    part("state", "state", Severity::High),
    part("schedule", "schedule", Severity::Low),
    part("description", "description", Severity::Low),
    part("role", "role", Severity::Low),
    // EventBridge deletes no rule that has targets.
    Field::new("targets", "target", "Set the targets of")
        .compare(Compare::Entries)
        .severity(Severity::High)
        .strip(),
    Field::TAGS,
];

/// What is watched of a rule and its targets.
pub(super) const WATCHED: &[Properties] = &[
    Properties {
        resource: "Rule that forwards events",
        kind: "event-rule",
        shape: "eventbridge DescribeRuleOutput",
        watched: &[
            restored("event_pattern", "pattern"),
            restored("schedule_expression", "schedule"),
            restored("state", "state"),
            restored("description", "description"),
            restored("role_arn", "role"),
        ],
        identity: &["name", "arn", "event_bus_name"],
        unwatched: &["managed_by, created_by: it cannot be changed"],
    },
    Properties {
        resource: "Target of the rule",
        kind: "event-rule",
        shape: "eventbridge Target",
        watched: &[
            restored("arn", "targets"),
            restored("role_arn", "targets"),
            restored("input", "targets"),
            restored("input_path", "targets"),
            restored("input_transformer", "targets"),
            restored("dead_letter_config", "targets"),
            restored("retry_policy", "targets"),
        ],
        identity: &["id"],
        unwatched: &[
            "kinesis_parameters, run_command_parameters, ecs_parameters, batch_parameters, sqs_parameters: it has no meaning for a bus",
            "http_parameters, redshift_data_parameters, sage_maker_pipeline_parameters, app_sync_parameters: it has no meaning for a bus",
        ],
    },
    Properties {
        resource: "Tags of the rule",
        kind: "event-rule",
        shape: "eventbridge ListTagsForResourceOutput",
        watched: &[restored("tags", "tags")],
        identity: &[],
        unwatched: &[],
    },
];

impl EventRule {
    /// It acts on events.
    pub const ENABLED: &str = "ENABLED";

    /// The key of the rule of this name in a Region.
    pub fn key(region: &Region, name: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }

    /// A target without anything but its ARN and role.
    pub fn target(arn: &str, role: &str) -> Value {
        json!({ "arn": arn, "role": role })
    }

    /// The rule that forwards to the installation's bus.
    pub(super) fn forwarding(desired: &Desired, account: &AccountId) -> Self {
        let role = names::management_role_arn(account, names::FORWARDER);
        let bus = Self::target(&desired.deployment.bus_arn, &role);
        Self {
            pattern: Some(forwarded::pattern()),
            state: Self::ENABLED.into(),
            // The description is data in tenants' accounts: another would be drift in each.
            description: "Forwards what happens in the account to the event bus of tenantry".into(),
            targets: BTreeMap::from([(names::FORWARDING_TARGET.to_owned(), bus)]),
            tags: desired.tags(<EventForwarding as Declared>::NAME),
            ..Self::default()
        }
    }
}

impl Resource for EventRule {
    const KIND: Kind = Kind::of::<Self>("event-rule", "event rule", FIELDS);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::event_rule;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }

    /// Its targets follow, by a call of their own.
    fn created(&self) -> Self {
        Self {
            targets: BTreeMap::new(),
            ..self.clone()
        }
    }
}
