//! Where the account is in the organization, and the policies over it.
//!
//! # Guarantees
//! An account is moved only into a unit whose policy is in place: a tenant is never without its guardrail on the way in, nor
//! without its lock on the way out. Nothing of the organization is ever deleted or detached.
//! Units and policies are ours by the tag of this installation, or because the ledger has their ids: never by their names. What
//! others made under such a name is left alone, and ours gets another one.

mod change;
mod made;
mod organization;
#[cfg(test)]
mod tests;
mod watched;

pub use made::{candidates, is_ours, relabelled};

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenancy::{ComponentName, names};

pub use self::{
    change::PlacementChange,
    organization::{Organization, Policy},
};
use crate::{
    component::{Component, Departure, Plan},
    desired::{Desired, Home},
    drift_control::DriftControl,
    policy,
    policy::{Grants, Scope},
    watched::Properties,
};

/// Where the account is, and the policies over it.
pub struct Placement;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// The unit, or root, the account is in.
    pub parent: Option<String>,
    /// What all tenants share.
    pub organization: Organization,
}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacementFact {
    /// A unit is there.
    Unit {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// A policy is there with this document.
    Policy {
        /// Its name.
        name: String,
        /// The policy.
        policy: Policy,
    },
    /// A policy is on a unit.
    Attached {
        /// Name of the policy.
        name: String,
        /// Id of the unit.
        target: String,
    },
    /// It says which installation it belongs to.
    Marked {
        /// What it is for.
        name: String,
    },
    /// The account is in this unit.
    Moved {
        /// Id of the unit.
        to: String,
    },
}

/// Our policies: name, document, and the units they are on.
fn wanted(desired: &Desired) -> [(&'static str, Value, &'static [&'static str]); 2] {
    [
        (
            names::GUARDRAIL,
            policy::guardrail(&desired.deployment),
            &[names::TENANTS_OU],
        ),
        (
            names::LOCKDOWN,
            policy::lockdown(&desired.deployment),
            &[names::QUARANTINE_OU, names::SUSPENDED_OU],
        ),
    ]
}

/// Whether the account is a unit further than it must be: one that waits to be closed is not taken back to the quarantine by
/// every pass that finds the rest removed, for both units have the same lock.
fn suspended_already(desired: &Desired, seen: &Observation) -> bool {
    let suspended = Home::Suspended.unit();
    let is_there =
        seen.parent.is_some() && seen.parent.as_ref() == seen.organization.units.get(suspended);
    let locked = || {
        let lock = policy::lockdown(&desired.deployment);
        let organization = &seen.organization;
        organization.holds(names::LOCKDOWN, &lock, &[suspended])
    };
    desired.home == Home::Quarantine && is_there && locked()
}

impl Component for Placement {
    const NAME: ComponentName = ComponentName::PLACEMENT;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCOUNT];
    const DEPARTURE: Departure = Departure::Frame;
    const WATCHED: &'static [&'static [Properties]] = &[watched::WATCHED];
    type Observation = Observation;
    type Change = PlacementChange;
    type Fact = PlacementFact;

    /// For a leaving tenant the plan is a move as well: into the unit for its stage of departure.
    fn plan(desired: &Desired, seen: &Observation) -> Plan<PlacementChange> {
        let organization = &seen.organization;
        let mut plan = made::missing(desired, organization);
        let mut changes = std::mem::take(&mut plan.changes);
        changes.extend(organization.marks());
        let home = desired.home.unit();
        let mut guarded = false;
        for (name, content, units) in wanted(desired) {
            if units.contains(&home) {
                guarded = organization.holds(name, &content, &[home]);
            }
            changes.extend(organization.policy_changes(name, &content, units));
        }
        if let (Some(account), Some(to)) = (&desired.account, organization.units.get(home))
            && guarded
            && seen.parent.as_ref() != Some(to)
            && !suspended_already(desired, seen)
        {
            changes.push(PlacementChange::Move {
                account: account.clone(),
                from: seen.parent.clone(),
                found: match &seen.parent {
                    Some(parent) => organization.called(parent),
                    None => "unknown".to_owned(),
                },
                unit: home.to_owned(),
                to: to.clone(),
            });
        }
        plan.changes = changes;
        plan
    }

    fn learn(seen: &mut Observation, fact: PlacementFact) {
        match fact {
            PlacementFact::Moved { to } => seen.parent = Some(to),
            shared => seen.organization.learn(shared),
        }
    }

    fn imagine(_desired: &Desired, change: &PlacementChange) -> PlacementFact {
        let made = |name: &str, id: &str, content: &Value| PlacementFact::Policy {
            name: name.to_owned(),
            policy: Policy {
                id: id.to_owned(),
                content: content.clone(),
                targets: BTreeSet::new(),
            },
        };
        match change {
            PlacementChange::Mark { name, .. } => PlacementFact::Marked { name: name.clone() },
            PlacementChange::MakeUnit { name, .. } => PlacementFact::Unit {
                name: name.clone(),
                id: format!("ou-{name}"),
            },
            PlacementChange::MakePolicy { name, content, .. } => {
                made(name, &format!("p-{name}"), content)
            }
            PlacementChange::UpdatePolicy {
                name, id, content, ..
            } => made(name, id, content),
            PlacementChange::AttachPolicy { name, target, .. } => PlacementFact::Attached {
                name: name.clone(),
                target: target.clone(),
            },
            PlacementChange::Move { to, .. } => PlacementFact::Moved { to: to.clone() },
        }
    }

    /// Organizations is asked through the broker role, not from within the account.
    fn grants(_scope: &Scope) -> Grants {
        Grants::default()
    }

    fn drift_controls() -> &'static [DriftControl] {
        watched::DRIFT
    }

    fn resources(_desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let called = |parent: &String| ("unit".to_owned(), seen.organization.called(parent));
        seen.parent.iter().map(called).collect()
    }
}
