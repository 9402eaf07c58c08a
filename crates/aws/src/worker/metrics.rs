//! What is measured: how the organization's limits stand every minute, and tenants that are parked or stalled.

use baseline::PassReport;
use events::Event;
use jiff::SignedDuration;
use tenancy::{Failure, TenantId, Timestamp};
use tracing::{info, warn};

use super::{Worker, finish::audited_again};
use crate::{
    account::CREATIONS_SWITCH,
    ledger::{Loaded, Semaphore, SemaphoreUsage, Spending, Switch},
    ledger_failure::ledger_failure,
    telemetry,
};

/// How often the limits are measured while no tenant is due.
const IDLE_MINUTES: i64 = 15;
/// For how long it is said that creations are on again.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(24);

impl Worker {
    /// Measures how the limits stand, while tenants are due and now and then when none is: each measurement costs four reads, and a
    /// metric costs by the hour in which it is written. A sweep does not fail for it.
    pub(super) async fn measure(&self, due: usize) {
        let minute = self.now().as_second() / 60;
        if due == 0 && minute % IDLE_MINUTES != 0 {
            return;
        }
        match self.limits(due).await {
            Ok(metrics) if metrics.is_empty() => {}
            Ok(metrics) => telemetry::count(&self.settings.bus, self.now(), &metrics),
            Err(failure) => warn!("measuring the limits: {failure}"),
        }
    }

    async fn limits(&self, due: usize) -> Result<Vec<(&'static str, u64)>, Failure> {
        let now = self.now();
        let (creations, closures, switch, spending) = futures::try_join!(
            self.ledger.semaphore_usage(Semaphore::Creations, now),
            self.ledger.semaphore_usage(Semaphore::Closures, now),
            self.ledger.switch(CREATIONS_SWITCH),
            self.ledger.spending(now, self.settings.creation_budget()),
        )
        .map_err(|error| ledger_failure("reading how the limits stand", error))?;
        Ok(metrics(
            now,
            due,
            &creations,
            &closures,
            switch.as_ref(),
            &spending,
        ))
    }

    /// Counts tenants that need a person since just now: parked or stalled.
    pub(super) fn count_needy(&self, events: &[Event]) {
        let count = |needs: fn(&&Event) -> bool| number(events.iter().filter(needs).count());
        let mut metrics = vec![
            (
                "TenantsNewlyParked",
                count(|event| matches!(event, Event::TenantParked(_))),
            ),
            (
                "TenantsNewlyStalled",
                count(|event| matches!(event, Event::TenantStalled(_))),
            ),
        ];
        metrics.retain(|(_, count)| *count > 0);
        if !metrics.is_empty() {
            telemetry::count(&self.settings.bus, self.now(), &metrics);
        }
    }

    /// Logs why an audit is repeated, if it is, and counts it.
    pub(super) fn say_again(&self, tenant: &TenantId, loaded: &Loaded, report: &PassReport) {
        let Some(why) = audited_again(self.verb, loaded, report) else {
            return;
        };
        info!(tenant.id = %tenant, audit.again = why, "the audit of tenant `{tenant}` is repeated: {why}");
        telemetry::count(&self.settings.bus, self.now(), &[("AuditsAgain", 1)]);
    }

    /// Measures how many tenants are parked, and how many stalled.
    pub(super) fn measure_needy(&self, parked: usize, stalled: usize) {
        let metrics = [
            ("TenantsParked", number(parked)),
            ("TenantsStalled", number(stalled)),
        ];
        telemetry::count(&self.settings.bus, self.now(), &metrics);
    }
}

/// What there is to say: nothing is measured of limits that nobody uses, and that creations are on is the rule.
fn metrics(
    now: Timestamp,
    due: usize,
    creations: &SemaphoreUsage,
    closures: &SemaphoreUsage,
    switch: Option<&Switch>,
    spending: &Spending,
) -> Vec<(&'static str, u64)> {
    let left = |allowed: u32, used: u32| u64::from(allowed.saturating_sub(used));
    let allowed = spending.allowed;
    let counts = [
        ("CreationsInFlight", creations.holders.len()),
        ("CreationsWaiting", creations.waiting),
        ("ClosuresInFlight", closures.holders.len()),
        ("ClosuresWaiting", closures.waiting),
        ("TenantsDue", due),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let mut metrics: Vec<_> = counts.map(|(name, count)| (name, number(count))).collect();
    // The alarm keeps its state until it is told another: that creations are on again is said for a day.
    let told = |switch: &&Switch| !switch.on || now.duration_since(switch.at) < TOLD_FOR;
    if let Some(switch) = switch.filter(told) {
        metrics.push(("CreationsOn", u64::from(switch.on)));
    }
    if spending.today > 0 {
        let hour = left(allowed.per_hour, spending.this_hour);
        metrics.push(("CreationBudgetHourLeft", hour));
        let day = left(allowed.per_day, spending.today);
        metrics.push(("CreationBudgetDayLeft", day));
    }
    metrics
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tenancy::TenantId;

    use super::*;
    use crate::ledger::{CreationBudget, Slot, Waiter};

    fn usage(held: u8, waiting: u8) -> SemaphoreUsage {
        let at = Timestamp::UNIX_EPOCH;
        let tenant = |number: u8| TenantId::from_random([number; 10]);
        let slot = Slot {
            since: at,
            until: at,
        };
        let waiter = |number| Waiter {
            tenant: tenant(number),
            since: at,
            expected_secs: 0,
        };
        SemaphoreUsage {
            holders: (0..held).map(|number| (tenant(number), slot)).collect(),
            queue: (0..waiting).map(waiter).collect(),
            waiting: usize::from(waiting),
            secs_per_slot: 1,
        }
    }

    #[test]
    fn what_is_measured_is_what_there_is_to_say_and_a_budget_never_goes_below_nothing() {
        let spending = Spending {
            allowed: CreationBudget {
                per_hour: 10,
                per_day: 20,
            },
            is_override: true,
            this_hour: 12,
            hour_ends: Timestamp::UNIX_EPOCH,
            today: 15,
            day_ends: Timestamp::UNIX_EPOCH,
        };
        let off = Switch {
            on: false,
            reason: "incident".into(),
            by: "ann".into(),
            at: Timestamp::UNIX_EPOCH,
        };
        let now = Timestamp::UNIX_EPOCH;
        let measured = metrics(now, 7, &usage(2, 5), &usage(1, 3), Some(&off), &spending);
        let expected = [
            ("CreationsInFlight", 2),
            ("CreationsWaiting", 5),
            ("ClosuresInFlight", 1),
            ("ClosuresWaiting", 3),
            ("TenantsDue", 7),
            ("CreationsOn", 0),
            ("CreationBudgetHourLeft", 0),
            ("CreationBudgetDayLeft", 5),
        ];
        assert_eq!(measured, expected);
        let idle = Spending {
            this_hour: 0,
            today: 0,
            ..spending
        };
        let none = usage(0, 0);
        assert_eq!(metrics(now, 0, &none, &none, None, &idle), []);
        let on = Switch { on: true, ..off };
        let after = |hours| now + SignedDuration::from_hours(hours);
        let told = metrics(after(0), 0, &none, &none, Some(&on), &idle);
        assert_eq!(told, [("CreationsOn", 1)]);
        assert_eq!(metrics(after(25), 0, &none, &none, Some(&on), &idle), []);
    }
}
