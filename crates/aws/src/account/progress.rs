//! What an observation of the account leads to in the ledger: whose the account is, which slot becomes free, what the circuit
//! breaker counts. Written before the engine decides, and never by [`Port::observe`](baseline::Port::observe).

use baseline::{
    Desired,
    account::{Creation, FailedCreation, Observation, Owner, Readiness, State, Why},
};
use tenancy::{ComponentName, Failure, Timestamp, Verb};

use super::{
    AccountPort, CLOSE,
    closure::{is_closing, release_closed},
    creation,
    request::CREATIONS_SWITCH,
};
use crate::{
    ledger::{Attempt, CreationOutcome, Intent, Semaphore},
    ledger_failure::ledger_failure,
    pass::lock,
};

/// What a closure that is done is noted with.
const CLOSED: &str = "closed";

/// Something an observation found out about a creation, to be recorded.
pub(super) enum Progress {
    /// There is an account: the next tenant may create one.
    Made(Intent),
    /// Organizations gave the creation up.
    Ended {
        intent: Intent,
        failed: FailedCreation,
        at: Timestamp,
        /// Whether no account will come of it after all.
        for_good: bool,
    },
}

impl AccountPort {
    /// Observes the account and records what follows from it, before the engine decides: at the beginning of a departure, and
    /// while the account is not known. The engine's first observation of the pass is this one, so it costs no call more.
    pub(crate) async fn record_progress(&self, desired: &Desired) {
        let due = match self.pass.verb {
            Verb::Audit => false,
            Verb::Onboard => desired.account.is_none(),
            Verb::Offboard => true,
        };
        if due {
            let seen = Box::pin(self.observe_and_record(desired)).await;
            *lock(&self.first) = Some(seen);
        }
    }

    async fn observe_and_record(&self, desired: &Desired) -> Result<Observation, Failure> {
        let rows = Box::pin(self.follow_request(desired)).await?;
        let observe = Box::pin(self.observe_account(desired));
        let record = Box::pin(self.record_made(desired, rows));
        let (observed, made) = futures::join!(observe, record);
        let made = made?;
        let (seen, progress) = match observed {
            Ok(observed) => observed,
            Err(failure) => {
                self.record_polled().await?;
                return Err(failure);
            }
        };
        if made {
            return Ok(seen);
        }
        self.record_polled().await?;
        if let Some(progress) = &progress {
            self.record_creation(desired, progress).await?;
        }
        self.record_owner(desired, &seen).await?;
        self.record_closure(desired, &seen).await?;
        self.withdraw(desired, &seen).await?;
        Ok(seen)
    }

    async fn record_creation(&self, desired: &Desired, progress: &Progress) -> Result<(), Failure> {
        match progress {
            Progress::Made(intent) => {
                let attempt = self.attempt(
                    desired,
                    intent.attempts,
                    self.pass.now(),
                    CreationOutcome::Made,
                );
                // A success trips no breaker.
                let ended = self.end_creation(desired, intent, Some(&attempt));
                ended.await.map(drop)
            }
            Progress::Ended {
                intent,
                failed,
                at,
                for_good,
            } => {
                let outcome = CreationOutcome::Failed(failed.reason.clone());
                let attempt = self.attempt(desired, intent.attempts, *at, outcome);
                let attempt = for_good.then_some(&attempt);
                let trip = self.end_creation(desired, intent, attempt).await?;
                if matches!(failed.why, Why::Standing | Why::OrganizationFull) {
                    self.stop_creations(*at, failed).await?;
                }
                match trip {
                    Some(reason) => self.trip(*at, reason).await,
                    None => Ok(()),
                }
            }
        }
    }

    /// Releases the slot in which the account was requested, records what came of the attempt, and says why creations should be
    /// stopped, if they should. A failure is seen again and again, and must not take the slot of the next attempt away.
    async fn end_creation(
        &self,
        desired: &Desired,
        intent: &Intent,
        attempt: Option<&Attempt>,
    ) -> Result<Option<String>, Failure> {
        let pass = &self.pass;
        let ended = pass
            .ledger
            .end_creation(
                &desired.tenant,
                attempt,
                intent.asked_at,
                CREATIONS_SWITCH,
                pass.now(),
            )
            .await
            .map_err(|error| ledger_failure("recording the end of a creation", error))?;
        self.wake(Verb::Onboard, &ended.next).await;
        Ok(ended.trip)
    }

    /// Records whose the account is before anything is done in it or with it.
    async fn record_owner(&self, desired: &Desired, seen: &Observation) -> Result<(), Failure> {
        let Some(found) = &seen.account else {
            return Ok(());
        };
        let usable = desired.leaving() || seen.readiness == Readiness::Ready;
        if desired.account.is_some() || found.owner != Owner::Us || !usable {
            return Ok(());
        }
        self.record_account(desired, &found.id).await
    }

    /// Releases the slot of a requested closure when it is seen done.
    async fn record_closure(&self, desired: &Desired, seen: &Observation) -> Result<(), Failure> {
        let closed = seen
            .account
            .as_ref()
            .is_some_and(|found| found.state == State::Closed);
        let over = closed || seen.creation == Creation::Vanished;
        if !over || !is_closing(&self.pass) {
            return Ok(());
        }
        match closed {
            true => release_closed(&self.pass, &desired.tenant).await?,
            false => self.release_slot(Semaphore::Closures, desired).await?,
        }
        let intents = &self.pass.intents;
        intents.settle(ComponentName::ACCOUNT, CLOSE, CLOSED).await
    }

    /// Who leaves requests no account any more, and releases the slot that an interrupted pass may have taken; who stays keeps
    /// it for its next request.
    async fn withdraw(&self, desired: &Desired, seen: &Observation) -> Result<(), Failure> {
        let over = seen.account.is_none() && creation::is_over(&seen.creation);
        if desired.leaving() && over {
            self.release_slot(Semaphore::Creations, desired).await?;
        }
        Ok(())
    }
}
