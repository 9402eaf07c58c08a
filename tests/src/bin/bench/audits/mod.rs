//! Audits of many tenants: whether the passes of one sweep meet at the same rows of the ledger, and how long a sweep over ten
//! thousand takes.

mod accounts;
mod contention;
mod function;
mod scale;
mod seed;

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use scenarios::{
    machine::{AnyError, Machine},
    proxy::Record,
};
use tenancy::TenantId;
use tenantry_aws::worker::Worker;

pub use contention::measure as contention;
pub use scale::measure as scale;

/// Processes of a function at once: the template's `AuditConcurrency`.
const PROCESSES: usize = 10;

/// The management account, past the proxy: for what is not to be measured.
fn past_proxy(machine: &Machine) -> SdkConfig {
    let emulator = machine.aws.emulator.url();
    machine.root().to_builder().endpoint_url(emulator).build()
}

/// The daily sweep, as the schedule calls for it.
async fn sweep(worker: &Worker) -> Result<(), AnyError> {
    let tick = include_str!("../../../../../events/examples/ScheduledEvent.json");
    worker.handle(serde_json::from_str(tick)?).await?;
    Ok(())
}

/// Up to ten tenants that are in a queue. Nobody else gets their messages any more.
async fn receive(sqs: &aws_sdk_sqs::Client, queue: &str) -> Result<Vec<TenantId>, AnyError> {
    let call = sqs.receive_message().queue_url(queue);
    let call = call.max_number_of_messages(10).wait_time_seconds(1);
    let answer = call.visibility_timeout(12 * 3600).send().await?;
    let bodies = answer.messages().iter().filter_map(|it| it.body());
    let read = |body: &str| Ok(events::Work::parse(body)?.tenant_id);
    bodies.map(read).collect()
}

/// How often each operation of Organizations was called.
fn organizations(calls: &[Record]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for call in calls.iter().filter(|call| call.service == "organizations") {
        *counts.entry(call.operation.clone()).or_default() += 1;
    }
    counts
}
