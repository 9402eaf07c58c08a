//! After a pass: it is recorded, announced, and the next one is sent for.

use baseline::PassReport;
use events::Fact;
use tenancy::{Failure, TenantId};
use tracing::{error, warn};

use super::{Worker, finish::PassOutcome};
use crate::{
    ledger::{Lease, PassSaved},
    ledger_failure::ledger_failure,
};

/// The longest delay of an SQS message (SQS Developer Guide, "Message quotas": 15 minutes).
const MOST_DELAY_SECS: u32 = 900;

impl Worker {
    pub(super) async fn save(
        &self,
        lease: &Lease,
        report: &PassReport,
        outcome: &PassOutcome,
    ) -> Result<PassSaved, Failure> {
        for failure in report.failures() {
            warn!(tenant.id = %lease.tenant, failure.kind = ?failure.kind, "tenant `{}`: {failure}", lease.tenant);
        }
        self.ledger
            .save_pass(lease, &outcome.record, self.now())
            .await
            .map_err(|error| ledger_failure("recording the pass", error))
    }

    pub(super) async fn publish(&self, facts: &[Fact]) {
        self.count_needy(facts);
        if facts.is_empty() {
            return;
        }
        if let Err(failure) = self.bus.publish(facts).await {
            // Whoever listens can read the ledger; a pass is not undone for a lost announcement.
            error!("publishing events: {failure}");
        }
    }

    /// Puts a message for the next pass into a queue, unless it is far away: the sweep finds what is due.
    pub(super) async fn schedule_next(
        &self,
        tenant: &TenantId,
        outcome: &PassOutcome,
        saved: &PassSaved,
    ) -> Result<(), Failure> {
        if saved.asked_meanwhile {
            return self.queues.send(self.verb, tenant, 0).await;
        }
        match outcome.wake {
            Some((verb, secs)) if secs <= MOST_DELAY_SECS => {
                self.queues.send(verb, tenant, secs).await
            }
            _ => Ok(()),
        }
    }
}
