//! Looks at, asks for and closes the account of a tenant, by way of Organizations.
//!
//! # Guarantees
//! The note that an account is asked for is written before `CreateAccount`, with the e-mail address as the key it can be found
//! by; the call is never repeated by the SDK. Looking may give a place in a gate back in the ledger; it changes nothing in AWS.

mod breaker;
mod closure;
mod creation;
mod readiness;
mod request;
mod watch;

pub use request::CREATIONS_SWITCH;

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    account::{Account, AccountChange, Creation, Fact, Found, Owner, Readiness, Seen, State},
};
use futures::future::join_all;
use tenancy::{AccountId, ComponentName, Failure, FailureKind, TenantId, Verb};
use tracing::warn;

use crate::{
    errors,
    ledger::{LedgerError, Semaphore},
    visit::{Visit, unwritten},
};

/// The note of an account asked for; its token is the e-mail address.
const CREATE: &str = "create-account";
/// The note of a closure asked for.
const CLOSE: &str = "close-account";

#[async_trait]
impl Port<Account> for Visit {
    async fn observe(&self, desired: &Desired) -> Result<Seen, Failure> {
        // A closed account is taken out of what is desired, and looked at once more in the same pass.
        let known = desired.account.clone().or_else(|| self.met());
        let seen = match known {
            Some(id) => self.known_account(desired, &id).await?,
            None => self.look_for_account(desired).await?,
        };
        if let Some(found) = &seen.account {
            self.meet(&found.id);
            self.keep_account(desired, found, &seen.readiness).await?;
        }
        self.end_closure(desired, &seen).await?;
        self.withdraw(desired, &seen).await?;
        Ok(seen)
    }

    async fn apply(&self, desired: &Desired, change: &AccountChange) -> Result<Fact, Failure> {
        match change {
            AccountChange::Request { name, email } => {
                self.ask_for_account(desired, name, email).await
            }
            AccountChange::Adopt { id } => self.adopt(desired, id).await,
            AccountChange::Close { id } => self.close(desired, id).await,
        }
    }
}

impl Visit {
    async fn known_account(&self, desired: &Desired, id: &AccountId) -> Result<Seen, Failure> {
        let looked = self.describe_account(id, Owner::Us);
        let (found, readiness) =
            futures::try_join!(looked, async { Ok(self.readiness(desired, id).await) })?;
        Ok(match found {
            Some((found, age_secs)) => Seen {
                readiness: aged(readiness, &found, age_secs),
                account: Some(found),
                creation: Creation::Nothing,
            },
            None => Seen {
                creation: Creation::Vanished,
                ..Seen::default()
            },
        })
    }

    /// An account and its age in seconds; `None` if the organization does not have it.
    async fn describe_account(
        &self,
        id: &AccountId,
        owner: Owner,
    ) -> Result<Option<(Found, u32)>, Failure> {
        let doing = format!("looking at account {id}");
        let answer = self
            .organizations()
            .await?
            .describe_account()
            .account_id(id.as_str())
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let account = answer
                    .account
                    .ok_or_else(|| Failure::bug(doing, "no account in the answer"))?;
                let joined = account.joined_timestamp.map_or(0, |at| at.secs());
                let found = Found {
                    id: id.clone(),
                    state: state(&account),
                    email: account.email.unwrap_or_default(),
                    owner,
                };
                Ok(Some((found, self.secs_since(joined))))
            }
            Err(error) if errors::is_absent(&error) => Ok(None),
            Err(error) => Err(errors::organizations_failure(doing, &error)),
        }
    }

    /// Who leaves asks for no account any more, and gives the place back that an interrupted pass may have taken; who stays keeps
    /// it for its next request.
    async fn withdraw(&self, desired: &Desired, seen: &Seen) -> Result<(), Failure> {
        let over = seen.account.is_none() && creation::is_over(&seen.creation);
        if desired.leaving() && over && self.may_write() {
            self.leave_gate(Semaphore::Creations, desired).await?;
        }
        Ok(())
    }

    /// Records whose the account is before anything is done in it or with it.
    async fn keep_account(
        &self,
        desired: &Desired,
        found: &Found,
        readiness: &Readiness,
    ) -> Result<(), Failure> {
        let usable = desired.leaving() || *readiness == Readiness::Ready;
        if desired.account.is_some() || found.owner != Owner::Us || !usable || !self.may_write() {
            return Ok(());
        }
        self.record_account(desired, &found.id).await
    }

    async fn record_account(&self, desired: &Desired, id: &AccountId) -> Result<(), Failure> {
        let doing = format!("recording account {id} as tenant `{}`'s", desired.tenant);
        match self.ledger.save_account(&self.lease, id).await {
            Err(LedgerError::Conflict { detail }) => Err(Failure::park(
                FailureKind::Conflict,
                doing,
                detail,
                "account-shared",
                "Two tenants claim one account. Do not retry; find out in both histories how it came about, and report it as a defect of tenantry.",
            )),
            saved => saved.map_err(|error| unwritten(&doing, error)),
        }?;
        self.creation_recorded(desired).await
    }

    /// The creation that made the account has done its work, and is watched no more.
    async fn creation_recorded(&self, desired: &Desired) -> Result<(), Failure> {
        let Some(note) = self.request_note(desired) else {
            return Ok(());
        };
        match note.outcome.as_deref() {
            Some(request) => self.unwatch(request).await,
            None => Ok(()),
        }
    }

    /// Puts the tenant's tags on an account with its address, and records it.
    async fn adopt(&self, desired: &Desired, id: &AccountId) -> Result<Fact, Failure> {
        let doing = format!("tagging account {id} as tenant `{}`'s", desired.tenant);
        self.organizations()
            .await?
            .tag_resource()
            .resource_id(id.as_str())
            .set_tags(Some(crate::organization::tags(
                &desired.tags(ComponentName::ACCOUNT),
            )?))
            .send()
            .await
            .map_err(|error| errors::organizations_failure(doing, &error))?;
        // From here on it is worked in, in this very pass.
        self.record_account(desired, id).await?;
        Ok(Fact::Adopted)
    }

    /// Notes how long the tenant's stay in a gate took that is done: the pace of the line.
    async fn note_stay(&self, semaphore: Semaphore, desired: &Desired) -> Result<(), Failure> {
        self.ledger
            .record_slot_duration(semaphore, &desired.tenant, self.now())
            .await
            .map_err(|error| unwritten("noting the pace of a line", error))
    }

    /// Gives the tenant's place in a gate back, and wakes whose turn it is.
    async fn leave_gate(&self, semaphore: Semaphore, desired: &Desired) -> Result<(), Failure> {
        let doing = "giving a place in line back";
        let next = self
            .ledger
            .release_slot(semaphore, &desired.tenant, self.now())
            .await
            .map_err(|error| unwritten(doing, error))?;
        let verb = match semaphore {
            Semaphore::Creations => Verb::Onboard,
            Semaphore::Closures => Verb::Offboard,
        };
        self.wake(verb, &next).await;
        Ok(())
    }

    /// Sends for tenants that have something to do now. A courtesy: who is not sent for comes back by itself.
    async fn wake(&self, verb: Verb, tenants: &[TenantId]) {
        join_all(tenants.iter().map(|tenant| self.send_for(verb, tenant))).await;
    }

    async fn send_for(&self, verb: Verb, tenant: &TenantId) {
        if let Err(error) = self.ledger.mark_due(tenant, self.now()).await {
            warn!(tenant.id = %tenant, "sending for tenant `{tenant}`: {error}");
        } else if let Err(failure) = self.queues.send(verb, tenant, 0).await {
            warn!(tenant.id = %tenant, "sending for tenant `{tenant}`: {failure}");
        }
    }

    /// Whether this pass may write at all.
    fn may_write(&self) -> bool {
        self.verb() != Verb::Audit
    }

    /// Seconds since a moment, 0 if it is yet to come by our clock.
    fn secs_since(&self, second: i64) -> u32 {
        let elapsed = self.now().as_second().saturating_sub(second).max(0);
        u32::try_from(elapsed).unwrap_or(u32::MAX)
    }

    /// For how many more seconds what was asked for then is believed to be coming.
    pub(super) fn believed_secs(&self, asked_second: i64) -> u32 {
        self.settings
            .visibility_grace_secs
            .saturating_sub(self.secs_since(asked_second))
    }
}

/// An account is ready only if it is active, and its age decides how long unreadiness is borne.
fn aged(readiness: Readiness, found: &Found, age: u32) -> Readiness {
    match readiness {
        Readiness::NotReady { missing, .. } => Readiness::NotReady {
            missing,
            age_secs: age,
        },
        Readiness::Ready if found.state != State::Active => Readiness::Unchecked,
        other => other,
    }
}

/// `State`, and the retired `Status` only where an endpoint does not give the state: its `SUSPENDED` is what a closed account
/// shows there.
fn state(account: &aws_sdk_organizations::types::Account) -> State {
    use aws_sdk_organizations::types::{AccountState, AccountStatus};
    match (&account.state, &account.status) {
        (Some(AccountState::Active), _) | (None, Some(AccountStatus::Active)) => State::Active,
        (Some(AccountState::PendingActivation), _) => State::PendingActivation,
        (Some(AccountState::Suspended), _) => State::Suspended,
        (Some(AccountState::PendingClosure), _) | (None, Some(AccountStatus::PendingClosure)) => {
            State::PendingClosure
        }
        (Some(AccountState::Closed), _) | (None, Some(AccountStatus::Suspended)) => State::Closed,
        (Some(other), _) => State::Other(other.as_str().to_owned()),
        (None, Some(other)) => State::Other(other.as_str().to_owned()),
        (None, None) => State::Other("none".into()),
    }
}

/// Seconds as people say them.
fn minutes(secs: u32) -> String {
    match secs.div_ceil(60) {
        0 | 1 => "a minute".into(),
        minutes @ 2..=119 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes.div_ceil(60)),
    }
}

/// A request that waits for something of the whole organization.
fn queued(doing: String, waiting_for: String, after_secs: u32) -> Failure {
    Failure {
        kind: FailureKind::Quota,
        ..Failure::wait(doing, waiting_for, after_secs)
    }
}
