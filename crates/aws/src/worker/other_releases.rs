//! A pass over what another release wrote.

use std::collections::BTreeMap;

use baseline::{Outcome, PassReport};
use serde_json::{Value, json};
use tenancy::{
    ComponentName, ComponentState, Finding, Operation, Tenant, Timestamp, Verb, finding::Difference,
};

use super::{
    dispatch::{Dispatch, dispatch},
    finish::{PassOutcome, finish_pass},
};
use crate::ledger::Loaded;

const TENANT: &str = "t-nnnnnnnnnnnnnnnn";
const VERBS: [Verb; 3] = [Verb::Onboard, Verb::Audit, Verb::Offboard];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// A tenant that is ready and only observed.
fn tenant(desired_state: &str) -> Tenant {
    let tenant = json!({
        "id": TENANT, "generation": 1, "specVersion": 1, "desiredState": desired_state,
        "spec": {"slug": "nova", "name": "Nova", "blueprint": "standard@1.0.0", "mode": "observe-only"},
        "accountEmail": "aws+nova@example.com", "createdAt": at(0), "createdBy": "ann", "updatedAt": at(0), "readyAt": at(1),
    });
    serde_json::from_value(tenant).unwrap()
}

fn operation(kind: &str, state: &str) -> Operation {
    let operation = json!({
        "id": format!("{TENANT}.aaaaaaaaaaaaaaaa"), "tenantId": TENANT, "kind": kind, "state": state, "specVersion": 1,
        "requestedBy": "ann", "createdAt": at(0), "updatedAt": at(0),
    });
    serde_json::from_value(operation).unwrap()
}

fn difference() -> Value {
    json!({
        "key": "network.flow-logs", "component": "network", "resource": "r", "field": "f", "wanted": "on", "found": "off",
        "severity": "high", "remedy": "Turn it on.",
    })
}

fn finding(state: &str) -> Finding {
    let mut finding = difference();
    let beside =
        json!({"state": state, "firstSeen": at(0), "lastSeen": at(0), "acceptedBy": "bob"});
    let beside = beside.as_object().cloned().unwrap();
    finding.as_object_mut().unwrap().extend(beside);
    serde_json::from_value(finding).unwrap()
}

fn loaded(tenant: Tenant, operations: Vec<Operation>, findings: Vec<Finding>) -> Loaded {
    let findings = findings
        .into_iter()
        .map(|finding| (finding.difference.key.clone(), finding));
    Loaded {
        posture: Default::default(),
        tenant,
        intents: Vec::new(),
        operations,
        findings: findings.collect(),
    }
}

/// A pass that finds the network as it is wanted, or with one difference.
fn passed(verb: Verb, loaded: &Loaded, found: Option<Value>) -> PassOutcome {
    let state = match found {
        Some(_) => ComponentState::Drifted,
        None => ComponentState::Ready,
    };
    let remaining: Option<Difference> = found.map(|found| serde_json::from_value(found).unwrap());
    let outcome = Outcome {
        remaining: remaining.into_iter().collect(),
        resources: BTreeMap::from([("vpc".to_owned(), "vpc-1".to_owned())]),
        ..Outcome::new(ComponentName::NETWORK, state)
    };
    let report = PassReport {
        outcomes: vec![outcome],
        ..PassReport::default()
    };
    finish_pass(verb, loaded, &report, at(9), 0.0)
}

#[test]
fn a_tenant_in_a_desired_state_of_another_release_is_left_alone() {
    let frozen = loaded(tenant("frozen"), Vec::new(), Vec::new());
    for verb in VERBS {
        assert_eq!(dispatch(verb, &frozen), Dispatch::LeaveAlone, "{verb:?}");
    }
}

#[test]
fn an_operation_of_another_release_is_neither_carried_out_nor_passed_to_and_fro() {
    for (kind, state) in [
        ("rotate", "pending"),
        ("update", "awaiting-approval"),
        ("audit", "paused"),
    ] {
        let loaded = loaded(tenant("present"), vec![operation(kind, state)], Vec::new());
        let then = dispatch(Verb::Onboard, &loaded);
        assert_eq!(then, Dispatch::RolesThen(Verb::Audit), "{kind} {state}");
        for verb in VERBS {
            let outcome = passed(verb, &loaded, None);
            assert_eq!(outcome.record.operations, [], "{verb:?} {kind} {state}");
        }
        let audited = passed(Verb::Audit, &loaded, None);
        assert_eq!((audited.wake, audited.record.due_at), (None, None));
        let actions = passed(Verb::Onboard, &loaded, None).record.history;
        assert_eq!(actions, [], "{kind} {state}");
    }
}

#[test]
fn a_finding_in_a_state_of_another_release_stays_in_it() {
    let muted = loaded(tenant("present"), Vec::new(), vec![finding("muted")]);
    for found in [Some(difference()), None] {
        let outcome = passed(Verb::Audit, &muted, found);
        assert_eq!((outcome.record.findings, outcome.events), (vec![], vec![]));
    }
}

#[test]
fn what_another_release_wrote_beside_a_finding_stays_whatever_becomes_of_it() {
    let beside = |found| {
        let open = loaded(tenant("present"), Vec::new(), vec![finding("open")]);
        let findings = passed(Verb::Audit, &open, found).record.findings;
        findings[0].other["acceptedBy"].clone()
    };
    let mut changed = difference();
    changed["found"] = json!("half on");
    assert_eq!(beside(Some(changed)), "bob");
    assert_eq!(beside(None), "bob");
}
