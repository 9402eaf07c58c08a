use tenancy::{ComponentName, DesiredState, Failure, control::RepairedBy};

use super::*;
use crate::{
    account::sample_desired, component::Component, control::Verdict, controls::verdicts,
    desired::Desired, guard::Guard, network::Network, report::Outcome, root_user::RootUser,
    table::preview, trail::Trail,
};

fn desired() -> Desired {
    let mut desired = sample_desired(DesiredState::Present);
    let network = "10.0.0.0/20".parse().unwrap();
    desired
        .cidrs
        .insert("eu-central-1".parse().unwrap(), network);
    desired
}

fn id(text: &str) -> ControlId {
    text.parse().unwrap()
}

#[test]
fn every_judged_control_is_in_the_catalogue_and_repaired_by_people() {
    let words = BASELINE.iter().flat_map(|line| line.controls());
    let words: Vec<_> = words.collect();
    assert!(words.iter().any(|words| words.id == "TNT.ROOT.1"));
    for words in words {
        let control = find(&id(words.id)).unwrap();
        assert_eq!(control.component, words.component, "{}", words.id);
        let people = [RepairedBy::Tenant, RepairedBy::Organization];
        assert!(people.contains(&control.repaired_by), "{}", words.id);
    }
}

#[test]
fn every_kind_of_resource_that_is_made_has_a_control_of_its_own() {
    let desired = desired();
    let mut without = Vec::new();
    for change in preview(&desired) {
        let area = change.component.as_str().to_uppercase();
        let control = control_of(change.component, &change.key).unwrap();
        assert!(find(&control).is_some(), "{control}");
        if control == id(&format!("TNT.{area}.100")) {
            without.push(change.key);
        }
    }
    assert_eq!(without, ["account.request"]);
}

#[test]
fn a_finding_belongs_to_the_control_that_says_most_of_it() {
    for (component, key, control) in [
        (
            ComponentName::NETWORK,
            "network.eu-central-1.default.ingress.extra",
            "TNT.NETWORK.106",
        ),
        (
            ComponentName::NETWORK,
            "network.eu-central-1.default-vpc.vpc-1",
            "TNT.NETWORK.112",
        ),
        (
            ComponentName::NETWORK,
            "network.network-in-use",
            "TNT.NETWORK.100",
        ),
        (
            ComponentName::IDENTITY,
            "identity.role.tenant-support",
            "TNT.IDENTITY.106",
        ),
        (
            ComponentName::IDENTITY,
            "identity.role.tenant-supporter",
            "TNT.IDENTITY.101",
        ),
        (ComponentName::IDENTITY, "TNT.IAM.1", "TNT.IAM.1"),
        (ComponentName::ACCOUNT, "account.tags", "TNT.ACCOUNT.101"),
        (
            ComponentName::ACCOUNT,
            "account.account-name.name",
            "TNT.ACCOUNT.102",
        ),
        (
            ComponentName::new("another"),
            "another.thing",
            "TNT.ANOTHER.100",
        ),
    ] {
        assert_eq!(control_of(component, key), Some(id(control)), "{key}");
    }
}

fn of<C: Component>(desired: &Desired, outcome: &Outcome, control: &str) -> Verdict {
    let seen = C::Observation::default();
    verdicts::<C>(desired, Some(&seen), outcome)
        .remove(&id(control))
        .unwrap()
}

#[test]
fn passed_failed_not_applicable_and_not_verifiable_are_distinct() {
    let desired = desired();
    let outcome = Outcome::new(ComponentName::NETWORK, tenancy::ComponentState::Ready);
    let flow_log = "TNT.NETWORK.110";
    assert_eq!(of::<Network>(&desired, &outcome, flow_log), Verdict::Passed);

    let mut drifted = outcome.clone();
    let missing = preview(&desired).into_iter();
    let missing = missing.filter(|change| change.key.ends_with(".flow-log"));
    drifted.remaining.extend(missing);
    let failed = of::<Network>(&desired, &drifted, flow_log);
    assert!(matches!(failed, Verdict::Failed(_)), "{failed:?}");
    assert_eq!(
        of::<Network>(&desired, &drifted, "TNT.NETWORK.101"),
        Verdict::Passed
    );

    let mut without = desired.clone();
    without.spec.egress = tenancy::Egress::None;
    let nat = of::<Network>(&without, &outcome, "TNT.NETWORK.107");
    assert!(matches!(nat, Verdict::NotApplicable(_)), "{nat:?}");
    without.spec.guard = false;
    let guard = Outcome::new(ComponentName::new("guard"), tenancy::ComponentState::Absent);
    let block = of::<Guard>(&without, &guard, "TNT.GUARD.101");
    assert!(matches!(block, Verdict::NotApplicable(_)), "{block:?}");

    let mut unseen = outcome;
    unseen.unseen = true;
    unseen
        .failures
        .push(Failure::bug("reading VPCs", "no answer"));
    let Verdict::NotVerifiable(why) = of::<Network>(&desired, &unseen, flow_log) else {
        panic!("it was not read");
    };
    assert!(why.contains("no answer"), "{why}");
    let verdict = of::<Network>(&desired, &unseen, "TNT.NETWORK.1");
    assert!(matches!(verdict, Verdict::NotVerifiable(_)), "{verdict:?}");
}

#[test]
fn a_component_that_was_not_read_at_all_has_no_control_that_passed() {
    let desired = sample_desired(DesiredState::Present);
    let outcome = Outcome::new(ComponentName::TRAIL, tenancy::ComponentState::Failed);
    let verdicts = [
        verdicts::<Trail>(&desired, None, &outcome),
        verdicts::<RootUser>(&desired, None, &outcome),
    ];
    let mut all = verdicts.iter().flatten();
    assert!(all.all(|(_, verdict)| matches!(verdict, Verdict::NotVerifiable(_))));
}

#[test]
fn of_a_tenant_that_leaves_nothing_is_said() {
    let desired = sample_desired(DesiredState::Absent);
    let outcome = Outcome::new(ComponentName::NETWORK, tenancy::ComponentState::Absent);
    assert!(verdicts::<Network>(&desired, None, &outcome).is_empty());
}
