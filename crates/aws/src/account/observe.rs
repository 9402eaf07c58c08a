//! How the account of a tenant is: from the list of the sweep, where that will do, or from Organizations.

use std::collections::BTreeMap;

use baseline::{
    Component, Desired, Verdict,
    account::{Account, Creation, Found, Observation, Owner, Readiness, State},
};
use tenancy::{AccountId, ComponentName, Failure};

use super::AccountPort;
use crate::{
    installation::Installation,
    ledger::Intent,
    organization::{self, account_state},
};

impl AccountPort {
    pub(super) async fn known_account(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Observation, Failure> {
        if let Some(seen) = self.listed_account(desired, id).await? {
            return Ok(seen);
        }
        self.organization.expect_account_reads(desired).await;
        let before = Observation::default();
        let mut seen = self.with_account(desired, id, Owner::Us, before).await?;
        if seen.account.is_none() {
            seen.creation = self.unseen(desired);
        }
        Ok(seen)
    }

    /// A recorded account that the organization does not show: one that was made a moment ago may not be visible everywhere yet.
    fn unseen(&self, desired: &Desired) -> Creation {
        let fresh = |intent: &Intent| {
            let left = self.grace_left_secs(intent.asked_at.as_second());
            left > 0 && !Installation::of(&self.pass).is_done()
        };
        let request = self.request_intent(desired).filter(fresh);
        match request.and_then(|intent| intent.outcome) {
            Some(request) => Creation::InProgress { request },
            None => Creation::Vanished,
        }
    }

    /// As the sweep read it, where nothing differs by that and nothing was open before: what differs may have been repaired since,
    /// and is read afresh. The tags are not in the list; they are read every four weeks.
    async fn listed_account(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Option<Observation>, Failure> {
        let Some(listed) = self.organization.listed(Account::NAME, id).await? else {
            return Ok(None);
        };
        let seen = Observation {
            account: Some(Found {
                id: id.clone(),
                state: listed.account.state,
                email: listed.account.email,
                owner: Owner::Us,
                tags: match self.pass.reads_tags_today(&desired.tenant) {
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

    /// An account and its age in seconds; `None` if the organization does not have it.
    pub(super) async fn describe_account(
        &self,
        desired: &Desired,
        id: &AccountId,
        owner: Owner,
    ) -> Result<Option<(Found, u32)>, Failure> {
        let described = self.organization.describe_account(desired, id).await?;
        Ok(described.map(|account| {
            let joined = account.joined_timestamp.map_or(0, |at| at.secs());
            let found = Found {
                id: id.clone(),
                state: account_state(&account),
                email: account.email.unwrap_or_default(),
                owner,
                tags: None,
            };
            (found, self.pass.secs_since(joined))
        }))
    }

    /// The tags of an account that stays; one that leaves keeps what it has.
    pub(super) async fn tags(
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
}

/// An account is ready only if it is active, and its age decides how long unreadiness is borne.
pub(super) fn aged(readiness: Readiness, found: &Found, age: u32) -> Readiness {
    match readiness {
        Readiness::NotReady { missing, .. } => Readiness::NotReady {
            missing,
            age_secs: age,
        },
        Readiness::Ready if found.state != State::Active => Readiness::Unchecked,
        other => other,
    }
}
