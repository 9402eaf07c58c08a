//! Messages that lead to no pass.

use jiff::SignedDuration;
use tenancy::{Failure, TenantId, Timestamp};
use tracing::{info, warn};

use super::{WorkOutcome, Worker, dispatch::Dispatch};
use crate::{
    ledger::{Begun, Lease, LedgerError, Loaded},
    ledger_failure::ledger_failure,
};

/// When a tenant is observed again whose desired state only another release knows.
const FOREIGN_SECS: i64 = 3600;
/// Delay of a message whose tenant another pass holds.
const BUSY_DELAY_SECS: u32 = 15;

impl Worker {
    /// What becomes of a message whose tenant was not to be had.
    pub(super) async fn not_begun(
        &self,
        tenant: &TenantId,
        begun: Result<Begun, LedgerError>,
    ) -> Result<WorkOutcome, Failure> {
        match begun {
            Ok(Begun::Busy) => {
                info!(tenant.id = %tenant, "another pass has tenant `{tenant}`; the message is delayed");
                self.queues.send(self.verb, tenant, BUSY_DELAY_SECS).await?;
                Ok(WorkOutcome::Yielded)
            }
            Ok(Begun::NotDue | Begun::Pass(_)) => Ok(WorkOutcome::Nothing),
            Err(LedgerError::NotFound { .. }) => {
                warn!(tenant.id = %tenant, "a message names tenant `{tenant}`, which the ledger does not know");
                Ok(WorkOutcome::Nothing)
            }
            Err(error) => Err(ledger_failure("taking the lease", error)),
        }
    }

    /// Gives the lease back where there is nothing for this verb to do; `None` where there is.
    pub(super) async fn release_idle(
        &self,
        lease: &Lease,
        loaded: &Loaded,
        dispatch: Dispatch,
    ) -> Result<Option<WorkOutcome>, Failure> {
        match dispatch {
            Dispatch::Work | Dispatch::RolesThen(_) => Ok(None),
            Dispatch::Nothing => {
                // What an audit waits for stays due: taking the lease has moved that to its end.
                let open = loaded.tenant.closed_at.is_none();
                self.release(lease, open.then(|| self.now())).await?;
                Ok(Some(WorkOutcome::Nothing))
            }
            Dispatch::LeaveAlone => {
                let later = self.now() + SignedDuration::from_secs(FOREIGN_SECS);
                self.release(lease, Some(later)).await?;
                Ok(Some(WorkOutcome::Nothing))
            }
            Dispatch::Forward(verb) => {
                self.release(lease, Some(self.now())).await?;
                self.queues.send(verb, &lease.tenant, 0).await?;
                Ok(Some(WorkOutcome::Forwarded))
            }
        }
    }

    async fn release(&self, lease: &Lease, due: Option<Timestamp>) -> Result<(), Failure> {
        self.ledger
            .release_lease(lease, due, self.now())
            .await
            .map_err(|error| ledger_failure("giving the lease back", error))
    }
}
