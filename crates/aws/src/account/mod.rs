//! Observes, requests and closes the account of a tenant, by way of Organizations.
//!
//! # Guarantees
//! The intent is written before `CreateAccount`, with the e-mail address as the key the account can be found by; the call is
//! never repeated by the SDK. Observing writes nothing: what follows from an observation is recorded by `progress`.

mod breaker;
mod closure;
mod creation;
mod progress;
mod readiness;
mod request;
mod slots;
mod watch;

pub(crate) use closure::is_emptied;
pub use request::CREATIONS_SWITCH;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use baseline::{
    Component, Desired, Port, Verdict,
    account::{
        Account, AccountChange, AccountFact, Creation, Found, Observation, Owner, Readiness, State,
    },
};
use tenancy::{AccountId, ComponentName, Failure, FailureKind};

use progress::Progress;

use crate::{
    errors,
    ledger::{LedgerError, WatchedState},
    ledger_failure::ledger_failure,
    organization::{self, SharedOrganization},
    pass::{PassContext, lock},
};

/// How often a scheduled audit reads the tags of an account: a call for each, which only the management account could have changed.
const TAGS_EVERY_DAYS: i64 = 28;
/// The intent of a requested account; its token is the e-mail address.
const CREATE: &str = "create-account";
/// The intent of a requested closure.
const CLOSE: &str = "close-account";

/// Works on the account of one tenant.
pub struct AccountPort {
    pass: Arc<PassContext>,
    organization: Arc<SharedOrganization>,
    /// The observation made before the engine began, until it takes it.
    first: Mutex<Option<Result<Observation, Failure>>>,
    /// How the tenant's request is, where this pass knows it already.
    followed: Mutex<Option<WatchedState>>,
    /// The account of this pass: what is closed is no longer in [`Desired`], and yet observed once more.
    observed: Mutex<Option<AccountId>>,
}

#[async_trait]
impl Port<Account> for AccountPort {
    /// The first observation of a pass may have been made already, with `record_progress`.
    async fn observe(&self, desired: &Desired) -> Result<Observation, Failure> {
        let first = lock(&self.first).take();
        match first {
            Some(seen) => seen,
            None => Box::pin(self.observe_account(desired))
                .await
                .map(|(seen, _)| seen),
        }
    }

    async fn apply(
        &self,
        desired: &Desired,
        change: &AccountChange,
    ) -> Result<AccountFact, Failure> {
        match change {
            AccountChange::Request { name, email } => {
                self.request_account(desired, name, email).await
            }
            AccountChange::Adopt { id } => self.adopt(desired, id).await,
            AccountChange::Tag {
                id, tags, retired, ..
            } => self.tag(desired, id, tags, retired).await,
            AccountChange::Close { id } => self.close(desired, id).await,
        }
    }
}

impl AccountPort {
    pub(crate) fn new(pass: &Arc<PassContext>, organization: &Arc<SharedOrganization>) -> Self {
        Self {
            pass: Arc::clone(pass),
            organization: Arc::clone(organization),
            first: Mutex::default(),
            followed: Mutex::default(),
            observed: Mutex::default(),
        }
    }

    /// Observes the account; changes nothing, in AWS or in the ledger.
    async fn observe_account(
        &self,
        desired: &Desired,
    ) -> Result<(Observation, Option<Progress>), Failure> {
        let (seen, progress) = match self.known_id(desired) {
            Some(id) => (self.known_account(desired, &id).await?, None),
            None => self.find_account(desired).await?,
        };
        if let Some(found) = &seen.account {
            *lock(&self.observed) = Some(found.id.clone());
        }
        Ok((seen, progress))
    }

    fn known_id(&self, desired: &Desired) -> Option<AccountId> {
        let observed = || lock(&self.observed).clone();
        desired.account.clone().or_else(observed)
    }

    async fn known_account(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Observation, Failure> {
        if let Some(seen) = self.listed_account(desired, id).await? {
            return Ok(seen);
        }
        self.expect_reads(desired).await;
        let (found, tags, readiness) = futures::try_join!(
            self.describe_account(desired, id, Owner::Us),
            self.tags(desired, id),
            async { Ok(self.readiness(desired, id).await) }
        )?;
        Ok(match found {
            Some((found, age_secs)) => Observation {
                readiness: aged(readiness, &found, age_secs),
                account: Some(Found { tags, ..found }),
                creation: Creation::Nothing,
            },
            None => Observation {
                creation: Creation::Vanished,
                ..Observation::default()
            },
        })
    }

    /// The tokens for reading an account are taken together, while the session is opened.
    async fn expect_reads(&self, desired: &Desired) {
        if desired.leaving() {
            return;
        }
        let sessions = &self.pass.sessions;
        let limiter = sessions.limiter();
        // Whoever makes the calls says why there is no session.
        let _ = futures::join!(
            limiter.take_ahead(&["DescribeAccount", "ListTagsForResource"]),
            sessions.organizations(desired),
        );
    }

    /// As the sweep read it, where nothing differs by that and nothing was open before: what differs may have been repaired since,
    /// and is read afresh. The tags are not in the list; they are read every four weeks.
    async fn listed_account(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Option<Observation>, Failure> {
        let Some((listed, _)) = self.organization.listed(Account::NAME, id).await? else {
            return Ok(None);
        };
        let seen = Observation {
            account: Some(Found {
                id: id.clone(),
                state: listed.state,
                email: listed.email,
                owner: Owner::Us,
                tags: match self.reads_tags_today(desired) {
                    true => self.tags(desired, id).await?,
                    false => None,
                },
            }),
            creation: Creation::Nothing,
            readiness: self.readiness(desired, id).await,
        };
        let mut controls = Account::controls().iter();
        let holds = controls.all(|control| (control.evaluate)(desired, &seen) == Verdict::Passed);
        let settled = holds && Account::plan(desired, &seen).is_settled();
        Ok(settled.then_some(seen))
    }

    /// Tenants take turns, so that some thousandths of all calls to Organizations suffice.
    fn reads_tags_today(&self, desired: &Desired) -> bool {
        let day = self.pass.now().as_second() / (24 * 3600);
        let turn = desired.tenant.as_str().bytes().map(i64::from).sum::<i64>();
        (day + turn) % TAGS_EVERY_DAYS == 0
    }

    /// An account and its age in seconds; `None` if the organization does not have it.
    async fn describe_account(
        &self,
        desired: &Desired,
        id: &AccountId,
        owner: Owner,
    ) -> Result<Option<(Found, u32)>, Failure> {
        let doing = format!("reading account {id}");
        let answer = self
            .pass
            .sessions
            .organizations(desired)
            .await?
            .describe_account()
            .account_id(id.as_str())
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let account = answer
                    .account
                    .ok_or_else(|| errors::unreadable(doing, "no account in the answer"))?;
                let joined = account.joined_timestamp.map_or(0, |at| at.secs());
                let found = Found {
                    id: id.clone(),
                    state: account_state(&account),
                    email: account.email.unwrap_or_default(),
                    owner,
                    tags: None,
                };
                Ok(Some((found, self.pass.secs_since(joined))))
            }
            Err(error) if errors::is_absent(&error) => Ok(None),
            Err(error) => Err(errors::organizations_failure(doing, &error)),
        }
    }

    async fn record_account(&self, desired: &Desired, id: &AccountId) -> Result<(), Failure> {
        let doing = format!("recording account {id} as tenant `{}`'s", desired.tenant);
        match self.pass.ledger.save_account(&self.pass.lease, id).await {
            Err(LedgerError::Conflict { detail }) => Err(Failure::park(
                FailureKind::Conflict,
                doing,
                detail,
                "account-shared",
                "Two tenants claim one account. Do not retry; find out in both histories how it came about, and report it as a defect of tenantry.",
            )),
            saved => saved.map_err(|error| ledger_failure(&doing, error)),
        }?;
        self.creation_recorded(desired).await
    }

    /// The creation that made the account has done its work, and is watched no more.
    async fn creation_recorded(&self, desired: &Desired) -> Result<(), Failure> {
        let Some(intent) = self.request_intent(desired) else {
            return Ok(());
        };
        match intent.outcome.as_deref() {
            Some(request) => self.unwatch(request).await,
            None => Ok(()),
        }
    }

    /// Puts the tenant's tags on an account with its address, and records it.
    async fn adopt(&self, desired: &Desired, id: &AccountId) -> Result<AccountFact, Failure> {
        let doing = format!("tagging account {id} as tenant `{}`'s", desired.tenant);
        self.pass
            .sessions
            .organizations(desired)
            .await?
            .tag_resource()
            .resource_id(id.as_str())
            .set_tags(Some(organization::tags(
                &desired.tags(ComponentName::ACCOUNT),
            )?))
            .send()
            .await
            .map_err(|error| errors::organizations_failure(doing, &error))?;
        // From here on it is worked in, in this very pass.
        self.record_account(desired, id).await?;
        Ok(AccountFact::Adopted)
    }

    /// The tags of an account that stays; one that leaves keeps what it has.
    async fn tags(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Option<BTreeMap<String, String>>, Failure> {
        if desired.leaving() {
            return Ok(None);
        }
        let client = self.pass.sessions.organizations(desired).await?;
        let mut tags = organization::tags_of(client, id.as_str()).await?;
        let changed_at = self.pass.changed_at.as_second();
        if self.pass.updating && self.grace_left_secs(changed_at) > 0 {
            // Two changes within the time that a read may be late: what it shows may be from before the first of them, and equal
            // what the second wants. It is set again.
            let set = desired.tags(ComponentName::ACCOUNT);
            tags.iter_mut()
                .for_each(|tags| tags.retain(|key, _| !set.contains_key(key)));
        }
        Ok(tags)
    }

    async fn tag(
        &self,
        desired: &Desired,
        id: &AccountId,
        tags: &BTreeMap<String, String>,
        retired: &[String],
    ) -> Result<AccountFact, Failure> {
        let doing = || format!("setting the tags of account {id}");
        let client = self.pass.sessions.organizations(desired).await?;
        if !tags.is_empty() {
            let call = client.tag_resource().resource_id(id.as_str());
            let sent = call.set_tags(Some(organization::tags(tags)?)).send().await;
            sent.map_err(|error| errors::organizations_failure(doing(), &error))?;
        }
        if !retired.is_empty() {
            let call = client.untag_resource().resource_id(id.as_str());
            let sent = call.set_tag_keys(Some(retired.to_vec())).send().await;
            sent.map_err(|error| errors::organizations_failure(doing(), &error))?;
        }
        Ok(AccountFact::Tagged {
            tags: tags.clone(),
            retired: retired.to_vec(),
        })
    }

    /// For how many more seconds what was requested then may yet become visible.
    pub(super) fn grace_left_secs(&self, asked_second: i64) -> u32 {
        self.pass
            .settings
            .visibility_grace_secs
            .saturating_sub(self.pass.secs_since(asked_second))
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
pub(crate) fn account_state(account: &aws_sdk_organizations::types::Account) -> State {
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
