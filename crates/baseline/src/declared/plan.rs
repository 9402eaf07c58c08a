//! What has to change from what was observed to what is declared. Pure.

use std::collections::BTreeMap;

use tenancy::{
    ComponentName, Severity,
    finding::{Difference, Repair},
};

use super::{
    Effect, FieldRef, Key, Kind, Observed, Removal, Resource, ResourceChange, Seen, State,
    compare::{drift, to_strip},
    kind,
};
use crate::{
    component::{Change, Plan},
    desired::Desired,
};

/// A resource as it is declared.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its fields.
    pub state: State,
    /// What must be there before it is made, and go after it.
    pub after: Vec<Key>,
    /// What must be as wanted before it is made, and before its fields marked [`super::Field::once`] are set: fields of others.
    pub once: Vec<(Key, &'static str)>,
    /// What findings call it, where that is not what its key says.
    pub called: Option<String>,
    /// How bad a difference is at least, where it is bad at all.
    pub raise: Severity,
}

impl Wanted {
    /// A resource that needs no other.
    pub fn of<R: Resource>(resource: &R) -> Self {
        Self {
            kind: const { &R::KIND },
            state: kind::write(resource),
            after: Vec::new(),
            once: Vec::new(),
            called: None,
            raise: Severity::Low,
        }
    }

    /// The same, made after others.
    #[must_use]
    pub fn after(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.after.extend(keys);
        self
    }

    /// The same, made once this field of another is as wanted.
    #[must_use]
    pub fn once(mut self, key: Key, field: &'static str) -> Self {
        self.once.push((key, field));
        self
    }

    /// The same, under this name in the keys of findings.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.called = Some(name.into());
        self
    }

    /// The same, whose differences are at least as bad as this where they are bad at all.
    #[must_use]
    pub fn raised_to(mut self, severity: Severity) -> Self {
        self.raise = severity;
        self
    }
}

/// Declared resources, by key.
pub type Resources = BTreeMap<Key, Wanted>;

/// What has to change now. With `desired.leaving()` nothing is wanted, but order and kinds are still those of `declared`.
pub fn plan(
    component: ComponentName,
    desired: &Desired,
    declared: &Resources,
    seen: &Seen,
) -> Plan<ResourceChange> {
    let planning = Planning {
        component,
        desired,
        declared,
        seen,
    };
    let mut plan = Plan::default();
    if !desired.leaving() {
        for (key, wanted) in declared {
            planning.build(key, wanted, &mut plan);
        }
    }
    for key in seen.0.keys() {
        if desired.leaving() || !declared.contains_key(key) {
            planning.remove(key, &mut plan);
        }
    }
    plan
}

struct Planning<'a> {
    component: ComponentName,
    desired: &'a Desired,
    declared: &'a Resources,
    seen: &'a Seen,
}

impl Planning<'_> {
    fn build(&self, key: &Key, wanted: &Wanted, plan: &mut Plan<ResourceChange>) {
        let change = |effect| ResourceChange {
            component: self.component,
            key: key.clone(),
            called: wanted.called.clone(),
            kind: wanted.kind,
            effect,
            raise: wanted.raise,
        };
        let free = (wanted.once.iter()).all(|(needed, field)| self.is_right(needed, field));
        match self.seen.0.get(key) {
            None | Some(Observed::Absent | Observed::Left(_)) if wanted.kind.observed_only => {}
            None | Some(Observed::Absent | Observed::Left(_)) => {
                if free && wanted.after.iter().all(|needed| self.is_there(needed)) {
                    let wanted = wanted.state.clone();
                    plan.changes.push(change(Effect::Create { wanted }));
                }
            }
            Some(Observed::Pending(wait)) => {
                plan.waits.push(wait.clone());
                plan.pending = true;
            }
            Some(Observed::Unreadable(failure)) => plan.obstacles.push(failure.clone()),
            Some(Observed::Present(found)) if !(wanted.kind.ours)(self.desired, found) => {
                plan.obstacles.push((wanted.kind.taken)(key, found));
            }
            Some(Observed::Present(found)) => {
                let mut fields = drift(wanted.kind.fields, &wanted.state, found);
                fields.retain(|drifted| free || !drifted.field.once);
                let sets = calls(fields).into_iter().map(|fields| {
                    change(Effect::Set {
                        fields,
                        wanted: wanted.state.clone(),
                        found: found.clone(),
                    })
                });
                match (wanted.kind.locked)(found) {
                    None => plan.changes.extend(sets),
                    Some(by) => plan.findings.extend(
                        sets.flat_map(|set| set.differences())
                            .map(|difference| only_a_person(difference, &by)),
                    ),
                }
            }
        }
    }

    fn is_there(&self, key: &Key) -> bool {
        matches!(self.seen.0.get(key), Some(Observed::Present(_)))
    }

    /// Whether a field of another resource is as wanted.
    fn is_right(&self, key: &Key, field: &str) -> bool {
        let (Some(wanted), Some(Observed::Present(found))) =
            (self.declared.get(key), self.seen.0.get(key))
        else {
            return false;
        };
        let drift = drift(wanted.kind.fields, &wanted.state, found);
        drift.iter().all(|drifted| drifted.field.name != field)
    }

    /// What is ours by tag goes, emptied first, once everything made after it has gone.
    fn remove(&self, key: &Key, plan: &mut Plan<ResourceChange>) {
        let Some(kind) = self.seen.kind(key, self.declared) else {
            return;
        };
        let found = match self.seen.0.get(key) {
            Some(Observed::Present(found)) => found,
            Some(Observed::Pending(wait)) => return plan.waits.push(wait.clone()),
            Some(Observed::Unreadable(failure)) => return plan.obstacles.push(failure.clone()),
            None | Some(Observed::Absent | Observed::Left(_)) => return,
        };
        if kind.removal == Removal::WithAccount || !(kind.ours)(self.desired, found) {
            return;
        }
        let change = |effect| ResourceChange {
            component: self.component,
            key: key.clone(),
            called: (self.declared.get(key)).and_then(|wanted| wanted.called.clone()),
            kind,
            effect,
            raise: Severity::Low,
        };
        let strips = calls(to_strip(kind.fields, found));
        if !strips.is_empty() {
            let strip = |fields| {
                change(Effect::Set {
                    fields,
                    wanted: State::new(),
                    found: found.clone(),
                })
            };
            plan.changes.extend(strips.into_iter().map(strip));
        } else if !self.is_needed(key) {
            let found = found.clone();
            plan.changes.push(change(Effect::Delete { found }));
        }
    }

    /// Whether something of ours that was made after it is still there.
    fn is_needed(&self, key: &Key) -> bool {
        let dependents = self
            .declared
            .iter()
            .filter(|(_, wanted)| wanted.after.contains(key));
        dependents.into_iter().any(|(dependent, wanted)| {
            let Some(Observed::Present(found)) = self.seen.0.get(dependent) else {
                return false;
            };
            wanted.kind.removal == Removal::Delete && (wanted.kind.ours)(self.desired, found)
        })
    }
}

/// Fields that are set by one call, together.
fn calls(fields: Vec<FieldRef>) -> Vec<Vec<FieldRef>> {
    let mut calls: Vec<Vec<FieldRef>> = Vec::new();
    for field in fields {
        let call = field.field.call;
        let same_call = calls.iter_mut().find(|others| {
            !call.is_empty() && others.first().is_some_and(|other| other.field.call == call)
        });
        match same_call {
            Some(others) => others.push(field),
            None => calls.push(vec![field]),
        }
    }
    calls
}

/// A difference that somebody keeps us from repairing.
fn only_a_person(difference: Difference, by: &str) -> Difference {
    Difference {
        remedy: format!("It is set by {by}: change it there."),
        repair: Repair::Person,
        ..difference
    }
}
