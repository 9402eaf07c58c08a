//! Many tenants at once on the deployed machine: through API Gateway, bus and queues to the real function binaries, behind a
//! proxy that keeps to Organizations' limits.
//!
//! Waiting out the real limits would take an hour for 300 tenants. So the proxy's time runs [`TIMES`] as fast, and the machine is
//! told that its organization's rates are as much higher.

mod account;
mod memory;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use futures::{StreamExt, TryStreamExt, stream};
use scenarios::{
    machine::{AnyError, REGION},
    proxy::{Config, Record, config::Organizations},
    stack::Stack,
};
use serde_json::{Value, json};
use tenancy::{Phase, Tenant};
use tenantry_aws::ledger::{Ledger, Semaphore};

pub use account::{Bill, Creations};
pub use memory::Memory;

/// How much faster than in AWS time passes in the proxy.
pub const TIMES: u32 = 4;
/// How long Organizations takes for an account, in seconds of AWS's time: so long that the rate alone would let seven be under way.
const CREATION_SECS: f64 = 60.0;
/// Commands of ours under way at once: they are the callers, not what is measured.
const CALLERS: usize = 8;

/// A machine, and the tenants that come to it.
pub struct Crowd {
    /// The machine.
    pub stack: Stack,
    /// How much memory its processes took.
    pub memory: Memory,
    /// The ledger past the proxy, so that our looking is not counted.
    ledger: Ledger,
    begun: Instant,
    said: Instant,
    tenants: usize,
}

impl Crowd {
    /// A fresh machine, for so many tenants.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn gather(tenants: usize) -> Result<Self, AnyError> {
        eprintln!("bench: a machine for {tenants} tenants …");
        let settings = json!({
            "CreationsPerHour": "10000",
            "CreationsPerDay": "10000",
            "OrganizationsRatePercent": (100 * TIMES).to_string(),
        });
        let proxy = Config {
            time_scale: f64::from(TIMES),
            organizations: Some(Organizations {
                creation_secs: CREATION_SECS,
                throttle: true,
                ..Organizations::default()
            }),
            // They are read from the file.
            keep_records: 0,
            ..Config::default()
        };
        let start = move || Stack::start_behind(&settings, &proxy);
        let stack = tokio::task::spawn_blocking(start).await??;
        Ok(Self {
            ledger: ledger(&stack)?,
            memory: Memory::default(),
            stack,
            begun: Instant::now(),
            said: Instant::now(),
            tenants,
        })
    }

    /// Seconds since the machine was there.
    pub fn secs(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Asks for all tenants through the API, with the command line.
    ///
    /// # Errors
    /// A command fails.
    pub async fn ask(&self) -> Result<(), AnyError> {
        self.each(self.tenants, |slug| {
            vec![
                "tenant",
                "create",
                "--slug",
                slug,
                "--name",
                slug,
                "--blueprint",
                "standard",
            ]
        })
        .await
    }

    /// Has the first so many tenants audited, through the API.
    ///
    /// # Errors
    /// A command fails.
    pub async fn ask_for_audits(&self, count: usize) -> Result<(), AnyError> {
        self.each(count, |slug| vec!["audit", slug]).await
    }

    /// Has the first so many tenants leave, through the API.
    ///
    /// # Errors
    /// A command fails.
    pub async fn ask_to_leave(&self, count: usize) -> Result<(), AnyError> {
        self.each(count, |slug| vec!["tenant", "delete", slug, "--yes"])
            .await
    }

    /// A command for each of the first so many tenants, some at a time.
    async fn each(&self, count: usize, words: impl Fn(&str) -> Vec<&str>) -> Result<(), AnyError> {
        let (words, slugs) = (&words, (0..count).map(|number| format!("bench-{number}")));
        let commands = slugs.map(|slug| async move { self.command(&words(&slug)).await });
        stream::iter(commands)
            .buffer_unordered(CALLERS)
            .try_collect()
            .await
    }

    /// Waits until so many tenants are active, so many have left, and nothing is under way.
    ///
    /// # Errors
    /// It takes too long.
    pub async fn until(
        &mut self,
        active: usize,
        left: usize,
        most: Duration,
    ) -> Result<(), AnyError> {
        let count = active + left;
        let since = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let tenants = self.look().await?;
            // The list is of the living.
            let gone = self.tenants.saturating_sub(tenants.len());
            let there = tenants
                .iter()
                .filter(|tenant| tenant.phase() == Phase::Active);
            let there = there.count() + if left > 0 { gone } else { 0 };
            self.memory.sample(&self.stack, there, count);
            self.say(&tenants);
            let settled = tenants
                .iter()
                .all(|tenant| tenant.open_operations.is_empty());
            if there >= count && settled {
                return Ok(());
            }
            if since.elapsed() > most {
                let phases = phases(&tenants);
                return Err(format!("of {count} tenants after {most:?}: {phases:?}").into());
            }
        }
    }

    /// How long the line is, and in how many seconds its last is told its turn comes.
    ///
    /// # Errors
    /// The ledger does not answer.
    pub async fn line(&self) -> Result<(usize, u32), AnyError> {
        let line = self
            .ledger
            .semaphore_usage(Semaphore::Creations, jiff::Timestamp::now())
            .await?;
        let last = line.queue.last().map_or(0, |waiter| waiter.expected_secs);
        Ok((line.queue.len(), last))
    }

    /// Every tenant.
    ///
    /// # Errors
    /// The ledger does not answer.
    pub async fn look(&self) -> Result<Vec<Tenant>, AnyError> {
        let mut tenants = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.ledger.all_tenants(100, cursor.as_deref()).await?;
            tenants.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(tenants);
            }
        }
    }

    /// The calls that the functions have made, after so many that were recorded.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn calls(&self, after: u64) -> Result<Vec<Record>, AnyError> {
        let text = std::fs::read_to_string(self.record()?)?;
        // The last line may not be whole yet.
        let calls = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        // Those to our own API are the callers'.
        let ours = |call: &Record| {
            call.sequence > after && call.service != "execute-api" && !call.operation.contains(' ')
        };
        Ok(calls.filter(ours).collect())
    }

    /// How many calls have been recorded.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn recorded(&self) -> Result<u64, AnyError> {
        Ok(std::fs::read_to_string(self.record()?)?.lines().count() as u64)
    }

    fn record(&self) -> Result<PathBuf, AnyError> {
        let record = self.stack.state.get("record").and_then(Value::as_str);
        let record = record.ok_or("the machine records no calls; build the proxy first")?;
        Ok(record.into())
    }

    async fn command(&self, words: &[&str]) -> Result<(), AnyError> {
        let mut command = tokio::process::Command::from(self.stack.tenantry()?);
        let output = command.args(words).output().await?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("`tenantry {}`: {said}", words.join(" ")).into())
    }

    fn say(&mut self, tenants: &[Tenant]) {
        if self.said.elapsed() > Duration::from_secs(10) {
            self.said = Instant::now();
            eprintln!("bench: {:>4.0} s {:?}", self.secs(), phases(tenants));
        }
    }
}

fn phases(tenants: &[Tenant]) -> BTreeMap<&'static str, usize> {
    let mut phases = BTreeMap::new();
    for tenant in tenants {
        *phases.entry(tenant.phase().as_str()).or_default() += 1;
    }
    phases
}

fn ledger(stack: &Stack) -> Result<Ledger, AnyError> {
    let emulator = stack.state.get("emulator").and_then(Value::as_str);
    let credentials = Credentials::new("test", "test", None, None, "root");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(tenantry_aws::session::http_client())
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .region(Region::new(REGION))
        .endpoint_url(emulator.ok_or("the machine has no emulator")?)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let client = aws_sdk_dynamodb::Client::new(&config);
    let rates = (100 * TIMES).to_string().parse()?;
    Ok(Ledger::new(client, stack.output("TableName")).at_rates(rates))
}
