//! A metric filter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{Region, Severity};

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// A metric filter on a log group of ours, of which it is a part: it has no tags, and goes with the group. Its name is the key's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MetricFilter {
    /// The log group.
    pub group: String,
    /// Which events count.
    pub pattern: String,
    /// The metric that it emits.
    pub metric: String,
    /// The metric's namespace.
    pub namespace: String,
    /// What each event counts.
    pub value: String,
    /// What is emitted where no event counts.
    pub default: Option<f64>,
    /// Dimensions of the metric.
    pub dimensions: BTreeMap<String, String>,
    /// From which accounts and Regions events count, where not from all.
    pub selection: Option<String>,
}

/// All are set by one call.
const fn part(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "Set the properties of").call("filter")
}

const FIELDS: &[Field] = &[
    part("pattern", "pattern").severity(Severity::High),
    part("metric", "metric").severity(Severity::High),
    part("namespace", "namespace").severity(Severity::High),
    part("value", "value").severity(Severity::High),
    part("default", "value without events"),
    part("dimensions", "dimensions"),
    part("selection", "selection of events").severity(Severity::High),
];

impl MetricFilter {
    /// The key of the filter of this name.
    pub fn key(region: &Region, name: &str) -> Key {
        Key::in_region(Self::KIND.name, region.clone(), name.to_owned())
    }
}

impl Resource for MetricFilter {
    const KIND: Kind =
        Kind::of::<Self>("metric-filter", "metric filter", FIELDS).missing(Severity::Medium);
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::metric_filter;

    /// It is part of a log group that is ours by its tags.
    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}
