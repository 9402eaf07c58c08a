//! One budget, of which the billing contact is told; every change of it is found with its values.

mod anomalies;
mod idle;

use tenancy::{DesiredState, names};

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component},
    contacts::tests::contacts,
    declared::{Effect, Observation, Observed, Resource as _, ResourceFact, write},
    imagine_until_settled,
};

/// So many dollars a month.
pub(crate) fn budget(monthly: &str) -> Option<tenancy::spec::Budget> {
    serde_json::from_str(&format!(r#"{{"monthlyUsd": {monthly}}}"#)).ok()
}

/// Unusual costs of so many dollars.
pub(crate) fn anomalies(threshold: &str) -> Option<tenancy::blueprint::Anomalies> {
    serde_json::from_str(&format!(r#"{{"thresholdUsd": {threshold}}}"#)).ok()
}

fn desired() -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.spec.budget = budget("499.5");
    desired.spec.contacts = contacts();
    desired
}

fn built(desired: &Desired) -> Observation {
    let imagined = imagine_until_settled::<Billing>(desired, Observation::default());
    assert_eq!((imagined.converged, imagined.changes.len()), (true, 1));
    let mut seen = imagined.seen;
    seen.1.insert(Budget::KIND.name, const { &Budget::KIND });
    seen
}

fn changed(seen: &mut Observation, change: impl Fn(&mut Budget)) {
    let mut found: Budget = seen.present(&Budget::key()).unwrap();
    change(&mut found);
    seen.0
        .insert(Budget::key(), Observed::Present(write(&found)));
}

#[test]
fn the_billing_contact_is_told_and_without_one_the_accounts_own_address() {
    let mut desired = desired();
    let told = |desired: &Desired| {
        let found: Budget = built(desired).present(&Budget::key()).unwrap();
        assert_eq!(found.notifications.len(), 3);
        found.notifications["forecasted-100"].clone()
    };
    let contact = desired.spec.contacts.billing.clone().unwrap();
    assert_eq!(told(&desired), [contact.email.to_string()]);
    desired.spec.contacts.billing = None;
    assert_eq!(told(&desired), [desired.email.to_string()]);
}

#[test]
fn a_budget_that_aws_does_not_evaluate_is_a_finding_for_a_person_and_holds_nothing_up() {
    let desired = desired();
    let mut seen = built(&desired);
    changed(&mut seen, |one| one.health = Some("FILTER_INVALID".into()));
    let plan = <Billing as Component>::plan(&desired, &seen);
    assert!(plan.is_settled(), "{plan:#?}");
    let [finding] = plan.findings.as_slice() else {
        panic!("{:?}", plan.findings)
    };
    assert_eq!(finding.key, "budget.health");
    let values = (finding.found.as_str(), finding.wanted.as_str());
    assert_eq!(values, ("FILTER_INVALID", "no problem"));
    assert_eq!(finding.repair, tenancy::finding::Repair::Person);
}

#[test]
fn every_field_of_the_budget_is_compared_and_put_back() {
    let desired = desired();
    type Drift = fn(&mut Budget);
    let drifts: [(Drift, &str); 8] = [
        (
            |one| one.limit = "9000.00 USD".into(),
            "budget.limit: 9000.00 USD not 499.50 USD",
        ),
        (
            |one| one.period = "COST ANNUALLY".into(),
            "budget.period: COST ANNUALLY not COST MONTHLY",
        ),
        (
            |one| one.period = "COST MONTHLY from 2030-01-01T00:00:00Z".into(),
            "budget.period: COST MONTHLY from 2030-01-01T00:00:00Z not COST MONTHLY",
        ),
        (
            |one| one.counts = Some("only EC2".into()),
            "budget.counts: only EC2 not all costs",
        ),
        (
            |one| one.adjusts = Some("HISTORICAL".into()),
            "budget.adjusts: HISTORICAL not nothing",
        ),
        (
            |one| drop(one.notifications.remove("actual-80")),
            "budget.notifications.actual-80: nobody not ",
        ),
        (
            |one| {
                drop(
                    one.notifications
                        .insert("actual-100".into(), vec!["eve@evil.example".into()]),
                )
            },
            "budget.notifications.actual-100: eve@evil.example not ",
        ),
        (
            |one| drop(one.tags.remove(names::TAG_COMPONENT)),
            "budget.tags: ",
        ),
    ];
    for (drift, words) in drifts {
        let mut seen = built(&desired);
        changed(&mut seen, drift);
        let plan = <Billing as Component>::plan(&desired, &seen);
        assert_eq!(plan.changes.len(), 1, "{words}: {plan:#?}");
        let found = &plan.changes[0].differences()[0];
        let found = format!("{}: {} not {}", found.key, found.found, found.wanted);
        assert!(found.starts_with(words), "{words} in {found}");
        ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
        assert!(
            <Billing as Component>::plan(&desired, &seen).is_settled(),
            "{words}"
        );
    }
}

#[test]
fn a_budget_of_somebody_else_at_our_name_is_named_and_ours_goes_with_the_tenant() {
    let desired = desired();
    let seen = built(&desired);
    let leaving = sample(DesiredState::Absent);
    let plan = <Billing as Component>::plan(&leaving, &seen);
    assert!(matches!(plan.changes[0].effect, Effect::Delete { .. }));
    let mut theirs = seen;
    changed(&mut theirs, |one| one.tags.clear());
    assert!(<Billing as Component>::plan(&leaving, &theirs).is_settled());
    let plan = <Billing as Component>::plan(&desired, &theirs);
    assert_eq!((plan.changes.len(), plan.obstacles.len()), (0, 1));
}
