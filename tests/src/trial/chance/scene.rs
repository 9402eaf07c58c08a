//! The tenants of a trial, and what happens to them.

use futures::future::join_all;
use tenancy::{Phase, Tenant, TenantId, Timestamp, Verb};
use tenantry_aws::worker::Worker;

use super::{Cast, WISHES, draw::Draw, faults::POWER, verb_of};
use crate::{
    machine::AnyError,
    trial::{
        figures::Flaw,
        stage::{MOST_PASSES, Stage},
    },
};

/// Tenants of one trial.
const TENANTS: [&str; 3] = ["zq-eins", "zq-zwei", "zq-drei"];
/// How often a person retries what is parked, or waits for nothing any more.
const RETRIES: usize = 4;
/// Stale reads end well within the grace of 300 seconds.
const STALE_SECS: i64 = 120;

/// A stage with tenants on it, and processes that work on them.
pub(super) struct Scene<'a> {
    pub stage: &'a Stage,
    pub cast: Vec<Cast>,
    /// Two processes of each function.
    workers: Vec<(Verb, Worker)>,
    /// Until when reads may be stale.
    stale_until: Timestamp,
}

impl<'a> Scene<'a> {
    /// Asks for the tenants.
    pub async fn set(stage: &'a Stage, draw: &mut Draw) -> Result<Self, AnyError> {
        let mut cast = Vec::new();
        for slug in TENANTS {
            let fails_once = cast.is_empty() && draw.percent(15);
            let id = id(draw, fails_once);
            let wanted = draw.pick(WISHES[0], &WISHES[1..]);
            let tenant = stage
                .machine
                .request_tenant_as(id.clone(), wanted.spec(slug))
                .await?;
            let forestalled = draw.percent(8);
            if forestalled {
                forestall(stage, &tenant).await?;
            }
            cast.push(Cast {
                id,
                forestalled,
                fails_once: fails_once && !forestalled,
            });
        }
        let stale_until = stage.machine.now();
        let mut scene = Self {
            stage,
            cast,
            workers: Vec::new(),
            stale_until,
        };
        scene.begin_anew().await?;
        Ok(scene)
    }

    /// New processes, as after a loss of power.
    async fn begin_anew(&mut self) -> Result<(), AnyError> {
        self.stage.machine.aws.proxy.clear_fault(POWER);
        self.workers.clear();
        for verb in [Verb::Onboard, Verb::Audit, Verb::Offboard] {
            for _ in 0..2 {
                let worker = self.stage.machine.worker(verb).await?;
                self.workers.push((verb, worker));
            }
        }
        Ok(())
    }

    /// One thing that happens.
    pub async fn act(&mut self, draw: &mut Draw) -> Result<(), AnyError> {
        match draw.below(100) {
            0..75 => self.messages(draw).await,
            75..83 => {
                let secs = draw.pick(1, &[20, 120, 950, 4000]);
                self.pass_time(secs);
            }
            83..89 => self.ask_change(draw).await,
            89..94 => self.ask_repair(draw).await,
            _ => self.ask_departure(draw).await,
        }
        if self.stage.machine.aws.proxy.is_dark() {
            self.begin_anew().await?;
        }
        Ok(())
    }

    /// Messages reach the functions: for one tenant or all at once, once or more often, now and then for the wrong function.
    async fn messages(&mut self, draw: &mut Draw) {
        let one = self.one_of(draw);
        let whom: Vec<Cast> = match draw.percent(35) {
            true => self.cast.clone(),
            false => vec![one],
        };
        let mut sent = Vec::new();
        for tenant in &whom {
            let copies = draw.pick(1, &[1, 1, 2]);
            let astray = draw.percent(12);
            let other = draw.pick(Verb::Onboard, &[Verb::Audit, Verb::Offboard]);
            let Ok(known) = self.stage.tenant(&tenant.id).await else {
                continue;
            };
            let verb = if astray {
                other
            } else {
                verb_of(known.desired_state)
            };
            let processes = self.workers.iter().filter(|(does, _)| *does == verb);
            sent.extend(
                processes
                    .take(copies)
                    .map(|(_, worker)| (worker, &tenant.id)),
            );
        }
        // What comes of a pass shows in the ledger; a failure brings the message back, which the seed decides about anyway.
        join_all(sent.iter().map(|(worker, id)| worker.work(id))).await;
        self.next_due(&whom, draw).await;
    }

    /// Mostly messages come when they are due, and now and then earlier.
    async fn next_due(&mut self, whom: &[Cast], draw: &mut Draw) {
        if draw.percent(30) {
            return;
        }
        let now = self.stage.machine.now();
        let mut soonest = None;
        for tenant in whom {
            let due = self.stage.tenant(&tenant.id).await.ok();
            let due = due.and_then(|tenant| tenant.due_at);
            soonest = soonest.into_iter().chain(due).min();
        }
        if let Some(due) = soonest {
            self.pass_time((due.as_second() - now.as_second()).clamp(0, 950) + 1);
        }
    }

    fn pass_time(&mut self, secs: i64) {
        self.stage.machine.advance(secs);
        let now = self.stage.machine.now();
        if now >= self.stale_until {
            self.stage.machine.aws.proxy.forget_stale();
            self.stale_until = now + jiff::SignedDuration::from_secs(STALE_SECS);
        }
    }

    fn one_of(&self, draw: &mut Draw) -> Cast {
        let index = usize::try_from(draw.below(self.cast.len() as u64)).unwrap_or(0);
        self.cast[index].clone()
    }

    /// Refused where the tenant leaves; then nothing changes.
    async fn ask_change(&mut self, draw: &mut Draw) {
        let tenant = self.one_of(draw);
        let wanted = draw.pick(WISHES[0], &WISHES[1..]);
        let _ = self.stage.ask_change(&tenant.id, wanted).await;
    }

    async fn ask_repair(&mut self, draw: &mut Draw) {
        let tenant = self.one_of(draw);
        let _ = self.stage.ask_repair(&tenant.id).await;
    }

    async fn ask_departure(&mut self, draw: &mut Draw) {
        let tenant = self.one_of(draw);
        let _ = self.stage.ask_departure(&tenant.id).await;
    }

    /// The faults are over: everything settles within bounded passes, if need be after a person's retries.
    pub async fn settle(&mut self) -> Result<Vec<Flaw>, AnyError> {
        let mut flaws = Vec::new();
        for tenant in self.cast.clone() {
            if let Err(error) = self.settle_one(&tenant.id).await {
                flaws.push(Flaw::Stuck(format!("{}: {error}", tenant.id)));
            }
        }
        Ok(flaws)
    }

    async fn settle_one(&mut self, id: &TenantId) -> Result<(), AnyError> {
        let machine = &self.stage.machine;
        for _ in 0..RETRIES {
            let verb = verb_of(self.stage.tenant(id).await?.desired_state);
            let worker = machine.worker(verb).await?;
            machine.settle(&worker, id, MOST_PASSES).await?;
            let phase = self.stage.tenant(id).await?.phase();
            if matches!(phase, Phase::Active | Phase::Closed) {
                return Ok(());
            }
            machine.advance(4000);
            machine.ledger.mark_due(id, machine.now()).await?;
        }
        let tenant = self.stage.tenant(id).await?;
        let states: Vec<String> = tenant
            .components
            .iter()
            .map(|(name, status)| format!("{name} {:?} {:?}", status.state, status.message))
            .collect();
        Err(format!("{:?}: {}", tenant.phase(), states.join("; ")).into())
    }
}

fn id(draw: &mut Draw, fails_once: bool) -> TenantId {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&draw.number().to_le_bytes());
    // The first letter of the id is made of the first five bits: `a` is all zeros.
    bytes[0] = if fails_once { 0 } else { bytes[0] | 0x80 };
    TenantId::from_random(bytes)
}

/// Somebody makes an account with the tenant's address by hand.
async fn forestall(stage: &Stage, tenant: &Tenant) -> Result<(), AnyError> {
    aws_sdk_organizations::Client::new(stage.machine.root())
        .create_account()
        .email(tenant.account_email.as_str())
        .account_name("made by hand")
        .send()
        .await?;
    stage.machine.advance(200);
    Ok(())
}
