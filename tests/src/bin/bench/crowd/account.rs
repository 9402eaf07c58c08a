//! What the recorded calls of a crowd come to.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::{emulator::MANAGEMENT_ACCOUNT, proxy::Record};
use tenancy::Tenant;

use super::{CREATION_SECS, TIMES};

/// How many calls there were, and where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bill {
    /// In the tenants' accounts.
    pub in_tenants: usize,
    /// Ledger, queues, bus, Organizations, and all else in our own accounts.
    pub in_management: usize,
    /// Refused by a fault of the proxy's; they are counted above too.
    pub refused: usize,
}

impl Bill {
    /// Counts.
    pub fn of(calls: &[Record]) -> Self {
        let mut bill = Self::default();
        for call in calls {
            bill.refused += usize::from(call.fault.is_some());
            if call.account.is_empty() || call.account == MANAGEMENT_ACCOUNT {
                bill.in_management += 1;
            } else {
                bill.in_tenants += 1;
            }
        }
        bill
    }

    /// All calls for each of so many tenants.
    #[expect(clippy::cast_precision_loss, reason = "counts of calls and tenants")]
    pub fn each(&self, tenants: usize) -> f64 {
        (self.in_tenants + self.in_management) as f64 / tenants as f64
    }
}

/// How the accounts were made.
#[derive(Debug, Default)]
pub struct Creations {
    /// Accounts under creation at once, at most.
    pub most_in_flight: usize,
    /// Calls that Organizations itself refused because a limit was reached, by operation.
    pub over_a_limit: BTreeMap<String, usize>,
    /// Accounts that were made.
    pub made: usize,
    /// Tenants that were made an account.
    pub tenants: usize,
    /// By how many tenants, that were asked for later, a tenant was overtaken at most.
    pub overtaken: usize,
    /// When the last account was asked for, in microseconds of the proxy's.
    pub last_us: u64,
}

impl Creations {
    /// Looks at the calls of CreateAccount that took effect, and whose they were.
    pub fn of(calls: &[Record], tenants: &[Tenant]) -> Self {
        let mut asked: Vec<&Record> = calls
            .iter()
            .filter(|call| call.operation == "CreateAccount" && call.status == 200)
            .collect();
        asked.sort_by_key(|call| call.start_us);
        let order: Vec<&str> = asked.iter().map(|call| tenant_of(call)).collect();
        Self {
            most_in_flight: most_in_flight(&asked),
            over_a_limit: over_a_limit(calls),
            made: asked.len(),
            tenants: order.iter().collect::<BTreeSet<_>>().len(),
            overtaken: overtaken(&order, tenants),
            last_us: asked.last().map_or(0, |call| call.start_us),
        }
    }
}

/// The tenant a session of the broker was opened for: its name begins with it.
fn tenant_of(call: &Record) -> &str {
    call.session.split('@').next().unwrap_or_default()
}

fn most_in_flight(asked: &[&Record]) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some seconds"
    )]
    let stay = (CREATION_SECS / f64::from(TIMES) * 1e6) as u64;
    let under_way = |moment: u64| {
        let began_before = asked.iter().filter(|call| call.end_us <= moment);
        began_before
            .filter(|call| call.end_us + stay > moment)
            .count()
    };
    let each = asked.iter().map(|call| under_way(call.end_us));
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

/// The most tenants that were asked for later than one, and made an account before it.
fn overtaken(order: &[&str], tenants: &[Tenant]) -> usize {
    let came: BTreeMap<&str, _> = tenants
        .iter()
        .map(|tenant| (tenant.id.as_str(), tenant.created_at))
        .collect();
    let when = |tenant: &str| came.get(tenant).copied();
    let each = order.iter().enumerate().map(|(index, tenant)| {
        let before = order.iter().take(index);
        before.filter(|other| when(other) > when(tenant)).count()
    });
    each.max().unwrap_or(0)
}
