//! The daily sweep over ten thousand tenants: the product's own sweep, queue, lease, list of accounts and rate limits, with accounts
//! that are not there. Time runs several times as fast: rates are as many times higher, pauses as many times shorter.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::{join_all, try_join_all};
use scenarios::{
    machine::{APP, AnyError, Machine, REGION},
    proxy::{Config, Record, config::Organizations},
};
use serde_json::json;
use tenancy::{TenantId, Verb};
use tenantry_aws::{session::Aws, worker::Worker};
use tokio::sync::{Mutex, mpsc};

use super::{
    PROCESSES,
    accounts::{Accounts, WithAccounts, over_limit},
    function::Function,
    past_proxy, receive,
    seed::{Pattern, Seeded, seed, sizes},
    sweep,
};
use crate::{load::Refused, table::Table};

/// The template's `AuditJitterSeconds`.
const JITTER_SECS: u32 = 300;
/// A call to AWS takes so long.
const CALL: Duration = Duration::from_millis(100);
/// Reads of an audit in the account, one behind the other: the role, and four round trips.
const READS: u32 = 5;
/// How long the list of accounts may take (decision 13), the sweep of all, and the largest row there may be.
const MOST_LISTING_SECS: f64 = 150.0;
const MOST_MINUTES: f64 = 15.0;
const MOST_ROW_KIB: usize = 64;

/// Audits so many tenants, `scale` times as fast as in AWS.
///
/// # Errors
/// The local AWS does not start, or the audits do not end.
pub async fn measure(tenants: usize, scale: u32) -> Result<Table, AnyError> {
    let mut machine = Machine::start_in(config(), &[REGION]).await?;
    machine.settings.audit_jitter_secs = JITTER_SECS / scale;
    machine.settings.rates = (100 * scale).to_string().parse()?;
    eprintln!("bench: {tenants} tenants in the ledger …");
    let pattern = Pattern::build(&machine).await?;
    let mut seeded = seed(&machine, &pattern, tenants).await?;
    seeded.push(pattern.itself());
    let accounts = Arc::new(accounts(&machine, &pattern, &seeded, scale).await?);
    machine.aws.proxy.forget_calls();
    let run = Run {
        machine,
        accounts,
        tenants: seeded.len(),
        scale,
        done: AtomicUsize::new(0),
        settled: AtomicUsize::new(0),
        worked: AtomicUsize::new(0),
    };
    let begun = Instant::now();
    let ((), swept) = tokio::try_join!(run.audits(), run.sweep())?;
    run.table(begun.elapsed(), swept).await
}

fn config() -> Config {
    Config {
        organizations: Some(Organizations {
            creation_secs: 0.0,
            bootstrap_role_secs: Some(0.0),
            ..Organizations::default()
        }),
        written_rows: true,
        ..Config::default()
    }
}

/// The accounts of these tenants, where the built one's is.
async fn accounts(
    machine: &Machine,
    pattern: &Pattern,
    seeded: &[Seeded],
    scale: u32,
) -> Result<Accounts, AnyError> {
    let client = aws_sdk_organizations::Client::new(&past_proxy(machine));
    let account = pattern.itself().account;
    let parents = client.list_parents().child_id(account.as_str());
    let parents = parents.send().await?.parents.unwrap_or_default();
    let unit = parents.first().and_then(|parent| parent.id());
    let mut all = Accounts::new(unit.ok_or("no unit")?.to_owned(), CALL / scale);
    let tags = client.list_tags_for_resource();
    let tags = tags.resource_id(account.as_str()).send().await?;
    let tags = tags.tags();
    for one in seeded {
        let renamed = pattern.renamed(one);
        all.listed.push(json!({
            "Id": one.account, "Email": renamed.text(pattern.tenant.account_email.as_str()),
            "Name": renamed.text(pattern.tenant.spec.account_name()), "Status": "ACTIVE", "State": "ACTIVE",
        }));
        let tag = |tag: &aws_sdk_organizations::types::Tag| json!({ "Key": tag.key(), "Value": renamed.text(tag.value()) });
        let tags: Vec<_> = tags.iter().map(tag).collect();
        all.tags.insert(one.account.to_string(), json!(tags));
    }
    Ok(all)
}

/// One sweep and its audits.
struct Run {
    machine: Machine,
    accounts: Arc<Accounts>,
    tenants: usize,
    scale: u32,
    done: AtomicUsize,
    settled: AtomicUsize,
    /// Milliseconds of all audits together.
    worked: AtomicUsize,
}

impl Run {
    /// What a function has from its environment, with the many accounts in its way to Organizations.
    async fn own(&self) -> Result<aws_config::SdkConfig, AnyError> {
        let own = self.machine.function(Verb::Audit).await?;
        let client = own.http_client().ok_or("no HTTP client")?;
        let accounts = Arc::clone(&self.accounts);
        let client = WithAccounts { accounts, client };
        Ok(own.to_builder().http_client(client).build())
    }

    /// The sweep; how long it took.
    async fn sweep(&self) -> Result<Duration, AnyError> {
        let (settings, clock) = (self.machine.settings.clone(), self.machine.clock());
        let aws = Aws::new(self.own().await?);
        let worker = Worker::new(Verb::Audit, aws, settings, clock)?;
        let begun = Instant::now();
        sweep(&worker).await?;
        eprintln!("bench: the sweep is over after {:?}", begun.elapsed());
        Ok(begun.elapsed())
    }

    /// All audits, by as many processes as the template allows, each with one message at a time.
    async fn audits(&self) -> Result<(), AnyError> {
        let functions = (0..PROCESSES).map(async |_| {
            let (settings, clock) = (self.machine.settings.clone(), self.machine.clock());
            Function::new(
                self.own().await?,
                settings,
                clock,
                CALL * READS / self.scale,
            )
        });
        let functions = try_join_all(functions).await?;
        let (sender, receiver) = mpsc::channel(PROCESSES);
        let receiver = Mutex::new(receiver);
        let processes = functions
            .iter()
            .map(|function| self.process(function, &receiver));
        let (polled, _) = tokio::join!(self.poll(sender), join_all(processes));
        polled
    }

    async fn process(&self, function: &Function, messages: &Mutex<mpsc::Receiver<TenantId>>) {
        loop {
            let next = messages.lock().await.recv().await;
            let Some(tenant) = next else {
                return;
            };
            let begun = Instant::now();
            let audited = function.audit(&tenant).await;
            let worked = usize::try_from(begun.elapsed().as_millis()).unwrap_or_default();
            self.worked.fetch_add(worked, Ordering::Relaxed);
            match audited {
                Ok(true) => drop(self.settled.fetch_add(1, Ordering::Relaxed)),
                Ok(false) => {}
                Err(error) => eprintln!("bench: tenant `{tenant}`: {error}"),
            }
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(500) {
                eprintln!("bench: {done} of {} audits", self.tenants);
            }
        }
    }

    /// Lambda's part: takes messages from the queue as long as there are any to come.
    async fn poll(&self, sender: mpsc::Sender<TenantId>) -> Result<(), AnyError> {
        let sqs = aws_sdk_sqs::Client::new(&past_proxy(&self.machine));
        let mut received = 0;
        let mut idle = Instant::now();
        while received < self.tenants {
            for tenant in receive(&sqs, &self.machine.settings.audit_queue_url).await? {
                received += 1;
                idle = Instant::now();
                sender.send(tenant).await?;
            }
            if idle.elapsed() > Duration::from_secs(400) {
                return Err(format!("{received} messages of {}", self.tenants).into());
            }
        }
        Ok(())
    }

    async fn table(&self, wall: Duration, swept: Duration) -> Result<Table, AnyError> {
        let scale = f64::from(self.scale);
        let mut table = Table::new(format!(
            "A daily sweep over {} tenants, {PROCESSES} processes, {scale} times as fast as in AWS (real: sweep, queue, leases, list of accounts, rate limits; simulated: Organizations' list, {READS} × {CALL:?} in the account; times are AWS's and hold what this machine took longer)",
            self.tenants
        ));
        table.figure("sweep: until everyone was sent", secs(swept, scale));
        let minutes = wall.as_secs_f64() * scale / 60.0;
        table.measured("sweep: until the last audit", minutes, MOST_MINUTES, "min");
        #[expect(clippy::cast_precision_loss, reason = "some million milliseconds")]
        let mean = self.worked.load(Ordering::Relaxed) as f64 / self.tenants as f64 / 1e3 * scale;
        let simulated = (CALL * READS).as_secs_f64();
        table.figure(
            "an audit, and what of it is the simulated reads",
            format!("{mean:.2} s, {simulated:.2} s"),
        );
        let settled = self.settled.load(Ordering::Relaxed);
        table.count(
            "audits that found a difference, or nobody made",
            self.tenants - settled,
            0,
        );
        self.organizations(&mut table);
        self.ledger(&mut table);
        self.rows(&mut table).await?;
        Ok(table)
    }

    fn organizations(&self, table: &mut Table) {
        let scale = f64::from(self.scale);
        for (operation, at) in self.accounts.calls() {
            let over = over_limit(&operation, &at, scale);
            table.count(format!("{operation}: calls over AWS's limit"), over, 0);
            let most = most_within(&at, 10.0 / scale);
            #[expect(clippy::cast_precision_loss, reason = "some hundred calls")]
            let rate = most as f64 / 10.0;
            table.figure(
                format!("{operation}: calls, most in ten seconds"),
                format!("{}, {rate:.1} a second", at.len()),
            );
            if operation == "ListAccountsForParent"
                && let (Some(first), Some(last)) = (at.first(), at.last())
            {
                let took = (last - first) * scale;
                table.measured("listing the accounts", took, MOST_LISTING_SECS, "s");
            }
        }
    }

    fn ledger(&self, table: &mut Table) {
        let calls = self.machine.aws.proxy.calls();
        let calls: Vec<Record> = calls.into_iter().filter(|call| call.app == APP).collect();
        let refused = Refused::of(&calls);
        table.count(
            "writes of the ledger refused",
            refused.writes,
            self.tenants / 100,
        );
        table.figure("rows that were the cause", refused.listed());
        let mut rows: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for call in &calls {
            for row in &call.written_rows {
                #[expect(clippy::cast_precision_loss, reason = "some minutes")]
                rows.entry(row)
                    .or_default()
                    .push(call.start_us as f64 / 1e6);
            }
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|(_, at)| std::cmp::Reverse(at.len()));
        for (row, at) in rows.iter().take(4) {
            let mut at = at.clone();
            at.sort_by(f64::total_cmp);
            let most = most_within(&at, 1.0 / f64::from(self.scale));
            table.figure(
                format!("most written: {row}"),
                format!("{} times, at most {most} in a second", at.len()),
            );
        }
    }

    async fn rows(&self, table: &mut Table) -> Result<(), AnyError> {
        let parts = (0..=self.tenants / 100).map(|number| format!("ORG#accounts-{number}"));
        let shared = ["ORG#accounts", "ORG#organization", "GOVERNOR", "POOL"];
        let mut all = Vec::new();
        for pk in shared.map(str::to_owned).into_iter().chain(parts) {
            all.extend(sizes(&self.machine, &pk).await?);
        }
        let (row, size) = all
            .into_iter()
            .max_by_key(|(_, size)| *size)
            .unwrap_or_default();
        table.count(
            "largest row that tenants share, in KiB",
            size.div_ceil(1024),
            MOST_ROW_KIB,
        );
        table.figure("largest row that tenants share", row);
        Ok(())
    }
}

/// The most of these moments, which are in order, within so many seconds.
fn most_within(at: &[f64], secs: f64) -> usize {
    let mut from = 0;
    let mut most = 0;
    for (number, moment) in at.iter().enumerate() {
        while at.get(from).is_some_and(|first| moment - first > secs) {
            from += 1;
        }
        most = most.max(number + 1 - from);
    }
    most
}

fn secs(time: Duration, scale: f64) -> String {
    format!("{:.0} s", time.as_secs_f64() * scale)
}
