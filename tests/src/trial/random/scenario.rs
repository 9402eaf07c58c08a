//! The tenants of a random trial, and what happens to them.

use futures::future::join_all;
use tenancy::{Phase, Tenant, TenantId, Timestamp, Verb};
use tenantry_aws::worker::Worker;

use super::{TenantUnderTest, VARIANTS, faults::POWER, rng::Rng, verb_of};
use crate::{
    machine::AnyError,
    trial::{
        environment::{Environment, MOST_PASSES},
        summary::Violation,
    },
};

/// Tenants of one trial.
const TENANTS: [&str; 3] = ["zq-eins", "zq-zwei", "zq-drei"];
/// How often a person retries a tenant that is parked or not due.
const RETRIES: usize = 4;
/// Stale reads end well within the visibility grace of 300 seconds.
const STALE_SECS: i64 = 120;

/// Tenants in an environment, and the processes that work on them.
pub(super) struct Scenario<'a> {
    pub environment: &'a Environment,
    pub tenants: Vec<TenantUnderTest>,
    /// Two processes of each function.
    workers: Vec<(Verb, Worker)>,
    /// Until when reads may be stale.
    stale_until: Timestamp,
}

impl<'a> Scenario<'a> {
    /// Requests the tenants and starts the workers.
    pub async fn start(environment: &'a Environment, rng: &mut Rng) -> Result<Self, AnyError> {
        let mut tenants: Vec<TenantUnderTest> = Vec::new();
        for slug in TENANTS {
            let fails_once = tenants.is_empty() && rng.percent(15);
            let id = random_id(rng, fails_once);
            let variant = rng.pick(VARIANTS[0], &VARIANTS[1..]);
            let tenant = environment
                .machine
                .request_tenant_as(id.clone(), variant.spec(slug))
                .await?;
            // What somebody makes by hand must not be what fails.
            let email_taken = rng.percent(8) && !fails_once;
            if email_taken {
                take_email(environment, &tenant).await?;
            }
            tenants.push(TenantUnderTest {
                id,
                email_taken,
                creation_fails_once: fails_once,
            });
        }
        let stale_until = environment.machine.now();
        let mut scenario = Self {
            environment,
            tenants,
            workers: Vec::new(),
            stale_until,
        };
        scenario.restart_workers().await?;
        Ok(scenario)
    }

    /// Starts new processes, as after a loss of power.
    async fn restart_workers(&mut self) -> Result<(), AnyError> {
        self.environment.machine.aws.proxy.clear_fault(POWER);
        self.workers.clear();
        for verb in [Verb::Onboard, Verb::Audit, Verb::Offboard] {
            for _ in 0..2 {
                let worker = self.environment.machine.worker(verb).await?;
                self.workers.push((verb, worker));
            }
        }
        Ok(())
    }

    /// One random step: messages, time, or a request.
    pub async fn step(&mut self, rng: &mut Rng) -> Result<(), AnyError> {
        match rng.below(100) {
            0..75 => self.deliver_messages(rng).await,
            75..83 => {
                let secs = rng.pick(1, &[20, 120, 950, 4000]);
                self.advance(secs);
            }
            83..89 => self.request_change(rng).await,
            89..94 => self.request_repair(rng).await,
            _ => self.request_departure(rng).await,
        }
        if self.environment.machine.aws.proxy.is_dark() {
            self.restart_workers().await?;
        }
        Ok(())
    }

    /// Delivers messages: for one tenant or all at once, once or more often, sometimes to the wrong function.
    async fn deliver_messages(&mut self, rng: &mut Rng) {
        let one = self.any_tenant(rng);
        let chosen: Vec<TenantUnderTest> = match rng.percent(35) {
            true => self.tenants.clone(),
            false => vec![one],
        };
        let mut sent = Vec::new();
        for tenant in &chosen {
            let copies = rng.pick(1, &[1, 1, 2]);
            let misrouted = rng.percent(12);
            let other = rng.pick(Verb::Onboard, &[Verb::Audit, Verb::Offboard]);
            let Ok(stored) = self.environment.tenant(&tenant.id).await else {
                continue;
            };
            let verb = if misrouted {
                other
            } else {
                verb_of(stored.desired_state)
            };
            let processes = self.workers.iter().filter(|(does, _)| *does == verb);
            sent.extend(
                processes
                    .take(copies)
                    .map(|(_, worker)| (worker, &tenant.id)),
            );
        }
        // The ledger has the outcome of a pass. A failure would redeliver the message; the seed decides on messages anyway.
        join_all(sent.iter().map(|(worker, id)| worker.work(id))).await;
        self.advance_until_due(&chosen, rng).await;
    }

    /// Mostly lets time pass until the next tenant is due; sometimes messages come earlier.
    async fn advance_until_due(&mut self, chosen: &[TenantUnderTest], rng: &mut Rng) {
        if rng.percent(30) {
            return;
        }
        let now = self.environment.machine.now();
        let mut next = None;
        for tenant in chosen {
            let due = self.environment.tenant(&tenant.id).await.ok();
            let due = due.and_then(|tenant| tenant.due_at);
            next = next.into_iter().chain(due).min();
        }
        if let Some(due) = next {
            self.advance((due.as_second() - now.as_second()).clamp(0, 950) + 1);
        }
    }

    fn advance(&mut self, secs: i64) {
        self.environment.machine.advance(secs);
        let now = self.environment.machine.now();
        if now >= self.stale_until {
            self.environment.machine.aws.proxy.forget_stale();
            self.stale_until = now + jiff::SignedDuration::from_secs(STALE_SECS);
        }
    }

    fn any_tenant(&self, rng: &mut Rng) -> TenantUnderTest {
        let index = usize::try_from(rng.below(self.tenants.len() as u64)).unwrap_or(0);
        self.tenants[index].clone()
    }

    /// The ledger refuses it for a tenant that is leaving; then nothing changes.
    async fn request_change(&mut self, rng: &mut Rng) {
        let tenant = self.any_tenant(rng);
        let variant = rng.pick(VARIANTS[0], &VARIANTS[1..]);
        let _ = self.environment.request_change(&tenant.id, variant).await;
    }

    async fn request_repair(&mut self, rng: &mut Rng) {
        let tenant = self.any_tenant(rng);
        let _ = self.environment.request_repair(&tenant.id).await;
    }

    async fn request_departure(&mut self, rng: &mut Rng) {
        let tenant = self.any_tenant(rng);
        let _ = self.environment.request_departure(&tenant.id).await;
    }

    /// Without faults, every tenant settles within a bounded number of passes, if need be after retries by a person.
    pub async fn settle(&mut self) -> Result<Vec<Violation>, AnyError> {
        let mut violations = Vec::new();
        for tenant in self.tenants.clone() {
            if tenant.email_taken {
                // An account of others has its address: a person deletes such a tenant. It may be leaving already.
                let _ = self.environment.request_departure(&tenant.id).await;
            }
            if let Err(error) = self.settle_one(&tenant.id).await {
                violations.push(Violation::Stuck(format!("{}: {error}", tenant.id)));
            }
        }
        Ok(violations)
    }

    async fn settle_one(&mut self, id: &TenantId) -> Result<(), AnyError> {
        let machine = &self.environment.machine;
        for _ in 0..RETRIES {
            let verb = verb_of(self.environment.tenant(id).await?.desired_state);
            let worker = machine.worker(verb).await?;
            machine.settle(&worker, id, MOST_PASSES).await?;
            let phase = self.environment.tenant(id).await?.phase();
            if matches!(phase, Phase::Active | Phase::Closed) {
                return Ok(());
            }
            machine.advance(4000);
            machine.ledger.mark_due(id, machine.now()).await?;
        }
        let tenant = self.environment.tenant(id).await?;
        let states: Vec<String> = tenant
            .components
            .iter()
            .map(|(name, status)| format!("{name} {:?} {:?}", status.state, status.message))
            .collect();
        Err(format!("{:?}: {}", tenant.phase(), states.join("; ")).into())
    }
}

fn random_id(rng: &mut Rng, fails_once: bool) -> TenantId {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&rng.next_u64().to_le_bytes());
    // The first letter of the id encodes the first five bits: `a` is all zeros.
    bytes[0] = if fails_once { 0 } else { bytes[0] | 0x80 };
    TenantId::from_random(bytes)
}

/// Somebody creates an account with the tenant's address by hand.
async fn take_email(environment: &Environment, tenant: &Tenant) -> Result<(), AnyError> {
    aws_sdk_organizations::Client::new(environment.machine.root())
        .create_account()
        .email(tenant.account_email.as_str())
        .account_name("made by hand")
        .send()
        .await?;
    environment.machine.advance(200);
    Ok(())
}
