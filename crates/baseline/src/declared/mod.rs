//! Declared resources: named things with fields that a component wants to be so.
//!
//! Most of a tenant is a set of these: a switch of a Region, a log group, a key, a role, a bucket. A component declares which it
//! wants, and everything else is derived: what differs, field by field, with its values in words; what has to be made, set and
//! deleted, and in which order; what an effect teaches; preview.
//!
//! # Guarantees
//! Each resource is evaluated by itself: one that cannot be read does not keep the others from being evaluated. A resource that has
//! our name and is not ours is an obstacle, never adopted. What is no longer wanted is deleted if it is ours and its kind is ever
//! deleted: emptied first, and after everything that was made after it.

mod adapter;
mod change;
mod compare;
mod field;
mod held;
mod kind;
mod observed;
mod ownership;
mod plan;
mod port;
#[cfg(test)]
mod tests;
mod wanted;
mod words;

use std::collections::BTreeMap;

use tenancy::{ComponentName, EffectiveSpec};

use self::ownership::is_ours;
pub use self::{
    change::{Effect, ResourceChange, ResourceFact},
    compare::FieldRef,
    field::{Compare, Field},
    held::leave_held,
    kind::{Kind, Removal, Resource, State, name_taken, name_taken_in_other_case, read, write},
    observed::{Observation, Observed},
    ownership::owned,
    plan::plan,
    port::{DeclaredPort, Deleted, KindPort, Observations, ResourcePort, kind_port},
    wanted::{Resources, Wanted},
    words::{shorten, show},
};
pub use crate::resource_key::{Key, Location};
use crate::{
    component::{Departure, Wait},
    control::Control,
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    resource_key::id_role,
    watched::Properties,
};

/// A component that is a set of declared resources.
pub trait Declared: Send + Sync + 'static {
    /// Its name.
    const NAME: ComponentName;
    /// What must be as wanted before it can be worked on.
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS];
    /// How it leaves.
    const DEPARTURE: Departure = Departure::ByNeed;

    /// Whether what an earlier pass recorded, and the spec no longer asks for, is observed too, so that it goes: a resource of a Region
    /// that was dropped.
    const RECORDED: bool = false;

    /// Whether what was removed of it stays for days, scheduled for its deletion: so long it stays on record, and the rights for it stay.
    const LINGERS: bool = false;

    /// What is watched of what it makes, property by property of AWS's own model; of the kinds that components share, `resources` says it.
    const WATCHED: &'static [&'static [Properties]] = &[];

    /// Whether the blueprint and spec ask for it.
    fn enabled(_spec: &EffectiveSpec) -> bool {
        true
    }

    /// Whether it is built only after this one of its needs, with this spec.
    fn waits_for(_spec: &EffectiveSpec, _need: ComponentName) -> bool {
        true
    }

    /// What is wanted of a tenant that is there, by key. Also says, for a tenant that is leaving, what to read.
    ///
    /// # Errors
    /// What has to be known first.
    fn wanted(desired: &Desired) -> Result<Resources, Wait>;

    /// What each of our roles needs for it.
    fn grants(scope: &Scope) -> Grants;

    /// Tells later components what this one observed, through `desired.outputs`.
    fn teach(_seen: &Observation, _desired: &mut Desired) {}

    /// Of which kind of resource a finding of drift is: one for each kind that it makes.
    fn drift_controls() -> &'static [DriftControl] {
        &[]
    }

    /// What is wrong and not ours to repair.
    fn controls() -> &'static [Control<Observation>] {
        &[]
    }

    /// Its resources, for people and for the ledger. Every one that is there and ours, by key, unless it says otherwise.
    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        resources(Self::NAME, desired, seen)
    }
}

/// Every resource that is there and ours, by key, with the ids that AWS gave them.
pub fn resources(
    component: ComponentName,
    desired: &Desired,
    seen: &Observation,
) -> BTreeMap<String, String> {
    let there = |(key, observed): (&Key, &Observed<State>)| match observed {
        Observed::Present(found) if !key.name.is_empty() => {
            let kind = seen.1.get(key.kind);
            let ours = kind.is_none_or(|kind| is_ours(component, desired, kind, key, found));
            ours.then(|| (key.to_string(), key.name.clone()))
        }
        Observed::Present(_)
        | Observed::Absent
        | Observed::Pending(_)
        | Observed::Unreadable(_)
        | Observed::Left(_)
        | Observed::Closed => None,
    };
    let mut resources: BTreeMap<String, String> = seen.0.iter().filter_map(there).collect();
    resources.extend(ids(component, desired, seen));
    resources
}

/// The ids that AWS gave resources of ours, by which they are known when their tags were changed; and of those that stay because
/// somebody holds them, by what.
pub fn ids(
    component: ComponentName,
    desired: &Desired,
    seen: &Observation,
) -> BTreeMap<String, String> {
    let there = |(key, observed): (&Key, &Observed<State>)| {
        let (Observed::Present(found), Some(kind)) = (observed, seen.1.get(key.kind)) else {
            return None;
        };
        let ours = is_ours(component, desired, kind, key, found);
        Some((id_role(key), (kind.id)(found)?)).filter(|_| ours)
    };
    let unknown = |(key, observed): (&Key, &Observed<State>)| {
        let is_unknown = matches!(
            observed,
            Observed::Unreadable(_) | Observed::Pending(_) | Observed::Closed
        );
        is_unknown.then(|| key.clone())
    };
    let held = |(key, observed): (&Key, &Observed<State>)| match observed {
        Observed::Left(by) => Some((format!("{key}.held-by"), by.clone())),
        Observed::Present(_)
        | Observed::Absent
        | Observed::Pending(_)
        | Observed::Unreadable(_)
        | Observed::Closed => None,
    };
    let all = || seen.0.iter();
    // What could not be read has what it had.
    let unknown = all().filter_map(unknown);
    let kept = unknown.flat_map(|key| desired.recorded.roles_of(component, &key));
    let known = all().filter_map(there).chain(all().filter_map(held));
    known.chain(kept).collect()
}
