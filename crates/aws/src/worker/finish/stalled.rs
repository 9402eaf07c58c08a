//! What a pass leaves behind when something stalls, and when it gets through after all.

use std::collections::BTreeMap;

use baseline::{Outcome, PassReport};
use events::Event;
use serde_json::json;
use tenancy::{ComponentName, Failure, FailureKind, OperationState, Phase, Tenant, TenantId};

use super::*;
use crate::stalls::stall_what_lasts;

const HOURS: i64 = 3600;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + secs).unwrap()
}

fn loaded() -> Loaded {
    let id = TenantId::from_random([1; 10]);
    let tenant: Tenant = serde_json::from_value(json!({
        "id": id, "generation": 1, "specVersion": 1, "desiredState": "present",
        "spec": { "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0" },
        "accountEmail": "aws+acme@example.com", "createdAt": "2026-01-01T00:00:00Z",
        "createdBy": "somebody", "updatedAt": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    let operation = json!({
        "id": tenancy::OperationId::from_random(&id, [2; 10]), "tenantId": id, "kind": "onboard",
        "state": "running", "specVersion": 1, "requestedBy": "somebody",
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z", "obstacles": [],
    });
    Loaded {
        posture: Default::default(),
        tenant,
        intents: Vec::new(),
        operations: vec![serde_json::from_value(operation).unwrap()],
        findings: BTreeMap::new(),
    }
}

/// A pass at a moment, that leaves the network so; what it leaves is what the next one finds.
fn pass(loaded: &mut Loaded, network: &Outcome, secs: i64) -> PassOutcome {
    pass_of(Verb::Onboard, loaded, network, secs)
}

fn pass_of(verb: Verb, loaded: &mut Loaded, network: &Outcome, secs: i64) -> PassOutcome {
    let report = PassReport {
        outcomes: vec![network.clone()],
        ..PassReport::default()
    };
    let report = stall_what_lasts(report, &loaded.tenant.components, at(secs));
    let outcome = finish_pass(verb, loaded, &report, at(secs), 0.0);
    loaded
        .tenant
        .components
        .extend(outcome.record.components.clone());
    for operation in &outcome.record.operations {
        loaded
            .operations
            .retain(|earlier| earlier.id != operation.id);
        loaded.operations.push(operation.clone());
    }
    outcome
}

fn types(outcome: &PassOutcome) -> Vec<&'static str> {
    outcome.events.iter().map(Event::detail_type).collect()
}

#[test]
fn a_tenant_that_stalls_is_told_of_once_shown_so_tried_on_and_resumes_by_itself() {
    let mut loaded = loaded();
    let failure = Failure::retry(
        FailureKind::Transient,
        "deleting subnet `subnet-1`",
        "DependencyViolation (400): it has dependencies",
        15,
    );
    let network = Outcome {
        failures: vec![failure],
        ..Outcome::new(ComponentName::NETWORK, ComponentState::Failed)
    };
    for secs in [0, 900, HOURS - 1] {
        let before = pass(&mut loaded, &network, secs);
        assert_eq!(types(&before), Vec::<&str>::new());
        assert_eq!(loaded.tenant.phase(), Phase::Onboarding);
    }
    let stalled = pass(&mut loaded, &network, HOURS);
    assert_eq!(types(&stalled), ["TenantStalled"]);
    let Event::TenantStalled(event) = &stalled.events[0] else {
        panic!("{stalled:?}");
    };
    assert_eq!(event.reason, "failing-for-long");
    assert!(
        event.last_error.contains("DependencyViolation"),
        "{event:?}"
    );
    assert!(event.remedy.contains("remove"), "{event:?}");
    assert_eq!(stalled.record.history[0].action, "tenant-stalled");
    assert_eq!(stalled.record.operations[0].state, OperationState::Parked);
    assert_eq!(stalled.wake, Some((Verb::Onboard, 900)));
    assert_eq!(loaded.tenant.phase(), Phase::Stalled);

    let again = pass(&mut loaded, &network, 2 * HOURS);
    assert_eq!(types(&again), Vec::<&str>::new());
    assert_eq!(loaded.tenant.phase(), Phase::Stalled);

    let ready = Outcome::new(ComponentName::NETWORK, ComponentState::Ready);
    let through = pass(&mut loaded, &ready, 3 * HOURS);
    assert_eq!(types(&through), ["TenantResumed"]);
    assert_eq!(
        through.record.operations[0].state,
        OperationState::Succeeded
    );
    assert_ne!(loaded.tenant.phase(), Phase::Stalled);
}

/// A tenant that was ready once, and how a pass over its network ends.
fn built() -> (Loaded, impl Fn(ComponentState, Option<Failure>) -> Outcome) {
    let mut loaded = loaded();
    loaded.tenant.ready_at = Some(at(-HOURS));
    let network = |state, failure: Option<Failure>| Outcome {
        failures: failure.into_iter().collect(),
        ..Outcome::new(ComponentName::NETWORK, state)
    };
    (loaded, network)
}

#[test]
fn audits_between_repairs_that_fail_neither_begin_the_time_anew_nor_announce_that_it_goes_on() {
    let (mut loaded, network) = built();
    let held = Failure::retry(FailureKind::Transient, "deleting `subnet-1`", "held", 15);
    let failed = network(ComponentState::Failed, Some(held));
    let drifted = network(ComponentState::Drifted, None);
    for (verb, seen, secs) in [
        (Verb::Onboard, &failed, 0),
        (Verb::Audit, &drifted, 1800),
        (Verb::Onboard, &failed, 1900),
        (Verb::Audit, &drifted, 3500),
    ] {
        let outcome = pass_of(verb, &mut loaded, seen, secs);
        assert_eq!(types(&outcome), Vec::<&str>::new(), "{secs}");
    }
    let stalled = pass(&mut loaded, &failed, HOURS);
    assert_eq!(types(&stalled), ["TenantStalled"]);

    let audited = pass_of(Verb::Audit, &mut loaded, &drifted, 2 * HOURS);
    assert_eq!(types(&audited), Vec::<&str>::new());
    assert_eq!(loaded.tenant.phase(), Phase::Stalled);
    let again = pass(&mut loaded, &failed, 2 * HOURS + 60);
    assert_eq!(types(&again), Vec::<&str>::new());

    let ready = network(ComponentState::Ready, None);
    let audited = pass_of(Verb::Audit, &mut loaded, &ready, 3 * HOURS);
    assert_eq!(types(&audited), ["TenantResumed"]);
}

#[test]
fn an_audit_leaves_parked_what_a_person_must_put_right_and_takes_up_what_it_can_observe_again() {
    let parked = || {
        let why = "the default group of `vpc-1` is in use";
        Failure::park(
            FailureKind::Conflict,
            "deleting `vpc-1`",
            why,
            "network-in-use",
            "Free it.",
        )
    };
    for (unseen, told, state) in [
        (false, &[][..], ComponentState::Parked),
        (true, &["TenantResumed"][..], ComponentState::Drifted),
    ] {
        let (mut loaded, network) = built();
        let outcome = Outcome {
            unseen,
            ..network(ComponentState::Parked, Some(parked()))
        };
        assert_eq!(types(&pass(&mut loaded, &outcome, 0)), ["TenantParked"]);
        let drifted = network(ComponentState::Drifted, None);
        let audited = pass_of(Verb::Audit, &mut loaded, &drifted, 60);
        assert_eq!(types(&audited), told);
        let recorded = &loaded.tenant.components[&ComponentName::NETWORK];
        assert_eq!(recorded.state, state);
    }
}
