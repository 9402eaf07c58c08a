//! A throttling storm: for a while, AWS refuses half of all calls.

use std::time::Duration;

use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use serde_json::json;

use crate::{
    crowd::{Bill, Creations, Crowd},
    table::Table,
};

/// How long half of all calls are refused.
const STORM: Duration = Duration::from_secs(120);
/// The share of calls that is refused.
const REFUSED: f64 = 0.5;
/// Calls for each tenant, compared with a quiet run: the most that is allowed.
const MOST_TIMES: f64 = 3.0;

/// Creates so many tenants on a quiet machine, unless what that costs is known, and on one where a storm begins when all are asked
/// for.
///
/// # Errors
/// A machine does not come up, or not all of its tenants become active in time.
pub async fn measure(tenants: usize, quiet: Option<Bill>) -> Result<Table, AnyError> {
    let mut table = Table::new(format!(
        "A throttling storm over {tenants} tenants: {:.0} % of all calls refused for {} s",
        REFUSED * 100.0,
        STORM.as_secs()
    ));
    let quiet = match quiet {
        Some(known) => known,
        None => run(tenants, false, &mut table).await?.0,
    };
    let (stormy, creations) = run(tenants, true, &mut table).await?;
    table.ratio(
        "calls per tenant, compared with quiet",
        stormy.each(tenants) / quiet.each(tenants),
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
) -> Result<(Bill, Creations), AnyError> {
    let name = if stormy { "storm" } else { "quiet" };
    let mut crowd = Crowd::gather(tenants).await?;
    let before = crowd.recorded()?;
    let begun = crowd.secs();
    crowd.ask().await?;
    if stormy {
        crowd
            .stack
            .control("POST", "/_proxy/faults", &json!(fault()))?;
        // Not all can be active within it: what is asked for is only to look on while it lasts.
        let _ = crowd.until(tenants, 0, STORM).await;
        crowd
            .stack
            .control("DELETE", "/_proxy/faults", &json!({}))?;
        eprintln!("bench: the storm is over");
    }
    let most = Duration::from_secs(300 + 20 * tenants as u64);
    crowd.until(tenants, 0, most).await?;
    let calls = crowd.calls(before)?;
    let bill = Bill::of(&calls);
    let creations = Creations::of(&calls, &crowd.look().await?);
    let seconds = crowd.secs() - begun;
    table.figure(
        format!("{name}: until all are active"),
        format!("{seconds:.1} s"),
    );
    table.figure(
        format!("{name}: calls per tenant"),
        format!("{:.1}", bill.each(tenants)),
    );
    table.figure(format!("{name}: calls refused"), bill.refused);
    crowd.memory.print(name, table);
    Ok((bill, creations))
}

/// The functions' own calls, whichever they are.
fn fault() -> Fault {
    Fault {
        name: "storm".to_owned(),
        matching: Match {
            app: Some(scenarios::machine::APP.to_owned()),
            ..Match::default()
        },
        probability: Some(REFUSED),
        effect: Effect::Throttle,
        ..Fault::default()
    }
}
