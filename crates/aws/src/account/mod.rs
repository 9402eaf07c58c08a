//! Observes, requests and closes the account of a tenant, by way of Organizations.
//!
//! # Guarantees
//! The intent is written before `CreateAccount`, with the e-mail address as the key the account can be found by; the call is
//! never repeated by the SDK. Observing writes nothing: what follows from an observation is recorded by `progress`.

mod breaker;
mod closure;
mod creation;
mod made;
mod observe;
mod progress;
mod readiness;
mod request;
mod slots;
mod watch;

pub(crate) use closure::{is_emptied, release_closed};
pub use request::CREATIONS_SWITCH;
pub(crate) use watch::FOLLOWING;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use baseline::{
    Desired, Port,
    account::{Account, AccountChange, AccountFact, Observation, Owner},
};
use tenancy::{AccountId, Failure, FailureKind};

use progress::Progress;

use crate::{
    errors,
    ledger::{LedgerError, WatchedState},
    ledger_failure::ledger_failure,
    organization::{self, SharedOrganization},
    pass::{PassContext, lock},
};

/// The intent of a requested account; its token is the e-mail address.
pub(crate) const CREATE: &str = "create-account";
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
    /// What this pass polled and has not recorded: that the tenant's own request has ended is recorded with what follows from it.
    unrecorded: Mutex<Option<(String, WatchedState)>>,
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
            unrecorded: Mutex::default(),
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
        // Only the tenant's own is worked on by its number: another's would be taken for the tenant's.
        if let Some(found) = seen.account.as_ref().filter(|it| it.owner == Owner::Us) {
            *lock(&self.observed) = Some(found.id.clone());
        }
        Ok((seen, progress))
    }

    /// Whether the tenant has an account, or one was found that is to be its own.
    pub(crate) fn is_found(&self, desired: &Desired) -> bool {
        self.known_id(desired).is_some()
    }

    fn known_id(&self, desired: &Desired) -> Option<AccountId> {
        let observed = || lock(&self.observed).clone();
        desired.account.clone().or_else(observed)
    }

    async fn record_account(&self, desired: &Desired, id: &AccountId) -> Result<(), Failure> {
        let doing = format!("recording account {id} as tenant `{}`'s", desired.tenant);
        let saved = self.pass.ledger.save_account(&self.pass.lease, id).await;
        saved.map_err(|error| not_recorded(&doing, error))?;
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

/// Why whose an account is could not be recorded.
fn not_recorded(doing: &str, error: LedgerError) -> Failure {
    match error {
        LedgerError::Conflict { detail } => Failure::park(
            FailureKind::Conflict,
            doing,
            detail,
            "account-shared",
            "Two tenants claim one account. Do not retry; find out in both histories how it came about, and report it as a defect of tenantry.",
        ),
        error => ledger_failure(doing, error),
    }
}
