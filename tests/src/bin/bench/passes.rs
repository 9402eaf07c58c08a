//! Passes over a tenant, each with the calls it made.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use scenarios::{
    machine::{APP, AnyError, Machine},
    proxy::Record,
};
use tenancy::{TenantId, Timestamp, Verb};
use tenantry_aws::worker::{WorkOutcome, Worker};

const MOST_PASSES: usize = 60;

/// A worker whose clock stands still while it makes a pass. Every call is given a latency that is many times AWS's, so that calls that
/// are made side by side are told from those that follow one another; what a pass may use for some seconds must not run out by that.
pub struct SteadyWorker {
    worker: Worker,
    time: Arc<AtomicI64>,
}

impl SteadyWorker {
    /// A new worker. It has no sessions yet, like a function after a cold start.
    ///
    /// # Errors
    /// Its role cannot be assumed.
    pub async fn new(machine: &Machine, verb: Verb) -> Result<Self, AnyError> {
        let time = Arc::new(AtomicI64::new(machine.now().as_microsecond()));
        let read = Arc::clone(&time);
        let clock = move || {
            let now = Timestamp::from_microsecond(read.load(Ordering::Relaxed));
            now.unwrap_or_default()
        };
        let worker = machine.worker_by(verb, Arc::new(clock)).await?;
        Ok(Self { worker, time })
    }

    /// The worker, its clock set.
    pub fn set(&self, machine: &Machine) -> &Worker {
        let now = machine.now().as_microsecond();
        self.time.store(now, Ordering::Relaxed);
        &self.worker
    }

    /// Makes one pass; returns tenantry's calls.
    ///
    /// # Errors
    /// The pass failed outright.
    pub async fn one(&self, machine: &Machine, tenant: &TenantId) -> Result<Vec<Record>, AnyError> {
        machine.aws.proxy.forget_calls();
        self.set(machine).work(tenant).await?;
        let calls = machine.aws.proxy.calls().into_iter();
        Ok(calls.filter(|call| call.app == APP).collect())
    }

    /// Makes passes until nothing is due; returns the calls of each.
    ///
    /// # Errors
    /// The tenant is still due after many passes.
    pub async fn settled(
        &self,
        machine: &Machine,
        tenant: &TenantId,
    ) -> Result<Vec<Vec<Record>>, AnyError> {
        let mut passes = Vec::new();
        for _ in 0..MOST_PASSES {
            machine.aws.proxy.forget_calls();
            let worked = self.set(machine).work(tenant).await;
            let calls = machine.aws.proxy.calls().into_iter();
            passes.push(calls.filter(|call| call.app == APP).collect());
            if !matches!(worked, Ok(WorkOutcome::Passed | WorkOutcome::Nothing)) {
                machine.advance(30);
                continue;
            }
            let Some(due) = machine.ledger.tenant(tenant).await?.due_at else {
                return Ok(passes);
            };
            machine.advance((due.as_second() - machine.now().as_second()).max(0) + 1);
        }
        Err(format!("the tenant is still due after {MOST_PASSES} passes").into())
    }
}
