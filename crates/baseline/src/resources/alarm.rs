//! An alarm on a metric.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tenancy::{ComponentName, Region, Severity, names};

use crate::{
    declared::{Compare, Field, Key, Kind, Resource},
    desired::Desired,
};

/// An alarm of CloudWatch on one metric. Its name is the key's, unique in its Region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Alarm {
    /// What it says to who is told.
    pub description: String,
    /// The metric; none where it watches an expression.
    pub metric: Option<String>,
    /// The metric's namespace.
    pub namespace: Option<String>,
    /// The metric's dimensions; left alone where they are not known yet.
    pub dimensions: Option<BTreeMap<String, String>>,
    /// How the values of a period are taken together.
    pub statistic: Option<String>,
    /// Of how many seconds a period is.
    pub period: Option<i32>,
    /// The only unit that counts.
    pub unit: Option<String>,
    /// How many periods are compared.
    pub evaluations: i32,
    /// How many of them must be over the threshold, where not all.
    pub datapoints: Option<i32>,
    /// The threshold.
    pub threshold: f64,
    /// How it is compared.
    pub comparison: String,
    /// What a period without data means.
    pub missing_data: String,
    /// Whether it does anything when it goes off.
    pub acts: bool,
    /// ARNs of what it does then.
    pub actions: BTreeSet<String>,
    /// ARNs of what it does when it is over.
    pub ok_actions: BTreeSet<String>,
    /// ARNs of what it does when it has no data.
    pub no_data_actions: BTreeSet<String>,
    /// Those tags that say whose it is; others are left alone.
    pub tags: BTreeMap<String, String>,
    /// Its ARN: CloudWatch gives no other id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// All but its tags are set by one call.
const fn part(name: &'static str, label: &'static str, severity: Severity) -> Field {
    Field::new(name, label, "Set the properties of")
        .severity(severity)
        .call("alarm")
}

const FIELDS: &[Field] = &[
    part("description", "description", Severity::Low),
    part("metric", "metric", Severity::Medium),
    part("namespace", "namespace", Severity::Medium),
    part("dimensions", "dimensions", Severity::Medium).compare(Compare::IfWanted),
    part("statistic", "statistic", Severity::Medium),
    part("period", "period", Severity::Medium).unit("seconds"),
    part("unit", "unit", Severity::Medium),
    part("evaluations", "periods", Severity::Medium),
    part("datapoints", "periods over the threshold", Severity::Medium).absent("all"),
    part("threshold", "threshold", Severity::Medium),
    part("comparison", "comparison", Severity::Medium),
    part("missingData", "meaning of no data", Severity::Medium),
    part("acts", "actions", Severity::High),
    part("actions", "action", Severity::High),
    part("okActions", "action when it is over", Severity::Low),
    part("noDataActions", "action without data", Severity::Low),
    Field::TAGS,
];

impl Alarm {
    /// The key of the alarm of this name.
    pub fn key(region: &Region, name: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }

    /// The tags that ours have: those that say whose they are, and not those of the spec.
    pub fn own_tags(desired: &Desired) -> BTreeMap<String, String> {
        let (tenant, component) = (&desired.tenant, ComponentName::ALERTING);
        BTreeMap::from([
            (names::TAG_TENANT.to_owned(), tenant.to_string()),
            (names::TAG_COMPONENT.to_owned(), component.to_string()),
        ])
    }

    /// The same with the tags that the ledger recorded it for, where they were not read.
    #[must_use]
    pub fn with_own_tags(self, desired: &Desired) -> Self {
        Self {
            tags: Self::own_tags(desired),
            ..self
        }
    }
}

impl Resource for Alarm {
    const KIND: Kind = Kind::of::<Self>("alarm", "alarm", FIELDS).missing(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::alarm;

    fn ours(&self, desired: &Desired) -> bool {
        desired.owns(&self.tags)
    }

    fn id(&self) -> Option<String> {
        self.id.clone()
    }
}
