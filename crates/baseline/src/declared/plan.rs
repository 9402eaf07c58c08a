//! What has to change from what was observed to what is declared. Pure.

use tenancy::{
    ComponentName, Failure, Severity,
    finding::{Difference, Repair},
};

use super::{
    Effect, FieldRef, Key, Kind, Observation, Observed, ResourceChange, Resources, State, Wanted,
    compare::{drift, to_strip, without_tags},
    ownership::{is_of_others, is_ours},
};
use crate::{
    component::{Change, Plan},
    desired::Desired,
};

/// What has to change now. With `desired.leaving()` nothing is wanted, but order and kinds are still those of `declared`.
pub fn plan(
    component: ComponentName,
    desired: &Desired,
    declared: &Resources,
    seen: &Observation,
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
    seen: &'a Observation,
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
        plan.waits.extend(wanted.unknown.clone());
        match self.seen.0.get(key) {
            None | Some(Observed::Absent | Observed::Left(_))
                if wanted.kind.observed_only || wanted.kind.born => {}
            None | Some(Observed::Absent | Observed::Left(_)) => {
                let free = free && wanted.unknown.is_none();
                if free && wanted.after.iter().all(|needed| self.is_there(needed)) {
                    let wanted = wanted.state.clone();
                    plan.changes.push(change(Effect::Create { wanted }));
                }
            }
            Some(Observed::Pending(wait)) => {
                plan.waits.push(wait.clone());
                plan.pending = true;
            }
            Some(Observed::Unreadable(failure)) => unreadable(failure, plan),
            // Nobody looked: it is neither good nor bad.
            Some(Observed::Closed) => plan.unreadable = true,
            Some(Observed::Present(found)) if !self.is_ours(wanted.kind, key, found) => {
                plan.obstacles.push((wanted.kind.taken)(key, found));
            }
            // What it is part of is somebody else's and said so: it is left as it is.
            Some(Observed::Present(_))
                if is_of_others(self.component, self.desired, self.declared, self.seen, key) => {}
            _ if wanted.unknown.is_some() => {}
            Some(Observed::Present(found)) => self.put_right(wanted, found, free, change, plan),
        }
    }

    /// Sets what differs. What is not set now, because something else has to be right first or only a person can, is reported.
    fn put_right(
        &self,
        wanted: &Wanted,
        found: &State,
        free: bool,
        change: impl Fn(Effect) -> ResourceChange,
        plan: &mut Plan<ResourceChange>,
    ) {
        let retired = &self.desired.retired_tags;
        let state = without_tags(wanted.kind.fields, &wanted.state, retired);
        let mut fields = drift(wanted.kind.fields, &state, found);
        let set = |fields| {
            change(Effect::Set {
                fields,
                wanted: state.clone(),
                found: found.clone(),
            })
        };
        fields.retain(|drifted| self.can_be_set(wanted, drifted));
        let (others, fields): (Vec<_>, Vec<_>) = fields
            .into_iter()
            .partition(|one| one.field.person || (one.field.once && !free));
        plan.findings.extend(shown(others, set));
        let sets = calls(fields).into_iter().map(set);
        match (wanted.kind.locked)(found) {
            None => plan.changes.extend(sets),
            Some(by) => plan.findings.extend(
                sets.flat_map(|set| set.differences())
                    .map(|difference| only_a_person(difference, &by)),
            ),
        }
    }

    fn is_ours(&self, kind: &Kind, key: &Key, found: &State) -> bool {
        is_ours(self.component, self.desired, kind, key, found)
    }

    /// Whether it is there, and ours: what somebody else put at our name is nothing to build on.
    fn is_there(&self, key: &Key) -> bool {
        let Some(Observed::Present(found)) = self.seen.0.get(key) else {
            return false;
        };
        let kind = self.seen.kind(key, self.declared);
        kind.is_none_or(|kind| self.is_ours(kind, key, found))
    }

    /// Whether everything is there that this field is to name.
    fn can_be_set(&self, wanted: &Wanted, field: &FieldRef) -> bool {
        let mut named = wanted.refers.iter().filter(|(refers, _)| refers == field);
        named.all(|(_, key)| self.is_there(key))
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

    /// What is ours by tag goes, emptied first, once everything made after it is removed.
    fn remove(&self, key: &Key, plan: &mut Plan<ResourceChange>) {
        let Some(kind) = self.seen.kind(key, self.declared) else {
            return;
        };
        let found = match self.seen.0.get(key) {
            Some(Observed::Present(found)) => found,
            Some(Observed::Pending(wait)) => return plan.waits.push(wait.clone()),
            Some(Observed::Unreadable(failure)) => return unreadable(failure, plan),
            None | Some(Observed::Absent | Observed::Left(_) | Observed::Closed) => return,
        };
        let leaving = self.desired.leaving();
        let of_others = is_of_others(self.component, self.desired, self.declared, self.seen, key);
        let goes = kind.is_deleted(leaving) && !of_others && !self.is_kept(key);
        if !goes || !self.is_ours(kind, key, found) {
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

    /// Whether something that was made after it stays for good, which keeps what it needs, whole.
    fn is_kept(&self, key: &Key) -> bool {
        let is_left =
            |dependent: &Key| matches!(self.seen.0.get(dependent), Some(Observed::Left(_)));
        let mut after = (self.declared.iter()).filter(|(_, wanted)| wanted.after.contains(key));
        after.any(|(dependent, _)| is_left(dependent))
    }

    /// Whether something of ours that was made after it, or names it, is still there.
    fn is_needed(&self, key: &Key) -> bool {
        let needs = |(dependent, wanted): (&Key, &Wanted)| match self.seen.0.get(dependent) {
            Some(Observed::Present(found)) if self.is_ours(wanted.kind, dependent, found) => {
                let goes = wanted.kind.is_deleted(self.desired.leaving());
                goes && (wanted.after.contains(key) || wanted.names(key, found))
            }
            Some(
                Observed::Present(_)
                | Observed::Absent
                | Observed::Pending(_)
                | Observed::Unreadable(_)
                | Observed::Left(_)
                | Observed::Closed,
            )
            | None => false,
        };
        self.declared.iter().any(needs)
    }
}

/// Differences of fields that are not set now: by a person only, or once something else is right.
fn shown(
    fields: Vec<FieldRef>,
    set: impl Fn(Vec<FieldRef>) -> ResourceChange,
) -> impl Iterator<Item = Difference> {
    let shown = move |field: FieldRef| {
        let repair = match field.field.person {
            true => Repair::Person,
            false => Repair::Tenantry,
        };
        let differences = set(vec![field]).differences();
        differences.into_iter().map(move |difference| Difference {
            repair,
            ..difference
        })
    };
    fields.into_iter().flat_map(shown)
}

fn unreadable(failure: &Failure, plan: &mut Plan<ResourceChange>) {
    plan.obstacles.push(failure.clone());
    plan.unreadable = true;
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
