//! The limits of the organization, with every one of them enforced as AWS does.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;

use futures::future::join_all;
use scenarios::{
    machine::{APP, Machine},
    proxy::{Config, Effect, Fault, Match, Record, config::CreationFailure},
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, OperationKind, Phase, Tenant, TenantId, Verb};
use tenantry_aws::{
    ledger::{Semaphore, Switch},
    worker::Worker,
};

async fn request(machine: &Machine, slug: &str) -> Tenant {
    let spec = json!({"slug": slug, "name": slug, "blueprint": "sandbox"});
    machine.request_tenant(spec).await.unwrap()
}

async fn requests(machine: &Machine, count: usize) -> Vec<TenantId> {
    let mut tenants = Vec::new();
    for number in 0..count {
        tenants.push(request(machine, &format!("acme-{number}")).await.id);
    }
    tenants
}

/// The tenant's account component: state, and what it says.
async fn account(machine: &Machine, tenant: &TenantId) -> (ComponentState, String) {
    let tenant = machine.ledger.tenant(tenant).await.unwrap();
    match tenant.components.get(&ComponentName::ACCOUNT) {
        Some(status) => (status.state, serde_json::to_string(&status).unwrap()),
        None => (ComponentState::Pending, String::new()),
    }
}

/// One pass over every tenant, side by side as in many processes, and then some seconds.
async fn round(machine: &Machine, workers: &[Worker], tenants: &[TenantId], secs: i64) {
    let passes = tenants.iter().zip(workers.iter().cycle());
    for result in join_all(passes.map(|(tenant, worker)| worker.work(tenant))).await {
        result.unwrap();
    }
    machine.advance(secs);
}

/// Rounds until every tenant's account is ready.
async fn until_ready(machine: &Machine, workers: &[Worker], tenants: &[TenantId], secs: i64) {
    let is_ready = |tenant: &Tenant| {
        let account = tenant.components.get(&ComponentName::ACCOUNT);
        account.is_some_and(|account| account.state == ComponentState::Ready)
    };
    until(machine, workers, tenants, secs, is_ready).await;
}

/// Rounds over those tenants that are not there yet, until all are.
async fn until(
    machine: &Machine,
    workers: &[Worker],
    tenants: &[TenantId],
    secs: i64,
    is_there: impl Fn(&Tenant) -> bool,
) {
    for _ in 0..60 {
        let mut waiting = Vec::new();
        for tenant in tenants {
            if !is_there(&machine.ledger.tenant(tenant).await.unwrap()) {
                waiting.push(tenant.clone());
            }
        }
        if waiting.is_empty() {
            return;
        }
        round(machine, workers, &waiting, secs).await;
    }
    let last = &tenants[tenants.len() - 1];
    let shown = machine.ledger.tenant(last).await.unwrap().components;
    panic!("not there in sixty rounds, the last of them: {shown:?}");
}

/// Goes to the beginning of the next hour, in which the budget begins anew.
fn next_hour(machine: &Machine) {
    machine.advance(3600 - machine.now().as_second().rem_euclid(3600));
}

async fn workers(machine: &Machine, verb: Verb) -> Vec<Worker> {
    let mut workers = Vec::new();
    for _ in 0..4 {
        workers.push(machine.worker(verb).await.unwrap());
    }
    workers
}

fn ours(machine: &Machine, operation: &str) -> Vec<Record> {
    let mut calls = machine.aws.proxy.calls();
    calls.retain(|call| call.app == APP && call.operation == operation);
    calls
}

fn strict() -> Config {
    let mut config = Config::default();
    let organizations = config.organizations.as_mut().unwrap();
    organizations.throttle = true;
    organizations.creation_secs = 40.0;
    organizations.closing_secs = 60.0;
    config
}

fn failing(reason: &str, times: u64) -> Config {
    let mut config = Config::default();
    config.organizations.as_mut().unwrap().failures = vec![CreationFailure {
        email_contains: String::new(),
        reason: reason.into(),
        times: Some(times),
    }];
    config
}

#[tokio::test]
async fn however_many_tenants_come_and_go_at_once_no_write_is_refused_for_its_rate() {
    let machine = Machine::start(strict()).await.unwrap();
    let tenants = requests(&machine, 6).await;
    let onboard = workers(&machine, Verb::Onboard).await;
    // All of it: a tenant that leaves before the rate limit lets it be moved is moved once less.
    let is_active = |tenant: &Tenant| tenant.phase() == Phase::Active;
    until(&machine, &onboard, &tenants, 7, is_active).await;
    for tenant in &tenants {
        let operation = machine.operation(tenant, OperationKind::Offboard);
        let asked = machine.request();
        machine
            .ledger
            .request_departure(tenant, None, &operation, &asked)
            .await
            .unwrap();
    }
    let offboard = workers(&machine, Verb::Offboard).await;
    let is_closed = |tenant: &Tenant| tenant.closed_at.is_some();
    until(&machine, &offboard, &tenants, 9, is_closed).await;
    let mut refused = BTreeMap::<String, usize>::new();
    for operation in [
        "CreateAccount",
        "MoveAccount",
        "CloseAccount",
        "TagResource",
    ] {
        let calls = ours(&machine, operation);
        let too_many = |call: &&Record| call.error.as_deref() == Some("TooManyRequestsException");
        refused.insert(operation.into(), calls.iter().filter(too_many).count());
    }
    assert!(refused.values().all(|count| *count == 0), "{refused:?}");
    assert_eq!(ours(&machine, "CreateAccount").len(), 6);
    assert_eq!(ours(&machine, "CloseAccount").len(), 6);
    // Into its unit, the quarantine and the last one, however long it waits to be closed.
    assert_eq!(ours(&machine, "MoveAccount").len(), 3 * 6);
    // A tenant that waits in the queue has spent nothing.
    let usual = machine.settings.creation_budget();
    let spending = machine.ledger.spending(machine.now(), usual).await.unwrap();
    assert_eq!(spending.today, 6);
}

#[tokio::test]
async fn five_waiting_tenants_cost_one_read_in_ten_seconds() {
    let mut config = Config::default();
    config.organizations.as_mut().unwrap().creation_secs = 600.0;
    let machine = Machine::start(config).await.unwrap();
    let tenants = requests(&machine, 5).await;
    let onboard = workers(&machine, Verb::Onboard).await;
    for _ in 0..8 {
        round(&machine, &onboard, &tenants, 10).await;
    }
    assert_eq!(ours(&machine, "CreateAccount").len(), 5);
    machine.advance(60);
    machine.aws.proxy.forget_calls();
    for _ in 0..4 {
        round(&machine, &onboard, &tenants, 3).await;
    }
    let reads = ours(&machine, "ListCreateAccountStatus").len();
    assert!((1..=2).contains(&reads), "{reads} reads in twelve seconds");
    assert_eq!(ours(&machine, "DescribeCreateAccountStatus").len(), 0);
    machine.advance(900);
    round(&machine, &onboard, &tenants, 15).await;
    round(&machine, &onboard, &tenants, 15).await;
    assert_eq!(ours(&machine, "DescribeCreateAccountStatus").len(), 5);
    until_ready(&machine, &onboard, &tenants, 20).await;
    assert!(machine.ledger.watched().await.unwrap().is_empty());
}

#[tokio::test]
async fn failures_that_pile_up_stop_creations_and_starting_them_again_goes_on_in_order() {
    let machine = Machine::start(failing("INTERNAL_FAILURE", 8))
        .await
        .unwrap();
    let tenants = requests(&machine, 7).await;
    let onboard = workers(&machine, Verb::Onboard).await;
    for _ in 0..12 {
        round(&machine, &onboard, &tenants, 11).await;
    }
    let switch = machine.ledger.switch("creations").await.unwrap().unwrap();
    assert!(!switch.on, "{switch:?}");
    assert_eq!(switch.by, "the circuit breaker");
    let (said, asked) = (&switch.reason, ours(&machine, "CreateAccount").len());
    assert!(said.contains("unknown outcome: INTERNAL_FAILURE"), "{said}");
    // Those in flight when the fifth failure was seen end as they end.
    assert!((5..=8).contains(&asked), "{asked}");
    // An hour passes, and nobody loses its place.
    for _ in 0..6 {
        round(&machine, &onboard, &tenants, 600).await;
    }
    assert_eq!(ours(&machine, "CreateAccount").len(), asked);
    let line = machine
        .ledger
        .semaphore_usage(Semaphore::Creations, machine.now())
        .await;
    let before: Vec<TenantId> = line.unwrap().queue.into_iter().map(|w| w.tenant).collect();
    assert_eq!(before.len(), 7, "{before:?}");
    let (_, shown) = account(&machine, &before[6]).await;
    assert!(shown.contains("position 7 of 7"), "{shown}");
    let on = Switch {
        on: true,
        reason: "AWS is well again".into(),
        by: "ann".into(),
        at: machine.now(),
    };
    machine.ledger.set_switch("creations", &on).await.unwrap();
    // Those at the end of the queue are the first to hear of it.
    let mut backwards = before.clone();
    backwards.reverse();
    for tenant in &backwards {
        onboard[0].work(tenant).await.unwrap();
    }
    for tenant in &before[..2] {
        let (_, shown) = account(&machine, tenant).await;
        assert!(!shown.contains(" of 7"), "{shown}");
    }
    until_ready(&machine, &onboard, &tenants, 13).await;
    assert!(
        machine
            .ledger
            .switch("creations")
            .await
            .unwrap()
            .unwrap()
            .on
    );
}

#[tokio::test]
async fn answers_that_are_lost_one_after_the_other_stop_creations_and_make_no_account_twice() {
    let machine = Machine::start(Config::default()).await.unwrap();
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("CreateAccount".into()),
            ..Match::default()
        },
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    let tenants = requests(&machine, 7).await;
    let onboard = workers(&machine, Verb::Onboard).await;
    // No creation ends within these seconds, so no outcome becomes known.
    for tenant in &tenants {
        onboard[0].work(tenant).await.unwrap();
        machine.advance(10);
    }
    let switch = machine.ledger.switch("creations").await.unwrap().unwrap();
    assert_eq!(
        (switch.on, switch.reason.as_str()),
        (
            false,
            "the last 5 creations failed or have an unknown outcome: unknown outcome 5"
        )
    );
    assert_eq!(ours(&machine, "CreateAccount").len(), 5);
    machine.aws.proxy.clear_faults();
    until_ready(&machine, &onboard, &tenants[..5], 20).await;
    assert_eq!(ours(&machine, "CreateAccount").len(), 5);
}

#[tokio::test]
async fn who_waits_for_the_budget_goes_first_when_there_is_room_again() {
    let mut machine = Machine::start(Config::default()).await.unwrap();
    machine.settings.creations_per_hour = 2;
    next_hour(&machine);
    let tenants = requests(&machine, 4).await;
    let onboard = workers(&machine, Verb::Onboard).await;
    for tenant in &tenants {
        onboard[0].work(tenant).await.unwrap();
        machine.advance(11);
    }
    let line = machine
        .ledger
        .semaphore_usage(Semaphore::Creations, machine.now())
        .await;
    let waiting: Vec<TenantId> = line.unwrap().queue.into_iter().map(|w| w.tenant).collect();
    assert_eq!(waiting, tenants[2..]);
    next_hour(&machine);
    let late = request(&machine, "late").await.id;
    onboard[0].work(&late).await.unwrap();
    assert_eq!(ours(&machine, "CreateAccount").len(), 2);
    for tenant in &tenants[2..] {
        onboard[0].work(tenant).await.unwrap();
        machine.advance(11);
    }
    assert_eq!(ours(&machine, "CreateAccount").len(), 4);
    onboard[0].work(&late).await.unwrap();
    let (_, shown) = account(&machine, &late).await;
    assert!(shown.contains("creation budget (2 an hour"), "{shown}");
}
