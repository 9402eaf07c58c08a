use serde_json::{Value, json};
use tenancy::{
    ComponentState, ComponentStatus, Operation, OperationId, Tenant, TenantId, Timestamp,
};

use super::*;

fn loaded(mode: &str, audits: &[OperationState], pending: &[ComponentName]) -> Loaded {
    let id = TenantId::from_random([1; 10]);
    let mut tenant: Tenant = serde_json::from_value(json!({
        "id": id, "generation": 1, "specVersion": 1, "desiredState": "present",
        "spec": { "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0", "mode": mode },
        "accountEmail": "aws+acme@example.com", "createdAt": "2026-01-01T00:00:00Z",
        "createdBy": "somebody", "updatedAt": "2026-01-01T00:00:00Z", "readyAt": "2026-01-01T01:00:00Z",
    }))
    .unwrap();
    let status = |pending| ComponentStatus {
        state: ComponentState::Waiting,
        since: Timestamp::UNIX_EPOCH,
        failing_since: None,
        pending,
        unseen: false,
        message: None,
        obstacle: None,
        resources: Default::default(),
    };
    tenant
        .components
        .insert(ComponentName::NETWORK, status(false));
    for name in pending {
        tenant.components.insert(*name, status(true));
    }
    let operation = |state: &OperationState| -> Operation {
        let fields: Value = json!({
            "id": OperationId::from_random(&id, [2; 10]), "tenantId": id, "kind": "audit", "state": state,
            "specVersion": 1, "requestedBy": "somebody", "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": "2026-01-01T00:00:00Z", "obstacles": [],
        });
        serde_json::from_value(fields).unwrap()
    };
    Loaded {
        posture: Default::default(),
        tenant,
        intents: Vec::new(),
        operations: audits.iter().map(operation).collect(),
        findings: Default::default(),
    }
}

#[test]
fn our_own_roles_are_brought_up_to_date_whatever_the_tenants_mode() {
    let observed = loaded("observe-only", &[], &[]);
    let dispatch = dispatch(Verb::Onboard, &observed);
    assert_eq!(dispatch, Dispatch::RolesThen(Verb::Audit));
    let only = [ComponentName::ACCOUNT, ComponentName::ACCESS].into();
    assert_eq!(scope(Verb::Onboard, dispatch, &observed), Some(only));
    let repaired = loaded("repair", &[], &[]);
    assert_eq!(super::dispatch(Verb::Onboard, &repaired), Dispatch::Work);
}

#[test]
fn only_what_was_pending_is_observed_again_unless_a_new_audit_was_requested() {
    use OperationState::{Pending, Running};
    let report = ComponentName::new("report");
    let audited = |audits: &[OperationState], pending: &[ComponentName]| {
        let loaded = loaded("repair", audits, pending);
        scope(Verb::Audit, Dispatch::Work, &loaded)
    };
    assert_eq!(audited(&[Running], &[report]), Some([report].into()));
    assert_eq!(audited(&[Running, Pending], &[report]), None);
    assert_eq!(audited(&[Running], &[]), None);
    assert_eq!(audited(&[], &[report]), None);
}

#[test]
fn an_audit_waits_for_an_accepted_change_unless_that_waits_for_a_person() {
    use OperationState::{Parked, Pending, Running};
    let with_update = |state: OperationState, ready: bool| {
        let mut loaded = loaded("repair", &[state, Pending], &[]);
        if let Some(update) = loaded.operations.first_mut() {
            update.kind = OperationKind::Update;
        }
        if !ready {
            loaded.tenant.ready_at = None;
        }
        dispatch(Verb::Audit, &loaded)
    };
    assert_eq!(with_update(Pending, true), Dispatch::Nothing);
    assert_eq!(with_update(Running, true), Dispatch::Nothing);
    assert_eq!(with_update(Parked, true), Dispatch::Work);
    assert_eq!(with_update(Pending, false), Dispatch::Work);
}

#[test]
fn sessions_are_ended_whatever_the_tenants_mode_and_before_an_audit() {
    use OperationState::Pending;
    let ending = |mode: &str, audits: &[OperationState]| {
        let mut loaded = loaded(mode, &[&[Pending], audits].concat(), &[]);
        let grant = tenancy::access::GrantId::from_random([1; 10]);
        let refused = tenancy::access::RefusedSessions::of_grant(&grant, Timestamp::UNIX_EPOCH);
        loaded.tenant.refused_sessions = vec![refused];
        loaded.operations[0].kind = OperationKind::EndSessions;
        loaded
    };
    for audits in [&[][..], &[Pending]] {
        let repaired = ending("repair", audits);
        assert_eq!(dispatch(Verb::Onboard, &repaired), Dispatch::Work);
        let observed = ending("observe-only", audits);
        let dispatched = dispatch(Verb::Onboard, &observed);
        assert_eq!(dispatched, Dispatch::RolesThen(Verb::Audit));
        let only = [
            ComponentName::ACCOUNT,
            ComponentName::ACCESS,
            ComponentName::IDENTITY,
        ];
        let scoped = scope(Verb::Onboard, dispatched, &observed);
        assert_eq!(scoped, Some(only.into()));
        assert_eq!(dispatch(Verb::Audit, &observed), Dispatch::Nothing);
    }
    // Once they have ended, an audit that was requested is made.
    let mut ended = ending("repair", &[Pending]);
    ended.operations.remove(0);
    let audit = dispatch(Verb::Onboard, &ended);
    assert_eq!(audit, Dispatch::Forward(Verb::Audit));
}
