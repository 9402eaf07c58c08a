//! One analyzer of each type in a Region: ours, or one that is there already.

use tenancy::{DesiredState, Region};

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component},
    declared::{Effect, Observed, Resource, ResourceFact, write},
    imagine_until_settled,
};

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

fn desired(regions: &[&str]) -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.spec.access_analyzer = true;
    desired.spec.unused_access_days = Some(90);
    desired.spec.regions = regions.iter().map(|name| region(name)).collect();
    desired
}

fn built(desired: &Desired) -> Observation {
    let imagined = imagine_until_settled::<AccessAnalyzers>(desired, Observation::default());
    assert!(imagined.converged);
    let mut seen = imagined.seen;
    seen.1
        .insert(Analyzer::KIND.name, const { &Analyzer::KIND });
    seen
}

fn changed(seen: &mut Observation, change: impl Fn(&mut Analyzer)) {
    let key = Analyzer::key(names::UNUSED_ACCESS, &region("eu-central-1"));
    let mut found: Analyzer = seen.present(&key).unwrap();
    change(&mut found);
    seen.0.insert(key, Observed::Present(write(&found)));
}

#[test]
fn each_region_gets_one_for_external_access_and_the_first_one_for_unused_access() {
    let desired = desired(&["eu-central-1", "us-east-1"]);
    let keys: Vec<String> = built(&desired).0.keys().map(ToString::to_string).collect();
    assert_eq!(
        keys,
        [
            "eu-central-1.analyzer.tenantry-external-access",
            "eu-central-1.analyzer.tenantry-unused-access",
            "us-east-1.analyzer.tenantry-external-access",
        ]
    );
}

#[test]
fn every_field_is_compared_and_put_back_but_for_a_fault_which_is_for_a_person() {
    let desired = desired(&["eu-central-1"]);
    type Drift = fn(&mut Analyzer);
    let drifts: [(Drift, &str); 3] = [
        (|one| one.days = Some(365), "days: 365 days not 90 days"),
        (
            |one| one.exclusions = Some("all".into()),
            "exclusions: all not nothing",
        ),
        (|one| drop(one.tags.remove(names::TAG_COMPONENT)), "tags: "),
    ];
    for (drift, words) in drifts {
        let mut seen = built(&desired);
        changed(&mut seen, drift);
        let plan = <AccessAnalyzers as Component>::plan(&desired, &seen);
        assert_eq!(plan.changes.len(), 1, "{words}: {plan:#?}");
        let found = &plan.changes[0].differences()[0];
        let found = format!("{}: {} not {}", found.key, found.found, found.wanted);
        assert!(found.contains(words), "{words} in {found}");
        ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
        assert!(<AccessAnalyzers as Component>::plan(&desired, &seen).is_settled());
    }
    let mut seen = built(&desired);
    changed(&mut seen, |one| one.fault = Some("FAILED".into()));
    let plan = <AccessAnalyzers as Component>::plan(&desired, &seen);
    assert_eq!((plan.changes.len(), plan.findings.len()), (0, 1));
}

#[test]
fn one_of_others_is_good_if_it_does_the_same_a_finding_if_not_and_never_touched() {
    let desired = desired(&["eu-central-1"]);
    let mut seen = built(&desired);
    changed(&mut seen, |one| one.other = Some("theirs".into()));
    let plan = <AccessAnalyzers as Component>::plan(&desired, &seen);
    assert!(plan.is_settled() && plan.findings.is_empty(), "{plan:#?}");
    let shown = <AccessAnalyzers as Component>::resources(&desired, &seen);
    assert_eq!(
        shown["eu-central-1.analyzer.tenantry-unused-access"],
        "theirs"
    );

    changed(&mut seen, |one| one.days = Some(365));
    let plan = <AccessAnalyzers as Component>::plan(&desired, &seen);
    assert_eq!((plan.changes.len(), plan.findings.len()), (0, 1));
    assert!(plan.findings[0].remedy.contains("theirs"), "{plan:#?}");

    let leaving = sample(DesiredState::Absent);
    let plan = <AccessAnalyzers as Component>::plan(&leaving, &seen);
    let removed: Vec<String> = plan.changes.iter().map(Change::key).collect();
    assert_eq!(removed, ["eu-central-1.analyzer.tenantry-external-access"]);
}

#[test]
fn the_analyzer_of_a_region_that_the_spec_no_longer_has_is_deleted() {
    let seen = built(&desired(&["eu-central-1", "us-east-1"]));
    let plan = <AccessAnalyzers as Component>::plan(&desired(&["eu-central-1"]), &seen);
    assert_eq!(plan.changes.len(), 1);
    assert!(matches!(plan.changes[0].effect, Effect::Delete { .. }));
}

#[test]
fn one_that_was_made_again_under_our_name_is_not_the_one_that_was_recorded() {
    use crate::declared::Resource as _;
    let id = |made| {
        let analyzer = Analyzer {
            id: Some("arn:aws:access-analyzer:eu-central-1:444455556666:analyzer/x".into()),
            made,
            ..Analyzer::default()
        };
        analyzer.id()
    };
    assert_eq!(id(Some(1)), id(Some(1)));
    assert_ne!(id(Some(1)), id(Some(2)));
    assert_eq!(id(None), None);
}
