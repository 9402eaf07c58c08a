//! AWS Organizations as AWS has it, on top of an emulator that does everything at once.
//!
//! Calls are still passed on, so the emulator authorizes them and keeps the accounts; what it would show too
//! early is hidden, and what it shows too simply is rewritten. An account whose creation fails exists
//! in the emulator all the same, hidden for ever: count accounts through the proxy.

mod access;
mod closing;
mod creation;
mod events;
mod limits;
mod paging;
mod seed;
mod units;
mod view;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

pub use access::refusal as access_refusal;

use super::answer::{Answer, refusal, refusal_with};
use super::call::Call;
use super::state::State;
use super::upstream::AnyError;
use closing::Closing;
use creation::Creation;
use limits::Bucket;

/// The organizations seen so far, by management account.
#[derive(Debug, Default)]
pub struct Organizations(Mutex<HashMap<String, Organization>>);

/// What the proxy knows of one organization beyond what the emulator does.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    creations: Vec<Creation>,
    /// Addresses of creations that are on their way to the emulator.
    reserved: Vec<String>,
    closings: HashMap<String, Closing>,
    buckets: HashMap<String, Bucket>,
}

impl Organizations {
    /// Forgets all.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// All of them, by management account.
    pub fn kept(&self) -> HashMap<String, Organization> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Simulated seconds since an account's creation succeeded; negative before. None if it was not made here.
    pub fn age(&self, account: &str, now: f64) -> Option<f64> {
        self.find(account, |creation| now - creation.completes)
    }

    fn with<T>(&self, management: &str, then: impl FnOnce(&mut Organization) -> T) -> T {
        then(
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(management.to_owned())
                .or_default(),
        )
    }

    fn any<T>(&self, then: impl FnMut(&Organization) -> Option<T>) -> Option<T> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .find_map(then)
    }

    fn find<T>(&self, account: &str, then: impl Fn(&Creation) -> T) -> Option<T> {
        self.any(|organization| {
            organization
                .creations
                .iter()
                .find(|creation| creation.account == account)
                .map(&then)
        })
    }
}

/// Takes these for the organizations seen so far; what is still to come of their creations and closures will come.
pub fn restore(state: &Arc<State>, organizations: &HashMap<String, Organization>) {
    let mut all = state
        .organizations
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    all.clone_from(organizations);
    for (management, organization) in organizations {
        for creation in organization.creations.iter().filter(|c| !c.followed) {
            creation::expect(state, management, creation);
        }
        for (account, closing) in &organization.closings {
            if state.clock.now() < closing.completes {
                closing::expect(state, management, account, *closing);
            }
        }
    }
}

/// Answers an Organizations call.
///
/// # Errors
/// If the emulator cannot be reached.
pub async fn answer(state: &Arc<State>, call: &Call) -> Result<Answer, AnyError> {
    let Some(config) = &state.config.organizations else {
        return state.upstream.forward(call).await;
    };
    if let Some(refusal) =
        limits::refusal(state, config, call).or_else(|| view::refusal_of_hidden(state, call))
    {
        return Ok(refusal);
    }
    let answer = match call.identity.operation.as_str() {
        "CreateAccount" => return creation::create(state, config, call).await,
        "DescribeCreateAccountStatus" => return creation::describe(state, call).await,
        "CloseAccount" => return closing::close(state, config, call).await,
        "CreateOrganizationalUnit" => return units::create(state, call).await,
        "DeleteOrganizationalUnit" => return units::delete(state, call).await,
        "ListCreateAccountStatus" => creation::list(state, call).await?,
        "ListChildren" => units::children(state, call).await?,
        _ => state.upstream.forward(call).await?,
    };
    Ok(paging::page(
        state,
        config,
        call,
        view::rewritten(state, call, answer),
    ))
}

/// Asks the emulator as the management account's root.
async fn ask(
    state: &State,
    management: &str,
    operation: &str,
    body: &Value,
) -> Result<Value, AnyError> {
    let target = format!("AWSOrganizationsV20161128.{operation}");
    Ok(state
        .upstream
        .json(management, "organizations", "us-east-1", &target, body)
        .await?
        .value())
}

/// True if the emulator has no such operation; it says so only after authorizing the call.
fn is_missing(answer: &Answer) -> bool {
    answer.error_code().as_deref() == Some("InvalidAction")
}

fn members(value: &Value, list: &str) -> Vec<Value> {
    value
        .get(list)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn refused(call: &Call, code: &str, message: &str) -> Answer {
    refusal(call, 400, code, message)
}

fn constraint(call: &Call, reason: &str) -> Answer {
    let message = format!("You violated a constraint of the organization: {reason}");
    refusal_with(
        call,
        400,
        "ConstraintViolationException",
        &message,
        &json!({ "Reason": reason }),
    )
}

fn invalid(call: &Call, reason: &str) -> Answer {
    let message = format!("You provided invalid values for one or more parameters: {reason}");
    refusal_with(
        call,
        400,
        "InvalidInputException",
        &message,
        &json!({ "Reason": reason }),
    )
}
