//! Giving back a slot of the organization, and sending for the tenants that are next in the queue.

use baseline::Desired;
use futures::future::join_all;
use tenancy::{Failure, TenantId, Verb};
use tracing::warn;

use super::AccountPort;
use crate::{ledger::Semaphore, ledger_failure::ledger_failure};

impl AccountPort {
    /// Releases the tenant's slot, and wakes the tenants that are next in the queue.
    pub(super) async fn release_slot(
        &self,
        semaphore: Semaphore,
        desired: &Desired,
    ) -> Result<(), Failure> {
        let doing = "releasing a slot";
        let next = self
            .pass
            .ledger
            .release_slot(semaphore, &desired.tenant, self.pass.now())
            .await
            .map_err(|error| ledger_failure(doing, error))?;
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
