//! Whose a declared resource is: this tenant's and ours, or somebody else's.

use std::borrow::Cow;

use tenancy::ComponentName;

use super::{Declared, Field, Key, Kind, Observation, Observed, Resource, Resources, State, read};
use crate::{desired::Desired, resource_key::id_role};

/// The typed state of a resource that is there and ours.
pub fn owned<R: Resource>(
    component: ComponentName,
    desired: &Desired,
    seen: &Observation,
    key: &Key,
) -> Option<R> {
    let Observed::Present(found) = seen.0.get(key)? else {
        return None;
    };
    let ours = is_ours(component, desired, const { &R::KIND }, key, found);
    ours.then(|| read(found).ok())?
}

/// Whether a resource is this tenant's and ours: by its tags, or by the id that the ledger recorded.
pub(super) fn is_ours(
    component: ComponentName,
    desired: &Desired,
    kind: &Kind,
    key: &Key,
    found: &State,
) -> bool {
    let recorded = |id: String| desired.recorded.is(component, &id_role(key), &id);
    (kind.ours)(desired, found) || (kind.id)(found).is_some_and(recorded)
}

/// Whether a resource without tags of its own is part of one that is there and not ours: a subscription to somebody else's topic.
pub(super) fn is_of_others(
    component: ComponentName,
    desired: &Desired,
    declared: &Resources,
    seen: &Observation,
    key: &Key,
) -> bool {
    let Some(wanted) = declared.get(key) else {
        return false;
    };
    let is_strange = |needed: &Key| match (seen.0.get(needed), seen.kind(needed, declared)) {
        (Some(Observed::Present(found)), Some(kind)) => {
            !is_ours(component, desired, kind, needed, found)
        }
        _ => false,
    };
    let is_tagged = (wanted.kind.fields.iter()).any(|field| field.name == Field::TAGS.name);
    !is_tagged && wanted.after.iter().any(is_strange)
}

/// What was observed, without what is part of others' resources: it is neither shown nor recorded as ours.
pub(super) fn without_others<'a, D: Declared>(
    desired: &Desired,
    seen: &'a Observation,
) -> Cow<'a, Observation> {
    let declared = D::wanted(desired).unwrap_or_default();
    let of_others = |key: &&Key| is_of_others(D::NAME, desired, &declared, seen, key);
    let strange: Vec<&Key> = seen.0.keys().filter(of_others).collect();
    if strange.is_empty() {
        return Cow::Borrowed(seen);
    }
    let mut own = seen.clone();
    for key in strange {
        own.0.remove(key);
    }
    Cow::Owned(own)
}
