//! What components learned that others need: a key's ARN, a topic, a bucket.

use std::collections::BTreeMap;

use tenancy::{ComponentName, Region};

/// The name of an output: which component has it, what it is, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputName {
    /// Whose output it is.
    pub component: ComponentName,
    /// What it is, such as `key-arn`.
    pub name: &'static str,
    /// The Region it holds for; none for the whole account.
    pub region: Option<Region>,
}

/// Outputs of this pass, by name. Observed, never stored: the next pass learns them anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs(BTreeMap<OutputName, String>);

impl Outputs {
    /// An output, if it is known.
    pub fn get(
        &self,
        component: ComponentName,
        name: &'static str,
        region: Option<&Region>,
    ) -> Option<&str> {
        let name = OutputName {
            component,
            name,
            region: region.cloned(),
        };
        self.0.get(&name).map(String::as_str)
    }

    /// Adds an output, or replaces the earlier value.
    pub fn set(
        &mut self,
        component: ComponentName,
        name: &'static str,
        region: Option<&Region>,
        value: impl Into<String>,
    ) {
        let name = OutputName {
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
