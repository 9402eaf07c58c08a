//! CreateAccount: asynchronous, five at a time, one account per e-mail address.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::config::{self, InFlightRefusal};
use super::super::state::State;
use super::super::upstream::AnyError;
use super::{
    Organization, ask, constraint, events, invalid, is_missing, member, members, refused, seed,
};

const DAY: f64 = 86_400.0;

/// One request to create an account.
#[derive(Clone, Debug)]
pub struct Creation {
    /// `car-…`, the emulator's.
    pub id: String,
    /// The account in the emulator, whether it may be seen or not.
    pub account: String,
    pub email: String,
    pub name: String,
    /// Name of the bootstrap role.
    pub role: String,
    pub requested: f64,
    pub completes: f64,
    /// FailureReason, if it is to fail.
    pub failure: Option<String>,
    /// What comes after it has come: the event, and the bootstrap role.
    pub followed: bool,
}

impl Creation {
    /// True while the account must not be seen.
    pub fn hidden(&self, now: f64) -> bool {
        self.failure.is_some() || now < self.completes
    }

    /// State as the API has it.
    pub fn state(&self, now: f64) -> &'static str {
        match &self.failure {
            _ if now < self.completes => "IN_PROGRESS",
            Some(_) => "FAILED",
            None => "SUCCEEDED",
        }
    }

    fn status(&self, state: &State) -> Value {
        let now = state.clock.now();
        let phase = self.state(now);
        let mut status = json!({
            "Id": self.id, "AccountName": self.name, "State": phase,
            "RequestedTimestamp": state.clock.epoch_of(self.requested),
        });
        if let (Some(status), true) = (status.as_object_mut(), phase != "IN_PROGRESS") {
            status.insert(
                "CompletedTimestamp".into(),
                json!(state.clock.epoch_of(self.completes)),
            );
            match &self.failure {
                Some(reason) => status.insert("FailureReason".into(), json!(reason)),
                None => status.insert("AccountId".into(), json!(self.account)),
            };
        }
        status
    }
}

/// Begins a creation.
pub async fn create(
    state: &Arc<State>,
    config: &config::Organizations,
    call: &Call,
) -> Result<Answer, AnyError> {
    let email = call.member("Email");
    if let Some(reason) = unacceptable(&email, &call.member("AccountName")) {
        return Ok(invalid(call, reason));
    }
    let accounts = members(
        &ask(state, call.account(), "ListAccounts", &json!({})).await?,
        "Accounts",
    );
    let failure = match reserve(state, config, call, &email, &accounts) {
        Ok(failure) => failure,
        Err(refusal) => return Ok(*refusal),
    };
    let answer = state.upstream.forward(call).await;
    let begun = answer
        .as_ref()
        .ok()
        .filter(|answer| answer.status.is_success())
        .map(Answer::value);
    let creation = begun
        .as_ref()
        .and_then(|value| value.get("CreateAccountStatus"))
        .map(|status| begin(state, config, call, status, failure));
    state.organizations.with(call.account(), |organization| {
        if let Some(at) = organization
            .reserved
            .iter()
            .position(|reserved| *reserved == email)
        {
            organization.reserved.swap_remove(at);
        }
        organization.creations.extend(creation.clone());
    });
    let answer = answer?;
    let Some(creation) = creation else {
        return Ok(answer);
    };
    let body = json!({ "CreateAccountStatus": creation.status(state) });
    expect(state, call.account(), &creation);
    Ok(answer.with_body(body.to_string()))
}

fn begin(
    state: &State,
    config: &config::Organizations,
    call: &Call,
    status: &Value,
    failure: Option<String>,
) -> Creation {
    let role = call.member("RoleName");
    let requested = state.clock.now();
    let id = member(status, "Id").to_owned();
    let spread = if state.dice.falls("creation spread", 0.5) {
        config.creation_spread_secs
    } else {
        config.creation_spread_secs / 3.0
    };
    Creation {
        id,
        account: member(status, "AccountId").to_owned(),
        email: call.member("Email"),
        name: call.member("AccountName"),
        role: if role.is_empty() {
            "OrganizationAccountAccessRole".to_owned()
        } else {
            role
        },
        requested,
        completes: requested + config.creation_secs + spread,
        failure,
        followed: false,
    }
}

/// Takes a place among the creations in flight; says how the creation will fail, if it will.
fn reserve(
    state: &State,
    config: &config::Organizations,
    call: &Call,
    email: &str,
    accounts: &[Value],
) -> Result<Option<String>, Box<Answer>> {
    let now = state.clock.now();
    let foreign = config
        .foreign_emails
        .iter()
        .any(|foreign| same(foreign, email))
        || state
            .organizations
            .any(|other| taken(&other.creations, email).then_some(()))
            .is_some();
    state.organizations.with(call.account(), |organization| {
        let ghost = |account: &&Value| {
            let id = member(account, "Id");
            organization
                .creations
                .iter()
                .any(|creation| creation.account == id && creation.failure.is_some())
        };
        let living: Vec<_> = accounts.iter().filter(|account| !ghost(account)).collect();
        if let Some(refusal) = beyond_limit(organization, config, call, now, living.len()) {
            return Err(Box::new(refusal));
        }
        let exists = foreign
            || living
                .iter()
                .any(|account| same(member(account, "Email"), email));
        let failure = if under_way(organization, email, now) {
            Some("CONCURRENT_ACCOUNT_MODIFICATION".to_owned())
        } else if exists {
            Some("EMAIL_ALREADY_EXISTS".to_owned())
        } else {
            configured_failure(config, &organization.creations, email)
        };
        organization.reserved.push(email.to_owned());
        Ok(failure)
    })
}

/// The refusal of a creation beyond one of the limits.
fn beyond_limit(
    organization: &Organization,
    config: &config::Organizations,
    call: &Call,
    now: f64,
    living: usize,
) -> Option<Answer> {
    let (creations, reserved) = (&organization.creations, organization.reserved.len());
    let in_flight = creations
        .iter()
        .filter(|creation| now < creation.completes)
        .count()
        + reserved;
    if in_flight >= config.creations_in_flight {
        return Some(too_many(call, config.in_flight_refusal));
    }
    let made_today =
        |creation: &&Creation| creation.failure.is_none() && now - creation.requested < DAY;
    let today = creations.iter().filter(made_today).count() + reserved;
    if config.creations_per_day.is_some_and(|limit| today >= limit) {
        return Some(constraint(call, "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"));
    }
    let full = config.account_limit.is_some_and(|limit| living >= limit);
    full.then(|| constraint(call, "ACCOUNT_NUMBER_LIMIT_EXCEEDED"))
}

/// True if a creation with this address is running.
fn under_way(organization: &Organization, email: &str, now: f64) -> bool {
    organization
        .reserved
        .iter()
        .any(|reserved| same(reserved, email))
        || organization
            .creations
            .iter()
            .any(|creation| now < creation.completes && same(&creation.email, email))
}

fn taken(creations: &[Creation], email: &str) -> bool {
    creations
        .iter()
        .any(|creation| creation.failure.is_none() && same(&creation.email, email))
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn configured_failure(
    config: &config::Organizations,
    creations: &[Creation],
    email: &str,
) -> Option<String> {
    let fits = |rule: &&config::CreationFailure| {
        let matching = |creation: &&Creation| {
            creation.email.contains(&rule.email_contains)
                && creation.failure.as_deref() == Some(&rule.reason)
        };
        let so_far = creations.iter().filter(matching).count();
        email.contains(&rule.email_contains)
            && rule
                .times
                .is_none_or(|times| u64::try_from(so_far).is_ok_and(|so_far| so_far < times))
    };
    config
        .failures
        .iter()
        .find(fits)
        .map(|rule| rule.reason.clone())
}

fn too_many(call: &Call, refusal: InFlightRefusal) -> Answer {
    match refusal {
        InFlightRefusal::TooManyRequests => refused(
            call,
            "TooManyRequestsException",
            "Too many accounts are being created at the same time. Try again later.",
        ),
        InFlightRefusal::CreationNotComplete => constraint(call, "ACCOUNT_CREATION_NOT_COMPLETE"),
    }
}

/// AWS's rules for e-mail (6 to 64 characters, ASCII, one `@`, a domain with a dot) and name (1 to 50).
fn unacceptable(email: &str, name: &str) -> Option<&'static str> {
    let (local, domain) = email.split_once('@').unwrap_or_default();
    let forbidden = |letter: char| letter.is_whitespace() || "\"'()<>[]:;,\\|%&".contains(letter);
    let good_domain = domain.contains('.')
        && domain
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || ".-".contains(letter));
    let good = (6..=64).contains(&email.len())
        && email.is_ascii()
        && !local.is_empty()
        && !local.starts_with('.')
        && !local.contains(forbidden)
        && good_domain;
    if !good {
        return Some("INVALID_EMAIL_ADDRESS_TARGET");
    }
    let printable = |letter: char| (' '..='~').contains(&letter);
    if name.is_empty() {
        Some("INPUT_REQUIRED")
    } else if name.len() > 50 {
        Some("MAX_LENGTH_EXCEEDED")
    } else if !name.chars().all(printable) {
        Some("INVALID_PATTERN")
    } else {
        None
    }
}

/// Sees to what comes after a creation.
pub fn expect(state: &Arc<State>, management: &str, creation: &Creation) {
    tokio::spawn(follow(
        Arc::clone(state),
        management.to_owned(),
        creation.clone(),
    ));
}

/// What comes after: the event, and the bootstrap role.
async fn follow(state: Arc<State>, management: String, creation: Creation) {
    if !state.clock.reach(creation.completes).await {
        return;
    }
    tokio::join!(
        events::creation_result(&state, &management, &creation),
        seed::bootstrap_role(&state, &management, &creation)
    );
}

/// DescribeCreateAccountStatus.
pub async fn describe(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let answer = state.upstream.forward(call).await?;
    let id = call.member("CreateAccountRequestId");
    let found = state.organizations.with(call.account(), |organization| {
        organization
            .creations
            .iter()
            .find(|creation| creation.id == id)
            .cloned()
    });
    match found {
        Some(creation) if answer.status.is_success() => {
            Ok(answer
                .with_body(json!({ "CreateAccountStatus": creation.status(state) }).to_string()))
        }
        _ => Ok(answer),
    }
}

/// ListCreateAccountStatus, which the emulator lacks.
pub async fn list(state: &State, call: &Call) -> Result<Answer, AnyError> {
    let answer = state.upstream.forward(call).await?;
    if !is_missing(&answer) {
        return Ok(answer);
    }
    let states = members(&call.json(), "States");
    let now = state.clock.now();
    let creations = state.organizations.with(call.account(), |organization| {
        organization.creations.clone()
    });
    let wanted = |creation: &&Creation| {
        states.is_empty() || states.iter().any(|wanted| wanted == creation.state(now))
    };
    let statuses: Vec<_> = creations
        .iter()
        .filter(wanted)
        .map(|creation| creation.status(state))
        .collect();
    Ok(Answer::json(
        200,
        &json!({ "CreateAccountStatuses": statuses }),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_that_aws_refuses_are_refused() {
        assert_eq!(unacceptable("aws+acme@example.com", "acme"), None);
        for bad in [
            "",
            "a@b",
            "a b@example.com",
            ".a@example.com",
            "a@@example.com",
            "ä@example.com",
            "a@example",
        ] {
            assert!(unacceptable(bad, "acme").is_some(), "{bad}");
        }
        assert!(unacceptable("aws@example.com", "").is_some());
        assert!(unacceptable("aws@example.com", &"x".repeat(51)).is_some());
    }
}
