//! What a fresh account refuses for a while.

use super::answer::{self, Answer};
use super::call::Call;
use super::config::Newborn;
use super::fault::glob;
use super::state::State;

/// The refusal of a call into an account that is too young for it.
pub fn refusal(state: &State, call: &Call) -> Option<Answer> {
    if state.config.newborn.is_empty() {
        return None;
    }
    let age = state
        .organizations
        .age(target_account(call)?.as_str(), state.clock.now())?;
    let rule = state.config.newborn.iter().find(|rule| {
        fits(rule, call) && age < rule.for_secs && {
            let die = format!("newborn {} {}", rule.service, rule.code);
            state.dice.falls(&die, rule.probability)
        }
    })?;
    Some(answer::refusal(
        call,
        rule.status,
        &rule.code,
        message(&rule.code),
    ))
}

fn message(code: &str) -> &'static str {
    match code {
        "OptInRequired" => {
            "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."
        }
        "PendingVerification" => {
            "Your request for accessing resources in this region is being validated."
        }
        "RegionDisabledException" => "STS is not activated in this region for this account.",
        "SubscriptionRequiredException" => {
            "The AWS Access Key Id needs a subscription for the service."
        }
        _ => "Access denied",
    }
}

fn fits(rule: &Newborn, call: &Call) -> bool {
    glob(&rule.service, &call.identity.service) && glob(&rule.operation, &call.identity.operation)
}

/// The account a call is about: AssumeRole goes into the role's account, all else acts in the caller's.
fn target_account(call: &Call) -> Option<String> {
    if !call.is("sts", "AssumeRole") {
        return Some(call.account().to_owned());
    }
    call.parameter("RoleArn")?
        .split(':')
        .nth(4)
        .map(str::to_owned)
}
