//! Dead letters: messages that a worker could not process, to inspect and to send back once the cause is resolved.

use api_types::{DeadLetterView, DeadLettersView, ProblemKind};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::Message;
use http::StatusCode;
use tenancy::{TenantId, Verb};
use tenantry_aws::{
    dead_letters::DeadLetter,
    ledger::{LedgerError, NewEntry},
};

use crate::{
    App,
    body::NoBody,
    call::Call,
    query::{NamePath, PAGE, Query},
    refusal::Refusal,
};

const QUEUES: &[(&str, Verb)] = &[
    ("onboard", Verb::Onboard),
    ("audit", Verb::Audit),
    ("offboard", Verb::Offboard),
];

fn view(letter: &DeadLetter) -> DeadLetterView {
    let message = letter.message();
    DeadLetterView {
        id: letter.id.clone(),
        queue: letter.verb.as_str().to_owned(),
        tenant_id: match &message {
            Ok(Message::Work(work)) => Some(work.tenant_id.clone()),
            _ => None,
        },
        body: letter.body.clone(),
        unreadable: message.err().map(|unreadable| unreadable.detail),
        sent_at: letter.sent_at,
        notes: letter.notes.clone(),
    }
}

/// `GET /v1/dead-letters`
pub async fn list(
    State(app): State<App>,
    mut query: Query,
) -> Result<Json<DeadLettersView>, Refusal> {
    let queue = query.word("queue", QUEUES);
    let limit = query.limit().unwrap_or(PAGE);
    query.done()?;
    let found = app.dead_letters.list(queue, limit).await?;
    Ok(Json(DeadLettersView {
        items: found.letters.iter().map(view).collect(),
        more: found.more,
    }))
}

/// `GET /v1/dead-letters/{id}`
pub async fn show(
    State(app): State<App>,
    NamePath(id): NamePath,
    query: Query,
) -> Result<Json<DeadLetterView>, Refusal> {
    query.done()?;
    Ok(Json(view(&find(&app, &id).await?)))
}

/// `POST /v1/dead-letters/{id}/retry`
pub async fn retry(
    State(app): State<App>,
    NamePath(id): NamePath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let letter = find(&app, &id).await?;
    match letter.message() {
        Err(unreadable) => return Err(never(&unreadable.detail)),
        Ok(Message::Work(work)) => make_due(&app, &call, &work.tenant_id).await?,
        Ok(Message::AccountCreation { .. } | Message::AccountClosure { .. }) => {}
    }
    app.dead_letters.send_back(&letter).await?;
    Ok((StatusCode::ACCEPTED, Json(view(&letter))).into_response())
}

async fn find(app: &App, id: &str) -> Result<DeadLetter, Refusal> {
    let is_id = id.len() <= 100 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let found = match is_id {
        true => app.dead_letters.find(id).await?,
        false => None,
    };
    found.ok_or_else(|| {
        Refusal::not_found(
            "the dead letter does not exist, or another request is reading it at the moment",
        )
    })
}

/// A pass is only run for a tenant that is due; who made it due is recorded in its history.
async fn make_due(app: &App, call: &Call, tenant: &TenantId) -> Result<(), Refusal> {
    let mut details = serde_json::Map::new();
    details.insert("requestId".to_owned(), call.request_id().into());
    let entry = NewEntry {
        actor: call.actor.clone(),
        action: "retry-requested".to_owned(),
        summary: "a dead letter was sent back to its work queue".to_owned(),
        details,
    };
    let ledger = &app.ledger;
    match ledger.append_history(tenant, None, &[entry], call.at).await {
        // An unknown tenant: its message has no effect and is removed by being processed.
        Err(LedgerError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(ledger.mark_due(tenant, call.at).await?),
    }
}

fn never(detail: &str) -> Refusal {
    Refusal::new(
        ProblemKind::CONFLICT,
        format!("the message can never be processed: {detail}"),
    )
    .with_remedy("Find out who sent it, keep a copy, and delete it from the dead-letter queue.")
}
