//! What the work queues gave up on: to be looked at, and sent back when the cause is put right.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use events::Message;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp, Verb};
use tenantry_aws::{
    dead_letters::DeadLetter,
    ledger::{LedgerError, NewEntry},
};

use crate::{
    App,
    body::NoBody,
    call::Call,
    problem::{Kind, Problem},
    query::{NamePath, PAGE, Query},
};

const QUEUES: &[(&str, Verb)] = &[
    ("onboard", Verb::Onboard),
    ("audit", Verb::Audit),
    ("offboard", Verb::Offboard),
];

/// A message that could not be worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetterView {
    /// Its id.
    pub id: String,
    /// The queue it was in: `onboard`, `audit` or `offboard`.
    pub queue: String,
    /// The tenant it is about, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What it says.
    pub body: String,
    /// Why it can never be worked on; such a message cannot be sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// When it was first sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sent_at: Option<Timestamp>,
    /// What a rule that could not deliver it wrote on it, such as `ERROR_CODE`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, String>,
}

/// Dead letters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLettersView {
    /// The messages, oldest first.
    pub items: Vec<DeadLetterView>,
    /// Whether there are more than `limit`. A queue has no pages: send some back and look again, or raise `limit`.
    pub more: bool,
}

impl DeadLetterView {
    fn of(letter: &DeadLetter) -> Self {
        let message = letter.message();
        Self {
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
}

/// `GET /v1/dead-letters`
pub async fn list(
    State(app): State<App>,
    mut query: Query,
) -> Result<Json<DeadLettersView>, Problem> {
    let queue = query.word("queue", QUEUES);
    let limit = query.limit().unwrap_or(PAGE);
    query.done()?;
    let found = app.dead_letters.list(queue, limit).await?;
    Ok(Json(DeadLettersView {
        items: found.letters.iter().map(DeadLetterView::of).collect(),
        more: found.more,
    }))
}

/// `GET /v1/dead-letters/{id}`
pub async fn show(
    State(app): State<App>,
    NamePath(id): NamePath,
    query: Query,
) -> Result<Json<DeadLetterView>, Problem> {
    query.done()?;
    Ok(Json(DeadLetterView::of(&find(&app, &id).await?)))
}

/// `POST /v1/dead-letters/{id}/retry`
pub async fn retry(
    State(app): State<App>,
    NamePath(id): NamePath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Problem> {
    query.done()?;
    let letter = find(&app, &id).await?;
    match letter.message() {
        Err(unreadable) => return Err(never(&unreadable.detail)),
        Ok(Message::Work(work)) => make_due(&app, &call, &work.tenant_id).await?,
        Ok(Message::AccountCreation { .. } | Message::AccountClosure { .. }) => {}
    }
    app.dead_letters.send_back(&letter).await?;
    Ok((StatusCode::ACCEPTED, Json(DeadLetterView::of(&letter))).into_response())
}

async fn find(app: &App, id: &str) -> Result<DeadLetter, Problem> {
    let is_id = id.len() <= 100 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let found = match is_id {
        true => app.dead_letters.find(id).await?,
        false => None,
    };
    found.ok_or_else(|| {
        Problem::not_found(
            "there is no such dead letter; somebody else may be looking at it just now",
        )
    })
}

/// Only a tenant that is due is worked on, and who made it so belongs into its history.
async fn make_due(app: &App, call: &Call, tenant: &TenantId) -> Result<(), Problem> {
    let mut details = serde_json::Map::new();
    details.insert("requestId".to_owned(), call.request_id().into());
    let entry = NewEntry {
        actor: call.actor.clone(),
        action: "retry-requested".to_owned(),
        summary: "a message that had been given up was sent back".to_owned(),
        details,
    };
    let ledger = &app.ledger;
    match ledger.append_history(tenant, None, &[entry], call.at).await {
        // A tenant nobody knows: its message does nothing, and is gone then.
        Err(LedgerError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(ledger.mark_due(tenant, call.at).await?),
    }
}

fn never(detail: &str) -> Problem {
    Problem::new(
        Kind::CONFLICT,
        format!("the message can never be worked on: {detail}"),
    )
    .with_remedy("Find out who sent it, keep a copy, and delete it from the dead-letter queue.")
}
