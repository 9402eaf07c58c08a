//! The tenant's account as Organizations describes it.

use std::sync::atomic::Ordering;

use aws_sdk_organizations::types::Account as Described;
use baseline::{
    Component, Desired,
    account::{Account, State},
};
use tenancy::{AccountId, Failure, Verb};

use super::SharedOrganization;
use crate::errors;

impl SharedOrganization {
    /// The tokens for reading an account are taken together, while the session is opened; once for the first reading, whoever asks.
    pub(crate) async fn expect_account_reads(&self, desired: &Desired) {
        let again = self.used.load(Ordering::Relaxed);
        match again && self.pass.verb != Verb::Audit {
            true => self.expect(desired).await,
            false => self.expect_first_reads(desired).await,
        }
    }

    async fn expect_first_reads(&self, desired: &Desired) {
        *self.expected.get_or_init(|| self.expect(desired)).await;
    }

    async fn expect(&self, desired: &Desired) {
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

    /// An account as it is now; `None` if the organization does not have it. An audit, which changes nothing, reads it once.
    pub(crate) async fn describe_account(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Option<Described>, Failure> {
        let again = self.used.swap(true, Ordering::Relaxed);
        match again && self.pass.verb != Verb::Audit {
            true => Box::pin(self.describe(desired, id)).await,
            false => self.first_described(desired, id).await,
        }
    }

    /// The unit, or root, in which an account is by its description as this pass read it first. `None` where that does not say it, and once
    /// the pass has moved the account.
    pub(crate) async fn described_parent(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Option<String> {
        if self.moved.load(Ordering::Relaxed) {
            return None;
        }
        if !self.described.initialized() {
            self.expect_first_reads(desired).await;
        }
        let described = self.first_described(desired, id).await.ok()??;
        parent(&described).filter(|_| described.id() == Some(id.as_str()))
    }

    /// The account is about to be moved.
    pub(crate) fn moves(&self) {
        self.moved.store(true, Ordering::Relaxed);
    }

    /// As it was read first: who asks meanwhile waits for that.
    async fn first_described(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Option<Described>, Failure> {
        let describe = || Box::pin(self.describe(desired, id));
        self.described.get_or_try_init(describe).await.cloned()
    }

    async fn describe(
        &self,
        desired: &Desired,
        id: &AccountId,
    ) -> Result<Option<Described>, Failure> {
        let doing = format!("reading account {id}");
        let client = self.pass.sessions.organizations(desired).await?;
        let call = client.describe_account().account_id(id.as_str());
        match call.send().await {
            Ok(answer) => {
                let unreadable = || errors::unreadable(doing, "no account in the answer");
                answer.account.ok_or_else(unreadable).map(Some)
            }
            Err(error) if errors::is_absent(&error) => Ok(None),
            Err(error) => Err(errors::organizations_failure(doing, &error)),
        }
    }

    /// The name of the account in the eyes of Organizations, for an audit: from the list of the sweep, where that will do.
    /// `None` where it cannot be told.
    pub(crate) async fn account_name(&self, desired: &Desired) -> Option<String> {
        let id = desired.account.as_ref()?;
        if let Ok(Some(listed)) = self.listed(Account::NAME, id).await {
            return Some(listed.account.name);
        }
        self.expect_account_reads(desired).await;
        self.describe_account(desired, id).await.ok()??.name
    }
}

/// The last unit of the account's path, or the root: `o-abc/r-ab12/ou-ab12-11111111/444455556666` (Organizations API reference, `Account`).
pub(super) fn parent(described: &Described) -> Option<String> {
    let [path] = described.paths() else {
        return None;
    };
    let is_above = |part: &&str| !part.is_empty() && Some(*part) != described.id();
    let last = path.split('/').rfind(is_above)?;
    let is_parent = last.starts_with("ou-") || last.starts_with("r-");
    is_parent.then(|| last.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_the_last_unit_of_the_only_path_or_unknown() {
        let id = "444455556666";
        let (root, unit) = ("o-abc/r-ab12", "o-abc/r-ab12/ou-ab12-1/ou-ab12-2");
        let path = |above: &str, end: &str| format!("{above}/{id}{end}");
        for (paths, found) in [
            (vec![path(unit, "")], Some("ou-ab12-2")),
            (vec![path(unit, "/")], Some("ou-ab12-2")),
            (vec![path(root, "")], Some("r-ab12")),
            (vec![format!("{unit}/")], Some("ou-ab12-2")),
            (vec![path("o-abc", "")], None),
            (vec![], None),
            (vec![path(root, ""), path(unit, "")], None),
        ] {
            let account = Described::builder().id(id);
            let account = account.set_paths(Some(paths.clone())).build();
            assert_eq!(parent(&account).as_deref(), found, "{paths:?}");
        }
    }
}
