//! Random trials: a seed decides on faults, on the order, number and delay of messages, and on requests midway. When the faults are
//! over, every tenant must settle.
//!
//! A seed always makes the same decisions, but it does not decide which of two concurrent calls AWS handles first, so a rare failure
//! may need more than one replay.

mod faults;
pub mod rng;
mod scenario;
mod verify;

use tenancy::{DesiredState, Phase, TenantId, Verb};

pub use faults::STALE_SECS;

use rng::Rng;
use scenario::Scenario;

use super::{
    environment::{Environment, SANDBOX, STANDARD, SpecVariant, without_delays},
    invariants::FinalState,
    summary::Violation,
};
use crate::{
    machine::AnyError,
    proxy::{
        Checkpoint, Config,
        config::{CreationFailure, Newborn, Organizations},
    },
};

/// The specs that tenants of random trials may have.
const VARIANTS: [SpecVariant; 4] = [
    STANDARD,
    SANDBOX,
    SpecVariant {
        blueprint: "standard@1.0.0",
        egress: "none",
    },
    SpecVariant {
        blueprint: "sandbox",
        egress: "single-nat",
    },
];
/// The first account creation of a tenant whose id begins so fails.
const CREATION_FAILS_ONCE: &str = "+t-a";

/// AWS at its worst: everything takes time, pages are small, and a fresh account refuses calls for a while.
pub fn adverse() -> Config {
    Config {
        newborn: Newborn::typical(60.0),
        organizations: Some(Organizations {
            creation_secs: 15.0,
            creation_spread_secs: 60.0,
            bootstrap_role_secs: Some(10.0),
            creations_in_flight: 2,
            failures: vec![CreationFailure {
                email_contains: CREATION_FAILS_ONCE.to_owned(),
                reason: "INTERNAL_FAILURE".to_owned(),
                times: Some(1),
            }],
            page_size: 2,
            empty_pages: 0.1,
            concurrent_modification: 0.05,
            closing_secs: 90.0,
            closures_in_progress: 2,
            ..Organizations::default()
        }),
        ..without_delays()
    }
}

/// What reference runs leave, to compare with.
#[derive(Clone, Debug)]
pub struct References {
    /// A checkpoint before the first tenant.
    pub start: Checkpoint,
    /// What a tenant of each spec variant consists of.
    pub present: Vec<(SpecVariant, FinalState)>,
    /// What a departure leaves.
    pub closed: FinalState,
}

impl References {
    /// Onboards a tenant of each spec variant without faults, and offboards one.
    ///
    /// # Errors
    /// One of them does not settle.
    pub async fn of(
        environment: &Environment,
        directory: &std::path::Path,
    ) -> Result<Self, AnyError> {
        let start = environment.checkpoint(directory).await?;
        let mut present = Vec::new();
        let mut closed = FinalState::default();
        for variant in VARIANTS {
            environment.restore(&start).await?;
            let tenant = environment
                .machine
                .request_tenant(variant.spec("reference"))
                .await?;
            environment.settle(Verb::Onboard, &tenant.id).await?;
            let left = FinalState::of(environment, &tenant.id).await?;
            if left.phase != Some(Phase::Active) {
                return Err(
                    format!("the reference run of {variant:?} ends as {:?}", left.phase).into(),
                );
            }
            present.push((variant, left));
            if variant == STANDARD {
                environment.request_departure(&tenant.id).await?;
                environment.settle(Verb::Offboard, &tenant.id).await?;
                closed = FinalState::of(environment, &tenant.id).await?;
            }
        }
        Ok(Self {
            start,
            present,
            closed,
        })
    }
}

/// One trial.
///
/// # Errors
/// The checkpoint cannot be restored, or the ledger does not answer the test, which gets no faults.
pub async fn trial(
    environment: &Environment,
    references: &References,
    seed: u64,
) -> Result<Vec<Violation>, AnyError> {
    environment.restore(&references.start).await?;
    environment.machine.aws.proxy.reseed(seed);
    let mut rng = Rng::new(seed);
    let mut scenario = Scenario::start(environment, &mut rng).await?;
    for fault in faults::drawn(&mut rng) {
        environment.machine.aws.proxy.add_fault(fault);
    }
    for _ in 0..10 + rng.below(25) {
        scenario.step(&mut rng).await?;
    }
    environment.machine.aws.proxy.clear_faults();
    let unsettled = scenario.settle().await?;
    let mut violations = verify::all(&scenario, references).await?;
    violations.extend(unsettled);
    Ok(violations)
}

/// The function that works on a tenant with this desired state.
fn verb_of(desired_state: DesiredState) -> Verb {
    match desired_state {
        DesiredState::Present | DesiredState::Other(_) => Verb::Onboard,
        DesiredState::Absent => Verb::Offboard,
    }
}

/// A tenant of a trial.
#[derive(Clone, Debug)]
struct TenantUnderTest {
    id: TenantId,
    /// Somebody created an account with its address before.
    email_taken: bool,
    /// AWS fails the first creation of its account.
    creation_fails_once: bool,
}
