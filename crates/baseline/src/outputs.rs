//! What components learned that others use: a key's ARN, a topic, a bucket.

use std::collections::BTreeMap;

use tenancy::{ComponentName, Region};

/// The name of a fact: which component tells it, what it is, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactName {
    /// Who tells it.
    pub component: ComponentName,
    /// What it is, such as `key-arn`.
    pub name: &'static str,
    /// The Region it holds for; none for the whole account.
    pub region: Option<Region>,
}

/// Facts of this pass, by name. Observed, never stored: the next pass learns them anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known(BTreeMap<FactName, String>);

impl Known {
    /// A fact, if it is known.
    pub fn get(
        &self,
        component: ComponentName,
        name: &'static str,
        region: Option<&Region>,
    ) -> Option<&str> {
        let name = FactName {
            component,
            name,
            region: region.cloned(),
        };
        self.0.get(&name).map(String::as_str)
    }

    /// Adds a fact, or replaces what was known.
    pub fn set(
        &mut self,
        component: ComponentName,
        name: &'static str,
        region: Option<&Region>,
        value: impl Into<String>,
    ) {
        let name = FactName {
            component,
            name,
            region: region.cloned(),
        };
        self.0.insert(name, value.into());
    }

    /// Adds everything another part of the pass learned.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}
