//! Closing an account: three at a time in the whole organization.

use baseline::{
    Desired,
    account::{Creation, Fact, Seen, State},
};
use jiff::SignedDuration;
use tenancy::{AccountId, ComponentName, Failure};

use super::{CLOSE, minutes, queued};
use crate::{
    errors,
    ledger::{Admission, NewIntent, Semaphore},
    visit::{Visit, unwritten},
};

/// How long a closure may take before its place is given to another; AWS says that it may take hours.
const HOLD: SignedDuration = SignedDuration::from_hours(6);
/// What a closure that is done is noted with.
const CLOSED: &str = "closed";

impl Visit {
    pub(super) async fn close(&self, desired: &Desired, id: &AccountId) -> Result<Fact, Failure> {
        let doing = format!("closing account {id} of tenant `{}`", desired.tenant);
        self.all_has_shown(&doing)?;
        let admission = self
            .ledger
            .acquire_slot(
                Semaphore::Closures,
                &desired.tenant,
                self.now(),
                HOLD,
                usize::MAX,
            )
            .await
            .map_err(|error| unwritten("getting in line for a closure", error))?;
        if let Admission::Queued {
            position,
            length,
            expected_secs,
            retry_secs,
        } = admission
        {
            let waiting_for = format!(
                "its turn to close an account: place {position} of {length}, in about {}",
                minutes(expected_secs)
            );
            return Err(queued(doing, waiting_for, retry_secs));
        }
        self.turns().reserve("CloseAccount").await?;
        let intent = NewIntent {
            component: ComponentName::ACCOUNT,
            key: CLOSE.into(),
            token: Some(id.to_string()),
        };
        self.intend(&[intent]).await?;
        let answer = self
            .organizations()
            .await?
            .close_account()
            .account_id(id.as_str())
            .send()
            .await;
        match answer {
            Ok(_) => Ok(Fact::Turned(State::PendingClosure)),
            // Closed or being closed: the next look says which.
            Err(error) if errors::is_already_there(&error) => {
                Ok(Fact::Turned(State::PendingClosure))
            }
            Err(error) => {
                let failure = errors::organizations_failure(doing, &error);
                if failure.look_again_secs().is_none_or(|after| after > 600) {
                    self.leave_gate(Semaphore::Closures, desired).await?;
                }
                Err(failure)
            }
        }
    }

    /// Who was told to leave while it was being built may have something that was made a moment before and could not be seen yet:
    /// it would be left behind. So an account is closed only after a look that sees everything made before the departure was
    /// asked for.
    fn all_has_shown(&self, doing: &str) -> Result<(), Failure> {
        let shown = "what was made just before the departure to show itself";
        match self.believed_secs(self.changed_at.as_second()) {
            0 => Ok(()),
            left => Err(Failure::wait(doing, shown, left)),
        }
    }

    /// Gives the place in line back when the closure that was asked for is seen done.
    pub(super) async fn end_closure(&self, desired: &Desired, seen: &Seen) -> Result<(), Failure> {
        let closed = seen
            .account
            .as_ref()
            .is_some_and(|found| found.state == State::Closed);
        let over = closed || seen.creation == Creation::Vanished;
        let asked = self
            .intent(ComponentName::ACCOUNT, CLOSE)
            .is_some_and(|note| note.outcome.is_none());
        if !over || !asked || !self.may_write() {
            return Ok(());
        }
        if closed {
            self.note_stay(Semaphore::Closures, desired).await?;
        }
        self.leave_gate(Semaphore::Closures, desired).await?;
        self.settle(ComponentName::ACCOUNT, CLOSE, CLOSED).await
    }
}
