//! What somebody holds, so that AWS does not delete it: it is named, what it needs stays, and it keeps nobody from leaving; and a deletion that
//! is refused is not taken for one that was carried out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use async_trait::async_trait;
use tenancy::{ComponentState, Failure, FailureKind, finding::Difference};

use super::{
    kinds::{kinds, of_declared},
    *,
};
use crate::{
    component::{Journal, Port},
    declared::{Effect, Key, Kind, Observed},
    desired::Home,
    guard,
    reconcile::reconcile,
    report::Outcome,
};

const HOLDER: &str = "instance profile `theirs`";

/// An AWS that deletes everything but one resource, which something holds.
struct Refusing<C: Listed> {
    seen: C::Observation,
    key: Key,
    asked: Mutex<usize>,
}

fn refusal(key: &Key) -> Failure {
    let doing = format!("deleting `{key}`");
    let said = format!("DeleteConflict (409): it is held by {HOLDER}");
    Failure::retry(FailureKind::Transient, doing, said, 10)
}

#[async_trait]
impl<C: Listed> Port<C> for Refusing<C> {
    async fn observe(&self, _: &Desired) -> Result<C::Observation, Failure> {
        Ok(self.seen.clone())
    }

    async fn apply(&self, desired: &Desired, change: &C::Change) -> Result<C::Fact, Failure> {
        let resource = of_declared(change).filter(|change| change.key == self.key);
        if resource.is_some_and(|change| matches!(change.effect, Effect::Delete { .. })) {
            *self.asked.lock().unwrap() += 1;
            return Err(refusal(&self.key));
        }
        Ok(C::imagine(desired, change))
    }
}

struct Unnoted;

#[async_trait]
impl Journal for Unnoted {
    async fn note(&self, _: ComponentName, keys: &[String]) -> Result<Vec<Option<u32>>, Failure> {
        Ok(vec![None; keys.len()])
    }

    async fn unnote(&self, _: ComponentName, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn record(&self, _: &Outcome) -> Result<(), Failure> {
        Ok(())
    }
}

/// What is seen of a built component, with the kinds that its ports know, and the same tenant on its way out.
fn on_the_way_out<C: Listed>(desired: &Desired) -> Option<(C::Observation, Desired)> {
    let mut seen = built::<C>(desired);
    C::resources_of(&mut seen)?.1.extend(kinds::<C>());
    let recorded = Recorded::new([(C::NAME, C::resources(desired, &seen))]);
    let leaving = Desired {
        recorded,
        home: Home::Quarantine,
        ..leaving(desired)
    };
    Some((seen, leaving))
}

/// Resources that are deleted when the tenant leaves, one of each kind in each place.
fn deleted<C: Listed>(leaving: &Desired, seen: &C::Observation) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let all = changes::<C>(leaving, seen);
    for change in all.iter().filter_map(of_declared) {
        let key = &change.key;
        let is_alike = |other: &Key| (other.kind, &other.location) == (key.kind, &key.location);
        if matches!(change.effect, Effect::Delete { .. }) && !keys.iter().any(is_alike) {
            keys.push(key.clone());
        }
    }
    keys
}

/// The kinds of which this was tried.
async fn refused<C: Listed>(specs: &[Desired]) -> BTreeSet<&'static str> {
    let (mut tried, kinds) = (BTreeSet::new(), kinds::<C>());
    for desired in [4, 8].map(|at| &specs[at]) {
        let Some((seen, leaving)) = on_the_way_out::<C>(desired) else {
            continue;
        };
        for key in deleted::<C>(&leaving, &seen) {
            tried.insert(key.kind);
            let port = Refusing::<C> {
                seen: seen.clone(),
                key: key.clone(),
                asked: Mutex::new(0),
            };
            let outcome = reconcile::<C>(&port, &Unnoted, &mut leaving.clone(), None).await;
            // Once in a pass, and the next comes back by itself with what AWS said of the holder.
            assert_eq!(*port.asked.lock().unwrap(), 1, "{key}");
            assert_eq!(outcome.state, ComponentState::Failed, "{key}");
            assert_eq!(outcome.failures, [refusal(&key)], "{key}");
            assert!(!outcome.is_settled(), "{key}");
            // It is there still, and is not shown as removed.
            let title = kinds[key.kind].title;
            let is_it = |one: &Difference| {
                let it = (one.field.as_str(), &one.found) == (title, &key.resource());
                it && one.remedy.starts_with("Delete")
            };
            let left = &outcome.remaining;
            assert!(left.iter().any(is_it), "{key}: {left:#?}");
            let done = &outcome.applied;
            assert!(!done.iter().any(is_it), "{key}: {done:#?}");
        }
    }
    tried
}

/// The kinds of which this was tried.
fn stays<C: Listed>(specs: &[Desired]) -> BTreeSet<&'static str> {
    let mut tried = BTreeSet::new();
    for desired in [4, 8].map(|at| &specs[at]) {
        let Some((seen, leaving)) = on_the_way_out::<C>(desired) else {
            continue;
        };
        for key in deleted::<C>(&leaving, &seen) {
            tried.insert(key.kind);
            let mut held = seen.clone();
            let resources = C::resources_of(&mut held).unwrap();
            resources
                .0
                .insert(key.clone(), Observed::Left(HOLDER.into()));
            let imagined = imagine_until_settled::<C>(&leaving, held);
            let on_it = imagined.changes.iter().filter_map(of_declared);
            assert_eq!(on_it.filter(|change| change.key == key).count(), 0, "{key}");
            assert!(C::plan(&leaving, &imagined.seen).is_settled(), "{key}");
            // Whoever asks what is left is told, and by what.
            let shown = C::resources(&leaving, &imagined.seen);
            let by = shown.get(&format!("{key}.held-by"));
            assert_eq!(by.map(String::as_str), Some(HOLDER), "{key}: {shown:#?}");
        }
    }
    tried
}

/// Kinds that are never deleted, or only where the spec no longer asks for them, beside the switches of `guard`.
const KEPT: [&str; 9] = [
    "account-name",
    "bucket",
    "contact",
    "default-vpc",
    "organization-trail",
    "other-trails",
    "other-ways-in",
    "password-policy",
    "root-user",
];

macro_rules! kinds_of_all {
    ($($component:ty),*) => {
        [$(kinds::<$component>()),*].into_iter().flatten().collect()
    };
}

fn all_kinds() -> BTreeSet<&'static str> {
    let kinds: BTreeMap<&'static str, &'static Kind> = with_components!(kinds_of_all);
    kinds.into_keys().collect()
}

macro_rules! stays_of_all {
    ($($component:ty),*) => {{
        let specs = specs();
        [$(stays::<$component>(&specs)),*]
    }};
}

#[test]
fn what_is_held_is_named_whatever_its_kind_and_keeps_nobody_from_leaving() {
    let tried = with_components!(stays_of_all).into_iter().flatten();
    let tried: BTreeSet<&str> = tried.chain(KEPT).chain(guard::kinds()).collect();
    assert_eq!(tried, all_kinds());
}

macro_rules! refused_of_all {
    ($($component:ty),*) => {{
        let specs = specs();
        [$(refused::<$component>(&specs).await),*]
    }};
}

#[tokio::test]
async fn a_refused_deletion_is_tried_again_whatever_its_kind_with_what_aws_said_of_the_holder() {
    let tried = with_components!(refused_of_all).into_iter().flatten();
    let tried: BTreeSet<&str> = tried.chain(KEPT).chain(guard::kinds()).collect();
    assert_eq!(tried, all_kinds());
}
