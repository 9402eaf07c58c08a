//! Where the account is in the organization, and the policies over it.
//!
//! # Guarantees
//! An account is moved only into a unit whose policy is in place: a tenant is never without its guardrail on the way in, nor
//! without its lock on the way out. Nothing of the organization is ever deleted or detached.
//! Units and policies are ours by the tag of this installation, or because the ledger has their ids: never by their names. What
//! others made under such a name is left alone, and ours gets another one.

mod change;
mod made;
#[cfg(test)]
mod tests;
mod watched;

pub use made::{candidates, is_ours};
pub use watched::WATCHED;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{ComponentName, names};

pub use self::change::PlacementChange;
use crate::{
    component::{Component, Departure, Plan},
    desired::{Desired, Home},
    policy,
    policy::{Grants, Scope},
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

/// The units and policies of the organization that are ours: the same for every tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Id of the root.
    pub root: String,
    /// Ids of our units, by what each is for; a new one gets this as its name.
    pub units: BTreeMap<String, String>,
    /// Our service control policies, by what each is for.
    pub policies: BTreeMap<String, Policy>,
    /// Names we would give and others have given already.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub taken: BTreeSet<String>,
    /// Which of ours do not say which installation they belong to: an earlier release made them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unmarked: BTreeSet<String>,
}

/// A service control policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its id.
    pub id: String,
    /// Its document.
    pub content: Value,
    /// What it is attached to.
    pub targets: BTreeSet<String>,
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

impl Organization {
    /// Merges what was learned.
    pub fn learn(&mut self, fact: PlacementFact) {
        match fact {
            PlacementFact::Unit { name, id } => {
                self.units.insert(name, id);
            }
            PlacementFact::Policy { name, mut policy } => {
                // A new document leaves a policy where it is attached.
                let before = self.policies.remove(&name).filter(|b| b.id == policy.id);
                policy
                    .targets
                    .extend(before.into_iter().flat_map(|b| b.targets));
                self.policies.insert(name, policy);
            }
            PlacementFact::Attached { name, target } => {
                if let Some(policy) = self.policies.get_mut(&name) {
                    policy.targets.insert(target);
                }
            }
            PlacementFact::Marked { name } => {
                self.unmarked.remove(&name);
            }
            PlacementFact::Moved { .. } => {}
        }
    }

    /// What has to be tagged as this installation's.
    fn marks(&self) -> impl Iterator<Item = PlacementChange> {
        let id = |name: &String| {
            let policy = || self.policies.get(name).map(|policy| &policy.id);
            self.units.get(name).or_else(policy).cloned()
        };
        self.unmarked.iter().filter_map(move |name| {
            Some(PlacementChange::Mark {
                name: name.clone(),
                id: id(name)?,
            })
        })
    }

    /// Whether a policy has this document, and is on these units as far as they are there.
    fn holds(&self, name: &str, content: &Value, units: &[&str]) -> bool {
        self.policies.get(name).is_some_and(|policy| {
            policy::same(&policy.content, content)
                && units.iter().all(|unit| {
                    self.units
                        .get(*unit)
                        .is_some_and(|id| policy.targets.contains(id))
                })
        })
    }

    fn policy_changes(&self, name: &str, content: &Value, units: &[&str]) -> Vec<PlacementChange> {
        let (name, content) = (name.to_owned(), content.clone());
        let Some(policy) = self.policies.get(&name) else {
            return Vec::new();
        };
        let id = policy.id.clone();
        let mut changes: Vec<PlacementChange> = units
            .iter()
            .filter_map(|unit| Some((*unit, self.units.get(*unit)?)))
            .filter(|(_, target)| !policy.targets.contains(*target))
            .map(|(unit, target)| PlacementChange::AttachPolicy {
                name: name.clone(),
                id: id.clone(),
                unit: unit.to_owned(),
                target: target.clone(),
            })
            .collect();
        if !policy::same(&policy.content, &content) {
            changes.push(PlacementChange::UpdatePolicy { name, id, content });
        }
        changes
    }
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
            PlacementChange::UpdatePolicy { name, id, content } => made(name, id, content),
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

    fn resources(_desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let unit = seen.parent.iter().map(|parent| {
            let name = seen.organization.units.iter().find(|(_, id)| *id == parent);
            let shown = name.map_or_else(|| parent.clone(), |(name, id)| format!("{name} ({id})"));
            ("unit".to_owned(), shown)
        });
        unit.collect()
    }
}
