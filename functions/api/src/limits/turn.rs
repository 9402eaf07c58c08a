//! Turning creations off and on.

use axum::{Json, extract::State, response::Response};
use events::TenantRetryRequested;
use tenancy::{Timestamp, spec::FieldError};
use tenantry_aws::{
    account::CREATIONS_SWITCH,
    ledger::{CreationBudget, LedgerError, Semaphore, Switch, SwitchEvent},
};

use super::{CreationsWish, PLACES, creations, tagged};
use crate::{
    App,
    body::JsonBody,
    call::Call,
    problem::{Kind, Problem},
    query::Query,
};

/// How often a turn is made anew because another one was faster.
const ATTEMPTS: usize = 4;

/// `PUT /v1/limits/creations`
pub async fn turn(
    State(app): State<App>,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    query.done()?;
    let wish = CreationsWish::read(&body).map_err(Problem::invalid)?;
    for _ in 0..ATTEMPTS {
        match attempt(&app, &call, &wish).await {
            Err(LedgerError::VersionMismatch { current }) if call.if_match.is_some() => {
                return Err(changed(current));
            }
            Err(LedgerError::VersionMismatch { .. }) => {}
            Err(other) => return Err(other.into()),
            Ok(turned) => {
                if turned && wish.on {
                    call_next(&app, call.at).await;
                }
                let view = creations(&app, call.at, PLACES).await?;
                let version = view.version;
                return Ok(tagged(Json(view), version));
            }
        }
    }
    Err(Problem::new(Kind::UNAVAILABLE, "other turns of the switch were faster").retry_after(1))
}

/// One try; false if everything is as it is wished already, by the same caller for the same reason.
async fn attempt(app: &App, call: &Call, wish: &CreationsWish) -> Result<bool, LedgerError> {
    let (switch, current) = app.ledger.switch_at(CREATIONS_SWITCH).await?;
    if call.if_match.is_some_and(|known| known != current) {
        return Err(LedgerError::VersionMismatch { current });
    }
    let spending = app.ledger.spending(call.at, app.budget).await?;
    let instead = spending.is_override.then_some(spending.allowed);
    let budget = match wish.budget {
        Some(budget) => budget.map(CreationBudget::from),
        None => instead,
    };
    let same = switch.is_some_and(|switch| {
        switch.on == wish.on && switch.reason == wish.reason && switch.by == call.actor
    });
    if same && budget == instead {
        return Ok(false);
    }
    let turn = SwitchEvent {
        switch: Switch {
            on: wish.on,
            reason: wish.reason.clone(),
            by: call.actor.clone(),
            at: call.at,
        },
        budget,
    };
    app.ledger
        .set_switch_from(CREATIONS_SWITCH, &turn, current)
        .await?;
    // Last, so that a turn that lost its race changes nothing; one that is cut short here is made whole by a repetition.
    app.ledger.set_budget(budget).await?;
    tracing::warn!(
        switch.on = wish.on,
        switch.reason = wish.reason,
        "creations were turned {}",
        if wish.on { "on" } else { "off" }
    );
    Ok(true)
}

/// Calls those who are next. A courtesy: who is not called looks again within minutes.
async fn call_next(app: &App, now: Timestamp) {
    let Ok(line) = app.ledger.semaphore_usage(Semaphore::Creations, now).await else {
        return;
    };
    for waiter in line.queue.iter().take(Semaphore::Creations.capacity()) {
        if let Err(error) = app.ledger.mark_due(&waiter.tenant, now).await {
            tracing::warn!(error.detail = %error, "a waiting tenant was not called");
        }
        app.announce(TenantRetryRequested::new(&waiter.tenant, now))
            .await;
    }
}

fn changed(current: u64) -> Problem {
    let error = FieldError::new(
        "If-Match",
        "is not the version of the switch",
        format!("\"{current}\""),
    );
    Problem::new(
        Kind::LIMITS_CHANGED,
        format!("the switch is at version {current}"),
    )
    .with_errors(vec![error])
    .with_remedy("Look at the limits again and decide anew.")
}
