//! An account that was made and can be worked in: recorded with all that follows from it, in one transaction.

use baseline::{
    Desired,
    account::{Found, Observation, Owner, Readiness},
};
use tenancy::{Failure, Verb};

use super::{AccountPort, Progress, not_recorded, request::CREATIONS_SWITCH};
use crate::{
    installation::Installation,
    ledger::{
        AccountMade, CreationOutcome, Intent, LedgerError, MadeRows, NetworksWanted, WatchedState,
    },
    ledger_failure::ledger_failure,
    pass::lock,
};

impl AccountPort {
    /// Reads what the record of the account needs, where this pass knows that there is one: beside its observation.
    pub(super) async fn rows_for_made(&self, desired: &Desired) -> Option<MadeRows> {
        let made = matches!(&*lock(&self.followed), Some(WatchedState::Made(_)));
        if !made || self.pass.verb != Verb::Onboard {
            return None;
        }
        let (ledger, now) = (&self.pass.ledger, self.pass.now());
        let rows = ledger.made_rows(&desired.tenant, CREATIONS_SWITCH, now);
        // What cannot be read now is read when it is needed.
        rows.await.ok()
    }

    /// Records the account with all that follows from it, if it can be worked in from now on. Says whether it did.
    pub(super) async fn record_made(
        &self,
        desired: &Desired,
        seen: &Observation,
        progress: Option<&Progress>,
        rows: Option<MadeRows>,
    ) -> Result<bool, Failure> {
        let usable = |found: &&Found| {
            found.owner == Owner::Us
                && desired.account.is_none()
                && !desired.leaving()
                && seen.readiness == Readiness::Ready
        };
        let found = seen.account.as_ref().filter(usable);
        let (Some(Progress::Made(intent)), Some(found), Some(rows)) = (progress, found, rows)
        else {
            return Ok(false);
        };
        let made = self.made(desired, found, intent);
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
                let doing = format!(
                    "recording account {} as tenant `{}`'s",
                    found.id, desired.tenant
                );
                Err(not_recorded(&doing, error))
            }
        }
    }

    fn made(&self, desired: &Desired, found: &Found, intent: &Intent) -> AccountMade {
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
            account: found.id.clone(),
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
            .record_creation_states(&pass.lease.holder, &[polled], pass.now())
            .await
            .map(drop)
            .map_err(|error| ledger_failure("recording the states of creations", error))
    }
}
