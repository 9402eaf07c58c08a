//! Whether our own roles lag behind this release, and what an audit makes of what it could not read because of it. Pure.
//!
//! The roles belong to tenantry and not to the tenant: they are brought up to date whatever the tenant's mode.

use tenancy::{ComponentName, Failure, FailureKind};

use crate::{
    component::Wait,
    reconcile::trouble,
    report::{Outcome, PassReport},
};

/// When to check again, in seconds: bringing the roles up to date takes a pass of some seconds, and IAM some more.
const AGAIN_SECS: u32 = 60;

/// Whether roles or policies of ours are not as this release has them, as an audit found.
pub fn lags(report: &PassReport) -> bool {
    let mut outcomes = report.outcomes.iter();
    outcomes.any(|outcome| is_access(outcome) && !outcome.remaining.is_empty())
}

/// The report of an audit, in which what the auditor was refused because our roles lag is waited for and parks nothing. Which of
/// them lags is not asked: a plan shows the first steps only, and all of them are brought up to date together.
#[must_use]
pub fn not_verifiable_yet(mut report: PassReport) -> PassReport {
    if lags(&report) {
        let others = report.outcomes.iter_mut();
        others
            .filter(|outcome| !is_access(outcome))
            .for_each(wait_instead);
    }
    report
}

fn is_access(outcome: &Outcome) -> bool {
    outcome.component == ComponentName::ACCESS
}

fn wait_instead(outcome: &mut Outcome) {
    let denied = |failure: &Failure| failure.kind == FailureKind::Denied;
    if !outcome.failures.iter().any(denied) {
        return;
    }
    outcome.failures.retain(|failure| !denied(failure));
    outcome.waits.push(Wait {
        waiting_for: "the auditor's policies to be brought up to date".into(),
        after_secs: AGAIN_SECS,
    });
    outcome.state = trouble(outcome).unwrap_or(outcome.state);
}
