//! One pass over one tenant, as the functions run it: lease, load, engine, record, and come back if there is more to do.
//!
//! # Guarantees
//! A message carries a tenant id and nothing else; everything else is read from the ledger under the lease. Two passes over
//! one tenant never run together: the second is sent back to its queue. What was not finished is due again in the ledger, so a
//! lost message only costs time.

mod after;
mod context;
mod cost_tags;
mod creating;
mod dispatch;
mod findings;
mod finish;
mod idle;
mod invocation;
mod metrics;
#[cfg(test)]
mod other_releases;
mod start;
mod sweep;
mod wanted;

use std::sync::{Arc, atomic::AtomicBool};

use baseline::{Outcome, PassReport};
use jiff::SignedDuration;
use tenancy::{ComponentName, ComponentState, Failure, TenantId, Timestamp, Verb};

pub use invocation::{BatchAnswer, InvocationError, ItemFailure};
pub use start::StartError;
pub use wanted::desired;

use crate::{
    account::{is_emptied, release_closed},
    blueprints::Blueprints,
    bus::Bus,
    clock::Clock,
    denials::{may_need_new_sessions, suppress_transient_denials},
    ledger::{Begun, Lease, Ledger, Loaded, NewEntry},
    organization::OrganizationCache,
    pass::{CreationAhead, PassContext, PassJournal, lock},
    provider_secrets::ProviderSecrets,
    queue::Queues,
    rows::Components,
    session::Aws,
    settings::Settings,
    stalls::stall_what_lasts,
};
use creating::{Creating, Waiting};
use dispatch::{Dispatch, dispatch, scope};
use finish::{finish_pass, refused_at};

/// Everything a worker function holds for as long as its process lives.
pub struct Worker {
    verb: Verb,
    aws: Aws,
    settings: Arc<Settings>,
    ledger: Ledger,
    bus: Bus,
    queues: Queues,
    blueprints: Blueprints,
    clock: Clock,
    organization: Arc<OrganizationCache>,
    /// The secrets of tenants' identity providers, which go with their tenants.
    secrets: ProviderSecrets,
    /// Whether this process has looked for what a release before left due.
    swept: AtomicBool,
    /// Tenants that wait for their accounts, as this process saw last.
    creating: Creating,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkOutcome {
    /// A pass was made.
    Passed,
    /// Another pass has the tenant; the message was put back for later.
    Yielded,
    /// The message belongs to another queue and was sent there.
    Forwarded,
    /// There was nothing to do.
    Nothing,
}

impl Worker {
    /// One pass over one tenant, whether it is due or not.
    ///
    /// # Errors
    /// The ledger or the queue did not answer: the message must come back.
    pub async fn work(&self, tenant: &TenantId) -> Result<WorkOutcome, Failure> {
        Box::pin(self.run(tenant, None)).await
    }

    /// Answers a message: one pass over its tenant, unless the tenant is not due. Everything that wants a pass makes the tenant
    /// due first, so a message that finds it not due was overtaken by another, and a pass would only observe it once more.
    /// An audit is wanted of tenants that are not due at all.
    ///
    /// # Errors
    /// As [`Worker::work`].
    pub async fn answer(&self, tenant: &TenantId) -> Result<WorkOutcome, Failure> {
        let by = self.now() + SignedDuration::from_secs(SKEW_SECS);
        self.run(tenant, (self.verb != Verb::Audit).then_some(by))
            .await
    }

    async fn run(
        &self,
        tenant: &TenantId,
        due_by: Option<Timestamp>,
    ) -> Result<WorkOutcome, Failure> {
        let holder = format!("{}-{:016x}", self.verb.as_str(), rand::random::<u64>());
        let ttl = SignedDuration::from_secs(i64::from(self.settings.lease_secs));
        let enter = |loaded| self.enter_early(loaded);
        let begun = self
            .ledger
            .begin_beside(tenant, &holder, (self.now(), ttl), due_by, &enter);
        let creation = Box::pin(self.creation_ahead(tenant, &holder));
        let (begun, creation) = futures::join!(Box::pin(begun), creation);
        let (lease, loaded) = match begun {
            Ok(Begun::Pass(begun)) => *begun,
            other => {
                self.creation_left(&holder, creation).await;
                return Box::pin(self.not_begun(tenant, other)).await;
            }
        };
        // Boxed here and at the other stages: a pass is a deep future, and its parts need not lie in one another.
        let outcome = Box::pin(self.run_leased(&lease, &loaded, creation)).await;
        if outcome.is_err() {
            // The message comes back by itself, and finds the tenant due.
            let _ = self
                .ledger
                .release_lease(&lease, Some(self.now()), self.now())
                .await;
        }
        outcome
    }

    async fn run_leased(
        &self,
        lease: &Lease,
        loaded: &Loaded,
        creation: Option<CreationAhead>,
    ) -> Result<WorkOutcome, Failure> {
        let dispatch = dispatch(self.verb, loaded);
        if let Some(outcome) = self.release_idle(lease, loaded, dispatch).await? {
            self.creation_left(&lease.holder, creation).await;
            return Ok(outcome);
        }
        let began = self.now();
        let pass = self.context(lease, loaded);
        *lock(&pass.creation) = creation;
        let mut components = Components::new(&pass, &self.organization);
        let made = self.pass(&pass, &mut components, loaded, dispatch);
        let left = self.remove_secret(loaded);
        let ((report, unrecorded), left) = futures::join!(Box::pin(made), Box::pin(left));
        if report.is_settled() {
            // The message comes back: a tenant that is closed is not observed again.
            left?;
            if self.verb == Verb::Offboard {
                // It may have been seen closed only after the pass had begun.
                release_closed(&pass, &lease.tenant).await?;
            }
        }
        if may_need_new_sessions(&report) {
            self.aws.forget(&lease.tenant).await;
        }
        let before = &loaded.tenant.components;
        let report = suppress_transient_denials(report, before, self.now());
        let report = stall_what_lasts(report, before, self.now());
        self.say_again(&lease.tenant, loaded, &report);
        let mut outcome = finish_pass(self.verb, loaded, &report, self.now(), rand::random());
        outcome.record.history.splice(..0, unrecorded);
        self.add_portal(&mut outcome.events);
        outcome.record.unused = pass.intents.unused();
        if self.verb != Verb::Offboard {
            refused_at(&mut outcome.record, loaded, &report, (self.verb, began));
        }
        let saved = Box::pin(self.save(lease, &report, &outcome));
        let (saved, ()) = futures::join!(saved, components.share_organization());
        let saved = saved?;
        let next = self.schedule_next(&lease.tenant, &outcome, &saved);
        let ((), next) = futures::join!(self.publish(&outcome.events), next);
        next?;
        if let Dispatch::RolesThen(verb) = dispatch
            && report.is_settled()
            && outcome.wake.is_none()
        {
            self.queues.send(verb, &lease.tenant, 0).await?;
        }
        Ok(WorkOutcome::Passed)
    }

    /// Makes the pass. What it changed last is for the history, and recorded with the pass.
    async fn pass(
        &self,
        pass: &Arc<PassContext>,
        components: &mut Components,
        loaded: &Loaded,
        dispatch: Dispatch,
    ) -> (PassReport, Vec<NewEntry>) {
        let desired = match self.prepared(pass, components, loaded).await {
            Ok(desired) => desired,
            Err(failure) => {
                let left = lock(&pass.creation).take();
                self.creation_left(&pass.lease.holder, left).await;
                return (refused(failure), Vec::new());
            }
        };
        let journal = PassJournal::new(pass, loaded.tenant.components.clone());
        let scope = scope(self.verb, dispatch, loaded);
        components.rows.retain(|row| {
            scope
                .as_ref()
                .is_none_or(|names| names.contains(&row.name()))
        });
        let rows = &components.rows;
        let report = match self.verb {
            Verb::Onboard => Box::pin(baseline::onboard(rows, &journal, &desired)).await,
            Verb::Audit => Box::pin(baseline::audit(rows, &desired)).await,
            Verb::Offboard => {
                let emptied = is_emptied(pass);
                Box::pin(baseline::offboard(rows, &journal, &desired, emptied)).await
            }
        };
        let left = lock(&pass.creation).take();
        let rows = self.creation_left(&pass.lease.holder, left).await;
        let request = components.request_in_flight(&desired);
        let waiting = request.map(|request| Waiting { request, rows });
        self.creating.note(&desired.tenant, waiting);
        (report, journal.into_unrecorded())
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// How far the clock of the function that sent a message may be ahead of ours.
const SKEW_SECS: i64 = 1;

/// A pass that could not even say what is wanted: shown at the account, which everything else needs.
fn refused(failure: Failure) -> PassReport {
    let state = if failure.retry_after_secs().is_none() {
        ComponentState::Parked
    } else {
        ComponentState::Failed
    };
    let outcome = Outcome {
        failures: vec![failure],
        ..Outcome::new(ComponentName::ACCOUNT, state)
    };
    PassReport {
        outcomes: vec![outcome],
        account: None,
    }
}
