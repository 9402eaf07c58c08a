//! The limits of the organization: their use, and the switch that stops creations.

mod expected;
mod switch;
mod view;

use api_types::{AdmissionView, CreationLimitsView, LimitsView, QueuePositionView};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use tenancy::{DesiredState, Tenant, Timestamp};
use tenantry_aws::{
    account::CREATIONS_SWITCH,
    ledger::{QueuePosition, Semaphore},
};

pub use switch::set;

use crate::{App, answer, call, query::Query, refusal::Refusal};

/// Entries of a queue that are shown, unless the caller says otherwise.
const ENTRIES: usize = 20;
/// Switch events that are shown.
const EVENTS: usize = 10;

/// `GET /v1/limits`
pub async fn show(State(app): State<App>, mut query: Query) -> Result<Response, Refusal> {
    let entries = query.limit().unwrap_or(ENTRIES);
    query.done()?;
    let now = call::now();
    let (creations, closures, calls) = futures::try_join!(
        creations(&app, now, entries),
        closures(&app, now, entries),
        async { Ok(app.ledger.calls(now).await?) },
    )?;
    let version = creations.version;
    let view = LimitsView {
        creations,
        closures,
        calls: calls.into_iter().map(view::call_rate).collect(),
    };
    Ok(tagged(axum::Json(view), version))
}

async fn creations(
    app: &App,
    now: Timestamp,
    entries: usize,
) -> Result<CreationLimitsView, Refusal> {
    let ledger = &app.ledger;
    let ((switch, version), usage, spending, events) = futures::try_join!(
        ledger.switch_at(CREATIONS_SWITCH),
        ledger.semaphore_usage(Semaphore::Creations, now),
        ledger.spending(now, app.budget),
        ledger.switch_events(CREATIONS_SWITCH, EVENTS),
    )?;
    let on = switch.as_ref().is_none_or(|switch| switch.on);
    let since = switch
        .as_ref()
        .filter(|switch| switch.on)
        .map(|switch| switch.at);
    let window = ledger.attempts(now, since).await?;
    let admission = view::admission(Semaphore::Creations, &usage, entries, |index, waiter| {
        on.then(|| expected::at(now, index, waiter, &spending))
    });
    Ok(CreationLimitsView {
        on,
        version,
        switch_events: events.into_iter().map(view::switch_event).collect(),
        breaker: view::breaker(window),
        budget: view::budget(spending),
        admission,
    })
}

async fn closures(app: &App, now: Timestamp, entries: usize) -> Result<AdmissionView, Refusal> {
    let usage = app.ledger.semaphore_usage(Semaphore::Closures, now).await?;
    let expected =
        |_, waiter: &tenantry_aws::ledger::Waiter| Some(expected::later(now, waiter.expected_secs));
    Ok(view::admission(
        Semaphore::Closures,
        &usage,
        entries,
        expected,
    ))
}

/// A tenant's position in a queue, while it waits in one.
pub async fn position(app: &App, tenant: &Tenant) -> Result<Option<QueuePositionView>, Refusal> {
    let semaphore = match (tenant.desired_state, &tenant.account_id) {
        _ if tenant.closed_at.is_some() => return Ok(None),
        (DesiredState::Present, None) => Semaphore::Creations,
        (DesiredState::Absent, Some(_)) => Semaphore::Closures,
        (DesiredState::Present, Some(_))
        | (DesiredState::Absent, None)
        | (DesiredState::Other(_), _) => {
            return Ok(None);
        }
    };
    let now = call::now();
    let found = app.ledger.queue_position(semaphore, &tenant.id, now);
    let Some(QueuePosition {
        position,
        length,
        waiter,
    }) = found.await?
    else {
        return Ok(None);
    };
    let expected_at = match semaphore {
        Semaphore::Closures => Some(expected::later(now, waiter.expected_secs)),
        Semaphore::Creations => {
            let (switch, spending) = futures::try_join!(
                app.ledger.switch(CREATIONS_SWITCH),
                app.ledger.spending(now, app.budget),
            )?;
            let on = switch.is_none_or(|switch| switch.on);
            on.then(|| expected::at(now, position - 1, &waiter, &spending))
        }
    };
    Ok(Some(QueuePositionView {
        waits_for: view::word(semaphore).to_owned(),
        position: view::count(position),
        length: view::count(length),
        since: waiter.since,
        expected_at,
    }))
}

fn tagged(body: impl IntoResponse, version: u64) -> Response {
    let mut response = body.into_response();
    answer::tag(&mut response, version);
    response
}
