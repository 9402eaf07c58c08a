//! Many tenants at once on the deployed machine: through API Gateway, bus and queues to the real function binaries.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use futures::{StreamExt, TryStreamExt, stream};
use scenarios::{
    emulator::MANAGEMENT_ACCOUNT,
    machine::{AnyError, REGION},
    proxy::Record,
    stack::Stack,
};
use serde_json::{Value, json};
use tenancy::Phase;
use tenantry_aws::ledger::Ledger;

use crate::{
    processes::{descendants, resident_mib},
    table::Table,
};

/// Commands of ours under way at once: they are the callers, not what is measured.
const CALLERS: usize = 8;

/// What one number of tenants took.
#[derive(Debug, Default)]
struct Step {
    tenants: usize,
    seconds: f64,
    in_tenants: usize,
    in_management: usize,
    emulator_mib: f64,
    functions: usize,
    largest_function_mib: f64,
}

/// Creates so many tenants at once, on a fresh machine for each number.
///
/// # Errors
/// A machine does not come up, or not all of its tenants become active in time.
pub async fn measure(steps: &[usize]) -> Result<Table, AnyError> {
    let mut table =
        Table::new("Tenants created at once on the local AWS (a fresh machine for each number)");
    let mut done: Vec<Step> = Vec::new();
    for &tenants in steps {
        let step = match step(tenants).await {
            Ok(step) => step,
            Err(error) => {
                // What was measured until then is worth as much.
                table.print();
                return Err(error);
            }
        };
        print(&step, done.first(), &mut table);
        done.push(step);
    }
    Ok(table)
}

fn print(step: &Step, first: Option<&Step>, table: &mut Table) {
    let tenants = step.tenants;
    #[expect(clippy::cast_precision_loss, reason = "counts of calls and tenants")]
    let each = |count: usize| count as f64 / tenants as f64;
    let pace = |step: &Step| {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let tenants = step.tenants as f64;
        step.seconds / tenants
    };
    table.figure(
        format!("{tenants}: until all are active"),
        format!("{:.1} s", step.seconds),
    );
    table.figure(
        format!("{tenants}: time per tenant"),
        format!("{:.2} s", pace(step)),
    );
    table.figure(
        format!("{tenants}: calls per tenant, in its account"),
        format!("{:.1}", each(step.in_tenants)),
    );
    table.figure(
        format!("{tenants}: calls per tenant, ledger and Organizations and all else"),
        format!("{:.1}", each(step.in_management)),
    );
    table.figure(
        format!("{tenants}: function processes, most at once"),
        step.functions,
    );
    table.figure(
        format!("{tenants}: largest function process"),
        format!("{:.1} MiB", step.largest_function_mib),
    );
    table.figure(
        format!("{tenants}: emulator"),
        format!("{:.1} MiB", step.emulator_mib),
    );
    let Some(first) = first else { return };
    let name = format!(
        "{tenants}: compared with {}, for each tenant",
        first.tenants
    );
    #[expect(clippy::cast_precision_loss, reason = "counts of calls and tenants")]
    let calls = |step: &Step| (step.in_tenants + step.in_management) as f64 / step.tenants as f64;
    table.figure(
        name,
        format!(
            "time × {:.2}, calls × {:.2} (1.00 is linear)",
            pace(step) / pace(first),
            calls(step) / calls(first)
        ),
    );
}

async fn step(tenants: usize) -> Result<Step, AnyError> {
    eprintln!("bench: a machine for {tenants} tenants …");
    let settings = json!({ "CreationsPerHour": "10000", "CreationsPerDay": "10000" });
    let stack = tokio::task::spawn_blocking(move || Stack::start(&settings)).await??;
    let record = stack.state.get("record").and_then(Value::as_str);
    let record = Path::new(record.ok_or("the machine records no calls; build the proxy first")?);
    let before = std::fs::read_to_string(record)?.lines().count();
    let mut step = Step {
        tenants,
        ..Step::default()
    };
    let begun = Instant::now();
    let (asked, active) = tokio::join!(ask(&stack, tenants), watch(&stack, &mut step, begun));
    asked?;
    active?;
    step.seconds = begun.elapsed().as_secs_f64();
    count(record, before, &mut step)?;
    tokio::task::spawn_blocking(move || drop(stack)).await?;
    Ok(step)
}

/// Asks for all tenants through the API, with the command line.
async fn ask(stack: &Stack, tenants: usize) -> Result<(), AnyError> {
    let create = |number: usize| async move {
        let slug = format!("bench-{number}");
        let words = [
            "tenant",
            "create",
            "--slug",
            &slug,
            "--name",
            &slug,
            "--blueprint",
            "standard",
        ];
        let mut command = tokio::process::Command::from(stack.tenantry()?);
        let output = command.args(words).output().await?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(AnyError::from(format!("creating `{slug}`: {said}")))
    };
    stream::iter((0..tenants).map(create))
        .buffer_unordered(CALLERS)
        .try_collect()
        .await
}

/// Waits until all are active, and keeps the largest memory seen.
async fn watch(stack: &Stack, step: &mut Step, begun: Instant) -> Result<(), AnyError> {
    let ledger = ledger(stack)?;
    let deadline = Duration::from_secs(120 + 20 * step.tenants as u64);
    let mut said = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        remember_memory(stack, step);
        let phases = phases(&ledger).await?;
        let active = phases.get("active").copied().unwrap_or(0);
        if said.elapsed() > Duration::from_secs(10) {
            said = Instant::now();
            eprintln!("bench: {:>4.0} s {phases:?}", begun.elapsed().as_secs_f64());
        }
        if active >= step.tenants {
            return Ok(());
        }
        if begun.elapsed() > deadline {
            let tenants = step.tenants;
            return Err(format!("of {tenants} tenants after {deadline:?}: {phases:?}").into());
        }
    }
}

async fn phases(ledger: &Ledger) -> Result<BTreeMap<&'static str, usize>, AnyError> {
    let mut phases = BTreeMap::new();
    let mut cursor = None;
    loop {
        let page = ledger.all_tenants(100, cursor.as_deref()).await?;
        for tenant in &page.items {
            let phase: Phase = tenant.phase();
            *phases.entry(phase.as_str()).or_default() += 1;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(phases);
        }
    }
}

/// The ledger past the proxy, so that our looking is not counted.
fn ledger(stack: &Stack) -> Result<Ledger, AnyError> {
    let emulator = stack.state.get("emulator").and_then(Value::as_str);
    let credentials = Credentials::new("test", "test", None, None, "root");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(tenantry_aws::session::http_client())
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .region(Region::new(REGION))
        .endpoint_url(emulator.ok_or("the machine has no emulator")?)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let client = aws_sdk_dynamodb::Client::new(&config);
    Ok(Ledger::new(client, stack.output("TableName")))
}

fn remember_memory(stack: &Stack, step: &mut Step) {
    let processes = stack.state.get("processes").and_then(Value::as_array);
    let emulator = processes
        .into_iter()
        .flatten()
        .find(|process| process.get("name").and_then(Value::as_str) == Some("emulator"))
        .and_then(|process| process.get("pid")?.as_u64())
        .and_then(|pid| u32::try_from(pid).ok());
    let Some(emulator) = emulator else { return };
    step.emulator_mib = step.emulator_mib.max(resident_mib(emulator));
    let functions: Vec<f64> = descendants(emulator)
        .into_iter()
        .map(resident_mib)
        .collect();
    step.functions = step.functions.max(functions.len());
    let largest = functions.into_iter().fold(0.0, f64::max);
    step.largest_function_mib = step.largest_function_mib.max(largest);
}

/// Counts the calls that were recorded since; those to our own API are the callers'.
fn count(record: &Path, before: usize, step: &mut Step) -> Result<(), AnyError> {
    for line in std::fs::read_to_string(record)?.lines().skip(before) {
        // The last line may not be whole yet.
        let Ok(call) = serde_json::from_str::<Record>(line) else {
            continue;
        };
        if call.service == "execute-api" || call.operation.contains(' ') {
            continue;
        }
        if call.account.is_empty() || call.account == MANAGEMENT_ACCOUNT {
            step.in_management += 1;
        } else {
            step.in_tenants += 1;
        }
    }
    Ok(())
}
