//! The account of a tenant, on the local AWS with Organizations as it really behaves.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use aws_sdk_organizations::types::{Account, Tag};
use scenarios::{
    machine::Machine,
    proxy::{
        Config, Effect, Fault, Match, Record,
        config::{CreationFailure, Organizations},
    },
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, OperationKind, Tenant, TenantId, Verb, names};
use tenantry_aws::{
    ledger::{Semaphore, Switch, WatchAnswer},
    worker::{WorkOutcome, Worker},
};

async fn request(machine: &Machine, slug: &str) -> Tenant {
    let spec = json!({"slug": slug, "name": "Acme", "blueprint": "sandbox"});
    machine.request_tenant(spec).await.unwrap()
}

/// The accounts with the tenant's address, as the organization lists them.
async fn accounts(machine: &Machine, tenant: &Tenant) -> Vec<Account> {
    let client = aws_sdk_organizations::Client::new(machine.root());
    let mut pages = client.list_accounts().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.unwrap().accounts.unwrap_or_default());
    }
    found.retain(|account| account.email() == Some(tenant.account_email.as_str()));
    found
}

fn drop_answers(operation: &str) -> Fault {
    Fault {
        matching: Match {
            operation: Some(operation.into()),
            ..Match::default()
        },
        nth: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    }
}

/// Makes passes until the account component is ready; gives back how many.
async fn until_ready(machine: &Machine, tenant: &Tenant) -> usize {
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    for pass in 1..=30 {
        let _ = worker.work(&tenant.id).await;
        let now = machine.ledger.tenant(&tenant.id).await.unwrap();
        let state = now.components.get(&ComponentName::ACCOUNT).map(|c| c.state);
        if state == Some(ComponentState::Ready) {
            return pass;
        }
        machine.advance(20);
    }
    panic!(
        "{:#?}",
        machine.ledger.tenant(&tenant.id).await.unwrap().components
    );
}

fn account_of(tenant: &Tenant) -> &tenancy::ComponentStatus {
    &tenant.components[&ComponentName::ACCOUNT]
}

#[tokio::test]
async fn a_tenant_gets_one_account_with_its_address_and_tags_and_the_account_is_closed_in_the_end()
{
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    until_ready(&machine, &tenant).await;
    let found = accounts(&machine, &tenant).await;
    assert_eq!(found.len(), 1);
    let id = found[0].id().unwrap();
    let known = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(known.account_id.as_ref().map(|a| a.as_str()), Some(id));
    let client = aws_sdk_organizations::Client::new(machine.root());
    let tags = client
        .list_tags_for_resource()
        .resource_id(id)
        .send()
        .await
        .unwrap();
    assert!(
        tags.tags()
            .iter()
            .any(|t| t.key() == "tenantry:tenant" && t.value() == tenant.id.as_str())
    );

    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    machine
        .ledger
        .request_departure(&tenant.id, None, &operation, &machine.request())
        .await
        .unwrap();
    let worker = machine.worker(Verb::Offboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 40).await.unwrap();
    let closed = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert!(closed.closed_at.is_some(), "{:#?}", closed.components);
    let lines = machine
        .ledger
        .semaphore_usage(tenantry_aws::ledger::Semaphore::Closures, machine.now())
        .await
        .unwrap();
    assert!(lines.holders.is_empty(), "{lines:?}");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_never_requested_again() {
    let machine = Machine::start(Config::default()).await.unwrap();
    machine.aws.proxy.add_fault(drop_answers("CreateAccount"));
    let tenant = request(&machine, "acme").await;
    until_ready(&machine, &tenant).await;
    assert_eq!(accounts(&machine, &tenant).await.len(), 1);
    let asked = machine
        .aws
        .proxy
        .calls()
        .iter()
        .filter(|c| c.operation == "CreateAccount")
        .count();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn power_lost_after_the_answer_was_lost_and_the_grace_is_over_still_makes_one_account() {
    let machine = Machine::start(Config::default()).await.unwrap();
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("CreateAccount".into()),
            ..Match::default()
        },
        nth: Some(1),
        effect: Effect::Cut,
        ..Fault::default()
    });
    let tenant = request(&machine, "acme").await;
    until_ready(&machine, &tenant).await;
    assert_eq!(accounts(&machine, &tenant).await.len(), 1);
    let asked = machine
        .aws
        .proxy
        .calls()
        .iter()
        .filter(|c| c.operation == "CreateAccount")
        .count();
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn an_internal_failure_is_requested_again_with_the_same_address() {
    let mut config = Config::default();
    config.organizations.as_mut().unwrap().failures = vec![CreationFailure {
        email_contains: String::new(),
        reason: "INTERNAL_FAILURE".into(),
        times: Some(1),
    }];
    let machine = Machine::start(config).await.unwrap();
    let tenant = request(&machine, "acme").await;
    until_ready(&machine, &tenant).await;
    assert_eq!(accounts(&machine, &tenant).await.len(), 1);
}

#[tokio::test]
async fn a_full_organization_parks_the_tenant_and_stops_all_creations_until_a_person_has_acted() {
    let mut config = Config::default();
    config.organizations.as_mut().unwrap().failures = vec![CreationFailure {
        email_contains: String::new(),
        reason: "ACCOUNT_LIMIT_EXCEEDED".into(),
        times: Some(1),
    }];
    let machine = Machine::start(config).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    for _ in 0..3 {
        worker.work(&tenant.id).await.unwrap();
        machine.advance(20);
    }
    let parked = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(
        account_of(&parked).state,
        ComponentState::Parked,
        "{parked:#?}"
    );
    let switch = machine.ledger.switch("creations").await.unwrap().unwrap();
    assert!(!switch.on, "{switch:?}");
    machine.advance(600);
    let on = Switch {
        on: true,
        reason: "quota raised".into(),
        by: "ann".into(),
        at: machine.now(),
    };
    machine.ledger.set_switch("creations", &on).await.unwrap();
    until_ready(&machine, &tenant).await;
    assert_eq!(accounts(&machine, &tenant).await.len(), 1);
}

#[tokio::test]
async fn an_address_a_stranger_has_parks_the_tenant() {
    let mut config = Config::default();
    config.organizations.as_mut().unwrap().failures = vec![CreationFailure {
        email_contains: String::new(),
        reason: "EMAIL_ALREADY_EXISTS".into(),
        times: None,
    }];
    let machine = Machine::start(config).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    for _ in 0..4 {
        worker.work(&tenant.id).await.unwrap();
        machine.advance(200);
    }
    let parked = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(account_of(&parked).state, ComponentState::Parked);
    let shown = serde_json::to_string(&account_of(&parked).obstacle).unwrap();
    assert!(shown.contains("email-taken"), "{shown}");
}

#[tokio::test]
async fn the_budget_and_the_switch_make_a_tenant_wait() {
    let mut machine = Machine::start(Config::default()).await.unwrap();
    machine.settings.creations_per_hour = 1;
    let first = request(&machine, "first").await;
    until_ready(&machine, &first).await;
    let second = request(&machine, "second").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    worker.work(&second.id).await.unwrap();
    let waiting = machine.ledger.tenant(&second.id).await.unwrap();
    let message = serde_json::to_string(account_of(&waiting)).unwrap();
    assert!(message.contains("creation budget"), "{message}");
    assert!(accounts(&machine, &second).await.is_empty());
    machine.advance(3700);
    until_ready(&machine, &second).await;

    let off = Switch {
        on: false,
        reason: "incident".into(),
        by: "ann".into(),
        at: machine.now(),
    };
    machine.ledger.set_switch("creations", &off).await.unwrap();
    machine.advance(3700);
    let third = request(&machine, "third").await;
    machine
        .worker(Verb::Onboard)
        .await
        .unwrap()
        .work(&third.id)
        .await
        .unwrap();
    let waiting = machine.ledger.tenant(&third.id).await.unwrap();
    let message = serde_json::to_string(account_of(&waiting)).unwrap();
    assert!(message.contains("incident"), "{message}");
    assert!(accounts(&machine, &third).await.is_empty());
}

#[tokio::test]
async fn who_leaves_before_it_asked_gives_its_place_back() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let hour = jiff::SignedDuration::from_hours(1);
    // A pass that lost power right after it got into the queue.
    let (ledger, now) = (&machine.ledger, machine.now());
    ledger
        .acquire_slot(Semaphore::Creations, &tenant.id, now, hour, usize::MAX)
        .await
        .unwrap();
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    ledger
        .request_departure(&tenant.id, None, &operation, &machine.request())
        .await
        .unwrap();
    let worker = machine.worker(Verb::Offboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 5).await.unwrap();
    let closed = ledger.tenant(&tenant.id).await.unwrap();
    assert!(closed.closed_at.is_some());
    let line = ledger
        .semaphore_usage(Semaphore::Creations, machine.now())
        .await
        .unwrap();
    assert!(line.holders.is_empty(), "{line:?}");
}

#[tokio::test]
async fn a_tenant_is_not_closed_before_the_secret_of_its_identity_provider_is_deleted() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let secrets = aws_sdk_secretsmanager::Client::new(machine.root());
    let own = format!("tenantry/identity-provider/{}", tenant.id);
    let other = "tenantry/identity-provider/t-aaaaaaaaaaaaaaaa".to_owned();
    for name in [&own, &other] {
        let made = secrets.create_secret().name(name).secret_string("s");
        made.send().await.unwrap();
    }
    let names = async || {
        let listed = secrets.list_secrets().send().await.unwrap();
        let names = listed.secret_list().iter().filter_map(|it| it.name());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    // The function `api` died before it deleted the secret.
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    machine
        .ledger
        .request_departure(&tenant.id, None, &operation, &machine.request())
        .await
        .unwrap();
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("DeleteSecret".into()),
            ..Match::default()
        },
        effect: Effect::Refuse {
            code: "InternalServiceError".into(),
            status: 500,
            message: String::new(),
            reason: None,
        },
        ..Fault::default()
    });
    let worker = machine.worker(Verb::Offboard).await.unwrap();
    assert!(machine.settle(&worker, &tenant.id, 6).await.is_err());
    let waiting = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert!(waiting.closed_at.is_none() && names().await.contains(&own));
    machine.aws.proxy.clear_faults();
    machine.settle(&worker, &tenant.id, 6).await.unwrap();
    let closed = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert!(closed.closed_at.is_some(), "{:#?}", closed.components);
    assert_eq!(names().await, [other]);
}

#[tokio::test]
async fn an_account_made_by_hand_with_the_tenants_address_is_named_and_never_touched() {
    is_named_and_never_touched(&[]).await;
}

#[tokio::test]
async fn an_account_of_another_tenant_with_the_tenants_address_is_named_and_never_touched() {
    let other = [(names::TAG_TENANT, "t-0000000000000000")];
    is_named_and_never_touched(&other).await;
}

/// Somebody makes an account with the tenant's address and these tags before tenantry does.
async fn is_named_and_never_touched(tags: &[(&str, &str)]) {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let organizations = aws_sdk_organizations::Client::new(machine.root());
    let tag = |(key, value): &(&str, &str)| Tag::builder().key(*key).value(*value).build().unwrap();
    organizations
        .create_account()
        .email(tenant.account_email.as_str())
        .account_name("made by hand")
        .set_tags(Some(tags.iter().map(tag).collect()))
        .send()
        .await
        .unwrap();
    machine.advance(60);
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 60).await.unwrap();
    let parked = machine.ledger.tenant(&tenant.id).await.unwrap();
    let account = account_of(&parked);
    assert_eq!(account.state, ComponentState::Parked, "{account:#?}");
    let listed = accounts(&machine, &tenant).await;
    let [theirs] = listed.as_slice() else {
        panic!("one account has the address: {listed:#?}");
    };
    let id = theirs.id().unwrap();
    let said = account.message.clone().unwrap_or_default();
    assert!(said.contains(id), "{said}");
    assert_eq!(parked.account_id, None);
    depart(&machine, &tenant).await;
    let found = organizations.list_tags_for_resource().resource_id(id);
    assert_eq!(found.send().await.unwrap().tags().len(), tags.len());
    let still = accounts(&machine, &tenant).await;
    let state = still.first().and_then(|account| account.state());
    assert_eq!(state.map(|state| state.as_str()), Some("ACTIVE"));
}

async fn depart(machine: &Machine, tenant: &Tenant) {
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    let asked = machine.request();
    let ledger = &machine.ledger;
    let departure = ledger.request_departure(&tenant.id, None, &operation, &asked);
    departure.await.unwrap();
    let offboard = machine.worker(Verb::Offboard).await.unwrap();
    machine.settle(&offboard, &tenant.id, 60).await.unwrap();
    let left = ledger.tenant(&tenant.id).await.unwrap();
    assert!(left.closed_at.is_some(), "{:#?}", left.components);
}

#[tokio::test]
async fn an_account_is_closed_only_after_what_was_made_before_the_departure_would_have_shown_itself()
 {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    until_ready(&machine, &tenant).await;
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    let asked = machine.request();
    let ledger = &machine.ledger;
    ledger
        .request_departure(&tenant.id, None, &operation, &asked)
        .await
        .unwrap();
    let offboard = machine.worker(Verb::Offboard).await.unwrap();
    let closures = || {
        let calls = machine.aws.proxy.calls();
        calls
            .iter()
            .filter(|call| call.operation == "CloseAccount")
            .count()
    };
    for _ in 0..10 {
        offboard.work(&tenant.id).await.unwrap();
        machine.advance(25);
    }
    let seen = ledger.tenant(&tenant.id).await.unwrap();
    let shown = account_of(&seen).message.clone().unwrap_or_default();
    assert!(shown.contains("to become visible"), "{shown}");
    assert_eq!(closures(), 0);
    machine.advance(60);
    machine.settle(&offboard, &tenant.id, 20).await.unwrap();
    assert_eq!(closures(), 1);
}

/// A worker that has requested the tenant's account, some time ago, and the request.
async fn in_flight(machine: &Machine, tenant: &Tenant) -> (Worker, String) {
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    for _ in 0..5 {
        worker.work(&tenant.id).await.unwrap();
        let watched = machine.ledger.watched().await.unwrap();
        machine.advance(20);
        if let Some(request) = watched.into_keys().next() {
            return (worker, request);
        }
    }
    panic!("no account is requested");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_tenant_another_pass_has_keeps_nobody_from_polling_creations() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let (worker, request) = in_flight(&machine, &tenant).await;
    let (ledger, minute) = (&machine.ledger, jiff::SignedDuration::from_mins(1));
    let lease = ledger.acquire_lease(&tenant.id, "another", machine.now(), minute);
    lease.await.unwrap().unwrap();
    assert_eq!(worker.work(&tenant.id).await.unwrap(), WorkOutcome::Yielded);
    let asked = ledger.creation_state(&tenant.id, &request, "another", machine.now());
    assert_eq!(asked.await.unwrap(), WatchAnswer::Poll(vec![request]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_message_for_a_tenant_that_another_process_has_built_watches_no_creation_anew() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let (worker, _) = in_flight(&machine, &tenant).await;
    let other = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&other, &tenant.id, 60).await.unwrap();
    assert!(machine.ledger.watched().await.unwrap().is_empty());
    let late = worker.answer(&tenant.id).await.unwrap();
    assert_eq!(late, WorkOutcome::Nothing);
    assert!(machine.ledger.watched().await.unwrap().is_empty());
}

/// Calls beside the ledger and the queues, and those of them in the tenant's account.
async fn calls_of_a_pass(machine: &Machine, worker: &Worker, tenant: &Tenant) -> (usize, usize) {
    machine.aws.proxy.forget_calls();
    let _ = worker.work(&tenant.id).await;
    let mut calls = machine.aws.proxy.calls();
    calls.retain(|call| !["dynamodb", "sqs", "events"].contains(&call.service.as_str()));
    let account = tenant.account_id.as_ref().unwrap().as_str();
    let inside = calls.iter().filter(|call| call.account == account).count();
    (calls.len(), inside)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_departure_that_waits_for_its_closure_reads_nothing_in_the_account() {
    let machine = Machine::start(Config {
        organizations: Some(Organizations {
            closing_secs: 3600.0,
            ..Organizations::default()
        }),
        ..Config::default()
    })
    .await
    .unwrap();
    let tenant = request(&machine, "acme").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 60).await.unwrap();
    let tenant = machine.ledger.tenant(&tenant.id).await.unwrap();
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    let request = machine.request();
    let ledger = &machine.ledger;
    let requested = ledger.request_departure(&tenant.id, None, &operation, &request);
    requested.await.unwrap();
    let worker = machine.worker(Verb::Offboard).await.unwrap();
    let closed = |calls: &[Record]| calls.iter().any(|call| call.operation == "CloseAccount");
    let mut passes = 0;
    while !closed(&machine.aws.proxy.calls()) {
        calls_of_a_pass(&machine, &worker, &tenant).await;
        machine.advance(30);
        passes += 1;
        assert!(passes < 40, "the account is not closed");
    }
    for _ in 0..3 {
        let (all, inside) = calls_of_a_pass(&machine, &worker, &tenant).await;
        assert_eq!(inside, 0);
        assert!(all <= 4, "{all} calls: {:#?}", machine.aws.proxy.calls());
        machine.advance(60);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_departure_that_waits_for_its_turn_to_close_neither_reads_the_account_nor_the_organization()
 {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 60).await.unwrap();
    let tenant = machine.ledger.tenant(&tenant.id).await.unwrap();
    let (ledger, day) = (&machine.ledger, jiff::SignedDuration::from_hours(24));
    for number in 0..3 {
        let (other, now) = (TenantId::from_random([number; 10]), machine.now());
        let taken = ledger.acquire_slot(Semaphore::Closures, &other, now, day, usize::MAX);
        taken.await.unwrap();
    }
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    let request = machine.request();
    let requested = ledger.request_departure(&tenant.id, None, &operation, &request);
    requested.await.unwrap();
    let worker = machine.worker(Verb::Offboard).await.unwrap();
    let waits = async || {
        let seen = ledger.tenant(&tenant.id).await.unwrap();
        let shown = account_of(&seen).message.clone().unwrap_or_default();
        shown.contains("a slot to close an account: position 1 of 1")
    };
    for pass in 0.. {
        worker.work(&tenant.id).await.unwrap();
        machine.advance(60);
        if waits().await {
            break;
        }
        assert!(pass < 40, "it does not wait for a slot");
    }
    for _ in 0..3 {
        // What was read of the organization is too old for any other pass.
        machine.advance(700);
        let (all, inside) = calls_of_a_pass(&machine, &worker, &tenant).await;
        assert_eq!(inside, 0);
        assert!(all <= 4, "{all} calls: {:#?}", machine.aws.proxy.calls());
        assert!(waits().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_that_is_seen_done_late_in_a_pass_gives_its_slot_back() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 60).await.unwrap();
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    let request = machine.request();
    let ledger = &machine.ledger;
    let requested = ledger.request_departure(&tenant.id, None, &operation, &request);
    requested.await.unwrap();
    let worker = machine.worker(Verb::Offboard).await.unwrap();
    let proxy = &machine.aws.proxy;
    let is_asked = || (proxy.calls().iter()).any(|call| call.operation == "CloseAccount");
    for _ in 0..40 {
        worker.work(&tenant.id).await.unwrap();
        machine.advance(60);
        if is_asked() {
            break;
        }
    }
    assert!(is_asked());
    // The first observation of the pass shows the account as it was before, and a later one as it is.
    proxy.add_fault(Fault {
        matching: Match {
            service: Some("organizations".into()),
            reads: Some(true),
            ..Match::default()
        },
        effect: Effect::Stale {
            ms: 60_000,
            secs: None,
            reads: Some(1),
        },
        ..Fault::default()
    });
    machine.settle(&worker, &tenant.id, 40).await.unwrap();
    assert!(ledger.tenant(&tenant.id).await.unwrap().closed_at.is_some());
    let usage = ledger.semaphore_usage(Semaphore::Closures, machine.now());
    let usage = usage.await.unwrap();
    assert!(usage.holders.is_empty(), "{usage:?}");
}
