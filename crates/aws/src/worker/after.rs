//! After a pass: it is recorded, announced, and the next one is sent for.

use baseline::PassReport;
use events::Event;
use tenancy::{DesiredState, Failure, TenantId, Verb};
use tracing::{error, warn};

use super::{Worker, finish::PassOutcome};
use crate::{
    ledger::{Lease, Loaded, PassSaved},
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

    /// Removes what is left of a leaving tenant in Secrets Manager. The function `api` does so with the request; it may have died in
    /// between, or have been writing a secret at the same moment.
    pub(super) async fn remove_secret(&self, loaded: &Loaded) -> Result<(), Failure> {
        let tenant = &loaded.tenant;
        if self.verb != Verb::Offboard || tenant.desired_state != DesiredState::Absent {
            return Ok(());
        }
        let removed = self.secrets.delete(&tenant.id).await;
        if let Err(failure) = &removed {
            warn!(tenant.id = %tenant.id, "tenant `{}`: {failure}", tenant.id);
        }
        removed
    }

    /// Says where the people of a tenant that is ready sign in.
    pub(super) fn add_portal(&self, events: &mut [Event]) {
        let portal = self.settings.portal_url.as_deref();
        for event in events {
            if let Event::TenantOnboarded(ready) = event {
                let slug = &ready.slug;
                ready.portal_url =
                    portal.map(|portal| format!("{}/{slug}", portal.trim_end_matches('/')));
            }
        }
    }

    pub(super) async fn publish(&self, events: &[Event]) {
        self.count_needy(events);
        if events.is_empty() {
            return;
        }
        if let Err(failure) = self.bus.publish(events).await {
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
