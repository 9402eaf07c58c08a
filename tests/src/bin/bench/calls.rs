//! AWS calls and round trips of one tenant's lifecycle, counted at the proxy.
//!
//! The worker functions run in this process, with an empty session cache each time, and each of their calls has the same latency.

use scenarios::{
    machine::{APP, AnyError, Machine},
    proxy::{
        Config, Effect, Fault, Match, Record,
        analysis::{chain, longest_chain},
        config::{NatGateways, Organizations},
        write_units::{WriteUnits, by_kind},
    },
};
use serde_json::json;
use tenancy::{FindingState, OperationKind, Phase, TenantId, Verb};

use crate::{passes::SteadyWorker, round_trips::RoundTrips, table::Table};

/// Calls in the account of an onboarding.
const ONBOARD_CALLS: usize = 100;
/// Reads in the account of an audit that nobody requested.
const SCHEDULED_READS: usize = 35;
/// Write units of an onboarding, but for rows that all tenants share.
const ONBOARD_UNITS: usize = 110;
/// Calls of the pass that builds a tenant whose account is ready, in an installation that stands.
const BUILDING_CALLS: usize = 130;
/// Of them in series, beside those in the account.
const BUILDING_BESIDE: usize = 12;
/// Of them in series, before the first resource.
const BUILDING_BEFORE: usize = 4;
/// All of them in series: 12 where nothing else keeps the machine busy.
const BUILDING_CHAIN: usize = 13;
/// Calls of a scheduled audit in series, the role's session among them.
const AUDIT_CHAIN: usize = 4;
/// The same where the session lasts.
const WARM_AUDIT_CHAIN: usize = 4;
/// The blueprint of which the budgets are kept from release to release.
const FIRST: &str = "standard@1.0.0";
/// Calls in the account of an onboarding of the newest `standard`, and in series.
const NEWEST_CALLS: usize = 220;
const NEWEST_ROUNDS: usize = 11;
/// Reads in its account of an audit, and in series.
const NEWEST_READS: usize = 90;
const NEWEST_AUDIT_ROUNDS: usize = 5;

/// A tenant's lifecycle: onboarded, audited, onboarded again, offboarded.
///
/// # Errors
/// The local AWS does not start, or the tenant does not reach the expected phase.
pub async fn measure(latency: u64, verbose: bool) -> Result<Table, AnyError> {
    let lifecycle = Lifecycle::begin(FIRST, latency, verbose).await?;
    let mut table = Table::new(
        "AWS calls of a `standard` 1.0.0 tenant with one NAT gateway (account: calls in the tenant's account, home Region and global services; rounds: sequential round trips there, role assumption included)",
    );
    lifecycle.onboard(&mut table).await?;
    lifecycle.audit(&mut table).await?;
    lifecycle.next_tenant(&mut table).await?;
    lifecycle.scheduled_audit(&mut table).await?;
    lifecycle.idle_sweep(&mut table).await?;
    lifecycle.onboard_again(&mut table).await?;
    lifecycle.offboard(&mut table).await?;
    eprintln!("bench: the newest standard …");
    let newest = Lifecycle::begin("standard", latency, verbose).await?;
    newest.of_the_newest(&mut table).await?;
    Ok(table)
}

struct Lifecycle {
    machine: Machine,
    tenant: TenantId,
    verbose: bool,
    latency: u64,
}

impl Lifecycle {
    async fn begin(blueprint: &str, latency: u64, verbose: bool) -> Result<Self, AnyError> {
        let machine = Machine::start(config(latency)).await?;
        let spec = json!({ "slug": "acme", "name": "Acme", "blueprint": blueprint, "egress": "single-nat" });
        let id = machine.id_whose_tags_are_not_read();
        let tenant = machine.request_tenant_as(id, spec).await?.id;
        Ok(Self {
            latency,
            machine,
            tenant,
            verbose,
        })
    }

    async fn onboard(&self, table: &mut Table) -> Result<(), AnyError> {
        let (passes, calls) = self.passes(Verb::Onboard).await?;
        self.expect(Phase::Active).await?;
        self.written("onboard", &calls, Some(ONBOARD_UNITS), table);
        let account = self.account().await?;
        let asking = asking(&calls)?;
        if self.verbose {
            println!("\nthe pass that asks for the account\n{}", listed(&asking));
        }
        table.count(
            "onboard: calls of the pass that asks for the account",
            asking.len(),
            9,
        );
        let in_series = longest_chain(&asking);
        table.count("onboard: of them in series", in_series, 8);
        let (before, after): (Vec<_>, Vec<_>) = {
            let from = ready_at(&calls, &account)?;
            calls.into_iter().partition(|call| call.start_us < from)
        };
        table.figure("onboard, account ready: calls in all", after.len());
        self.wall("onboard, account ready", &after, table);
        table.figure("onboard: passes in all", passes);
        let before = RoundTrips::of(before, &account, true);
        table.figure(
            "onboard: account, until it was ready",
            before.tenant.len() + before.separate.len(),
        );
        let rounds = RoundTrips::of(after, &account, true);
        table.count("onboard: account", rounds.tenant.len(), ONBOARD_CALLS);
        table.count("onboard: rounds", rounds.chain(), 9);
        table.figure("onboard: guard, separate", rounds.guard.len());
        self.others("onboard", &rounds, table);
        Ok(())
    }

    /// The `standard` of this release, with alarms, forwarded events and the rest.
    async fn of_the_newest(&self, table: &mut Table) -> Result<(), AnyError> {
        let (_, calls) = self.passes(Verb::Onboard).await?;
        self.expect(Phase::Active).await?;
        let account = self.account().await?;
        let from = ready_at(&calls, &account)?;
        let after = calls.into_iter().filter(|call| call.start_us >= from);
        let rounds = RoundTrips::of(after.collect(), &account, true);
        let name = "newest `standard`";
        let (made, most) = (rounds.tenant.len(), NEWEST_CALLS);
        table.count(format!("{name}: onboard: account"), made, most);
        let most = NEWEST_ROUNDS;
        table.count(format!("{name}: onboard: rounds"), rounds.chain(), most);
        self.request(OperationKind::Audit).await?;
        let (_, calls) = self.passes(Verb::Audit).await?;
        self.expect(Phase::Active).await?;
        let rounds = RoundTrips::of(calls, &account, true);
        let (read, most) = (rounds.tenant.len(), NEWEST_READS);
        table.count(format!("{name}: requested audit: account"), read, most);
        let most = NEWEST_AUDIT_ROUNDS;
        table.count(
            format!("{name}: requested audit: rounds"),
            rounds.chain(),
            most,
        );
        let writes = rounds.writes();
        table.count(format!("{name}: requested audit: writes"), writes, 0);
        Ok(())
    }

    async fn audit(&self, table: &mut Table) -> Result<(), AnyError> {
        self.request(OperationKind::Audit).await?;
        let (_, calls) = self.passes(Verb::Audit).await?;
        self.expect(Phase::Active).await?;
        self.written("audit without drift", &calls, None, table);
        self.wall("audit without drift", &calls, table);
        let rounds = RoundTrips::of(calls, &self.account().await?, true);
        // Who asks gets the account's own answer about its name: one read more than of the scheduled one.
        table.count(
            "requested audit without drift: account",
            rounds.tenant.len(),
            SCHEDULED_READS + 1,
        );
        table.count(
            "audit without drift: guard, separate",
            rounds.guard_reads(),
            8,
        );
        table.count("audit without drift: rounds", rounds.chain(), 2);
        table.count("audit without drift: writes", rounds.writes(), 0);
        self.others("audit without drift", &rounds, table);
        Ok(())
    }

    /// Another tenant of the same installation: everything that all tenants share is there.
    async fn next_tenant(&self, table: &mut Table) -> Result<(), AnyError> {
        eprintln!("bench: the next tenant …");
        let machine = &self.machine;
        let spec = json!({ "slug": "next", "name": "Next", "blueprint": "standard@1.0.0", "egress": "single-nat" });
        let tenant = machine.request_tenant(spec).await?.id;
        let worker = SteadyWorker::new(machine, Verb::Onboard).await?;
        let passes = worker.settled(machine, &tenant).await?;
        let account = self.account_of(&tenant).await?;
        let all: Vec<Record> = passes.iter().flatten().cloned().collect();
        self.written("next tenant", &all, Some(ONBOARD_UNITS), table);
        let builds = |pass: &&Vec<Record>| pass.iter().any(|call| call.operation == "CreateVpc");
        let pass = passes.iter().find(builds);
        let pass = pass.ok_or("no pass made a network")?;
        let rounds = RoundTrips::of(pass.clone(), &account, true);
        let calls = rounds.without_separate();
        if self.verbose {
            println!(
                "\nthe pass that builds the next tenant\n{}\nits longest chain\n{}",
                described(&calls),
                in_series(&calls)
            );
        }
        let name = "next tenant, the pass that builds it";
        let beside_guard = calls.len() - rounds.guard.len();
        table.count(
            format!("{name}: calls in all, but guard's"),
            beside_guard,
            BUILDING_CALLS,
        );
        let (found, most) = (longest_chain(&calls), BUILDING_CHAIN);
        table.count(format!("{name}: in series"), found, most);
        let beside = longest_chain(&calls).saturating_sub(rounds.chain());
        let most = BUILDING_BESIDE;
        table.count(
            format!("{name}: in series, beside the account's rounds"),
            beside,
            most,
        );
        let before = until(&calls, |call| call.account == account && !call.is_read());
        let (found, most) = (longest_chain(&before), BUILDING_BEFORE);
        table.count(
            format!("{name}: in series, before the first resource"),
            found,
            most,
        );
        Ok(())
    }

    /// An audit that nobody asked for, as the daily sweep sends it: first of another tenant, so that the process is warm.
    async fn scheduled_audit(&self, table: &mut Table) -> Result<(), AnyError> {
        eprintln!("bench: scheduled audit …");
        let machine = &self.machine;
        let worker = SteadyWorker::new(machine, Verb::Audit).await?;
        let tick = json!({ "detail-type": "Scheduled Event", "source": "aws.events" });
        worker.set(machine).handle(tick).await?;
        let tenants = machine.ledger.all_tenants(10, None).await?.items;
        let other = tenants.into_iter().find(|it| it.id != self.tenant);
        let other = other.ok_or("there is one tenant")?;
        worker.one(machine, &other.id).await?;
        let calls = worker.one(machine, &self.tenant).await?;
        self.expect(Phase::Active).await?;
        self.written("scheduled audit", &calls, Some(8), table);
        let account = self.account().await?;
        let rounds = RoundTrips::of(calls, &account, true);
        let calls = rounds.without_separate();
        if self.verbose {
            println!("\nscheduled audit\n{}", described(&calls));
        }
        table.count(
            "scheduled audit: account",
            rounds.tenant.len(),
            SCHEDULED_READS,
        );
        let asked = calls.iter().filter(|call| call.service == "organizations");
        table.count("scheduled audit: calls of Organizations", asked.count(), 0);
        let ledger = calls.iter().filter(|call| call.service == "dynamodb");
        table.count("scheduled audit: calls of the ledger", ledger.count(), 3);
        table.figure("scheduled audit: roles assumed", rounds.assumed.len());
        table.count(
            "scheduled audit: in series",
            longest_chain(&calls),
            AUDIT_CHAIN,
        );
        self.warm_audit(&worker, table).await
    }

    /// Another audit nobody asked for, in a process whose session in the account still lasts.
    async fn warm_audit(&self, worker: &SteadyWorker, table: &mut Table) -> Result<(), AnyError> {
        let calls = worker.one(&self.machine, &self.tenant).await?;
        self.expect(Phase::Active).await?;
        self.wall("scheduled audit, warm", &calls, table);
        let most = WARM_AUDIT_CHAIN;
        table.count(
            "scheduled audit, warm: in series",
            longest_chain(&calls),
            most,
        );
        let account = self.account().await?;
        let beside = calls.iter().filter(|call| call.account != account);
        let name = "scheduled audit, warm: calls beside the account's reads";
        table.count(name, beside.count(), 3);
        Ok(())
    }

    /// A sweep that finds nothing due, in a process that has made one before.
    async fn idle_sweep(&self, table: &mut Table) -> Result<(), AnyError> {
        let machine = &self.machine;
        let worker = SteadyWorker::new(machine, Verb::Onboard).await?;
        worker.set(machine).sweep_due().await?;
        // Every quarter of an hour there is more to ask.
        while machine.now().as_second() / 60 % 15 == 0 {
            machine.advance(60);
        }
        machine.aws.proxy.forget_calls();
        let due = worker.set(machine).sweep_due().await?;
        let calls = machine.aws.proxy.calls().into_iter();
        let calls = calls.filter(|call| call.app == APP).count();
        match due {
            0 => table.count("sweep, nothing is due: calls", calls, 1),
            due => return Err(format!("{due} tenants are due").into()),
        }
        Ok(())
    }

    /// How long the calls took together, as a multiple of what their chain alone would take: what is more is the machine's.
    fn wall(&self, what: &str, calls: &[Record], table: &mut Table) {
        let begun = calls.iter().map(|call| call.start_us).min().unwrap_or(0);
        let ended = calls.iter().map(|call| call.end_us).max().unwrap_or(0);
        let (chain, latency) = (longest_chain(calls), self.latency);
        #[expect(clippy::cast_precision_loss, reason = "some seconds")]
        let times = (ended - begun) as f64 / (chain as f64 * latency as f64 * 1e3);
        table.figure(
            format!("{what}: wall, to its chain at {latency} ms a call"),
            format!("{times:.2} × {chain}"),
        );
    }

    async fn onboard_again(&self, table: &mut Table) -> Result<(), AnyError> {
        self.request(OperationKind::Repair).await?;
        let (_, calls) = self.passes(Verb::Onboard).await?;
        self.expect(Phase::Active).await?;
        let rounds = RoundTrips::of(calls, &self.account().await?, true);
        table.figure("onboard again: account", rounds.tenant.len());
        table.figure("onboard again: rounds", rounds.chain());
        table.count("onboard again: writes", rounds.writes(), 0);
        self.others("onboard again", &rounds, table);
        Ok(())
    }

    async fn offboard(&self, table: &mut Table) -> Result<(), AnyError> {
        let machine = &self.machine;
        let operation = machine.operation(&self.tenant, OperationKind::Offboard);
        let request = machine.request();
        let ledger = &machine.ledger;
        ledger
            .request_departure(&self.tenant, None, &operation, &request)
            .await?;
        let account = self.account().await?;
        let (passes, calls) = self.passes(Verb::Offboard).await?;
        self.expect(Phase::Closed).await?;
        self.written("offboard", &calls, None, table);
        let rounds = RoundTrips::of(calls, &account, false);
        table.figure("offboard: passes in all", passes);
        table.count("offboard: account", rounds.tenant.len(), 94);
        table.count("offboard: rounds", rounds.chain(), 12);
        self.others("offboard", &rounds, table);
        Ok(())
    }

    /// Requests an operation as the API does.
    async fn request(&self, kind: OperationKind) -> Result<(), AnyError> {
        let operation = self.machine.operation(&self.tenant, kind);
        let request = self.machine.request();
        let ledger = &self.machine.ledger;
        ledger.request_operation(&operation, &request).await?;
        Ok(())
    }

    /// Makes passes until nothing is due; returns how many, and tenantry's calls.
    async fn passes(&self, verb: Verb) -> Result<(usize, Vec<Record>), AnyError> {
        eprintln!("bench: {} …", verb.as_str());
        let machine = &self.machine;
        let worker = SteadyWorker::new(machine, verb).await?;
        let passes = match verb {
            // One pass: what it finds, another function would repair.
            Verb::Audit => vec![worker.one(machine, &self.tenant).await?],
            Verb::Onboard | Verb::Offboard => worker.settled(machine, &self.tenant).await?,
        };
        Ok((passes.len(), passes.into_iter().flatten().collect()))
    }

    /// What the ledger's writes cost: those of the tenant's own rows, and those of the rows all tenants share.
    fn written(&self, what: &str, calls: &[Record], most: Option<usize>, table: &mut Table) {
        let units = || calls.iter().flat_map(|call| &call.write_units);
        let sum = |shared: bool| -> u64 {
            let shared_by_all = ["GOVERNOR", "QUEUE#", "SWITCH#", "ORG#"];
            let is_shared =
                |row: &WriteUnits| shared_by_all.iter().any(|pk| row.pk.starts_with(pk));
            let rows = units().filter(|row| is_shared(row) == shared);
            rows.map(|row| row.table + row.indexes).sum()
        };
        let name = format!("{what}: write units");
        match most {
            Some(most) => table.count(
                name,
                usize::try_from(sum(false)).unwrap_or(usize::MAX),
                most,
            ),
            None => table.figure(name, sum(false)),
        }
        table.figure(
            format!("{what}: write units of limits and organization"),
            sum(true),
        );
        if self.verbose {
            println!("\n{what}: rows written, units of the table, units of the indexes");
            for (kind, (rows, table, indexes)) in by_kind(units()) {
                println!("  {kind:12} {rows:4} {table:4} {indexes:4}");
            }
            println!("\n{what}: writes in turn, and the units of each row");
            for call in calls.iter().filter(|call| !call.write_units.is_empty()) {
                let units = |row: &WriteUnits| format!("{} {}+{}", row.sk, row.table, row.indexes);
                let rows: Vec<_> = call.write_units.iter().map(units).collect();
                let refused = call.error.as_deref().unwrap_or_default();
                println!("  {refused}{}", rows.join(", "));
            }
        }
    }

    fn others(&self, what: &str, rounds: &RoundTrips, table: &mut Table) {
        let separate = longest_chain(&rounds.separate);
        let regions = format!("{} in {separate} rounds", rounds.separate.len());
        table.figure(
            format!("{what}: default VPCs and other Regions, separate"),
            regions,
        );
        table.figure(format!("{what}: roles assumed"), rounds.assumed.len());
        for (service, calls) in &rounds.others {
            let figure = format!("{} in {} rounds", calls.len(), longest_chain(calls));
            table.figure(format!("{what}: {service}, separate"), figure);
        }
        if self.verbose {
            println!("\n{what}, round by round\n{}", rounds.describe());
        }
    }

    async fn account(&self) -> Result<String, AnyError> {
        self.account_of(&self.tenant).await
    }

    async fn account_of(&self, tenant: &TenantId) -> Result<String, AnyError> {
        let tenant = self.machine.ledger.tenant(tenant).await?;
        let account = tenant.account_id.ok_or("the tenant has no account")?;
        Ok(account.to_string())
    }

    async fn expect(&self, phase: Phase) -> Result<(), AnyError> {
        let tenant = self.machine.ledger.tenant(&self.tenant).await?;
        if tenant.phase() == phase {
            return Ok(());
        }
        let open = Some(FindingState::Open);
        let ledger = &self.machine.ledger;
        let findings = ledger.findings(&self.tenant, open, None, 100, None).await?;
        let differences: Vec<_> = findings.items.iter().map(|f| &f.difference).collect();
        let (found, components) = (tenant.phase(), &tenant.components);
        Err(format!(
            "the tenant is {found:?} instead of {phase:?}: {components:#?}, {differences:#?}"
        )
        .into())
    }
}

/// AWS without delays, so that no polling is counted.
fn config(latency: u64) -> Config {
    Config {
        organizations: Some(Organizations {
            creation_secs: 0.0,
            bootstrap_role_secs: Some(0.0),
            closing_secs: 0.0,
            ..Organizations::default()
        }),
        write_units: true,
        nat_gateways: Some(NatGateways {
            pending_secs: 0.0,
            deleting_secs: 0.0,
            ..NatGateways::default()
        }),
        faults: vec![Fault {
            name: "latency".into(),
            matching: Match {
                app: Some(APP.into()),
                ..Match::default()
            },
            effect: Effect::Latency { ms: latency },
            ..Fault::default()
        }],
        ..Config::default()
    }
}

/// All calls of the pass that asks for the account, the first of all: it ends by sending for the next.
fn asking(calls: &[Record]) -> Result<Vec<Record>, AnyError> {
    let last = calls
        .iter()
        .position(|call| call.operation == "SendMessage");
    let last = last.ok_or("no pass sent for another")?;
    let asking: Vec<Record> = calls.iter().take(last + 1).cloned().collect();
    let asks = |call: &Record| call.operation == "CreateAccount";
    match asking.iter().any(asks) {
        true => Ok(asking),
        false => Err("the first pass did not ask for the account".into()),
    }
}

fn listed(calls: &[Record]) -> String {
    let line = |call: &Record| format!("    {}:{}", call.service, call.operation);
    calls.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Every call with the round in which it begins.
fn described(calls: &[Record]) -> String {
    let mut calls: Vec<_> = calls.iter().collect();
    calls.sort_by_key(|call| call.start_us);
    let (mut round, mut end) = (0, 0);
    let lines = calls.iter().map(|call| {
        // A call that begins while the first of a round is in flight belongs to that round.
        if call.start_us >= end {
            (round, end) = (round + 1, call.end_us);
        }
        format!("    {round:>2} {}:{}", call.service, call.operation)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The calls of the longest chain, and when each began and ended in milliseconds.
fn in_series(calls: &[Record]) -> String {
    let begun = calls.iter().map(|call| call.start_us).min().unwrap_or(0);
    let ms = |at: u64| (at - begun) / 1000;
    let chain = chain(calls).into_iter().zip(1..);
    let lines = chain.map(|(call, link)| {
        let (from, to) = (ms(call.start_us), ms(call.end_us));
        format!(
            "    {link:>2} {}:{} {from}-{to}",
            call.service, call.operation
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The calls that ended before the first of these began.
fn until(calls: &[Record], first: impl Fn(&Record) -> bool) -> Vec<Record> {
    let begins = calls.iter().filter(|call| first(call));
    let begins = begins.map(|call| call.start_us).min().unwrap_or(u64::MAX);
    let before = calls.iter().filter(|call| call.end_us <= begins);
    before.cloned().collect()
}

/// When the first role is made in the new account: calls from then on belong to the onboarding itself.
fn ready_at(calls: &[Record], account: &str) -> Result<u64, AnyError> {
    let mut inside = calls.iter().filter(|call| call.account == account);
    let first = inside.find(|call| call.operation == "CreateRole");
    let first = first.ok_or("no role was made in the account")?;
    Ok(first.start_us)
}
