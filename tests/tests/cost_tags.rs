//! The tags of ours by which costs are told apart, activated in the management account once a tenant is built.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

use std::sync::Arc;

use aws_sdk_costexplorer::{Client, types::CostAllocationTagStatus};
use jiff::SignedDuration;
use scenarios::{
    emulator::MANAGEMENT_ACCOUNT,
    machine::{AnyError, Machine},
    proxy::{Config, Effect, Fault, Match},
};
use serde_json::json;
use tenancy::{Timestamp, Verb, names};
use tenantry_aws::ledger::PassRecord;

const FRIDAY: &str = "2026-11-20T04:17:30Z";
const SATURDAY: &str = "2026-11-21T04:17:30Z";
const MONDAY: &str = "2026-11-23T04:17:30Z";
const NEXT_MONDAY: &str = "2026-11-30T04:17:30Z";

/// A sweep at a moment, and its requests to Cost Explorer, each of which costs a cent.
async fn sweep(machine: &Machine, at: &str) -> Result<Vec<String>, AnyError> {
    let at: Timestamp = at.parse()?;
    let worker = machine
        .worker_by(Verb::Onboard, Arc::new(move || at))
        .await?;
    machine.aws.proxy.forget_calls();
    let tick = include_str!("../../events/examples/ScheduledEvent.json");
    worker.handle(serde_json::from_str(tick)?).await?;
    let calls = machine.aws.proxy.calls().into_iter();
    let asked = calls.filter(|call| call.service == "ce");
    Ok(asked.map(|call| call.operation).collect())
}

/// A tenant of which a pass says that it is built.
async fn built(machine: &Machine) -> Result<(), AnyError> {
    let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "sandbox"});
    let tenant = machine.request_tenant(spec).await?;
    let (now, minute) = (machine.now(), SignedDuration::from_mins(1));
    let lease = machine
        .ledger
        .acquire_lease(&tenant.id, "pass", now, minute)
        .await?;
    let pass = PassRecord {
        ready_at: Some(now),
        ..PassRecord::default()
    };
    let lease = lease.ok_or("no lease")?;
    machine.ledger.save_pass(&lease, &pass, now).await?;
    Ok(())
}

async fn active(client: &Client) -> Result<Vec<String>, AnyError> {
    let call = client.list_cost_allocation_tags();
    let call = call.status(CostAllocationTagStatus::Active);
    let tags = call.send().await?.cost_allocation_tags.unwrap_or_default();
    let mut tags: Vec<_> = tags.into_iter().map(|tag| tag.tag_key).collect();
    tags.sort();
    Ok(tags)
}

const LIST: &str = "ListCostAllocationTags";
const UPDATE: &str = "UpdateCostAllocationTagsStatus";

#[tokio::test]
async fn tags_that_the_bill_has_seen_are_activated_and_nothing_is_asked_where_none_can_be()
-> Result<(), AnyError> {
    let machine = Machine::start(Config::default()).await?;
    let proxy = &machine.aws.proxy;
    let client = Client::new(machine.root());
    let nothing: [&str; 0] = [];
    assert_eq!(
        sweep(&machine, FRIDAY).await?,
        nothing,
        "no tenant is built"
    );
    built(&machine).await?;
    assert_eq!(sweep(&machine, "2026-11-20T04:16:30Z").await?, nothing);
    // A day after the first is built, the bill has not seen it yet; a day later it has seen two tags.
    assert_eq!(sweep(&machine, FRIDAY).await?, [LIST]);
    let seen = [names::TAG_TENANT, names::TAG_GROUP, "team"];
    proxy.see_cost_tags(MANAGEMENT_ACCOUNT, &seen).await?;
    assert_eq!(sweep(&machine, SATURDAY).await?, [LIST, UPDATE]);
    assert_eq!(
        active(&client).await?,
        [names::TAG_GROUP, names::TAG_TENANT]
    );
    // The others are waited for on Mondays, and once all are active nothing is.
    proxy
        .see_cost_tags(MANAGEMENT_ACCOUNT, &names::COST_ALLOCATION_TAGS)
        .await?;
    assert_eq!(sweep(&machine, "2026-11-22T04:17:30Z").await?, nothing);
    assert_eq!(sweep(&machine, MONDAY).await?, [LIST, UPDATE]);
    assert_eq!(active(&client).await?.len(), 5);
    assert_eq!(sweep(&machine, NEXT_MONDAY).await?, nothing);
    Ok(())
}

#[tokio::test]
async fn a_management_account_that_does_not_let_us_fails_no_sweep_and_is_asked_on_mondays()
-> Result<(), AnyError> {
    let machine = Machine::start(Config::default()).await?;
    let proxy = &machine.aws.proxy;
    built(&machine).await?;
    proxy
        .see_cost_tags(MANAGEMENT_ACCOUNT, &[names::TAG_TENANT])
        .await?;
    proxy.add_fault(Fault {
        matching: Match {
            service: Some("ce".into()),
            ..Match::default()
        },
        effect: Effect::Refuse {
            code: "AccessDeniedException".into(),
            status: 400,
            message: "User not enabled for cost explorer access".into(),
            reason: None,
        },
        ..Fault::default()
    });
    assert_eq!(sweep(&machine, FRIDAY).await?, [LIST]);
    let nothing: [&str; 0] = [];
    assert_eq!(sweep(&machine, SATURDAY).await?, nothing);
    assert_eq!(sweep(&machine, MONDAY).await?, [LIST]);
    Ok(())
}
