//! Taking and giving back a slot of the organization, and sending for the tenants that are next in the queue.

use baseline::Desired;
use futures::future::join_all;
use tenancy::{Failure, FailureKind, TenantId, Verb};
use tracing::warn;

use super::{AccountPort, request::STOPPED_SECS};
use crate::{
    ledger::{
        Admission, CreationBudget, Granted, LedgerError, Permit, PermitRequest, Semaphore, Switch,
    },
    ledger_failure::ledger_failure,
    pass::PassContext,
};

impl AccountPort {
    /// All that a call needs, or why it has to wait.
    pub(super) async fn permit(
        &self,
        request: &PermitRequest,
        doing: String,
    ) -> Result<Granted, Failure> {
        let pass = &self.pass;
        let permit = pass.ledger.take_permit(&pass.lease, request, pass.clock());
        let failed = |error| ledger_failure("taking slot, budget and token for a call", error);
        match permit.await.map_err(failed)? {
            Permit::Granted(granted) => Ok(granted),
            Permit::Throttled { after } => {
                let limiter = pass.sessions.limiter();
                Err(limiter.not_yet(request.semaphore.call(), after))
            }
            Permit::Queued {
                position,
                length,
                expected_secs,
                retry_secs,
            } => {
                let to_do = match request.semaphore {
                    Semaphore::Creations => "create",
                    Semaphore::Closures => "close",
                };
                let slot = format!("a slot to {to_do} an account: position {position} of {length}");
                let waiting_for = format!("{slot}, in about {}", minutes(expected_secs));
                Err(queued(doing, waiting_for, retry_secs))
            }
            Permit::Stopped { switch, admission } => Err(stopped(doing, &switch, admission)),
            Permit::UsedUp {
                until,
                retry_secs,
                allowed: CreationBudget { per_hour, per_day },
            } => {
                let waiting_for = format!(
                    "the creation budget ({per_hour} an hour, {per_day} a day) to have room at {until}"
                );
                Err(queued(doing, waiting_for, retry_secs))
            }
        }
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

    /// Releases the tenant's slot, and wakes the tenants that are next in the queue.
    pub(super) async fn release_slot(
        &self,
        semaphore: Semaphore,
        desired: &Desired,
    ) -> Result<(), Failure> {
        let (ledger, now) = (&self.pass.ledger, self.pass.now());
        let next = ledger.release_slot(semaphore, &desired.tenant, now).await;
        wake_next(&self.pass, semaphore, next).await
    }

    /// Sends for tenants that have something to do now.
    pub(super) async fn wake(&self, verb: Verb, tenants: &[TenantId]) {
        wake(&self.pass, verb, tenants).await;
    }
}

/// Sends for those who are next in the queue, once a slot was released.
pub(super) async fn wake_next(
    pass: &PassContext,
    semaphore: Semaphore,
    next: Result<Vec<TenantId>, LedgerError>,
) -> Result<(), Failure> {
    let next = next.map_err(|error| ledger_failure("releasing a slot", error))?;
    let verb = match semaphore {
        Semaphore::Creations => Verb::Onboard,
        Semaphore::Closures => Verb::Offboard,
    };
    wake(pass, verb, &next).await;
    Ok(())
}

/// A courtesy: who is not sent for comes back by itself.
async fn wake(pass: &PassContext, verb: Verb, tenants: &[TenantId]) {
    join_all(tenants.iter().map(|tenant| send_for(pass, verb, tenant))).await;
}

async fn send_for(pass: &PassContext, verb: Verb, tenant: &TenantId) {
    if let Err(error) = pass.ledger.mark_due(tenant, pass.now()).await {
        warn!(tenant.id = %tenant, "sending a message for tenant `{tenant}`: {error}");
    } else if let Err(failure) = pass.queues.send(verb, tenant, 0).await {
        warn!(tenant.id = %tenant, "sending a message for tenant `{tenant}`: {failure}");
    }
}

/// Creations are stopped for all tenants.
fn stopped(doing: String, off: &Switch, admission: Admission) -> Failure {
    let (place, after) = match admission {
        Admission::Queued {
            position,
            length,
            retry_secs,
            ..
        } => (format!(": position {position} of {length}"), retry_secs),
        Admission::Admitted => (String::new(), STOPPED_SECS),
    };
    let waiting_for = format!(
        "creations to be started again (stopped since {} by {}: {}){place}",
        off.at, off.by, off.reason
    );
    queued(doing, waiting_for, after)
}

/// Seconds as people say them.
fn minutes(secs: u32) -> String {
    match secs.div_ceil(60) {
        0 | 1 => "a minute".into(),
        minutes @ 2..=119 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes.div_ceil(60)),
    }
}

/// A request that waits for something of the whole organization.
fn queued(doing: String, waiting_for: String, after_secs: u32) -> Failure {
    Failure {
        kind: FailureKind::Quota,
        ..Failure::wait(doing, waiting_for, after_secs)
    }
}
