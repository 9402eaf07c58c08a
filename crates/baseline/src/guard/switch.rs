//! A switch: a setting that is always there, and only read and set.

use crate::{
    declared::{Key, Kind, Resource, Wanted},
    desired::Desired,
};

/// Who sets an attribute for us, as EC2 calls it (EC2 API reference, `ManagedBy`).
pub const DECLARATIVE_POLICY: &str = "declarative-policy";

/// Where a switch has to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Once for the account.
    Account,
    /// In each Region of the spec.
    EachRegion,
}

/// A setting that is always there.
pub trait Switch: Resource {
    /// Where it has to be set.
    const REACH: Reach;
    /// The action that reads it.
    const READ: &'static str;
    /// The action that sets it.
    const WRITE: &'static str;

    /// How it is to be.
    fn wanted() -> Self;
}

/// A switch in a table, its type erased.
pub(super) struct SwitchRow {
    kind: &'static Kind,
    reach: Reach,
    wanted: fn() -> Wanted,
    pub(super) read: &'static str,
    pub(super) write: &'static str,
}

impl SwitchRow {
    pub(super) const fn of<S: Switch>() -> Self {
        Self {
            kind: const { &S::KIND },
            reach: S::REACH,
            wanted: || Wanted::of(&S::wanted()),
            read: S::READ,
            write: S::WRITE,
        }
    }

    /// The switch wherever it has to be set.
    pub(super) fn wanted(&self, desired: &Desired) -> Vec<(Key, Wanted)> {
        let in_region = |region: &tenancy::Region| {
            Key::in_region(self.kind.name, region.clone(), String::new())
        };
        let keys = match self.reach {
            Reach::Account => vec![Key::only(self.kind.name)],
            Reach::EachRegion => desired.spec.regions.iter().map(in_region).collect(),
        };
        keys.into_iter().map(|key| (key, (self.wanted)())).collect()
    }
}
