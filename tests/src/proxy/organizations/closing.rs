//! CloseAccount: PENDING_CLOSURE, then CLOSED; three at a time; a quota in thirty days.

use std::sync::Arc;

use serde_json::json;

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::config;
use super::super::state::State;
use super::super::upstream::AnyError;
use super::{ask, constraint, events, members, refused};

const THIRTY_DAYS: f64 = 30.0 * 86_400.0;

/// A closure under way or done.
#[derive(Clone, Copy, Debug)]
pub struct Closing {
    pub requested: f64,
    pub completes: f64,
}

/// Begins a closure.
pub async fn close(
    state: &Arc<State>,
    config: &config::Organizations,
    call: &Call,
) -> Result<Answer, AnyError> {
    let account = call.member("AccountId");
    if account == call.account() {
        return Ok(constraint(call, "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"));
    }
    let members = members(
        &ask(state, call.account(), "ListAccounts", &json!({})).await?,
        "Accounts",
    )
    .len();
    let closing = match reserve(state, config, call, &account, members) {
        Ok(closing) => closing,
        Err(refusal) => return Ok(*refusal),
    };
    let answer = state.upstream.forward(call).await;
    if !answer
        .as_ref()
        .is_ok_and(|answer| answer.status.is_success())
    {
        state.organizations.with(call.account(), |organization| {
            organization.closings.remove(&account)
        });
        return answer;
    }
    expect(state, call.account(), &account, closing);
    answer
}

fn reserve(
    state: &State,
    config: &config::Organizations,
    call: &Call,
    account: &str,
    members: usize,
) -> Result<Closing, Box<Answer>> {
    let now = state.clock.now();
    state.organizations.with(call.account(), |organization| {
        match organization.closings.get(account) {
            Some(closing) if now < closing.completes => {
                return Err(Box::new(refused(
                    call,
                    "ConflictException",
                    "The account is being closed already.",
                )));
            }
            Some(_) => {
                return Err(Box::new(refused(
                    call,
                    "AccountAlreadyClosedException",
                    "The account is closed already.",
                )));
            }
            None => {}
        }
        let count = |fits: &dyn Fn(&Closing) -> bool| {
            organization
                .closings
                .values()
                .filter(|closing| fits(closing))
                .count()
        };
        if count(&|closing| now < closing.completes) >= config.closures_in_progress {
            return Err(Box::new(constraint(
                call,
                "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
            )));
        }
        let quota = config
            .closures_per_30_days
            .unwrap_or_else(|| (members / 5).clamp(250, 1000));
        if count(&|closing| now - closing.requested < THIRTY_DAYS) >= quota {
            return Err(Box::new(constraint(call, "CLOSE_ACCOUNT_QUOTA_EXCEEDED")));
        }
        let closing = Closing {
            requested: now,
            completes: now + config.closing_secs,
        };
        organization.closings.insert(account.to_owned(), closing);
        Ok(closing)
    })
}

/// Sees to what comes after a closure.
pub fn expect(state: &Arc<State>, management: &str, account: &str, closing: Closing) {
    tokio::spawn(follow(
        Arc::clone(state),
        management.to_owned(),
        account.to_owned(),
        closing,
    ));
}

async fn follow(state: Arc<State>, management: String, account: String, closing: Closing) {
    if state.clock.reach(closing.completes).await {
        events::closing_result(&state, &management, &account, closing).await;
    }
}
