//! What the ledger recorded as ours and has another tenant's tag was tampered with: a critical finding, and its tag is put back.

use tenancy::Severity;

use super::*;

const ANOTHERS: &str = "t-another";

/// What became of each resource that carries tags, after somebody gave it another tenant's.
#[derive(Default)]
struct Retagged {
    kinds: BTreeSet<&'static str>,
    wrong: BTreeSet<String>,
}

/// The tenant whom the tags of a resource name.
fn owner(observed: Option<&Observed<State>>) -> Option<&str> {
    let Some(Observed::Present(state)) = observed else {
        return None;
    };
    let tags = state.get(Field::TAGS.name)?;
    tags.get(names::TAG_TENANT)?.as_str()
}

fn retagged<C: Listed>(specs: &[Desired]) -> Retagged {
    let mut all = Retagged::default();
    for desired in [4, 8].map(|at| &specs[at]) {
        let mut built = built::<C>(desired);
        let Some(resources) = C::resources_of(&mut built) else {
            continue;
        };
        resources.1.extend(kinds::<C>());
        let tagged = resources
            .0
            .iter()
            .filter(|(_, observed)| is_tagged(observed));
        let keys: Vec<Key> = tagged.map(|(key, _)| key.clone()).collect();
        for key in &keys {
            let ours = put::<C>(&built, key, |state| identify(state, key.kind, "ours"));
            let known = knowing::<C>(desired, desired, &ours);
            let seen = put::<C>(&ours, key, |state| {
                let tags = state.get_mut(Field::TAGS.name);
                let tags = tags.and_then(Value::as_object_mut).unwrap();
                tags.insert(names::TAG_TENANT.into(), json!(ANOTHERS));
            });
            let plan = C::plan(&known, &seen);
            let on_it = plan.changes.iter().filter_map(of_declared);
            let on_it = on_it.filter(|change| change.key == *key);
            let mut found = on_it.flat_map(|change| change.differences());
            let is_named = found.any(|difference| {
                difference.severity == Severity::Critical && difference.found.contains(ANOTHERS)
            });
            let (_, left) = done_to::<C>(&known, &seen, key);
            let is_back = owner(left.as_ref()) == Some(desired.tenant.as_str());
            if !is_named || !is_back || !plan.obstacles.is_empty() {
                all.wrong.insert(format!("{} {key}", C::NAME));
            }
            all.kinds.insert(key.kind);
        }
    }
    all
}

macro_rules! retagged_of_all {
    ($($component:ty),*) => {{
        let specs = specs();
        [$(retagged::<$component>(&specs)),*]
    }};
}

#[test]
fn whatever_the_ledger_recorded_and_somebody_gave_another_tenants_tag_is_critical_and_gets_ours_back()
 {
    let all = with_components!(retagged_of_all);
    let wrong: Vec<&String> = all.iter().flat_map(|one| &one.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let kinds: BTreeSet<&str> = all.iter().flat_map(|one| one.kinds.clone()).collect();
    // Those that AWS knows by their names only among them.
    for kind in [
        "alarm",
        "budget",
        "dashboard",
        "event-rule",
        "log-group",
        "topic",
    ] {
        assert!(kinds.contains(kind), "{kind} in {kinds:?}");
    }
}
