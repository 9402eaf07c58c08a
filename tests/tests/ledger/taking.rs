//! A lease is taken while the tenant is read. What was read counts only if nothing can have been written under another lease since.

use scenarios::{
    machine::Machine,
    proxy::{Config, Effect, Fault, Match, Record, analysis::longest_chain},
};
use serde_json::json;
use tenancy::{ComponentName, TenantId};
use tenantry_aws::ledger::{Begun, Lease, Loaded, NewIntent, PassRecord};

use crate::bench::MINUTE;

async fn tenant() -> (Machine, TenantId) {
    let machine = Machine::start(Config::default()).await.unwrap();
    let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "sandbox"});
    let tenant = machine.request_tenant(spec).await.unwrap().id;
    machine.aws.proxy.forget_calls();
    (machine, tenant)
}

/// The next call of this name is held for a second before it takes effect.
fn hold_one(machine: &Machine, operation: &str) {
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("dynamodb".into()),
            operation: Some(operation.into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::Latency { ms: 1000 },
        ..Fault::default()
    });
}

async fn begin(machine: &Machine, tenant: &TenantId, holder: &str) -> (Lease, Loaded) {
    let (ledger, now) = (&machine.ledger, machine.now());
    match ledger.begin(tenant, holder, now, MINUTE, None).await {
        Ok(Begun::Pass(begun)) => *begun,
        other => panic!("{holder} has no lease: {other:?}"),
    }
}

fn intent() -> NewIntent {
    NewIntent {
        component: ComponentName::NETWORK,
        key: "eu-central-1.vpc".into(),
        token: None,
    }
}

/// A pass that notes something and ends.
async fn another(machine: &Machine, tenant: &TenantId) {
    let (lease, _) = begin(machine, tenant, "another").await;
    let (ledger, now) = (&machine.ledger, machine.now());
    ledger.put_intents(&lease, &[intent()], now).await.unwrap();
    let pass = PassRecord::default();
    ledger.save_pass(&lease, &pass, now).await.unwrap();
}

fn names(calls: &[Record]) -> Vec<&str> {
    let mut names: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_nobody_has_is_taken_while_the_tenant_is_read() {
    let (machine, tenant) = tenant().await;
    hold_one(&machine, "Query");
    hold_one(&machine, "UpdateItem");
    let (lease, loaded) = begin(&machine, &tenant, "a").await;
    let calls = machine.aws.proxy.calls();
    assert_eq!(names(&calls), ["Query", "UpdateItem"]);
    assert_eq!(longest_chain(&calls), 1);
    assert_eq!((lease.epoch, loaded.operations.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_pass_wrote_between_reading_and_taking_is_known() {
    let (machine, tenant) = tenant().await;
    hold_one(&machine, "UpdateItem");
    let meanwhile = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        another(&machine, &tenant).await;
    };
    let ((lease, loaded), ()) = tokio::join!(begin(&machine, &tenant, "a"), meanwhile);
    assert_eq!((lease.epoch, loaded.intents.len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_has_expired_is_taken_on_what_was_read() {
    let (machine, tenant) = tenant().await;
    begin(&machine, &tenant, "dead").await;
    machine.advance(61);
    machine.aws.proxy.forget_calls();
    let (lease, _) = begin(&machine, &tenant, "a").await;
    let calls = machine.aws.proxy.calls();
    assert_eq!(names(&calls), ["PutItem", "Query", "UpdateItem"]);
    assert_eq!(lease.epoch, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_that_was_written_ahead_and_not_used_is_forgotten_with_the_pass() {
    let (machine, tenant) = tenant().await;
    let (lease, _) = begin(&machine, &tenant, "a").await;
    let (ledger, now) = (&machine.ledger, machine.now());
    let access = ComponentName::ACCESS;
    let begun = NewIntent {
        component: access,
        key: "planted".into(),
        token: None,
    };
    ledger.put_intents(&lease, &[begun], now).await.unwrap();
    let settled = (access, "planted", "entered");
    let next = [intent()];
    let both = ledger.settle_and_put_intents(&lease, settled, &next, now);
    both.await.unwrap();
    let noted = ledger.intents(&tenant).await.unwrap();
    let outcomes: Vec<_> = noted.iter().map(|it| it.outcome.as_deref()).collect();
    assert_eq!(outcomes, [Some("entered"), None]);
    let pass = PassRecord {
        unused: vec![(ComponentName::NETWORK, intent().key)],
        ..PassRecord::default()
    };
    ledger.save_pass(&lease, &pass, now).await.unwrap();
    let left = ledger.intents(&tenant).await.unwrap();
    assert_eq!(
        left.iter().map(|it| it.component).collect::<Vec<_>>(),
        [access]
    );
}
