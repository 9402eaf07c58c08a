//! An idle tenant that costs more is a finding; what cannot be known is said.

use tenancy::cost::MicroUsd;

use super::*;
use crate::control::Verdict;

/// The verdict on a tenant of which nothing but a budget is seen. It costs six cents by itself.
fn verdict_on(change: impl Fn(&mut Desired), found: impl Fn(&mut Budget)) -> Verdict {
    let mut desired = desired();
    desired.spec.expect_idle = true;
    let mut seen = built(&desired);
    changed(&mut seen, found);
    change(&mut desired);
    let control = &<Billing as Component>::controls()[0];
    (control.evaluate)(&desired, &seen)
}

fn spent(micros: i64) -> impl Fn(&mut Budget) {
    move |one| one.spent = Some(MicroUsd(micros))
}

#[test]
fn an_idle_tenant_that_costs_more_is_a_finding_with_both_figures() {
    let as_it_is = |_: &mut Desired| {};
    assert_eq!(verdict_on(as_it_is, spent(0)), Verdict::Passed);
    assert_eq!(verdict_on(as_it_is, spent(1_060_000)), Verdict::Passed);
    assert_eq!(
        verdict_on(as_it_is, spent(12_345_000)),
        Verdict::Failed("$12.35 this month, of which $0.06 for what tenantry made".into())
    );
    // Two gateways and their addresses: 75.92 and 7.30 more.
    let gateways = |desired: &mut Desired| desired.spec.egress = tenancy::Egress::NatPerAz;
    assert_eq!(verdict_on(gateways, spent(160_000_000)), Verdict::Passed);
    let failed = verdict_on(gateways, spent(170_000_000));
    assert!(matches!(failed, Verdict::Failed(_)), "{failed:?}");
}

#[test]
fn of_a_tenant_that_is_in_use_nothing_is_said_and_without_a_figure_nothing_is_known() {
    let in_use = |desired: &mut Desired| desired.spec.expect_idle = false;
    let verdict = verdict_on(in_use, spent(12_345_000));
    assert!(matches!(verdict, Verdict::NotApplicable(_)), "{verdict:?}");
    let as_it_is = |_: &mut Desired| {};
    let unknown: [fn(&mut Budget); 4] = [
        |one| one.spent = None,
        |one| (one.spent, one.counts) = (Some(MicroUsd(0)), Some("only EC2".into())),
        |one| (one.spent, one.period) = (Some(MicroUsd(0)), "COST ANNUALLY".into()),
        |one| one.tags.clear(),
    ];
    for found in unknown {
        let verdict = verdict_on(as_it_is, found);
        assert!(matches!(verdict, Verdict::NotVerifiable(_)), "{verdict:?}");
    }
}
