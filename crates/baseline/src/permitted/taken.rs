//! A resource of somebody else's has the name or place of one of ours: no plan changes it, a finding names it, and a removal leaves it.

mod by_record;
mod exempt;
mod parts;
mod retagged;
mod shared;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenancy::{Next, names};

use self::{by_record::BY_RECORD, exempt::EXEMPT};
use super::{
    kinds::{kinds, of_declared},
    *,
};
use crate::{
    declared::{Field, Key, Kind, Observed, State},
    guard,
};

const RUNBOOK: &str = include_str!("../../../../docs/operations.md");

/// What was tried of a component, and what was wrong with it.
#[derive(Default)]
struct Tried {
    component: &'static str,
    declared: BTreeMap<&'static str, &'static Kind>,
    kinds: BTreeSet<&'static str>,
    /// Kinds of which one was known by its recorded id.
    known: BTreeSet<&'static str>,
    wrong: BTreeSet<String>,
}

fn is_tagged(observed: &Observed<State>) -> bool {
    matches!(observed, Observed::Present(state) if state.contains_key(Field::TAGS.name))
}

/// Tags that do not say that it is this tenant's: none, somebody's own, another tenant's, and all of ours but the one that says so.
fn foreign_tags(desired: &Desired) -> [Value; 4] {
    let mut ours = desired.tags(ComponentName::NETWORK);
    ours.remove(names::TAG_TENANT);
    [
        json!({}),
        json!({ "owner": "somebody" }),
        json!({ names::TAG_TENANT: "t-another" }),
        json!(ours),
    ]
}

/// Gives it the id that AWS would have given it.
fn identify(state: &mut State, kind: &str, id: &str) {
    match kind {
        "trail" => drop(state.insert("arn".into(), json!(id))),
        "contact" => drop(state.insert("email".into(), json!(format!("{id}@example.com")))),
        _ => drop(state.insert("id".into(), json!(id))),
    }
    if kind == "analyzer" {
        state.insert("made".into(), json!(1));
    }
}

/// The same with another state of one resource.
fn put<C: Listed>(seen: &C::Observation, key: &Key, change: impl Fn(&mut State)) -> C::Observation {
    let mut seen = seen.clone();
    let resources = C::resources_of(&mut seen).unwrap();
    let Some(Observed::Present(state)) = resources.0.get_mut(key) else {
        panic!("{key}");
    };
    change(state);
    seen
}

fn state<C: Listed>(seen: &C::Observation, key: &Key) -> Option<Observed<State>> {
    let mut seen = seen.clone();
    C::resources_of(&mut seen)?.0.get(key).cloned()
}

/// The tenant as the ledger knows it when this was there.
fn knowing<C: Listed>(desired: &Desired, of: &Desired, seen: &C::Observation) -> Desired {
    Desired {
        recorded: Recorded::new([(C::NAME, C::resources(of, seen))]),
        ..desired.clone()
    }
}

/// What is done to a resource on the way from what is seen to what is wanted, and how it is in the end.
fn done_to<C: Listed>(
    desired: &Desired,
    seen: &C::Observation,
    key: &Key,
) -> (Vec<String>, Option<Observed<State>>) {
    let mut wanted = desired.clone();
    if !C::enabled(&desired.spec) {
        wanted.desired_state = tenancy::DesiredState::Absent;
    }
    let imagined = imagine_until_settled::<C>(&wanted, seen.clone());
    let changes = imagined.changes.iter().filter_map(of_declared);
    let on_it = changes.filter(|change| change.key == *key);
    let on_it = on_it.map(|change| format!("{} {key} {:?}", C::NAME, change.effect));
    (on_it.collect(), state::<C>(&imagined.seen, key))
}

/// What is wrong where `key` is somebody else's, and this is wanted next.
fn wrong<C: Listed>(desired: &Desired, seen: &C::Observation, key: &Key) -> Vec<String> {
    let (mut wrong, left) = done_to::<C>(desired, seen, key);
    if left != state::<C>(seen, key) {
        wrong.push(format!("{key} did not stay"));
    }
    let recorded = C::resources(desired, seen).into_iter();
    let theirs = recorded
        .filter(|(role, id)| role.starts_with(&key.to_string()) || id.starts_with("theirs"));
    wrong.extend(theirs.map(|(role, id)| format!("{key} is recorded: {role} {id}")));
    wrong
}

/// Whether a plan names what is at this key, for a person who can act on it.
fn is_named<C: Listed>(desired: &Desired, seen: &C::Observation, key: &Key) -> bool {
    let obstacles = C::plan(desired, seen).obstacles;
    obstacles.iter().any(|obstacle| {
        let parks = matches!(&obstacle.next, Next::Park { reason, remedy }
            if reason == "name-taken" && !remedy.is_empty());
        parks && obstacle.to_string().contains(&key.resource())
    })
}

/// A resource where something else stands at its key.
struct Case<'a, C: Listed> {
    desired: &'a Desired,
    /// A spec that asks for next to nothing.
    little: &'a Desired,
    built: &'a C::Observation,
    key: &'a Key,
}

impl<C: Listed> Case<'_, C> {
    fn with(&self, id: &str, tags: Option<&Value>) -> C::Observation {
        put::<C>(self.built, self.key, |state| {
            identify(state, self.key.kind, id);
            if let Some(tags) = tags {
                state.insert(Field::TAGS.name.into(), tags.clone());
            }
        })
    }

    fn try_all(&self, tried: &mut Tried) {
        let (desired, key) = (self.desired, self.key);
        let known = knowing::<C>(desired, desired, &self.with("ours", None));
        let [bare, others @ ..] = foreign_tags(desired);
        for tags in [&bare].into_iter().chain(&others) {
            let theirs = self.with("theirs", Some(tags));
            tried.wrong.extend(wrong::<C>(desired, &theirs, key));
            tried
                .wrong
                .extend(wrong::<C>(&leaving(desired), &theirs, key));
            if !is_named::<C>(desired, &theirs, key) {
                tried.wrong.insert(format!("{key} is not named: {tags}"));
            }
        }
        // Neither is it ours where the ledger knows one of ours by another id, nor where nobody asks for it any more.
        let theirs = self.with("theirs", Some(&bare));
        let no_longer = knowing::<C>(self.little, desired, &self.with("ours", None));
        for next in [&known, &leaving(&known), self.little, &no_longer] {
            tried.wrong.extend(wrong::<C>(next, &theirs, key));
        }
        // What the ledger recorded by this very id is put right, or goes.
        let ours = self.with("ours", Some(&bare));
        if [known.clone(), leaving(&known)]
            .iter()
            .any(|next| !done_to::<C>(next, &ours, key).0.is_empty())
        {
            tried.known.insert(key.kind);
        }
        tried.kinds.insert(key.kind);
    }
}

/// Every declared resource of a component that carries tags.
fn tried<C: Listed>(specs: &[Desired]) -> Tried {
    let mut tried = Tried {
        component: C::NAME.as_str(),
        declared: kinds::<C>(),
        ..Tried::default()
    };
    let little = specs.last().unwrap();
    // Two Regions; one; and every zone with its own way out.
    for desired in [4, 5, 8].map(|at| &specs[at]) {
        let mut built = built::<C>(desired);
        let Some(resources) = C::resources_of(&mut built) else {
            continue;
        };
        resources.1.extend(tried.declared.clone());
        let mut keys: Vec<Key> = Vec::new();
        for (key, observed) in &resources.0 {
            // Of alarms, which are rows of one table, the first of a Region stands for all.
            let alike = |other: &Key| {
                (other.kind, &other.location) == (key.kind, &key.location) && key.kind == "alarm"
            };
            if is_tagged(observed) && !keys.iter().any(alike) {
                keys.push(key.clone());
            }
        }
        for key in &keys {
            let (built, little) = (&built, &little);
            Case::<C> {
                desired,
                little,
                built,
                key,
            }
            .try_all(&mut tried);
        }
    }
    tried
}

macro_rules! tried_of_all {
    ($($component:ty),*) => {{
        let specs = specs();
        [$(tried::<$component>(&specs)),*]
    }};
}

#[test]
fn what_stands_where_ours_must_be_without_our_tag_is_named_and_neither_changed_nor_removed() {
    let all = with_components!(tried_of_all);
    let wrong: Vec<&String> = all.iter().flat_map(|tried| &tried.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Whoever is on call finds each component in the runbook.
    let (_, rest) = RUNBOOK.split_once("### name-taken\n").unwrap();
    let (row, _) = rest.split_once("###").unwrap();
    for tried in all.iter().filter(|tried| !tried.kinds.is_empty()) {
        let name = format!("`{}`", tried.component);
        assert!(row.contains(&name), "{name} is not in the row `name-taken`");
    }
    // Every kind that is declared was tried, or is listed with the reason why not.
    let mut left: BTreeMap<&str, &Kind> = BTreeMap::new();
    for tried in &all {
        left.extend(&tried.declared);
    }
    assert!(left.len() > 30, "{left:?}");
    for tried in &all {
        for kind in &tried.kinds {
            assert!(tried.known.contains(kind), "no `{kind}` is known by its id");
        }
        left.retain(|name, _| !tried.kinds.contains(name));
    }
    let listed = BY_RECORD
        .into_iter()
        .chain(EXEMPT.into_iter().map(|(kind, _)| kind))
        .chain(guard::kinds());
    let listed: BTreeSet<&str> = listed.collect();
    let left: BTreeSet<&str> = left.into_keys().collect();
    assert_eq!(left, listed);
}
