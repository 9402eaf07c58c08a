use serde_json::json;
use tenancy::{ComponentName, ComponentStatus, OperationId, Tenant, TenantId};

use super::*;

fn loaded() -> Loaded {
    let id = TenantId::from_random([1; 10]);
    let tenant: Tenant = serde_json::from_value(json!({
        "id": id, "generation": 1, "specVersion": 1, "desiredState": "present",
        "spec": { "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0" },
        "accountEmail": "aws+acme@example.com", "createdAt": "2026-01-01T00:00:00Z",
        "createdBy": "somebody", "updatedAt": "2026-01-01T00:00:00Z", "readyAt": "2026-01-01T01:00:00Z",
    }))
    .unwrap();
    Loaded {
        posture: Default::default(),
        tenant,
        intents: Vec::new(),
        operations: Vec::new(),
        findings: BTreeMap::new(),
    }
}

fn difference(key: &str, repair: Repair) -> Difference {
    Difference {
        key: key.into(),
        component: ComponentName::TRAIL,
        resource: "trail".into(),
        field: "field".into(),
        wanted: "on".into(),
        found: "off".into(),
        severity: Severity::High,
        remedy: "Put it right.".into(),
        repair,
    }
}

fn passed(outcome: Outcome) -> PassReport {
    PassReport {
        outcomes: vec![outcome],
        ..PassReport::default()
    }
}

fn trail(state: ComponentState) -> Outcome {
    Outcome::new(ComponentName::TRAIL, state)
}

/// A tenant of which an audit found drift, and something that only a person can repair.
fn audited() -> Loaded {
    let mut loaded = loaded();
    let audit = passed(Outcome {
        remaining: vec![difference("trail.logging", Repair::Tenantry)],
        findings: vec![difference("TNT.TRAIL.1", Repair::Person)],
        ..trail(ComponentState::Drifted)
    });
    let changes = finding_changes(Verb::Audit, &loaded, &audit, Timestamp::UNIX_EPOCH);
    assert_eq!(changes.new, ["TNT.TRAIL.1", "trail.logging"]);
    let found = changes.changed.into_iter();
    let keyed = found.map(|finding| (finding.difference.key.clone(), finding));
    loaded.findings = keyed.collect();
    loaded
}

fn resolved(verb: Verb, outcome: Outcome) -> Vec<String> {
    finding_changes(verb, &audited(), &passed(outcome), Timestamp::UNIX_EPOCH).resolved
}

#[test]
fn a_repair_resolves_the_drift_and_not_what_only_a_person_can_put_right() {
    let person = vec![difference("TNT.TRAIL.1", Repair::Person)];
    let repaired = |findings| Outcome {
        findings,
        ..trail(ComponentState::Ready)
    };
    assert_eq!(resolved(Verb::Onboard, repaired(person)), ["trail.logging"]);
    let all = resolved(Verb::Onboard, repaired(Vec::new()));
    assert_eq!(all, ["TNT.TRAIL.1", "trail.logging"]);
}

#[test]
fn what_could_not_be_read_or_told_keeps_its_findings() {
    let audited = |unseen, pending| Outcome {
        unseen,
        pending,
        resources: BTreeMap::from([("trail".into(), "arn".into())]),
        ..trail(ComponentState::Failed)
    };
    assert!(resolved(Verb::Audit, audited(true, false)).is_empty());
    assert!(resolved(Verb::Audit, audited(false, true)).is_empty());
    assert_eq!(resolved(Verb::Audit, audited(false, false)).len(), 2);
}

#[test]
fn what_a_parked_change_has_not_done_is_no_drift_and_what_it_has_done_is_watched() {
    let mut loaded = loaded();
    let update = json!({
        "id": OperationId::from_random(&loaded.tenant.id, [2; 10]), "tenantId": loaded.tenant.id, "kind": "update",
        "state": "parked", "specVersion": 2, "requestedBy": "somebody", "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z", "obstacles": [],
    });
    loaded.operations = vec![serde_json::from_value(update).unwrap()];
    let audit = || {
        passed(Outcome {
            remaining: vec![difference("trail.logging", Repair::Tenantry)],
            findings: vec![difference("TNT.TRAIL.1", Repair::Person)],
            ..trail(ComponentState::Drifted)
        })
    };
    let mut new_where = |state| {
        let status = ComponentStatus {
            state,
            since: Timestamp::UNIX_EPOCH,
            failing_since: None,
            pending: false,
            unseen: false,
            message: None,
            obstacle: None,
            resources: BTreeMap::new(),
        };
        let components = &mut loaded.tenant.components;
        components.insert(ComponentName::TRAIL, status);
        finding_changes(Verb::Audit, &loaded, &audit(), Timestamp::UNIX_EPOCH).new
    };
    assert_eq!(new_where(ComponentState::Parked), ["TNT.TRAIL.1"]);
    let both = ["TNT.TRAIL.1", "trail.logging"];
    assert_eq!(new_where(ComponentState::Ready), both);
}
