//! Lease rows are written without a client token: what becomes of them when the answer is lost, and the SDK asks again by itself.

use scenarios::{
    machine::Machine,
    proxy::{Config, Effect, Fault, Match},
};
use serde_json::json;
use tenantry_aws::ledger::{Lease, PassRecord};

use crate::bench::MINUTE;

async fn machine() -> Machine {
    Machine::start(Config::default()).await.unwrap()
}

/// The answer to the next such write is lost after it took effect.
fn lose_one(machine: &Machine, operation: &str) {
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("dynamodb".into()),
            operation: Some(operation.into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
}

fn lost(machine: &Machine) -> usize {
    let calls = machine.aws.proxy.calls();
    let lost = calls.iter().filter(|call| call.fault.is_some());
    lost.count()
}

async fn leased(machine: &Machine) -> Lease {
    let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "sandbox"});
    let tenant = machine.request_tenant(spec).await.unwrap().id;
    lose_one(machine, "UpdateItem");
    let now = machine.now();
    let lease = machine.ledger.acquire_lease(&tenant, "pass", now, MINUTE);
    lease.await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_whose_answer_was_lost_is_the_same_pass_s_with_the_next_epoch() {
    let machine = machine().await;
    let lease = leased(&machine).await;
    assert_eq!((lost(&machine), lease.epoch), (1, 2));
    assert_eq!(lease.holder, "pass");
    let loaded = machine.ledger.load(&lease.tenant).await.unwrap();
    let due = loaded.tenant.due_at.map(|due| due.as_second());
    assert_eq!(due, Some(lease.expires_at.as_second()));
    let now = machine.now();
    let other = machine
        .ledger
        .acquire_lease(&lease.tenant, "other", now, MINUTE);
    assert_eq!(other.await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_had_expired_and_whose_answer_was_lost_is_taken_once() {
    let machine = machine().await;
    let dead = leased(&machine).await;
    machine.advance(61);
    lose_one(&machine, "PutItem");
    let now = machine.now();
    let lease = machine
        .ledger
        .acquire_lease(&dead.tenant, "next", now, MINUTE);
    let lease = lease.await.unwrap().unwrap();
    assert_eq!((lost(&machine), lease.epoch), (2, dead.epoch + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_whose_last_answer_was_lost_is_recorded_and_not_made_again() {
    let machine = machine().await;
    let lease = leased(&machine).await;
    let audited = PassRecord {
        audited_at: Some(machine.now()),
        ..PassRecord::default()
    };
    lose_one(&machine, "PutItem");
    let saved = machine.ledger.save_pass(&lease, &audited, machine.now());
    let saved = saved.await.unwrap();
    assert_eq!(lost(&machine), 2);
    assert_eq!(saved.tenant.audited_at, audited.audited_at);
    assert!(!saved.asked_meanwhile);
    // What was given back is free, and nobody is sent for it.
    let (ledger, now) = (&machine.ledger, machine.now());
    assert_eq!(
        ledger.load(&lease.tenant).await.unwrap().tenant.due_at,
        None
    );
    let next = ledger.acquire_lease(&lease.tenant, "next", now, MINUTE);
    assert_eq!(
        next.await.unwrap().map(|next| next.epoch),
        Some(lease.epoch + 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_made_due_by_a_put_whose_answer_was_lost_is_due() {
    let machine = machine().await;
    let lease = leased(&machine).await;
    let (ledger, now) = (&machine.ledger, machine.now());
    lose_one(&machine, "PutItem");
    ledger.release_lease(&lease, None, now).await.unwrap();
    lose_one(&machine, "PutItem");
    ledger.mark_due(&lease.tenant, now).await.unwrap();
    assert_eq!(lost(&machine), 3);
    let due = ledger.load(&lease.tenant).await.unwrap().tenant.due_at;
    assert!(due.is_some_and(|due| due <= now), "{due:?}");
}
