//! What to do about an account, from what was found.

use tenancy::{Failure, FailureKind};

use super::{
    AccountChange, Creation, FailedCreation, Found, Observation, Owner, Readiness, State, Why,
    parked::{closed, creating, creation_failed, suspended, untagged, vanished},
    tags,
};
use crate::{component::Plan, desired::Desired};

/// How long a fresh account may take to become usable before a person is asked. Nothing is documented; users report minutes.
const READY_WITHIN_SECS: u32 = 3600;
/// How often a passing fault of AWS is answered with the same request before a person is asked.
const MOST_ATTEMPTS: u32 = 6;

/// The plan for a tenant that is to be there.
pub(super) fn presence(desired: &Desired, seen: &Observation) -> Plan<AccountChange> {
    match &seen.account {
        Some(found) => keep(desired, found, &seen.readiness),
        None => make(desired, &seen.creation),
    }
}

/// The plan for a tenant that is leaving.
pub(super) fn departure(desired: &Desired, seen: &Observation) -> Plan<AccountChange> {
    if let Some(found) = &seen.account {
        return close(desired, found);
    }
    let mut plan = Plan::default();
    let outcome = "the outcome of the creation of the account";
    // What may yet become an account is waited for, so that it can be closed.
    match &seen.creation {
        Creation::InProgress { .. } => plan.wait(
            "the creation of the account to end, so that the account can be closed",
            15,
        ),
        Creation::Unknown {
            in_progress: true, ..
        } => plan.wait(outcome, 15),
        Creation::Failed(failed) if failed.in_progress => plan.wait(outcome, 15),
        Creation::Unknown { grace_secs, .. } if *grace_secs > 0 => {
            plan.wait(outcome, (*grace_secs).min(30));
        }
        Creation::Nothing
        | Creation::Refused
        | Creation::Unknown { .. }
        | Creation::Failed(_)
        | Creation::Vanished => {}
    }
    plan
}

fn close(desired: &Desired, found: &Found) -> Plan<AccountChange> {
    let mut plan = Plan::default();
    match (&found.owner, &found.state) {
        (Owner::Untagged { grace_secs }, _) if *grace_secs > 0 => {
            await_tags(&mut plan, found, *grace_secs)
        }
        // Not ours, so not ours to close: the tenant has no account.
        (Owner::Other(_) | Owner::Untagged { .. }, _) | (_, State::Closed) => {}
        (_, State::PendingClosure) => plan.wait(format!("account {} to be closed", found.id), 60),
        (_, State::Suspended) => plan.obstacles.push(suspended(desired, found)),
        (_, State::Other(word)) => unknown(&mut plan, found, word),
        (Owner::Us, State::Active | State::PendingActivation) => {
            plan.changes.push(AccountChange::Close {
                id: found.id.clone(),
            });
        }
    }
    plan
}

fn keep(desired: &Desired, found: &Found, readiness: &Readiness) -> Plan<AccountChange> {
    let mut plan = Plan::default();
    match (&found.owner, &found.state) {
        (Owner::Other(tenant), _) => plan.obstacles.push(Failure::park(
            FailureKind::Conflict,
            creating(desired),
            format!("account {} has the address {} and belongs to `{tenant}`", found.id, desired.email),
            "email-taken",
            "Find out why another tenant's account has this address; delete this tenant and request it again to get another address.",
        )),
        (Owner::Untagged { grace_secs }, _) if *grace_secs > 0 => await_tags(&mut plan, found, *grace_secs),
        (Owner::Untagged { .. }, _) => plan.obstacles.push(untagged(desired, found)),
        (_, State::PendingClosure | State::Closed) => plan.obstacles.push(closed(desired, found)),
        (_, State::Suspended) => plan.obstacles.push(suspended(desired, found)),
        (_, State::Other(word)) => unknown(&mut plan, found, word),
        (_, State::PendingActivation) => plan.wait(format!("account {} to be activated", found.id), 30),
        (Owner::Us, State::Active) => {
            ready(desired, found, readiness, &mut plan);
            plan.changes.extend(tags::change(desired, found));
        }
    }
    plan
}

fn ready(desired: &Desired, found: &Found, readiness: &Readiness, plan: &mut Plan<AccountChange>) {
    match readiness {
        Readiness::Ready => {}
        Readiness::Unchecked => plan.wait(format!("account {} to be usable", found.id), 15),
        Readiness::NotReady { missing, age_secs } if *age_secs > READY_WITHIN_SECS => {
            plan.obstacles.push(Failure::park(
                FailureKind::NotReady,
                format!("entering account {} of tenant `{}`", found.id, desired.tenant),
                format!("an hour after its creation still not usable: {}", missing.join("; ")),
                "account-not-ready",
                "Check that the bootstrap role exists in the account and trusts the management account, and that no service control policy denies it; then retry the tenant.",
            ));
        }
        // A young account changes within seconds, an older one within minutes.
        Readiness::NotReady { missing, age_secs } => plan.wait(
            format!("account {} to be usable: {}", found.id, missing.join("; ")),
            (age_secs / 4).clamp(15, 120),
        ),
    }
}

fn make(desired: &Desired, creation: &Creation) -> Plan<AccountChange> {
    let mut plan = Plan::default();
    match creation {
        Creation::Nothing | Creation::Refused => plan.changes.push(request(desired)),
        Creation::InProgress { request } => plan.wait(
            format!("Organizations to make the account (request `{request}`)"),
            12,
        ),
        Creation::Unknown {
            grace_secs,
            in_progress,
        } => settle(desired, *grace_secs, *in_progress, &mut plan),
        Creation::Failed(failed) => again(desired, failed, &mut plan),
        Creation::Vanished => plan.obstacles.push(vanished(desired)),
    }
    plan
}

/// An unknown outcome: waited for during the grace, and only then requested again, with the same address.
fn settle(desired: &Desired, grace_secs: u32, in_progress: bool, plan: &mut Plan<AccountChange>) {
    if in_progress || grace_secs > 0 {
        let after = if in_progress { 12 } else { grace_secs.min(30) };
        plan.wait("the account that was requested to become visible", after);
    } else {
        plan.changes.push(request(desired));
    }
}

fn again(desired: &Desired, failed: &FailedCreation, plan: &mut Plan<AccountChange>) {
    match failed.why {
        Why::EmailTaken if failed.grace_secs > 0 => {
            let address = &desired.email;
            plan.wait(
                format!("the account with the address {address} to become visible"),
                15,
            );
        }
        Why::EmailTaken => plan.obstacles.push(creation_failed(desired, failed)),
        Why::Concurrent => settle(desired, failed.grace_secs, failed.in_progress, plan),
        Why::Passing if failed.attempts < MOST_ATTEMPTS => {
            let pause = (60 << failed.attempts.saturating_sub(1).min(5)).min(1800);
            retry_after(desired, failed, pause, plan);
        }
        Why::OrganizationFull
        | Why::Standing
        | Why::BadRequest
        | Why::Passing
        | Why::Unexplained => {
            // Retrying a parked tenant is a pass like any other. What tells it from a late event about the same failure is
            // that a person needs some minutes; so a failure is final for a while, and longer each time.
            if failed.secs_ago >= 300 * failed.attempts.clamp(1, 12) {
                plan.changes.push(request(desired));
            } else {
                plan.obstacles.push(creation_failed(desired, failed));
            }
        }
    }
}

fn retry_after(
    desired: &Desired,
    failed: &FailedCreation,
    pause: u32,
    plan: &mut Plan<AccountChange>,
) {
    let next = format!(
        "the next attempt to create the account, after {}",
        failed.reason
    );
    match pause.checked_sub(failed.secs_ago).filter(|left| *left > 0) {
        Some(left) => plan.wait(next, left),
        None => plan.changes.push(request(desired)),
    }
}

fn request(desired: &Desired) -> AccountChange {
    AccountChange::Request {
        name: desired.name.clone(),
        email: desired.email.clone(),
    }
}

/// An account is requested with its tags, which may become visible after it.
fn await_tags(plan: &mut Plan<AccountChange>, found: &Found, grace_secs: u32) {
    let id = &found.id;
    plan.wait(
        format!("the tags of account {id} to become visible"),
        grace_secs.min(30),
    );
}

fn unknown(plan: &mut Plan<AccountChange>, found: &Found, word: &str) {
    plan.wait(
        format!("account {} to leave the unknown state `{word}`", found.id),
        300,
    );
}
