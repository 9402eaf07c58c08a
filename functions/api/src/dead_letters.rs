//! Dead letters: messages that a worker could not process, to inspect and to send back once the cause is resolved.

use api_types::{DeadLetterView, DeadLettersView, ProblemKind};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::Message;
use http::StatusCode;
use serde_json::Value;
use tenancy::{TenantId, Verb, validate};
use tenantry_aws::{
    dead_letters::DeadLetter,
    ledger::{LedgerError, Request},
};

use crate::{
    App, answer,
    body::NoBody,
    bounded,
    call::Call,
    query::{NamePath, Query},
    refusal::Refusal,
};

const QUEUES: &[(&str, Verb)] = &[
    ("onboard", Verb::Onboard),
    ("audit", Verb::Audit),
    ("offboard", Verb::Offboard),
];

/// The longest body in a list, in bytes, and the longest note.
const CUT: usize = 4 << 10;
/// The longest body of a message that is shown by itself. SQS takes up to 1 MiB (SQS quotas, "message size").
const LONGEST: usize = 512 << 10;

fn view(mut letter: DeadLetter, longest: usize) -> DeadLetterView {
    let truncated = letter.shorten(longest);
    DeadLetterView {
        id: letter.id,
        queue: letter.verb.as_str().to_owned(),
        tenant_id: match &letter.message {
            Ok(Message::Work(work)) => Some(work.tenant_id.clone()),
            Ok(Message::AccountCreation { .. } | Message::AccountClosure { .. }) | Err(_) => None,
        },
        body: letter.body,
        truncated,
        unreadable: letter.message.err().map(|unreadable| unreadable.detail),
        sent_at: letter.sent_at,
        notes: letter.notes,
    }
}

/// `GET /v1/dead-letters`
pub async fn list(State(app): State<App>, mut query: Query) -> Result<Response, Refusal> {
    let queue = query.word("queue", QUEUES);
    let (limit, cursor) = query.page();
    query.done()?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        // One byte more is kept than is shown, so that what is cut is known to be.
        let page = app
            .dead_letters
            .list(queue, fit.limit, CUT + 4, cursor.as_deref());
        let page = page.await?;
        let letters = page.letters.into_iter();
        let page = DeadLettersView {
            items: letters.map(|letter| view(letter, CUT)).collect(),
            next_cursor: page.next_cursor,
            incomplete: page.incomplete,
        };
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}

/// `GET /v1/dead-letters/{id}`
pub async fn show(
    State(app): State<App>,
    NamePath(id): NamePath,
    query: Query,
) -> Result<Json<DeadLetterView>, Refusal> {
    query.done()?;
    Ok(Json(view(find(&app, &id).await?, LONGEST)))
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
    let request = call.request(&Value::Null);
    if let Some(again) = answer::kept(&app, &request, StatusCode::ACCEPTED).await? {
        return Ok(again);
    }
    let letter = find(&app, &id).await?;
    match &letter.message {
        Err(unreadable) => return Err(never(&unreadable.detail)),
        Ok(Message::Work(work)) => make_due(&app, &request, &work.tenant_id).await?,
        Ok(Message::AccountCreation { .. } | Message::AccountClosure { .. }) => {}
    }
    app.dead_letters.send_back(&letter).await?;
    let answer = serde_json::to_value(view(letter, CUT)).unwrap_or_default();
    app.ledger.remember_answer(&request, &answer).await?;
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

async fn find(app: &App, id: &str) -> Result<DeadLetter, Refusal> {
    let found = match validate::message_id("id", id) {
        Ok(id) => app.dead_letters.find(&id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        Refusal::not_found(
            "the dead letter does not exist, or another request is reading it at the moment",
        )
    })
}

/// A pass is only run for a tenant that is due; who made it due is recorded in its history.
async fn make_due(app: &App, request: &Request, tenant: &TenantId) -> Result<(), Refusal> {
    // The key is the message's: the tenant's part is done again when the message is, which does no harm.
    let request = Request {
        idempotency: None,
        ..request.clone()
    };
    let summary = "a dead letter was sent back to its work queue";
    match app.ledger.request_retry(tenant, summary, &request).await {
        // A tenant that is unknown or has left: its message has no effect and is removed by being processed.
        Err(LedgerError::NotFound { .. } | LedgerError::Leaving) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

fn never(detail: &str) -> Refusal {
    Refusal::new(
        ProblemKind::CONFLICT,
        format!("the message can never be processed: {detail}"),
    )
    .with_remedy("Find out who sent it, keep a copy, and delete it from the dead-letter queue.")
}
