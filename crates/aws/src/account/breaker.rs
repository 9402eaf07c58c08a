//! The circuit breaker: what stops creations for all tenants until a person has acted.

use baseline::{Desired, account::FailedCreation};
use tenancy::{Failure, Timestamp};

use super::{AccountPort, request::CREATIONS_SWITCH};
use crate::{
    ledger::{Attempt, CreationOutcome, Switch},
    ledger_failure::ledger_failure,
};

/// Who set the switch, where no person did.
const BREAKER: &str = "the circuit breaker";

impl AccountPort {
    /// What stops one creation for a reason of the whole organization stops them all.
    pub(super) async fn stop_creations(
        &self,
        ended: Timestamp,
        failed: &FailedCreation,
    ) -> Result<(), Failure> {
        let reason = format!(
            "Organizations answered {} to request `{}`",
            failed.reason, failed.request
        );
        self.trip(ended, reason).await
    }

    /// Notes what came of an attempt, and stops creations when failures and unknown outcomes have piled up.
    pub(super) async fn note_outcome(
        &self,
        desired: &Desired,
        number: u32,
        at: Timestamp,
        outcome: CreationOutcome,
    ) -> Result<(), Failure> {
        let attempt = self.attempt(desired, number, at, outcome);
        let switch = self.creations_switch().await?;
        let since = switch.filter(|switch| switch.on).map(|switch| switch.at);
        let why = self
            .pass
            .ledger
            .record_attempt(&attempt, self.pass.now(), since)
            .await
            .map_err(|error| ledger_failure("noting the outcome of a creation", error))?;
        match why {
            Some(reason) => self.trip(at, reason).await,
            None => Ok(()),
        }
    }

    pub(super) fn attempt(
        &self,
        desired: &Desired,
        number: u32,
        at: Timestamp,
        outcome: CreationOutcome,
    ) -> Attempt {
        Attempt {
            tenant: desired.tenant.clone(),
            number,
            at,
            outcome,
        }
    }

    /// The switch as it was last set.
    async fn creations_switch(&self) -> Result<Option<Switch>, Failure> {
        let read = self.pass.ledger.switch(CREATIONS_SWITCH).await;
        read.map_err(|error| ledger_failure("reading the switch of creations", error))
    }

    /// Stops creations, unless they are stopped, or a person has started them after the failure in question.
    pub(super) async fn trip(&self, ended: Timestamp, reason: String) -> Result<(), Failure> {
        let settled = |switch: Switch| !switch.on || switch.at >= ended;
        if self.creations_switch().await?.is_some_and(settled) {
            return Ok(());
        }
        tracing::error!(switch.reason = reason, "creations are stopped: {reason}");
        let off = Switch {
            on: false,
            reason,
            by: BREAKER.into(),
            at: self.pass.now(),
        };
        self.pass
            .ledger
            .set_switch(CREATIONS_SWITCH, &off)
            .await
            .map_err(|error| ledger_failure("stopping creations", error))
    }
}
