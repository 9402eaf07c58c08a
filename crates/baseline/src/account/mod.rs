//! The AWS account itself: requested once, followed, and closed on the way out.
//!
//! # Guarantees
//! An account is requested only where nothing that was requested before can still become one: `CreateAccount` knows no client
//! token, so an unknown outcome is looked up first, and the e-mail address makes a second account fail at AWS.
//! An account whose tags do not name this tenant is never touched, whatever its address is.

mod change;
mod parked;
mod plan;
mod tags;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) use tests::desired as sample_desired;
mod watched;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenancy::{AccountId, ComponentName};

pub use self::change::AccountChange;
use crate::{
    component::{Component, Departure, Plan},
    control::Control,
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    watched::Properties,
};

/// The AWS account itself.
pub struct Account;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// The account, once Organizations shows it.
    pub account: Option<Found>,
    /// What became of asking for it. Says nothing once the account is found.
    pub creation: Creation,
    /// Whether the services in it answer.
    pub readiness: Readiness,
}

/// An account in the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub id: AccountId,
    /// Its state.
    pub state: State,
    /// Its e-mail address.
    pub email: String,
    /// Whose it is by its tags.
    pub owner: Owner,
    /// Its tags, where they were read.
    pub tags: Option<BTreeMap<String, String>>,
}

/// `Account.State` of Organizations (API reference, `Account`); its older `Status` cannot tell suspended from closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Made, and not usable yet.
    PendingActivation,
    /// In use.
    Active,
    /// Suspended by AWS.
    Suspended,
    /// Being closed; still works.
    PendingClosure,
    /// Closed.
    Closed,
    /// A word this build does not know: nothing is done until it changes.
    Other(String),
}

/// Whose an account is by its tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// This tenant's: by its tag, or because the ledger says so.
    Us,
    /// It has this tenant's e-mail address and no tag of ours: somebody else's. Accounts are requested with their tags.
    Untagged {
        /// For how many more seconds the tags of an account that was requested for this tenant may become visible.
        grace_secs: u32,
    },
    /// Its tag names another tenant.
    Other(String),
}

/// What became of asking for an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Creation {
    /// Never requested.
    #[default]
    Nothing,
    /// AWS refused the request itself, so nothing can have been made.
    Refused,
    /// Requested, and the answer was lost.
    Unknown {
        /// For how many more seconds it may yet become visible.
        grace_secs: u32,
        /// Whether a creation that may be this one is in progress.
        in_progress: bool,
    },
    /// Organizations is at it.
    InProgress {
        /// The `car-` id.
        request: String,
    },
    /// Organizations gave up.
    Failed(FailedCreation),
    /// The ledger knows the account and the organization does not.
    Vanished,
}

/// A creation Organizations gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCreation {
    /// The `car-` id.
    pub request: String,
    /// The class of its reason.
    pub why: Why,
    /// The reason in the words of AWS.
    pub reason: String,
    /// How long ago, in seconds.
    pub secs_ago: u32,
    /// How often the account was requested.
    pub attempts: u32,
    /// For how many more seconds an account that is said to exist may become visible.
    pub grace_secs: u32,
    /// Whether a creation that may be the same one is in progress.
    pub in_progress: bool,
}

/// The classes of `CreateAccountStatus.FailureReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Another account has the e-mail address: ours, whose answer was lost, or somebody else's.
    EmailTaken,
    /// The same request is being worked on already.
    Concurrent,
    /// A fault of AWS: the same again helps.
    Passing,
    /// The organization has as many accounts as it may.
    OrganizationFull,
    /// Billing, payment or the legal check of the management account stops all creations.
    Standing,
    /// The address or another part of the request is wrong.
    BadRequest,
    /// A reason this build does not know.
    Unexplained,
}

/// Whether the services in the account answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Readiness {
    /// Not asked.
    #[default]
    Unchecked,
    /// All answered, or our own roles are in place already.
    Ready,
    /// Some did not.
    NotReady {
        /// What did not, and what it said instead.
        missing: Vec<String>,
        /// Age of the account in seconds.
        age_secs: u32,
    },
}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountFact {
    /// The account was requested, and this is what came of it so far.
    Requested(Creation),
    /// The account is there and ready. Only imagined: in fact it takes minutes.
    Made(Found),
    /// It has these tags now, and those no more.
    Tagged {
        /// What was put on.
        tags: BTreeMap<String, String>,
        /// What was taken off.
        retired: Vec<String>,
    },
    /// The account is in this state now.
    StateChanged(State),
}

impl Component for Account {
    const NAME: ComponentName = ComponentName::ACCOUNT;
    const NEEDS: &'static [ComponentName] = &[];
    const DEPARTURE: Departure = Departure::Frame;
    const WATCHED: &'static [&'static [Properties]] = &[watched::WATCHED];
    type Observation = Observation;
    type Change = AccountChange;
    type Fact = AccountFact;

    fn plan(desired: &Desired, seen: &Observation) -> Plan<AccountChange> {
        match desired.leaving() {
            true => plan::departure(desired, seen),
            false => plan::presence(desired, seen),
        }
    }

    fn learn(seen: &mut Observation, fact: AccountFact) {
        match (fact, &mut seen.account) {
            (AccountFact::Requested(creation), _) => seen.creation = creation,
            (AccountFact::Made(found), account) => {
                *account = Some(found);
                seen.readiness = Readiness::Ready;
            }
            (AccountFact::StateChanged(state), Some(found)) => found.state = state,
            (AccountFact::Tagged { tags, retired }, Some(found)) => {
                let known = found.tags.get_or_insert_default();
                known.extend(tags);
                known.retain(|key, _| !retired.contains(key));
            }
            (AccountFact::Tagged { .. } | AccountFact::StateChanged(_), None) => {}
        }
    }

    fn imagine(desired: &Desired, change: &AccountChange) -> AccountFact {
        match change {
            AccountChange::Request { email, .. } => match "000000000000".parse() {
                Ok(id) => AccountFact::Made(Found {
                    id: desired.account.clone().unwrap_or(id),
                    state: State::Active,
                    email: email.to_string(),
                    owner: Owner::Us,
                    // It is requested with them.
                    tags: Some(desired.tags(Self::NAME)),
                }),
                Err(_) => AccountFact::Requested(Creation::Refused),
            },
            AccountChange::Tag { tags, retired, .. } => AccountFact::Tagged {
                tags: tags.clone(),
                retired: retired.clone(),
            },
            AccountChange::Close { .. } => AccountFact::StateChanged(State::Closed),
        }
    }

    /// The account becomes known to the others when it can be worked in; on the way out as long as it is not closed.
    fn teach(seen: &Observation, desired: &mut Desired) {
        let Some(found) = seen.account.as_ref().filter(|f| f.owner == Owner::Us) else {
            if desired.leaving() && plan::departure(desired, seen).is_settled() {
                desired.account = None;
            }
            return;
        };
        let usable = found.state == State::Active && seen.readiness == Readiness::Ready;
        match desired.leaving() {
            true if found.state == State::Closed => desired.account = None,
            true => desired.account = Some(found.id.clone()),
            false if usable => desired.account = Some(found.id.clone()),
            false => {}
        }
    }

    /// Organizations is asked through the broker role, not from within the account.
    fn grants(_scope: &Scope) -> Grants {
        Grants::default()
    }

    fn drift_controls() -> &'static [DriftControl] {
        watched::DRIFT
    }

    fn controls() -> &'static [Control<Observation>] {
        watched::CONTROLS
    }

    fn resources(_desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let request = match &seen.creation {
            Creation::InProgress { request } => Some(request),
            Creation::Failed(failed) => Some(&failed.request),
            Creation::Nothing
            | Creation::Refused
            | Creation::Unknown { .. }
            | Creation::Vanished => None,
        };
        let mut resources = BTreeMap::new();
        if let Some(found) = &seen.account {
            resources.insert("id".into(), found.id.to_string());
            resources.insert("email".into(), found.email.clone());
        }
        if let Some(request) = request {
            resources.insert("creation".into(), request.clone());
        }
        resources
    }
}
