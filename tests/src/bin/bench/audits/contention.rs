//! Fifty tenants and ten processes: how often passes meet at the same rows of the ledger, while all are built and while one sweep
//! audits all of them at once.

use std::{collections::VecDeque, sync::Mutex};

use futures::future::{join_all, try_join_all};
use scenarios::{
    machine::{APP, AnyError, Machine, REGION},
    proxy::{Config, Record, config::Organizations},
};
use serde_json::json;
use tenancy::{Phase, TenantId, Verb};
use tenantry_aws::worker::Worker;

use super::{PROCESSES, organizations, past_proxy, receive, sweep};
use crate::{load::Refused, table::Table};

const TENANTS: usize = 50;
/// Rounds of passes until all are built: five accounts at once and one in ten seconds make some ten minutes.
const MOST_ROUNDS: usize = 200;
/// Writes that may be refused while one sweep audits all: passes over different tenants have no row in common but the tokens.
const MOST_REFUSED: usize = 5;

/// Builds the tenants and audits them: counts only, so that a slow machine changes little.
///
/// # Errors
/// The local AWS does not start, or the tenants are not built in time.
pub async fn measure() -> Result<Table, AnyError> {
    let config = Config {
        organizations: Some(Organizations {
            creation_secs: 20.0,
            throttle: true,
            ..Organizations::default()
        }),
        ..Config::default()
    };
    let machine = Machine::start_in(config, &[REGION]).await?;
    let mut tenants = Vec::new();
    for number in 0..TENANTS {
        let slug = format!("bench-{number}");
        let spec = json!({ "slug": slug, "name": slug, "blueprint": "sandbox" });
        tenants.push(machine.request_tenant(spec).await?.id);
    }
    let mut table = Table::new(format!(
        "{TENANTS} tenants, {PROCESSES} processes (local AWS, limits of Organizations enforced; all at once, without jitter)"
    ));
    eprintln!("bench: {TENANTS} tenants are built by {PROCESSES} processes …");
    machine.aws.proxy.forget_calls();
    build(&machine, &tenants).await?;
    print(&machine, "building", &mut table);
    eprintln!("bench: {TENANTS} tenants are audited by {PROCESSES} processes …");
    machine.aws.proxy.forget_calls();
    audit(&machine).await?;
    let refused = print(&machine, "one sweep's audits", &mut table);
    let name = "one sweep's audits: writes of the ledger refused";
    table.count(name, refused.writes, MOST_REFUSED);
    Ok(table)
}

async fn build(machine: &Machine, tenants: &[TenantId]) -> Result<(), AnyError> {
    let workers = workers(machine, Verb::Onboard).await?;
    for _ in 0..MOST_ROUNDS {
        let mut waiting = Vec::new();
        for id in tenants {
            if machine.ledger.tenant(id).await?.phase() != Phase::Active {
                waiting.push(id.clone());
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        work(&workers, waiting).await;
        machine.advance(10);
    }
    Err(format!("not all of {TENANTS} tenants were built in {MOST_ROUNDS} rounds").into())
}

async fn audit(machine: &Machine) -> Result<(), AnyError> {
    let workers = workers(machine, Verb::Audit).await?;
    let sweeper = machine.worker(Verb::Audit).await?;
    sweep(&sweeper).await?;
    let sqs = aws_sdk_sqs::Client::new(&past_proxy(machine));
    let mut sent = Vec::new();
    while sent.len() < TENANTS {
        let some = receive(&sqs, &machine.settings.audit_queue_url).await?;
        if some.is_empty() {
            return Err(format!("the sweep sent {} tenants only", sent.len()).into());
        }
        sent.extend(some);
    }
    machine.aws.proxy.forget_calls();
    work(&workers, sent).await;
    Ok(())
}

async fn workers(machine: &Machine, verb: Verb) -> Result<Vec<Worker>, AnyError> {
    let workers = (0..PROCESSES).map(|_| machine.worker(verb));
    try_join_all(workers).await
}

/// The processes take one message after the other.
async fn work(workers: &[Worker], tenants: Vec<TenantId>) {
    let queue = Mutex::new(VecDeque::from(tenants));
    let next = || queue.lock().ok()?.pop_front();
    let processes = workers.iter().map(async |worker| {
        while let Some(tenant) = next() {
            // As SQS does, a message that fails comes back later: in the next round.
            if let Err(failure) = worker.answer(&tenant).await {
                eprintln!("bench: {failure}");
            }
        }
    });
    join_all(processes).await;
}

fn print(machine: &Machine, what: &str, table: &mut Table) -> Refused {
    let calls: Vec<Record> = machine.aws.proxy.calls();
    let calls: Vec<Record> = calls.into_iter().filter(|call| call.app == APP).collect();
    let refused = Refused::of(&calls);
    #[expect(clippy::cast_precision_loss, reason = "counts of calls")]
    let each = |count: usize| format!("{:.1}", count as f64 / TENANTS as f64);
    table.figure(format!("{what}: calls per tenant"), each(calls.len()));
    table.figure(format!("{what}: of them to Organizations"), {
        each(organizations(&calls).values().sum())
    });
    let writes = format!("{} ({} per tenant)", refused.writes, each(refused.writes));
    table.figure(format!("{what}: refused writes of the ledger"), writes);
    table.figure(
        format!("{what}: rows that were the cause"),
        refused.listed(),
    );
    refused
}
