//! A throttling storm: for a while, AWS throttles half of all calls.

use std::time::Duration;

use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use serde_json::json;

use crate::{
    load::{CallCounts, Creations, LoadTest},
    table::Table,
};

/// How long the storm lasts.
const STORM: Duration = Duration::from_secs(120);
/// The share of calls that is throttled.
const THROTTLED: f64 = 0.5;
/// Budget of the calls per tenant, as a multiple of a run without a storm.
const MOST_TIMES: f64 = 3.0;

/// Creates so many tenants on a machine without a storm, unless the counts of such a run are given, and on one where a storm begins
/// when all are requested.
///
/// # Errors
/// A machine does not come up, or not all of its tenants become active in time.
pub async fn measure(tenants: usize, baseline: Option<CallCounts>) -> Result<Table, AnyError> {
    let mut table = Table::new(format!(
        "A throttling storm over {tenants} tenants: {:.0} % of all calls throttled for {} s",
        THROTTLED * 100.0,
        STORM.as_secs()
    ));
    let baseline = match baseline {
        Some(given) => given,
        None => run(tenants, false, &mut table).await?.0,
    };
    let (stormy, creations) = run(tenants, true, &mut table).await?;
    table.ratio(
        "calls per tenant, compared with baseline",
        stormy.each(tenants) / baseline.each(tenants),
        MOST_TIMES,
    );
    table.count(
        "storm: accounts under creation at once",
        creations.most_in_flight,
        5,
    );
    table.count("storm: accounts made", creations.made, tenants);
    table.count(
        "storm: tenants without an account",
        tenants.saturating_sub(creations.tenants),
        0,
    );
    Ok(table)
}

async fn run(
    tenants: usize,
    stormy: bool,
    table: &mut Table,
) -> Result<(CallCounts, Creations), AnyError> {
    let name = if stormy { "storm" } else { "baseline" };
    let mut load = LoadTest::start(tenants).await?;
    let before = load.recorded()?;
    let begun = load.secs();
    load.create_tenants().await?;
    if stormy {
        load.stack
            .control("POST", "/_proxy/faults", &json!(fault()))?;
        // Not all can be active within it; this only samples memory while the storm lasts.
        let _ = load.wait_until(tenants, 0, STORM).await;
        load.stack.control("DELETE", "/_proxy/faults", &json!({}))?;
        eprintln!("bench: the storm is over");
    }
    let most = Duration::from_secs(300 + 20 * tenants as u64);
    load.wait_until(tenants, 0, most).await?;
    let calls = load.calls(before)?;
    let counts = CallCounts::of(&calls);
    let creations = Creations::of(&calls, &load.tenants().await?);
    let seconds = load.secs() - begun;
    table.figure(
        format!("{name}: until all are active"),
        format!("{seconds:.1} s"),
    );
    table.figure(
        format!("{name}: calls per tenant"),
        format!("{:.1}", counts.each(tenants)),
    );
    table.figure(format!("{name}: calls throttled"), counts.faulted);
    load.memory.print(name, table);
    Ok((counts, creations))
}

/// Throttles the functions' calls, to any service.
fn fault() -> Fault {
    Fault {
        name: "storm".to_owned(),
        matching: Match {
            app: Some(scenarios::machine::APP.to_owned()),
            ..Match::default()
        },
        probability: Some(THROTTLED),
        effect: Effect::Throttle,
        ..Fault::default()
    }
}
