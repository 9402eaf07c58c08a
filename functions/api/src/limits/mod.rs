//! The limits of the organization: how they stand, and the switch of creations.

mod expected;
mod turn;
mod view;
mod wish;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use tenancy::{DesiredState, Tenant, Timestamp};
use tenantry_aws::{account::CREATIONS_SWITCH, ledger::Semaphore};

pub use turn::turn;
pub use view::{CreationLimitsView, LimitsView, QueueView};
pub use wish::CreationsWish;

use crate::{App, call, problem::Problem, query::Query};

/// Places of a line that are shown, unless the caller says otherwise.
const PLACES: usize = 20;
/// Turns of the switch that are shown.
const TURNS: usize = 10;

/// `GET /v1/limits`
pub async fn show(State(app): State<App>, mut query: Query) -> Result<Response, Problem> {
    let places = query.limit().unwrap_or(PLACES);
    query.done()?;
    let now = call::now();
    let (creations, closures, calls) = futures::try_join!(
        creations(&app, now, places),
        closures(&app, now, places),
        async { Ok(app.ledger.calls(now).await?) },
    )?;
    let version = creations.version;
    let view = LimitsView {
        creations,
        closures,
        calls: calls.into_iter().map(Into::into).collect(),
    };
    Ok(tagged(axum::Json(view), version))
}

/// How creations stand.
async fn creations(
    app: &App,
    now: Timestamp,
    places: usize,
) -> Result<CreationLimitsView, Problem> {
    let ledger = &app.ledger;
    let (turned, line, spending, turns) = futures::try_join!(
        ledger.switch_at(CREATIONS_SWITCH),
        ledger.semaphore_usage(Semaphore::Creations, now),
        ledger.spending(now, app.budget),
        ledger.switch_events(CREATIONS_SWITCH, TURNS),
    )?;
    let (switch, version) = turned;
    let on = switch.as_ref().is_none_or(|switch| switch.on);
    let since = switch
        .as_ref()
        .filter(|switch| switch.on)
        .map(|switch| switch.at);
    let window = ledger.attempts(now, since).await?;
    let gate = view::gate(Semaphore::Creations, &line, places, |index, waiter| {
        on.then(|| expected::at(now, index, waiter, &spending))
    });
    Ok(CreationLimitsView {
        on,
        version,
        turns: turns.into_iter().map(Into::into).collect(),
        breaker: window.into(),
        budget: spending.into(),
        gate,
    })
}

async fn closures(app: &App, now: Timestamp, places: usize) -> Result<view::GateView, Problem> {
    let line = app.ledger.semaphore_usage(Semaphore::Closures, now).await?;
    Ok(view::gate(
        Semaphore::Closures,
        &line,
        places,
        |_, waiter| Some(expected::later(now, waiter.expected_secs)),
    ))
}

/// A tenant's place in line, while it waits in one.
pub async fn place(app: &App, tenant: &Tenant) -> Result<Option<QueueView>, Problem> {
    let gate = match (tenant.desired_state, &tenant.account_id) {
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
    let line = app.ledger.semaphore_usage(gate, now).await?;
    let found = line.queue.iter().enumerate();
    let found = found.clone().find(|(_, waiter)| waiter.tenant == tenant.id);
    let Some((index, waiter)) = found else {
        return Ok(None);
    };
    let expected_at = match gate {
        Semaphore::Closures => Some(expected::later(now, waiter.expected_secs)),
        Semaphore::Creations => {
            let (switch, spending) = futures::try_join!(
                app.ledger.switch(CREATIONS_SWITCH),
                app.ledger.spending(now, app.budget),
            )?;
            let on = switch.is_none_or(|switch| switch.on);
            on.then(|| expected::at(now, index, waiter, &spending))
        }
    };
    Ok(Some(QueueView {
        waits_for: view::word(gate).to_owned(),
        position: index + 1,
        length: line.queue.len(),
        since: waiter.since,
        expected_at,
    }))
}

fn tagged(body: impl IntoResponse, version: u64) -> Response {
    let mut response = body.into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
