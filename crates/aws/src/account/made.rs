//! An account that was made: recorded with all that follows from it, in one transaction.

use baseline::Desired;
use tenancy::{AccountId, Failure, Verb};

use super::{AccountPort, not_recorded, request::CREATIONS_SWITCH};
use crate::{
    installation::Installation,
    ledger::{
        AccountMade, CreationOutcome, Intent, LedgerError, MadeRows, NetworksWanted, WatchedState,
    },
    ledger_failure::ledger_failure,
    pass::lock,
};

impl AccountPort {
    /// Reads what the record of an account needs, beside a poll that may show that there is one.
    pub(super) async fn rows_for_made(&self, desired: &Desired) -> Option<MadeRows> {
        let (ledger, now) = (&self.pass.ledger, self.pass.now());
        let rows = ledger.made_rows(&desired.tenant, CREATIONS_SWITCH, now);
        // What cannot be read now is recorded step by step.
        rows.await.ok()
    }

    /// Records the account that the tenant's own request made, with all that follows from it, beside its first observation: whose it is
    /// follows from the request alone, and an account that is recorded is never lost. Says whether it did.
    pub(super) async fn record_made(
        &self,
        desired: &Desired,
        rows: Option<MadeRows>,
    ) -> Result<bool, Failure> {
        let Some((account, intent)) = self.made_by_request(desired) else {
            return Ok(false);
        };
        let rows = match rows {
            Some(rows) => Some(rows),
            None => self.rows_for_made(desired).await,
        };
        let Some(rows) = rows else {
            return Ok(false);
        };
        let made = self.made(desired, account, &intent);
        let (pass, now) = (&self.pass, self.pass.now());
        let recorded = pass.ledger.account_made(&pass.lease, &made, rows, now);
        match Box::pin(recorded).await {
            Ok(ended) => {
                for intent in &made.intents {
                    pass.intents.recorded(intent, now);
                }
                *lock(&self.unrecorded) = None;
                self.wake(Verb::Onboard, &ended.next).await;
                Ok(true)
            }
            // The slot is released all the same, and then it is said why the account is not recorded.
            Err(LedgerError::Conflict { .. }) => Ok(false),
            Err(error) => {
                let (account, tenant) = (&made.account, &desired.tenant);
                let doing = format!("recording account {account} as tenant `{tenant}`'s");
                Err(not_recorded(&doing, error))
            }
        }
    }

    /// The account that the tenant's own request made, as this pass saw, where it is not recorded.
    fn made_by_request(&self, desired: &Desired) -> Option<(AccountId, Intent)> {
        let builds = self.pass.verb == Verb::Onboard && !desired.leaving();
        if !builds || desired.account.is_some() {
            return None;
        }
        match lock(&self.followed).clone() {
            Some(WatchedState::Made(account)) => Some((account, self.request_intent(desired)?)),
            Some(_) | None => None,
        }
    }

    fn made(&self, desired: &Desired, account: AccountId, intent: &Intent) -> AccountMade {
        let pass = &self.pass;
        let networks = NetworksWanted {
            regions: match desired.spec.network {
                true => desired.spec.regions.clone(),
                false => Vec::new(),
            },
            prefix: desired.spec.cidr_prefix,
            pool: pass.settings.cidr_pool,
        };
        let begins = Installation::of(pass) == Installation::NotStarted;
        AccountMade {
            account,
            attempt: self.attempt(desired, intent.attempts, pass.now(), CreationOutcome::Made),
            acquired_by: intent.asked_at,
            switch: CREATIONS_SWITCH,
            request: intent.outcome.clone(),
            networks,
            intents: begins.then(Installation::intent).into_iter().collect(),
        }
    }

    /// Records what this pass polled, if nothing that follows from it was recorded.
    pub(super) async fn record_polled(&self) -> Result<(), Failure> {
        let Some(polled) = lock(&self.unrecorded).take() else {
            return Ok(());
        };
        let pass = &self.pass;
        pass.ledger
            .record_creation_states(&pass.lease.holder, &[polled], None, pass.now())
            .await
            .map(drop)
            .map_err(|error| ledger_failure("recording the states of creations", error))
    }
}
