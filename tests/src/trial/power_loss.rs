//! Power is lost at a call; a new process resumes from the checkpoint that is left.

use super::{
    environment::{Environment, LEASE_OVER_SECS},
    invariants::{FinalState, check_invariants},
    recording::Recording,
    summary::Violation,
};
use crate::machine::AnyError;

/// Resumes from one checkpoint of a recording until settled, and returns what differs from the reference run.
///
/// # Errors
/// The checkpoint cannot be restored.
pub async fn resume(
    environment: &Environment,
    recording: &Recording,
    checkpoint: usize,
) -> Result<Vec<Violation>, AnyError> {
    let checkpoint = recording.checkpoints.get(checkpoint);
    environment
        .restore(checkpoint.ok_or("no such checkpoint")?)
        .await?;
    // The dead pass still holds the lease.
    environment.machine.advance(LEASE_OVER_SECS);
    let tenant = &recording.tenant;
    if let Err(error) = environment.settle(recording.verb, tenant).await {
        return Ok(vec![Violation::Stuck(error.to_string())]);
    }
    let reached = FinalState::of(environment, tenant).await?;
    let mut violations = reached.violations(&recording.reference);
    violations.extend(check_invariants(environment, tenant).await?);
    Ok(violations)
}
