//! What became of an account that was requested: followed by its `car-` id, and looked up where that is not known.

use aws_sdk_organizations::types::CreateAccountStatus;
use baseline::{
    Desired,
    account::{Creation, FailedCreation, Found, Observation, Owner, Why},
};
use tenancy::{AccountId, ComponentName, Failure, Timestamp, id::Malformed, names};

use super::{AccountPort, CREATE, Progress, observe::aged, watch};
use crate::{
    errors,
    ledger::{Intent, WatchedState},
    organization,
};

/// The outcome of a request that AWS refused outright.
pub(super) const REFUSED: &str = "refused";
/// How far Organizations' clock may be behind ours.
const SKEW_SECS: i64 = 120;

impl AccountPort {
    /// Searches for an account whose number is not known. A tenant that never requested one costs no call.
    pub(super) async fn find_account(&self, desired: &Desired) -> Result<Observed, Failure> {
        match self.request_intent(desired) {
            None => Ok((Observation::default(), None)),
            Some(intent) => match intent.outcome.as_deref() {
                Some(REFUSED) => Ok((of(Creation::Refused), None)),
                Some(request) => self.follow(desired, &intent, request).await,
                None => self.look_up(desired, &intent).await,
            },
        }
    }

    /// The intent of this generation's account; an earlier generation had another address.
    pub(super) fn request_intent(&self, desired: &Desired) -> Option<Intent> {
        self.pass
            .intents
            .get(ComponentName::ACCOUNT, CREATE)
            .filter(|intent| intent.token.as_deref() == Some(desired.email.as_str()))
    }

    async fn follow(
        &self,
        desired: &Desired,
        intent: &Intent,
        request: &str,
    ) -> Result<Observed, Failure> {
        match self.request_state(desired, request).await? {
            WatchedState::InProgress => Ok((in_progress(request), None)),
            WatchedState::Made(id) => {
                let before = in_progress(request);
                let seen = self.with_account(desired, &id, Owner::Us, before).await?;
                Ok((seen, Some(Progress::Made(intent.clone()))))
            }
            WatchedState::Failed { reason, ended_at } => {
                let ended = ended_at.unwrap_or(intent.asked_at);
                self.failed(desired, intent, request, reason, ended).await
            }
            WatchedState::Absent => self.look_up(desired, intent).await,
        }
    }

    /// An account with its readiness; what was known before if it cannot be seen yet.
    pub(super) async fn with_account(
        &self,
        desired: &Desired,
        id: &AccountId,
        owner: Owner,
        before: Observation,
    ) -> Result<Observation, Failure> {
        // The spec may have changed since the account was requested with its tags; those of others' accounts are theirs.
        let is_ours = owner == Owner::Us;
        let tags = async {
            match is_ours {
                true => self.tags(desired, id).await,
                false => Ok(None),
            }
        };
        let readiness = async { Ok(self.readiness(desired, id).await) };
        let found = self.describe_account(desired, id, owner);
        let (found, tags, readiness) = futures::try_join!(found, tags, readiness)?;
        Ok(match found {
            Some((found, age)) => Observation {
                readiness: aged(readiness, &found, age),
                account: Some(Found { tags, ..found }),
                ..before
            },
            None => before,
        })
    }

    async fn failed(
        &self,
        desired: &Desired,
        intent: &Intent,
        request: &str,
        reason: String,
        ended: Timestamp,
    ) -> Result<Observed, Failure> {
        let why = errors::creation_failure(&reason);
        let mut failed = FailedCreation {
            request: request.to_owned(),
            why,
            reason,
            secs_ago: self.pass.secs_since(ended.as_second()),
            attempts: intent.attempts,
            grace_secs: self.grace_left_secs(intent.asked_at.as_second()),
            in_progress: false,
        };
        let mut account = None;
        if matches!(why, Why::EmailTaken | Why::Concurrent) {
            (account, failed.in_progress) = self.search(desired, intent).await?;
        }
        let before = of(Creation::Failed(failed.clone()));
        if let Some(id) = account {
            return self.adoptable(desired, intent, &id, before).await;
        }
        let progress = Progress::Ended {
            intent: intent.clone(),
            at: ended,
            // A creation that may be coming after all is no failure.
            for_good: !failed.in_progress,
            failed,
        };
        Ok((before, Some(progress)))
    }

    /// The answer was lost: whatever became of it is in Organizations, or will be soon.
    async fn look_up(&self, desired: &Desired, intent: &Intent) -> Result<Observed, Failure> {
        let (account, in_progress) = self.search(desired, intent).await?;
        let before = of(Creation::Unknown {
            grace_secs: self.grace_left_secs(intent.asked_at.as_second()),
            in_progress,
        });
        match account {
            Some(id) => self.adoptable(desired, intent, &id, before).await,
            None => Ok((before, None)),
        }
    }

    /// There is an account with the tenant's address; its tags say whose it is.
    async fn adoptable(
        &self,
        desired: &Desired,
        intent: &Intent,
        id: &AccountId,
        before: Observation,
    ) -> Result<Observed, Failure> {
        let owner = self.owner(desired, intent, id).await?;
        let seen = self.with_account(desired, id, owner, before).await?;
        Ok((seen, Some(Progress::Made(intent.clone()))))
    }

    /// The account with the tenant's address, and whether a creation that may be its own is in progress.
    ///
    /// Only creations in progress are listed: there are at most five of them, while finished ones are as many as there are
    /// accounts, and what they made is in the list of accounts. A status names the account but not the address, so two tenants
    /// of one name may wait for each other here; they never take each other's account.
    async fn search(
        &self,
        desired: &Desired,
        intent: &Intent,
    ) -> Result<(Option<AccountId>, bool), Failure> {
        let accounts = self.account_by_email(desired);
        let in_progress = self.creation_in_progress(desired, intent.asked_at.as_second());
        futures::try_join!(accounts, in_progress)
    }

    async fn account_by_email(&self, desired: &Desired) -> Result<Option<AccountId>, Failure> {
        let email = desired.email.as_str();
        let doing = || format!("searching for the account with the address {email}");
        let client = self.pass.sessions.organizations(desired).await?;
        let mut pages = client.list_accounts().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| errors::organizations_failure(doing(), &error))?;
            let mut accounts = page.accounts().iter();
            let found = accounts.find(|account| account.email() == Some(email));
            if let Some(id) = found.and_then(|account| account.id()) {
                let malformed = |error: Malformed| Failure::bug(doing(), error.to_string());
                return id.parse().map(Some).map_err(malformed);
            }
        }
        Ok(None)
    }

    async fn creation_in_progress(&self, desired: &Desired, asked: i64) -> Result<bool, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let since = asked - SKEW_SECS;
        let ours = |status: &CreateAccountStatus| {
            let requested = status.requested_timestamp();
            status.account_name() == Some(desired.name.as_str())
                && requested.is_none_or(|at| at.secs() >= since)
        };
        Ok(watch::in_progress(client).await?.iter().any(ours))
    }

    /// Whose an account is by its tags.
    async fn owner(
        &self,
        desired: &Desired,
        intent: &Intent,
        id: &AccountId,
    ) -> Result<Owner, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let tags = organization::tags_of(client, id.as_str()).await?;
        let owner = tags.and_then(|mut tags| tags.remove(names::TAG_TENANT));
        Ok(match owner {
            None => Owner::Untagged {
                grace_secs: self.grace_left_secs(intent.asked_at.as_second()),
            },
            Some(tenant) if tenant == desired.tenant.as_str() => Owner::Us,
            Some(other) => Owner::Other(other),
        })
    }
}

/// What was observed, and what follows from it for the creation.
type Observed = (Observation, Option<Progress>);

fn in_progress(request: &str) -> Observation {
    of(Creation::InProgress {
        request: request.to_owned(),
    })
}

/// Whether no account will come of what was asked so far.
pub(super) fn is_over(creation: &Creation) -> bool {
    match creation {
        Creation::Nothing | Creation::Refused | Creation::Vanished => true,
        Creation::InProgress { .. } => false,
        Creation::Failed(failed) => !failed.in_progress,
        Creation::Unknown {
            grace_secs,
            in_progress,
        } => *grace_secs == 0 && !in_progress,
    }
}

fn of(creation: Creation) -> Observation {
    Observation {
        creation,
        ..Observation::default()
    }
}
