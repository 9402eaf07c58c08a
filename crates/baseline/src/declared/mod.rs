//! Declared resources: named things with fields that a component wants to be so.
//!
//! Most of a tenant is a set of these: a switch of a Region, a log group, a key, a role, a bucket. A component declares which it
//! wants, and everything else is derived: what differs, field by field, with its values in words; what has to be made, set and
//! deleted, and in which order; what an effect teaches; preview.
//!
//! # Guarantees
//! Each resource is judged by itself: one that cannot be read blinds no other. What stands at our name and is not ours is an
//! obstacle, never adopted. What is no longer wanted goes if it is ours and its kind is deleted at all, emptied first, after
//! everything that was made after it.

mod change;
mod compare;
mod key;
mod kind;
mod plan;
mod port;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use tenancy::{ComponentName, EffectiveSpec, Failure};

pub use self::{
    change::{Effect, Fact, ResourceChange},
    compare::FieldRef,
    key::{Key, Place},
    kind::{Compare, Field, Kind, Removal, Resource, State, name_taken, read, write},
    plan::{Resources, Wanted, plan},
    port::{DeclaredPort, Deleted, KindPort, Observations, ResourcePort, kind_port},
    words::{shorten, show},
};
use crate::{
    component::{Component, Departure, Plan, Wait},
    control::Control,
    desired::Desired,
    policy::{Grants, Scope},
};

/// What was observed of one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<S> {
    /// It is not there.
    Absent,
    /// It is there, in this state.
    Present(S),
    /// It cannot be told yet: a report that is being made, a resource on its way.
    Pending(Wait),
    /// It could not be looked at.
    Unreadable(Failure),
    /// It is ours and stays, because something of the tenant's own making holds it: what. It goes with the account.
    Left(String),
}

/// What was observed of a component's resources. What is not in it is absent.
#[derive(Debug, Clone, Default)]
pub struct Seen(
    pub BTreeMap<Key, Observed<State>>,
    pub BTreeMap<&'static str, &'static Kind>,
);

impl Seen {
    /// The typed state of a resource, if it is there.
    pub fn present<R: Resource>(&self, key: &Key) -> Option<R> {
        match self.0.get(key)? {
            Observed::Present(state) => read(state).ok(),
            _ => None,
        }
    }

    fn kind(&self, key: &Key, declared: &Resources) -> Option<&'static Kind> {
        let declared = declared.get(key).map(|wanted| wanted.kind);
        declared.or_else(|| self.1.get(key.kind).copied())
    }
}

/// A component that is a set of declared resources.
pub trait Declared: Send + Sync + 'static {
    /// Its name.
    const NAME: ComponentName;
    /// What must be as wanted before it can be worked on.
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS];
    /// How it leaves.
    const DEPARTURE: Departure = Departure::ByNeed;

    /// Whether the blueprint and spec ask for it.
    fn enabled(_spec: &EffectiveSpec) -> bool {
        true
    }

    /// What is wanted of a tenant that is there, by key. Also says, for a tenant that is leaving, where to look.
    ///
    /// # Errors
    /// What has to be known first.
    fn wanted(desired: &Desired) -> Result<Resources, Wait>;

    /// What each of our roles needs for it.
    fn grants(scope: &Scope) -> Grants;

    /// Tells later components what this one observed, through `desired.known`.
    fn teach(_seen: &Seen, _desired: &mut Desired) {}

    /// What is wrong and not ours to repair.
    fn controls() -> &'static [Control<Seen>] {
        &[]
    }

    /// Its resources, for people. Every one that is there, by key, unless it says otherwise.
    fn resources(seen: &Seen) -> BTreeMap<String, String> {
        resources(seen)
    }
}

/// Every resource that is there, by key.
pub fn resources(seen: &Seen) -> BTreeMap<String, String> {
    let there = |(key, observed): (&Key, &Observed<State>)| match observed {
        Observed::Present(_) if !key.name.is_empty() => Some((key.to_string(), key.name.clone())),
        Observed::Left(by) => Some((format!("{key}.held-by"), by.clone())),
        _ => None,
    };
    seen.0.iter().filter_map(there).collect()
}

impl<D: Declared> Component for D {
    const NAME: ComponentName = D::NAME;
    const NEEDS: &'static [ComponentName] = D::NEEDS;
    const DEPARTURE: Departure = D::DEPARTURE;
    type Seen = Seen;
    type Change = ResourceChange;
    type Fact = Fact;

    fn enabled(spec: &EffectiveSpec) -> bool {
        D::enabled(spec)
    }

    fn plan(desired: &Desired, seen: &Seen) -> Plan<ResourceChange> {
        match D::wanted(desired) {
            Ok(declared) => plan(D::NAME, desired, &declared, seen),
            Err(_) if desired.leaving() => plan(D::NAME, desired, &Resources::new(), seen),
            Err(wait) => Plan {
                waits: vec![wait],
                ..Plan::default()
            },
        }
    }

    fn learn(seen: &mut Seen, fact: Fact) {
        fact.learn(seen);
    }

    fn imagine(_desired: &Desired, change: &ResourceChange) -> Fact {
        Fact::expected(change)
    }

    fn teach(seen: &Seen, desired: &mut Desired) {
        D::teach(seen, desired);
    }

    fn resources(seen: &Seen) -> BTreeMap<String, String> {
        D::resources(seen)
    }

    fn grants(scope: &Scope) -> Grants {
        D::grants(scope)
    }

    fn controls() -> &'static [Control<Seen>] {
        D::controls()
    }
}
