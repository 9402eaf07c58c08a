//! Stopping and starting creations.

use api_types::{CreationBudgetView, CreationsRequest, ProblemKind};
use axum::{Json, extract::State, response::Response};
use events::TenantRetryRequested;
use tenancy::{FieldError, Timestamp};
use tenantry_aws::{
    account::CREATIONS_SWITCH,
    ledger::{CreationBudget, LedgerError, Semaphore, Switch, SwitchEvent},
};

use super::{ENTRIES, creations, tagged};
use crate::{App, body::JsonBody, call::Call, query::Query, refusal::Refusal};

/// How often a change is tried again because a concurrent one won.
const ATTEMPTS: usize = 4;

/// `PUT /v1/limits/creations`
pub async fn set(
    State(app): State<App>,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let wanted = CreationsRequest::read(&body).map_err(Refusal::invalid)?;
    for _ in 0..ATTEMPTS {
        match attempt(&app, &call, &wanted).await {
            Err(LedgerError::VersionMismatch { current }) if call.if_match.is_some() => {
                return Err(changed(current));
            }
            Err(LedgerError::VersionMismatch { .. }) => {}
            Err(other) => return Err(other.into()),
            Ok(changed) => {
                if changed && wanted.on {
                    wake_next(&app, call.at).await;
                }
                let view = creations(&app, call.at, ENTRIES).await?;
                let version = view.version;
                return Ok(tagged(Json(view), version));
            }
        }
    }
    Err(Refusal::concurrent())
}

/// One try; false if the switch is as requested already, by the same caller for the same reason.
async fn attempt(app: &App, call: &Call, wanted: &CreationsRequest) -> Result<bool, LedgerError> {
    let (switch, current) = app.ledger.switch_at(CREATIONS_SWITCH).await?;
    if call.if_match.is_some_and(|known| known != current) {
        return Err(LedgerError::VersionMismatch { current });
    }
    let spending = app.ledger.spending(call.at, app.budget).await?;
    let present = spending.is_override.then_some(spending.allowed);
    let budget = match wanted.budget {
        Some(budget) => budget.map(budget_of),
        None => present,
    };
    let same = switch.is_some_and(|switch| {
        switch.on == wanted.on && switch.reason == wanted.reason && switch.by == call.actor
    });
    if same && budget == present {
        return Ok(false);
    }
    let event = SwitchEvent {
        switch: Switch {
            on: wanted.on,
            reason: wanted.reason.clone(),
            by: call.actor.clone(),
            at: call.at,
        },
        budget,
    };
    app.ledger
        .set_switch_from(CREATIONS_SWITCH, &event, current)
        .await?;
    // Last, so that a change that lost its race has no effect; one that is interrupted here is completed by a repetition.
    app.ledger.set_budget(budget).await?;
    tracing::warn!(
        switch.on = wanted.on,
        switch.reason = wanted.reason,
        "creations were {}",
        if wanted.on { "started" } else { "stopped" }
    );
    Ok(true)
}

fn budget_of(budget: CreationBudgetView) -> CreationBudget {
    CreationBudget {
        per_hour: budget.per_hour,
        per_day: budget.per_day,
    }
}

/// Wakes those who are next. A courtesy: who is not woken is retried within minutes.
async fn wake_next(app: &App, now: Timestamp) {
    let Ok(usage) = app.ledger.semaphore_usage(Semaphore::Creations, now).await else {
        return;
    };
    for waiter in usage.queue.iter().take(Semaphore::Creations.capacity()) {
        if let Err(error) = app.ledger.mark_due(&waiter.tenant, now).await {
            tracing::warn!(error.detail = %error, "no message was sent for a waiting tenant");
        }
        app.announce(TenantRetryRequested::new(&waiter.tenant, now))
            .await;
    }
}

fn changed(current: u64) -> Refusal {
    let error = FieldError::new(
        "If-Match",
        "is not the version of the switch",
        format!("\"{current}\""),
    );
    let detail = format!("the switch is at version {current}");
    Refusal::new(ProblemKind::LIMITS_CHANGED, detail)
        .with_errors(vec![error])
        .with_remedy("Read the limits again and repeat the change if it is still wanted.")
}
