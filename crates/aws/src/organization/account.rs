//! The tenant's account as Organizations describes it.

use aws_sdk_organizations::types::Account as Described;
use baseline::{
    Component, Desired,
    account::{Account, State},
};
use tenancy::{AccountId, Failure, Verb};

use super::SharedOrganization;
use crate::errors;

impl SharedOrganization {
    /// The tokens for reading an account are taken together, while the session is opened; once in an audit.
    pub(crate) async fn expect_account_reads(&self, desired: &Desired) {
        match self.pass.verb {
            Verb::Audit => *self.expected.get_or_init(|| self.expect(desired)).await,
            Verb::Onboard | Verb::Offboard => self.expect(desired).await,
        }
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
        let describe = || self.describe(desired, id);
        match self.pass.verb {
            Verb::Audit => self.described.get_or_try_init(describe).await.cloned(),
            Verb::Onboard | Verb::Offboard => describe().await,
        }
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
