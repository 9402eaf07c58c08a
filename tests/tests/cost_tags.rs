//! The tags of ours by which costs are told apart, activated in the management account once a day.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

use std::sync::Arc;

use aws_sdk_costexplorer::{Client, types::CostAllocationTagStatus};
use scenarios::{
    emulator::MANAGEMENT_ACCOUNT,
    machine::{AnyError, Machine},
    proxy::{Config, Effect, Fault, Match},
};
use tenancy::{Timestamp, Verb, names};
use tenantry_aws::worker::Worker;

/// An onboard worker on a day in 2026, at a time of it.
async fn worker_at(machine: &Machine, time: &str) -> Result<Worker, AnyError> {
    let at: Timestamp = format!("2026-11-20T{time}Z").parse()?;
    machine.worker_by(Verb::Onboard, Arc::new(move || at)).await
}

async fn sweep(worker: &Worker) -> Result<(), AnyError> {
    let tick = include_str!("../../events/examples/ScheduledEvent.json");
    worker.handle(serde_json::from_str(tick)?).await?;
    Ok(())
}

async fn active(client: &Client) -> Result<Vec<String>, AnyError> {
    let call = client.list_cost_allocation_tags();
    let call = call.status(CostAllocationTagStatus::Active);
    let tags = call.send().await?.cost_allocation_tags.unwrap_or_default();
    Ok(tags.into_iter().map(|tag| tag.tag_key).collect())
}

#[tokio::test]
async fn once_a_day_those_of_our_tags_that_the_bill_has_seen_are_activated() -> Result<(), AnyError>
{
    let machine = Machine::start(Config::default()).await?;
    let client = Client::new(machine.root());
    let seen = [names::TAG_TENANT, names::TAG_GROUP, "team"];
    machine
        .aws
        .proxy
        .see_cost_tags(MANAGEMENT_ACCOUNT, &seen)
        .await?;
    sweep(&worker_at(&machine, "04:16:30").await?).await?;
    assert!(active(&client).await?.is_empty(), "it is not time yet");
    let worker = worker_at(&machine, "04:17:30").await?;
    sweep(&worker).await?;
    let mut tags = active(&client).await?;
    tags.sort();
    assert_eq!(tags, [names::TAG_GROUP, names::TAG_TENANT]);
    machine.aws.proxy.forget_calls();
    sweep(&worker).await?;
    let calls = machine.aws.proxy.calls();
    let writes = calls
        .iter()
        .filter(|call| call.service == "ce" && !call.is_read());
    assert_eq!(writes.count(), 0, "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn a_management_account_that_does_not_let_us_fails_no_sweep() -> Result<(), AnyError> {
    let machine = Machine::start(Config::default()).await?;
    let proxy = &machine.aws.proxy;
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
    sweep(&worker_at(&machine, "04:17:30").await?).await?;
    assert!(proxy.calls().iter().any(|call| call.service == "ce"));
    Ok(())
}
