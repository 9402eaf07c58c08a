//! Everything at once, by chance: a seed decides on faults, on the order, number and delay of messages, and on what is asked for
//! midway. When the faults are over, everything must settle.
//!
//! A seed always decides the same; which of two calls in flight at once AWS takes first is not the seed's to decide, so a rare
//! failure may need more than one replay.

pub mod draw;
mod faults;
mod scene;
mod verdict;

use tenancy::{DesiredState, Phase, TenantId};
use tenantry_aws::worker::Verb;

pub use faults::STALE_SECS;

use draw::Draw;
use scene::Scene;

use super::{
    check::Left,
    figures::Flaw,
    stage::{SANDBOX, STANDARD, Stage, Wanted, quick},
};
use crate::{
    machine::AnyError,
    proxy::{
        Checkpoint, Config,
        config::{CreationFailure, Newborn, Organizations},
    },
};

/// What tenants of random trials may be wished to be.
const WISHES: [Wanted; 4] = [
    STANDARD,
    SANDBOX,
    Wanted {
        blueprint: "standard",
        egress: "none",
    },
    Wanted {
        blueprint: "sandbox",
        egress: "single-nat",
    },
];
/// Creations for tenants whose ids begin so fail once.
const FAILS_ONCE: &str = "+t-a";

/// AWS at its most awkward: everything takes its time, pages are small, and what is new refuses for a while.
pub fn awkward() -> Config {
    Config {
        newborn: Newborn::typical(60.0),
        organizations: Some(Organizations {
            creation_secs: 15.0,
            creation_spread_secs: 60.0,
            bootstrap_role_secs: Some(10.0),
            creations_in_flight: 2,
            failures: vec![CreationFailure {
                email_contains: FAILS_ONCE.to_owned(),
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
        ..quick()
    }
}

/// What quiet runs leave, to compare with.
#[derive(Clone, Debug)]
pub struct Quiet {
    /// The world before the first tenant.
    pub start: Checkpoint,
    /// What a tenant of each kind is made of.
    pub present: Vec<(Wanted, Left)>,
    /// What a departure leaves.
    pub closed: Left,
}

impl Quiet {
    /// Runs a tenant of each kind, quietly, and takes one away again.
    ///
    /// # Errors
    /// One of them does not settle.
    pub async fn observe(stage: &Stage, directory: &std::path::Path) -> Result<Self, AnyError> {
        let start = stage.keep(directory).await?;
        let mut present = Vec::new();
        let mut closed = Left::default();
        for wanted in WISHES {
            stage.restore(&start).await?;
            let tenant = stage.machine.request_tenant(wanted.spec("quiet")).await?;
            stage.settle(Verb::Onboard, &tenant.id).await?;
            let left = Left::of(stage, &tenant.id).await?;
            if left.phase != Some(Phase::Active) {
                return Err(format!("a quiet tenant {wanted:?} ends as {:?}", left.phase).into());
            }
            present.push((wanted, left));
            if wanted == STANDARD {
                stage.ask_departure(&tenant.id).await?;
                stage.settle(Verb::Offboard, &tenant.id).await?;
                closed = Left::of(stage, &tenant.id).await?;
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
/// The world cannot be put back, or the ledger does not answer us, who have no faults.
pub async fn trial(stage: &Stage, quiet: &Quiet, seed: u64) -> Result<Vec<Flaw>, AnyError> {
    stage.restore(&quiet.start).await?;
    stage.machine.aws.proxy.reseed(seed);
    let mut draw = Draw::new(seed);
    let mut scene = Scene::set(stage, &mut draw).await?;
    for fault in faults::some(&mut draw) {
        stage.machine.aws.proxy.add_fault(fault);
    }
    for _ in 0..10 + draw.below(25) {
        scene.act(&mut draw).await?;
    }
    stage.machine.aws.proxy.clear_faults();
    let unsettled = scene.settle().await?;
    let mut flaws = verdict::of(&scene, quiet).await?;
    flaws.extend(unsettled);
    Ok(flaws)
}

/// The function whose work a tenant is.
fn verb_of(desired_state: DesiredState) -> Verb {
    match desired_state {
        DesiredState::Present | DesiredState::Other(_) => Verb::Onboard,
        DesiredState::Absent => Verb::Offboard,
    }
}

/// A tenant of a trial.
#[derive(Clone, Debug)]
struct Cast {
    id: TenantId,
    /// Somebody made an account with its address before.
    forestalled: bool,
    /// Its first creation fails for reasons of AWS.
    fails_once: bool,
}
