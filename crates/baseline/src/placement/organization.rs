//! The units and policies of the organization that are ours, what an effect teaches about them, and what has to change of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PlacementChange, PlacementFact};
use crate::policy;

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
    /// Which of ours, known by their ids, somebody tagged as something else: the tag that says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relabelled: BTreeMap<String, String>,
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
                self.relabelled.remove(&name);
            }
            PlacementFact::Moved { .. } => {}
        }
    }

    /// What a unit of ours, or the root, is called, with its id; others are known by their ids alone.
    pub(super) fn called(&self, id: &str) -> String {
        let ours = self.units.iter().find(|(_, unit)| *unit == id);
        match ours {
            Some((name, _)) => format!("{name} ({id})"),
            None if id == self.root => format!("root ({id})"),
            None => id.to_owned(),
        }
    }

    /// What has to be tagged as this installation's.
    pub(super) fn marks(&self) -> impl Iterator<Item = PlacementChange> {
        let id = |name: &String| {
            let policy = || self.policies.get(name).map(|policy| &policy.id);
            self.units.get(name).or_else(policy).cloned()
        };
        let names: BTreeSet<&String> = self.unmarked.iter().chain(self.relabelled.keys()).collect();
        names.into_iter().filter_map(move |name| {
            Some(PlacementChange::Mark {
                name: name.clone(),
                id: id(name)?,
                found: self.relabelled.get(name).cloned(),
            })
        })
    }

    /// Whether a policy has this document, and is on these units as far as they are there.
    pub(super) fn holds(&self, name: &str, content: &Value, units: &[&str]) -> bool {
        self.policies.get(name).is_some_and(|policy| {
            policy::same(&policy.content, content)
                && units.iter().all(|unit| {
                    self.units
                        .get(*unit)
                        .is_some_and(|id| policy.targets.contains(id))
                })
        })
    }

    /// What has to change of a policy that is there: its document, and the units it is on.
    pub(super) fn policy_changes(
        &self,
        name: &str,
        content: &Value,
        units: &[&str],
    ) -> Vec<PlacementChange> {
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
            changes.push(PlacementChange::UpdatePolicy {
                name,
                id,
                found: policy.content.clone(),
                content,
            });
        }
        changes
    }
}
