//! A load test: many tenants at once on the deployed machine, through API Gateway, bus and queues to the real function binaries,
//! behind a proxy that enforces the limits of Organizations.
//!
//! At the real rate limits, 300 tenants would take an hour. So the proxy's clock runs [`TIME_SCALE`] times as fast, and the machine
//! is configured with rates as many times higher.

mod counts;
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
use tenancy::Phase;
use tenantry_aws::ledger::{Ledger, Semaphore, TenantSummary};

pub use counts::{CallCounts, Creations, Refused};
pub use memory::{Memory, functions};

/// How many times faster than in AWS the proxy's clock runs.
pub const TIME_SCALE: u32 = 4;
/// How long Organizations takes for an account, in seconds of AWS's time: so long that the rate limit alone would allow seven
/// creations in flight.
const CREATION_SECS: f64 = 60.0;
/// Most concurrent commands of the benchmark itself, which are not measured.
const CALLERS: usize = 8;

/// A machine, and the load on it.
pub struct LoadTest {
    /// The machine.
    pub stack: Stack,
    /// The memory of its processes.
    pub memory: Memory,
    /// The ledger past the proxy, so that the benchmark's reads are not counted.
    ledger: Ledger,
    begun: Instant,
    printed: Instant,
    count: usize,
}

impl LoadTest {
    /// Starts a fresh machine for so many tenants.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(tenants: usize) -> Result<Self, AnyError> {
        eprintln!("bench: a machine for {tenants} tenants …");
        let settings = json!({
            "CreationsPerHour": "10000",
            "RequestsPerSecond": "1000",
            "WritesPerMinute": "100000",
            "CreationsPerDay": "10000",
            "OrganizationsRatePercent": (100 * TIME_SCALE).to_string(),
        });
        let proxy = Config {
            time_scale: f64::from(TIME_SCALE),
            organizations: Some(Organizations {
                creation_secs: CREATION_SECS,
                throttle: true,
                ..Organizations::default()
            }),
            // The records are read from the file.
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
            printed: Instant::now(),
            count: tenants,
        })
    }

    /// Seconds since the machine was up.
    pub fn secs(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Creates all tenants through the API, with the command line.
    ///
    /// # Errors
    /// A command fails.
    pub async fn create_tenants(&self) -> Result<(), AnyError> {
        self.each(self.count, |slug| {
            vec![
                "tenant",
                "create",
                "--slug",
                slug,
                "--name",
                slug,
                "--blueprint",
                "standard@1.0.0",
            ]
        })
        .await
    }

    /// Requests an audit of the first so many tenants, through the API.
    ///
    /// # Errors
    /// A command fails.
    pub async fn audit_tenants(&self, count: usize) -> Result<(), AnyError> {
        self.each(count, |slug| vec!["audit", slug]).await
    }

    /// Deletes the first so many tenants, through the API.
    ///
    /// # Errors
    /// A command fails.
    pub async fn delete_tenants(&self, count: usize) -> Result<(), AnyError> {
        self.each(count, |slug| vec!["tenant", "delete", slug, "--yes"])
            .await
    }

    /// Runs a command for each of the first so many tenants, some concurrently.
    async fn each(&self, count: usize, words: impl Fn(&str) -> Vec<&str>) -> Result<(), AnyError> {
        let (words, slugs) = (&words, (0..count).map(|number| format!("bench-{number}")));
        let commands = slugs.map(|slug| async move { self.command(&words(&slug)).await });
        stream::iter(commands)
            .buffer_unordered(CALLERS)
            .try_collect()
            .await
    }

    /// Waits until so many tenants are active, so many are closed, and no operation is open.
    ///
    /// # Errors
    /// It takes too long.
    pub async fn wait_until(
        &mut self,
        active: usize,
        closed: usize,
        most: Duration,
    ) -> Result<(), AnyError> {
        let count = active + closed;
        let since = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let tenants = self.tenants().await?;
            // Closed tenants are not listed.
            let absent = self.count.saturating_sub(tenants.len());
            let done = tenants
                .iter()
                .filter(|tenant| tenant.phase == Phase::Active);
            let done = done.count() + if closed > 0 { absent } else { 0 };
            self.memory.sample(&self.stack, done, count);
            self.print_progress(&tenants);
            let settled = tenants.iter().all(|tenant| tenant.open_operations == 0);
            if done >= count && settled {
                return Ok(());
            }
            if since.elapsed() > most {
                let phases = phases(&tenants);
                return Err(format!("of {count} tenants after {most:?}: {phases:?}").into());
            }
        }
    }

    /// The length of the queue for creations, and the expected wait of the last one in seconds.
    ///
    /// # Errors
    /// The ledger does not answer.
    pub async fn queue(&self) -> Result<(usize, u32), AnyError> {
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
    pub async fn tenants(&self) -> Result<Vec<TenantSummary>, AnyError> {
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

    /// The functions' calls, after the first so many records.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn calls(&self, after: u64) -> Result<Vec<Record>, AnyError> {
        let text = std::fs::read_to_string(self.record()?)?;
        // The last line may be incomplete.
        let calls = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        // Calls of our own API are the benchmark's.
        let is_functions = |call: &Record| {
            call.sequence > after && call.service != "execute-api" && !call.operation.contains(' ')
        };
        Ok(calls.filter(is_functions).collect())
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

    fn print_progress(&mut self, tenants: &[TenantSummary]) {
        if self.printed.elapsed() > Duration::from_secs(10) {
            self.printed = Instant::now();
            eprintln!("bench: {:>4.0} s {:?}", self.secs(), phases(tenants));
        }
    }
}

fn phases(tenants: &[TenantSummary]) -> BTreeMap<&'static str, usize> {
    let mut phases = BTreeMap::new();
    for tenant in tenants {
        *phases.entry(tenant.phase.as_str()).or_default() += 1;
    }
    phases
}

/// A machine's ledger, past the proxy.
///
/// # Errors
/// The machine has no emulator.
pub fn ledger(stack: &Stack) -> Result<Ledger, AnyError> {
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
    let rates = (100 * TIME_SCALE).to_string().parse()?;
    Ok(Ledger::new(client, stack.output("TableName")).at_rates(rates))
}
