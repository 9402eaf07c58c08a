//! What is measured: how the organization's limits stand every minute, and tenants that are parked or stalled.

use events::Fact;
use tenancy::Failure;
use tracing::warn;

use super::Worker;
use crate::{
    account::CREATIONS_SWITCH,
    ledger::{Semaphore, SemaphoreUsage, Spending, Switch},
    ledger_failure::ledger_failure,
    telemetry,
};

impl Worker {
    /// Measures how the limits stand. A sweep does not fail for it.
    pub(super) async fn measure(&self, due: usize) {
        match self.limits(due).await {
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
            due,
            &creations,
            &closures,
            switch.as_ref(),
            &spending,
        ))
    }

    /// Counts tenants that need a person since just now: parked or stalled.
    pub(super) fn count_needy(&self, facts: &[Fact]) {
        let count = |needs: fn(&&Fact) -> bool| number(facts.iter().filter(needs).count());
        let mut metrics = vec![
            (
                "TenantsNewlyParked",
                count(|fact| matches!(fact, Fact::TenantParked(_))),
            ),
            (
                "TenantsNewlyStalled",
                count(|fact| matches!(fact, Fact::TenantStalled(_))),
            ),
        ];
        metrics.retain(|(_, count)| *count > 0);
        if !metrics.is_empty() {
            telemetry::count(&self.settings.bus, self.now(), &metrics);
        }
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

fn metrics(
    due: usize,
    creations: &SemaphoreUsage,
    closures: &SemaphoreUsage,
    switch: Option<&Switch>,
    spending: &Spending,
) -> Vec<(&'static str, u64)> {
    let left = |allowed: u32, used: u32| u64::from(allowed.saturating_sub(used));
    let allowed = spending.allowed;
    vec![
        ("CreationsInFlight", number(creations.holders.len())),
        ("CreationsWaiting", number(creations.queue.len())),
        ("ClosuresInFlight", number(closures.holders.len())),
        ("ClosuresWaiting", number(closures.queue.len())),
        (
            "CreationsOn",
            u64::from(switch.is_none_or(|switch| switch.on)),
        ),
        (
            "CreationBudgetHourLeft",
            left(allowed.per_hour, spending.this_hour),
        ),
        (
            "CreationBudgetDayLeft",
            left(allowed.per_day, spending.today),
        ),
        ("TenantsDue", number(due)),
    ]
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tenancy::{TenantId, Timestamp};

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
            secs_per_slot: 1,
        }
    }

    #[test]
    fn what_is_measured_is_what_is_there_and_a_budget_never_goes_below_nothing() {
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
        let measured = metrics(7, &usage(2, 5), &usage(1, 3), Some(&off), &spending);
        let values: Vec<u64> = measured.iter().map(|(_, value)| *value).collect();
        assert_eq!(values, [2, 5, 1, 3, 0, 0, 5, 7]);
        let untouched = metrics(0, &usage(0, 0), &usage(0, 0), None, &spending);
        assert_eq!(untouched[4], ("CreationsOn", 1));
    }
}
