//! What became of an account that was asked for: followed by its `car-` id, and looked up where that is not known.

use aws_sdk_organizations::types::{CreateAccountState, CreateAccountStatus};
use baseline::{
    Desired,
    account::{Creation, FailedCreation, Owner, Seen, Why},
};
use tenancy::{AccountId, ComponentName, Failure, Timestamp, Verb, names};

use super::{CREATE, aged};
use crate::{
    errors,
    ledger::{CreationOutcome, Intent, Semaphore, WatchedState},
    visit::{Visit, unwritten},
};

/// What is noted of a request that AWS refused outright.
pub(super) const REFUSED: &str = "refused";
/// How far Organizations' clock may be behind ours.
const SKEW_SECS: i64 = 120;

impl Visit {
    /// Looks for an account whose number is not known. A tenant that never asked for one costs no call.
    pub(super) async fn look_for_account(&self, desired: &Desired) -> Result<Seen, Failure> {
        match self.request_note(desired) {
            None => Ok(Seen::default()),
            Some(note) => match note.outcome.as_deref() {
                Some(REFUSED) => Ok(of(Creation::Refused)),
                Some(request) => self.follow(desired, &note, request).await,
                None => self.look_up(desired, &note).await,
            },
        }
    }

    /// The note of this generation's account; an earlier generation had another address.
    pub(super) fn request_note(&self, desired: &Desired) -> Option<Intent> {
        self.intent(ComponentName::ACCOUNT, CREATE)
            .filter(|note| note.token.as_deref() == Some(desired.email.as_str()))
    }

    async fn follow(
        &self,
        desired: &Desired,
        note: &Intent,
        request: &str,
    ) -> Result<Seen, Failure> {
        match self.watched(desired, request).await? {
            WatchedState::InProgress => Ok(in_progress(request)),
            WatchedState::Made(id) => self.succeeded(desired, note, request, &id).await,
            WatchedState::Failed { reason, ended_at } => {
                let ended = ended_at.unwrap_or(note.asked_at);
                self.failed(desired, note, request, reason, ended).await
            }
            WatchedState::Absent => self.look_up(desired, note).await,
        }
    }

    async fn succeeded(
        &self,
        desired: &Desired,
        note: &Intent,
        request: &str,
        id: &AccountId,
    ) -> Result<Seen, Failure> {
        self.made(desired, note).await?;
        self.met_by(desired, id, Owner::Us, in_progress(request))
            .await
    }

    /// There is an account: the next may create one.
    async fn made(&self, desired: &Desired, note: &Intent) -> Result<(), Failure> {
        if self.may_write() {
            self.note_made(desired, note).await?;
            self.note_stay(Semaphore::Creations, desired).await?;
            self.end_creation(desired, note).await?;
        }
        Ok(())
    }

    /// An account found in this pass, with its readiness; what was known before if it cannot be seen yet.
    async fn met_by(
        &self,
        desired: &Desired,
        id: &AccountId,
        owner: Owner,
        before: Seen,
    ) -> Result<Seen, Failure> {
        let looked = self.describe_account(id, owner);
        let (found, readiness) =
            futures::try_join!(looked, async { Ok(self.readiness(desired, id).await) })?;
        Ok(match found {
            Some((found, age)) => Seen {
                readiness: aged(readiness, &found, age),
                account: Some(found),
                ..before
            },
            None => before,
        })
    }

    /// Gives the place back in which the account was asked for. A failure is seen again and again, and must not take the place
    /// of the next attempt away.
    async fn end_creation(&self, desired: &Desired, note: &Intent) -> Result<(), Failure> {
        let next = self
            .ledger
            .release_slot_acquired_by(
                Semaphore::Creations,
                &desired.tenant,
                note.asked_at,
                self.now(),
            )
            .await
            .map_err(|error| unwritten("giving a place in line back", error))?;
        self.wake(Verb::Onboard, &next).await;
        Ok(())
    }

    async fn failed(
        &self,
        desired: &Desired,
        note: &Intent,
        request: &str,
        reason: String,
        ended: Timestamp,
    ) -> Result<Seen, Failure> {
        if self.may_write() {
            self.end_creation(desired, note).await?;
        }
        let why = errors::creation_failure(&reason);
        let mut failed = FailedCreation {
            request: request.to_owned(),
            why,
            reason: reason.clone(),
            secs_ago: self.secs_since(ended.as_second()),
            attempts: note.attempts,
            believed_secs: self.believed_secs(note.asked_at.as_second()),
            in_progress: false,
        };
        if why == Why::Standing || why == Why::OrganizationFull {
            self.stop_creations(ended, &failed).await?;
        }
        let mut account = None;
        if matches!(why, Why::EmailTaken | Why::Concurrent) {
            (account, failed.in_progress) = self.search(desired, note).await?;
        }
        // An account that is there after all, or may be coming, is no failure.
        if account.is_none() && !failed.in_progress {
            let outcome = CreationOutcome::Failed(reason);
            self.note_outcome(desired, note.attempts, ended, outcome)
                .await?;
        }
        self.adoptable(desired, note, account, of(Creation::Failed(failed)))
            .await
    }

    /// The answer was lost: whatever became of it is in Organizations, or will be soon.
    async fn look_up(&self, desired: &Desired, note: &Intent) -> Result<Seen, Failure> {
        let (account, in_progress) = self.search(desired, note).await?;
        let before = of(Creation::Unknown {
            believed_secs: self.believed_secs(note.asked_at.as_second()),
            in_progress,
        });
        self.adoptable(desired, note, account, before).await
    }

    async fn adoptable(
        &self,
        desired: &Desired,
        note: &Intent,
        account: Option<AccountId>,
        before: Seen,
    ) -> Result<Seen, Failure> {
        let Some(id) = account else {
            return Ok(before);
        };
        self.made(desired, note).await?;
        let owner = self.owner(desired, &id).await?;
        self.met_by(desired, &id, owner, before).await
    }

    /// The account with the tenant's address, and whether a creation that may be its own is in progress.
    ///
    /// Only creations in progress are listed: there are at most five of them, while finished ones are as many as there are
    /// accounts, and what they made is in the list of accounts. A status names the account but not the address, so two tenants
    /// of one name may wait for each other here; they never take each other's account.
    async fn search(
        &self,
        desired: &Desired,
        note: &Intent,
    ) -> Result<(Option<AccountId>, bool), Failure> {
        let accounts = self.account_by_email(desired.email.as_str());
        let in_progress = self.creation_in_progress(desired, note.asked_at.as_second());
        futures::try_join!(accounts, in_progress)
    }

    async fn account_by_email(&self, email: &str) -> Result<Option<AccountId>, Failure> {
        let doing = || format!("looking for the account with the address {email}");
        let mut pages = self
            .organizations()
            .await?
            .list_accounts()
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| errors::organizations_failure(doing(), &error))?;
            let found = page
                .accounts()
                .iter()
                .find(|account| account.email() == Some(email));
            if let Some(id) = found.and_then(|account| account.id()) {
                let id = id.parse().map_err(|error: tenancy::id::Malformed| {
                    Failure::bug(doing(), error.to_string())
                })?;
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    async fn creation_in_progress(&self, desired: &Desired, asked: i64) -> Result<bool, Failure> {
        let mut pages = self
            .organizations()
            .await?
            .list_create_account_status()
            .states(CreateAccountState::InProgress)
            .into_paginator()
            .send();
        let ours = |status: &CreateAccountStatus| {
            status.account_name() == Some(desired.name.as_str())
                && status
                    .requested_timestamp()
                    .is_none_or(|at| at.secs() >= asked - SKEW_SECS)
        };
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                errors::organizations_failure("listing creations in progress", &error)
            })?;
            if page.create_account_statuses().iter().any(ours) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whose an account is by its tags.
    async fn owner(&self, desired: &Desired, id: &AccountId) -> Result<Owner, Failure> {
        let mut pages = self
            .organizations()
            .await?
            .list_tags_for_resource()
            .resource_id(id.as_str())
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                errors::organizations_failure(format!("reading the tags of account {id}"), &error)
            })?;
            let tag = page
                .tags()
                .iter()
                .find(|tag| tag.key() == names::TAG_TENANT);
            if let Some(tag) = tag {
                return Ok(match tag.value() == desired.tenant.as_str() {
                    true => Owner::Us,
                    false => Owner::Other(tag.value().to_owned()),
                });
            }
        }
        Ok(Owner::Untagged)
    }
}

fn in_progress(request: &str) -> Seen {
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
            believed_secs,
            in_progress,
        } => *believed_secs == 0 && !in_progress,
    }
}

fn of(creation: Creation) -> Seen {
    Seen {
        creation,
        ..Seen::default()
    }
}
