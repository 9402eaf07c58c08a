//! Taking and giving back a slot of the organization, and sending for the tenants that are next in the queue.

use baseline::Desired;
use futures::future::join_all;
use jiff::SignedDuration;
use tenancy::{Failure, TenantId, Verb};
use tracing::warn;

use super::AccountPort;
use crate::{
    ledger::{Granted, LedgerError, Permit, PermitRequest, Semaphore},
    ledger_failure::ledger_failure,
};

impl AccountPort {
    /// All that a call needs, or why it may not be made.
    pub(super) async fn permit(&self, request: &PermitRequest) -> Result<Permit, Failure> {
        let pass = &self.pass;
        pass.ledger
            .take_permit(&pass.lease, request, pass.clock())
            .await
            .map_err(|error| ledger_failure("taking what a call to Organizations needs", error))
    }

    /// Waits until the call may be made, its token at hand. The session is opened meanwhile.
    pub(super) async fn hold_token(
        &self,
        desired: &Desired,
        semaphore: Semaphore,
        granted: &Granted,
    ) -> Result<(), Failure> {
        let sessions = &self.pass.sessions;
        let limiter = sessions.limiter();
        let (held, _) = futures::join!(
            limiter.hold(semaphore.call(), granted.after, granted.until),
            // Whoever makes the call says why there is none.
            sessions.organizations(desired),
        );
        held
    }

    pub(super) fn throttled(&self, semaphore: Semaphore, after: SignedDuration) -> Failure {
        let limiter = self.pass.sessions.limiter();
        limiter.not_yet(semaphore.call(), after)
    }

    /// Releases the tenant's slot, and wakes the tenants that are next in the queue.
    pub(super) async fn release_slot(
        &self,
        semaphore: Semaphore,
        desired: &Desired,
    ) -> Result<(), Failure> {
        let (ledger, now) = (&self.pass.ledger, self.pass.now());
        let next = ledger.release_slot(semaphore, &desired.tenant, now).await;
        self.wake_next(semaphore, next).await
    }

    /// Releases the tenant's slot after a work that succeeded, and wakes the tenants that are next in the queue.
    pub(super) async fn release_succeeded(
        &self,
        semaphore: Semaphore,
        desired: &Desired,
    ) -> Result<(), Failure> {
        let (ledger, now) = (&self.pass.ledger, self.pass.now());
        let next = ledger.release_succeeded(semaphore, &desired.tenant, now);
        self.wake_next(semaphore, next.await).await
    }

    async fn wake_next(
        &self,
        semaphore: Semaphore,
        next: Result<Vec<TenantId>, LedgerError>,
    ) -> Result<(), Failure> {
        let next = next.map_err(|error| ledger_failure("releasing a slot", error))?;
        let verb = match semaphore {
            Semaphore::Creations => Verb::Onboard,
            Semaphore::Closures => Verb::Offboard,
        };
        self.wake(verb, &next).await;
        Ok(())
    }

    /// Sends for tenants that have something to do now. A courtesy: who is not sent for comes back by itself.
    pub(super) async fn wake(&self, verb: Verb, tenants: &[TenantId]) {
        join_all(tenants.iter().map(|tenant| self.send_for(verb, tenant))).await;
    }

    async fn send_for(&self, verb: Verb, tenant: &TenantId) {
        if let Err(error) = self.pass.ledger.mark_due(tenant, self.pass.now()).await {
            warn!(tenant.id = %tenant, "sending for tenant `{tenant}`: {error}");
        } else if let Err(failure) = self.pass.queues.send(verb, tenant, 0).await {
            warn!(tenant.id = %tenant, "sending for tenant `{tenant}`: {failure}");
        }
    }
}
