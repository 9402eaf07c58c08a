//! One monitor and one subscription, whose every field is found and put back; a monitor of others will do and is left alone.

use super::*;

fn desired() -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.spec.anomalies = anomalies("49.5");
    desired.spec.contacts = contacts();
    desired
}

fn knowing_kinds(mut seen: Observation) -> Observation {
    let kinds = [
        const { &AnomalyMonitor::KIND },
        const { &AnomalySubscription::KIND },
    ];
    seen.1.extend(kinds.map(|kind| (kind.name, kind)));
    seen
}

fn built(desired: &Desired) -> Observation {
    let imagined = imagine_until_settled::<Billing>(desired, Observation::default());
    assert_eq!((imagined.converged, imagined.changes.len()), (true, 2));
    let order: Vec<String> = imagined.changes.iter().map(Change::key).collect();
    assert_eq!(order, ["anomaly-monitor", "anomaly-subscription"]);
    knowing_kinds(imagined.seen)
}

fn with_monitor(seen: &mut Observation, change: impl Fn(&mut AnomalyMonitor)) {
    let mut found: AnomalyMonitor = seen.present(&AnomalyMonitor::key()).unwrap();
    change(&mut found);
    let found = Observed::Present(write(&found));
    seen.0.insert(AnomalyMonitor::key(), found);
}

fn with_subscription(seen: &mut Observation, change: impl Fn(&mut AnomalySubscription)) {
    let mut found: AnomalySubscription = seen.present(&AnomalySubscription::key()).unwrap();
    change(&mut found);
    let found = Observed::Present(write(&found));
    seen.0.insert(AnomalySubscription::key(), found);
}

fn plan(
    desired: &Desired,
    seen: &Observation,
) -> crate::component::Plan<crate::declared::ResourceChange> {
    <Billing as Component>::plan(desired, seen)
}

#[test]
fn the_billing_contact_is_told_of_unusual_costs_from_the_amount_of_the_blueprint_on() {
    let seen = built(&desired());
    let found: AnomalySubscription = seen.present(&AnomalySubscription::key()).unwrap();
    assert_eq!(found.threshold, "49.50 USD");
    assert_eq!(found.told, ["ann@acme.example"]);
    let unasked = sample(DesiredState::Present);
    assert!(!<Billing as Component>::enabled(&unasked.spec));
    assert!(<Billing as Component>::enabled(&desired().spec));
}

#[test]
fn every_field_of_the_subscription_is_compared_and_put_back_but_who_declined_is_for_a_person() {
    let desired = desired();
    type Drift = fn(&mut AnomalySubscription);
    let drifts: [(Drift, &str); 6] = [
        (|one| one.name = "mine".into(), "name: mine not tenantry"),
        (
            |one| one.monitors = vec!["arn:x".into()],
            "monitors: arn:x not tenantry",
        ),
        (
            |one| one.frequency = "WEEKLY".into(),
            "frequency: WEEKLY not DAILY",
        ),
        (
            |one| one.threshold = "40 %".into(),
            "threshold: 40 % not 49.50 USD",
        ),
        (
            |one| one.told.push("eve@evil.example".into()),
            "told: ann@acme.example, eve@evil.example not ann@acme.example",
        ),
        (|one| drop(one.tags.remove(names::TAG_COMPONENT)), "tags: "),
    ];
    for (drift, words) in drifts {
        let mut seen = built(&desired);
        with_subscription(&mut seen, drift);
        let plan = plan(&desired, &seen);
        assert_eq!(plan.changes.len(), 1, "{words}: {plan:#?}");
        let found = &plan.changes[0].differences()[0];
        let found = format!("{}: {} not {}", found.key, found.found, found.wanted);
        let wanted = format!("anomaly-subscription.{words}");
        assert!(found.starts_with(&wanted), "{wanted} in {found}");
        ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
        assert!(self::plan(&desired, &seen).is_settled(), "{words}");
    }
    let mut seen = built(&desired);
    with_subscription(&mut seen, |one| {
        one.declined = Some("ann@acme.example".into())
    });
    let plan = plan(&desired, &seen);
    assert_eq!(
        (plan.changes.len(), plan.findings.len()),
        (0, 1),
        "{plan:#?}"
    );
}

#[test]
fn a_monitor_that_was_renamed_or_lost_its_tags_is_put_back() {
    let desired = desired();
    type Drift = fn(&mut AnomalyMonitor);
    let drifts: [(Drift, &str); 2] = [
        (|one| one.name = "mine".into(), "anomaly-monitor.name"),
        (
            |one| drop(one.tags.remove(names::TAG_COMPONENT)),
            "anomaly-monitor.tags",
        ),
    ];
    for (drift, key) in drifts {
        let mut seen = built(&desired);
        with_monitor(&mut seen, drift);
        let keys: Vec<String> = plan(&desired, &seen)
            .changes
            .iter()
            .map(Change::key)
            .collect();
        assert_eq!(keys, [key]);
    }
}

#[test]
fn a_monitor_of_others_will_do_is_named_and_stays_when_the_tenant_leaves() {
    let desired = desired();
    let mut seen = built(&desired);
    let tags = desired.tags(<Billing as Declared>::NAME);
    let theirs = AnomalyMonitor::of_others("Default-Services-Monitor", tags);
    let found = Observed::Present(write(&theirs));
    seen.0.insert(AnomalyMonitor::key(), found);
    let plan = plan(&desired, &seen);
    assert!(plan.is_settled() && plan.findings.is_empty(), "{plan:#?}");
    let shown = <Billing as Component>::resources(&desired, &seen);
    assert_eq!(
        shown["anomaly-monitor.tenantry"],
        "Default-Services-Monitor"
    );
    let leaving = sample(DesiredState::Absent);
    let deleted: Vec<String> = self::plan(&leaving, &seen)
        .changes
        .iter()
        .map(Change::key)
        .collect();
    assert_eq!(deleted, ["anomaly-subscription.tenantry"]);
}

#[test]
fn the_monitor_goes_after_its_subscription_and_where_the_blueprint_asks_for_none_any_more() {
    let mut desired = desired();
    let seen = built(&desired);
    desired.desired_state = DesiredState::Absent;
    let imagined = imagine_until_settled::<Billing>(&desired, seen.clone());
    let order: Vec<String> = imagined.changes.iter().map(Change::key).collect();
    assert_eq!(order, ["anomaly-subscription", "anomaly-monitor"]);

    let mut without = self::desired();
    without.spec.anomalies = None;
    without.spec.budget = budget("500");
    let dropped = plan(&without, &seen);
    let deletes =
        |change: &&crate::declared::ResourceChange| matches!(change.effect, Effect::Delete { .. });
    assert_eq!(
        dropped.changes.iter().filter(deletes).count(),
        2,
        "{dropped:#?}"
    );
}
