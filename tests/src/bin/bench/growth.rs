//! How the whole grows with the number of tenants that come at once.

use std::{collections::BTreeMap, time::Duration};

use scenarios::machine::AnyError;

use crate::{
    crowd::{Bill, Creations, Crowd, Memory, TIMES},
    table::Table,
};

/// How many of a crowd leave again: closing an account takes seven seconds at the least, even in the proxy's faster time.
const LEAVERS: usize = 10;

/// What one number of tenants took.
struct Step {
    tenants: usize,
    seconds: f64,
    bill: Bill,
    creations: Creations,
    memory: Memory,
    /// When all were asked for: how long the line was, and how many seconds off its last one's expected time was.
    line: (usize, f64),
}

/// What growing came to.
pub struct Grown {
    /// Its figures.
    pub table: Table,
    /// Calls until all are active, by number of tenants.
    pub bills: BTreeMap<usize, Bill>,
}

/// Creates so many tenants at once, on a fresh machine for each number; then all are audited, and some leave.
///
/// # Errors
/// A machine does not come up, or not all of its tenants get where they should in time.
pub async fn measure(steps: &[usize]) -> Result<Grown, AnyError> {
    let mut table = Table::new(format!(
        "Tenants created at once on the local AWS (a fresh machine for each number; limits of Organizations enforced, {TIMES} times as fast)"
    ));
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
    let bills = done.iter().map(|step| (step.tenants, step.bill)).collect();
    Ok(Grown { table, bills })
}

async fn step(tenants: usize) -> Result<Step, AnyError> {
    let mut crowd = Crowd::gather(tenants).await?;
    let before = crowd.recorded()?;
    let begun = crowd.secs();
    crowd.ask().await?;
    let asked = crowd.secs();
    let (length, expected) = crowd.line().await?;
    let most = Duration::from_secs(120 + 20 * tenants as u64);
    crowd.until(tenants, 0, most).await?;
    let seconds = crowd.secs() - begun;
    let calls = crowd.calls(before)?;
    let creations = Creations::of(&calls, &crowd.look().await?);
    let bill = Bill::of(&calls);
    // The first call of all began when the first command did, but for some milliseconds.
    let first = calls.iter().map(|call| call.start_us).min().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "some minutes")]
    let came = creations.last_us.saturating_sub(first) as f64 / 1e6 - (asked - begun);
    afterwards(&mut crowd, tenants).await?;
    Ok(Step {
        tenants,
        seconds,
        bill,
        creations,
        memory: std::mem::take(&mut crowd.memory),
        line: (length, f64::from(expected) - came),
    })
}

/// What the other functions do, for their memory.
async fn afterwards(crowd: &mut Crowd, tenants: usize) -> Result<(), AnyError> {
    eprintln!("bench: {tenants} audits …");
    crowd.ask_for_audits(tenants).await?;
    let most = Duration::from_secs(120 + 5 * tenants as u64);
    crowd.until(tenants, 0, most).await?;
    let leavers = LEAVERS.min(tenants);
    eprintln!("bench: {leavers} departures …");
    crowd.ask_to_leave(leavers).await?;
    let most = Duration::from_secs(900);
    crowd.until(tenants - leavers, leavers, most).await
}

fn print(step: &Step, first: Option<&Step>, table: &mut Table) {
    let tenants = step.tenants;
    #[expect(clippy::cast_precision_loss, reason = "counts of calls and tenants")]
    let each = |count: usize| count as f64 / tenants as f64;
    let mut figure = |name: &str, found: String| table.figure(format!("{tenants}: {name}"), found);
    figure("until all are active", format!("{:.1} s", step.seconds));
    figure("time per tenant", format!("{:.2} s", pace(step)));
    figure(
        "calls per tenant, in its account",
        format!("{:.1}", each(step.bill.in_tenants)),
    );
    figure(
        "calls per tenant, ledger and Organizations and all else",
        format!("{:.1}", each(step.bill.in_management)),
    );
    let (length, off) = step.line;
    figure("in line when all had asked", length.to_string());
    figure(
        "its last came later (-) or sooner (+) than it was told",
        format!("{off:+.0} s"),
    );
    figure(
        "overtaken by tenants asked for later, at most",
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
            pace(step) / pace(first),
            step.bill.each(tenants) / first.bill.each(first.tenants)
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

/// What Organizations allows, and that no tenant has two accounts.
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
        "calls that a limit refused",
        creations.over_a_limit.values().sum(),
        0,
    );
    count("accounts made", creations.made, tenants);
    count(
        "tenants without an account",
        tenants.saturating_sub(creations.tenants),
        0,
    );
    for (operation, times) in &creations.over_a_limit {
        table.figure(format!("{tenants}: refused: {operation}"), times);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn pace(step: &Step) -> f64 {
    step.seconds / step.tenants as f64
}
