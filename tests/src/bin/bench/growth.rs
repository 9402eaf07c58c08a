//! How the machine scales with the number of tenants created at once.

use std::{collections::BTreeMap, time::Duration};

use scenarios::machine::AnyError;

use crate::{
    load::{CallCounts, Creations, LoadTest, Memory, TIME_SCALE},
    table::Table,
};

/// How many tenants are deleted afterwards: closing an account takes at least seven seconds, even in the proxy's faster time.
const DELETIONS: usize = 10;

/// The measurements for one number of tenants.
struct Step {
    tenants: usize,
    seconds: f64,
    calls: CallCounts,
    creations: Creations,
    memory: Memory,
    /// When all were requested: the length of the queue, and the error of the last one's expected time in seconds.
    queue: (usize, f64),
}

/// The measurements for all numbers of tenants.
pub struct Growth {
    /// The figures.
    pub table: Table,
    /// Calls until all are active, by number of tenants.
    pub calls: BTreeMap<usize, CallCounts>,
}

/// Creates so many tenants at once, on a fresh machine for each number; then all are audited, and some deleted, if `whole`.
///
/// # Errors
/// A machine does not start, or not all of its tenants reach their phase in time.
pub async fn measure(steps: &[usize], whole: bool) -> Result<Growth, AnyError> {
    let mut table = Table::new(format!(
        "Tenants created at once on the local AWS (a fresh machine for each number; limits of Organizations enforced, {TIME_SCALE} times as fast)"
    ));
    let mut done: Vec<Step> = Vec::new();
    for &tenants in steps {
        let step = match step(tenants, whole).await {
            Ok(step) => step,
            Err(error) => {
                // The measurements so far are valid.
                table.print();
                return Err(error);
            }
        };
        print(&step, done.first(), &mut table);
        done.push(step);
    }
    let calls = done.iter().map(|step| (step.tenants, step.calls)).collect();
    Ok(Growth { table, calls })
}

async fn step(tenants: usize, whole: bool) -> Result<Step, AnyError> {
    let mut load = LoadTest::start(tenants).await?;
    let before = load.recorded()?;
    let begun = load.secs();
    load.create_tenants().await?;
    let requested = load.secs();
    let (length, expected) = load.queue().await?;
    let most = Duration::from_secs(120 + 20 * tenants as u64);
    load.wait_until(tenants, 0, most).await?;
    let seconds = load.secs() - begun;
    let calls = load.calls(before)?;
    let creations = Creations::of(&calls, &load.tenants().await?);
    let counts = CallCounts::of(&calls);
    // The first call began when the first command did, within some milliseconds.
    let first = calls.iter().map(|call| call.start_us).min().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "some minutes")]
    let actual = creations.last_us.saturating_sub(first) as f64 / 1e6 - (requested - begun);
    if whole {
        afterwards(&mut load, tenants).await?;
    }
    Ok(Step {
        tenants,
        seconds,
        calls: counts,
        creations,
        memory: std::mem::take(&mut load.memory),
        queue: (length, f64::from(expected) - actual),
    })
}

/// Audits and deletions, to measure the memory of the other functions.
async fn afterwards(load: &mut LoadTest, tenants: usize) -> Result<(), AnyError> {
    eprintln!("bench: {tenants} audits …");
    load.audit_tenants(tenants).await?;
    let most = Duration::from_secs(120 + 5 * tenants as u64);
    load.wait_until(tenants, 0, most).await?;
    let deletions = DELETIONS.min(tenants);
    eprintln!("bench: {deletions} deletions …");
    load.delete_tenants(deletions).await?;
    let most = Duration::from_secs(900);
    load.wait_until(tenants - deletions, deletions, most).await
}

fn print(step: &Step, first: Option<&Step>, table: &mut Table) {
    let tenants = step.tenants;
    #[expect(clippy::cast_precision_loss, reason = "counts of calls and tenants")]
    let each = |count: usize| count as f64 / tenants as f64;
    let mut figure = |name: &str, found: String| table.figure(format!("{tenants}: {name}"), found);
    figure("until all are active", format!("{:.1} s", step.seconds));
    figure("time per tenant", format!("{:.2} s", secs_per_tenant(step)));
    figure(
        "calls per tenant, in its account",
        format!("{:.1}", each(step.calls.in_tenants)),
    );
    figure(
        "calls per tenant, elsewhere (ledger, Organizations, …)",
        format!("{:.1}", each(step.calls.in_management)),
    );
    let (length, off) = step.queue;
    figure("queued when all were requested", length.to_string());
    figure(
        "last in the queue: later (-) or sooner (+) than expected",
        format!("{off:+.0} s"),
    );
    figure(
        "overtaken by tenants requested later, at most",
        step.creations.overtaken.to_string(),
    );
    memory(step, table);
    limits(step, table);
    let Some(first) = first else { return };
    table.figure(
        format!(
            "{tenants}: compared with {}, for each tenant",
            first.tenants
        ),
        format!(
            "time × {:.2}, calls × {:.2} (1.00 is linear)",
            secs_per_tenant(step) / secs_per_tenant(first),
            step.calls.each(tenants) / first.calls.each(first.tenants)
        ),
    );
}

fn memory(step: &Step, table: &mut Table) {
    let (tenants, memory) = (step.tenants, &step.memory);
    memory.print(&tenants.to_string(), table);
    table.figure(
        format!("{tenants}: function processes, most at once"),
        memory.processes,
    );
    table.figure(
        format!("{tenants}: emulator"),
        format!("{:.1} MiB", memory.emulator_mib),
    );
}

/// The limits of Organizations are kept, and no tenant has two accounts.
fn limits(step: &Step, table: &mut Table) {
    let (tenants, creations) = (step.tenants, &step.creations);
    let mut count =
        |name: &str, found, most| table.count(format!("{tenants}: {name}"), found, most);
    count(
        "accounts under creation at once",
        creations.most_in_flight,
        5,
    );
    count(
        "calls refused over a limit",
        creations.over_a_limit.values().sum(),
        0,
    );
    count("accounts made", creations.made, tenants);
    count(
        "tenants without an account",
        tenants.saturating_sub(creations.tenants),
        0,
    );
    contention(step, table);
    for (operation, times) in &creations.over_a_limit {
        table.figure(format!("{tenants}: refused: {operation}"), times);
    }
}

/// Who waited how long, and how often passes met at the same rows of the ledger.
fn contention(step: &Step, table: &mut Table) {
    let (tenants, creations) = (step.tenants, &step.creations);
    let waits = &creations.waits;
    let wait = |secs: Option<&f64>| secs.copied().unwrap_or_default() * f64::from(TIME_SCALE);
    let (middle, longest) = (wait(waits.get(waits.len() / 2)), wait(waits.last()));
    table.figure(
        format!("{tenants}: wait for the account to be requested, median and longest"),
        format!("{middle:.0} s, {longest:.0} s of AWS's time"),
    );
    let refused = &creations.refused;
    #[expect(clippy::cast_precision_loss, reason = "counts of writes and tenants")]
    let each = refused.writes as f64 / tenants as f64;
    table.figure(
        format!("{tenants}: writes of the ledger refused, in all and per tenant"),
        format!("{}, {each:.2}", refused.writes),
    );
    table.figure(
        format!("{tenants}: rows that were the cause"),
        refused.listed(),
    );
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn secs_per_tenant(step: &Step) -> f64 {
    step.seconds / step.tenants as f64
}
