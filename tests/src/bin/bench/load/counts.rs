//! Counts over the recorded calls of a load test.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::{emulator::MANAGEMENT_ACCOUNT, proxy::Record};
use tenancy::Timestamp;
use tenantry_aws::ledger::TenantSummary;

use super::{CREATION_SECS, TIME_SCALE};

/// The number of calls, by where they went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// In the tenants' accounts.
    pub in_tenants: usize,
    /// In our own accounts: ledger, queues, bus, Organizations and others.
    pub in_management: usize,
    /// Those that a fault of the proxy hit; they are counted above too.
    pub faulted: usize,
}

impl CallCounts {
    /// Counts these calls.
    pub fn of(calls: &[Record]) -> Self {
        let mut counts = Self::default();
        for call in calls {
            counts.faulted += usize::from(call.fault.is_some());
            if call.account.is_empty() || call.account == MANAGEMENT_ACCOUNT {
                counts.in_management += 1;
            } else {
                counts.in_tenants += 1;
            }
        }
        counts
    }

    /// Calls per tenant.
    #[expect(clippy::cast_precision_loss, reason = "counts of calls and tenants")]
    pub fn each(&self, tenants: usize) -> f64 {
        (self.in_tenants + self.in_management) as f64 / tenants as f64
    }
}

/// How the accounts were created.
#[derive(Debug, Default)]
pub struct Creations {
    /// Most creations in flight at once.
    pub most_in_flight: usize,
    /// Calls that Organizations itself refused over a limit, by operation.
    pub over_a_limit: BTreeMap<String, usize>,
    /// Writes of the ledger that were refused because others wrote the same rows.
    pub refused: Refused,
    /// Accounts created.
    pub made: usize,
    /// Tenants with an account created.
    pub tenants: usize,
    /// The most tenants requested later by which a tenant was overtaken.
    pub overtaken: usize,
    /// When the last account was requested, in microseconds of the proxy's clock.
    pub last_us: u64,
    /// How long the tenants waited from their request to that of their account, in real seconds, the shortest wait first.
    pub waits: Vec<f64>,
}

/// Writes of the ledger that DynamoDB refused because others wrote the same rows, or because what they presumed had changed.
#[derive(Debug, Default)]
pub struct Refused {
    /// How many transactions and single writes.
    pub writes: usize,
    /// The rows that were the cause, by kind.
    pub rows: BTreeMap<String, usize>,
}

impl Refused {
    /// Of these calls.
    pub fn of(calls: &[Record]) -> Self {
        let mut refused = Self::default();
        for call in calls.iter().filter(|call| !call.refused_rows.is_empty()) {
            refused.writes += 1;
            for row in &call.refused_rows {
                *refused.rows.entry(kind(row)).or_default() += 1;
            }
        }
        refused
    }

    /// The most frequent kinds of rows.
    pub fn listed(&self) -> String {
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by(|a, b| b.1.cmp(a.1));
        let most = rows.iter().take(SHOWN);
        let each = most.map(|(kind, count)| format!("{kind} {count}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// How many kinds of rows are shown.
const SHOWN: usize = 4;

/// A row's kind: shared rows by name, those of a tenant by the beginning of their sort key.
fn kind(row: &str) -> String {
    let (pk, sk) = row.split_once(' ').unwrap_or((row, ""));
    match pk.split_once('#') {
        Some(("T", _)) => format!("tenant's {}", sk.split('#').next().unwrap_or_default()),
        Some((of, _)) if of != "ORG" => of.to_owned(),
        _ => format!("{pk} {sk}").replace("ORG ORG", "ORG"),
    }
}

impl Creations {
    /// Evaluates the CreateAccount calls that took effect.
    pub fn of(calls: &[Record], tenants: &[TenantSummary]) -> Self {
        let mut creations: Vec<&Record> = calls
            .iter()
            .filter(|call| call.operation == "CreateAccount" && call.status == 200)
            .collect();
        creations.sort_by_key(|call| call.start_us);
        let order: Vec<&str> = creations.iter().map(|call| tenant_of(call)).collect();
        Self {
            most_in_flight: most_in_flight(&creations),
            over_a_limit: over_a_limit(calls),
            refused: Refused::of(calls),
            made: creations.len(),
            tenants: order.iter().collect::<BTreeSet<_>>().len(),
            overtaken: overtaken(&order, tenants),
            last_us: creations.last().map_or(0, |call| call.start_us),
            waits: waits(&creations, tenants),
        }
    }
}

/// The tenant of a broker session: the session's name begins with it.
fn tenant_of(call: &Record) -> &str {
    call.session.split('@').next().unwrap_or_default()
}

fn most_in_flight(creations: &[&Record]) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some seconds"
    )]
    let duration = (CREATION_SECS / f64::from(TIME_SCALE) * 1e6) as u64;
    let in_flight = |moment: u64| {
        let began_before = creations.iter().filter(|call| call.end_us <= moment);
        began_before
            .filter(|call| call.end_us + duration > moment)
            .count()
    };
    let each = creations.iter().map(|call| in_flight(call.end_us));
    each.max().unwrap_or(0)
}

fn over_a_limit(calls: &[Record]) -> BTreeMap<String, usize> {
    let limits = ["TooManyRequestsException", "ConstraintViolationException"];
    let mut found = BTreeMap::new();
    for call in calls.iter().filter(|call| call.service == "organizations") {
        let limited = call
            .error
            .as_deref()
            .is_some_and(|error| limits.contains(&error));
        if limited && call.fault.is_none() {
            *found.entry(call.operation.clone()).or_default() += 1;
        }
    }
    found
}

/// From each tenant's request to the call that made its account.
fn waits(creations: &[&Record], tenants: &[TenantSummary]) -> Vec<f64> {
    let requested: BTreeMap<&str, Timestamp> = tenants
        .iter()
        .map(|tenant| (tenant.id.as_str(), tenant.created_at))
        .collect();
    let wait = |call: &&Record| {
        let at: Timestamp = call.at.parse().ok()?;
        let since = requested.get(tenant_of(call))?;
        Some(at.duration_since(*since).as_secs_f64())
    };
    let mut waits: Vec<f64> = creations.iter().filter_map(wait).collect();
    waits.sort_by(f64::total_cmp);
    waits
}

/// The most tenants that were requested later than one but got an account before it.
fn overtaken(order: &[&str], tenants: &[TenantSummary]) -> usize {
    let requested: BTreeMap<&str, _> = tenants
        .iter()
        .map(|tenant| (tenant.id.as_str(), tenant.created_at))
        .collect();
    let when = |tenant: &str| requested.get(tenant).copied();
    let each = order.iter().enumerate().map(|(index, tenant)| {
        let before = order.iter().take(index);
        before.filter(|other| when(other) > when(tenant)).count()
    });
    each.max().unwrap_or(0)
}
