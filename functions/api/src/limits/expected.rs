//! When a slot is expected to be free for a waiting tenant, from the rate of the queue and the budget. Pure.

use jiff::SignedDuration;
use tenancy::Timestamp;
use tenantry_aws::ledger::{Spending, Waiter};

/// When the tenant with `index` others before it is expected to get a slot: not before those, and not before the budget has
/// room for them and itself.
pub fn at(now: Timestamp, index: usize, waiter: &Waiter, spending: &Spending) -> Timestamp {
    let allowed = spending.allowed;
    let hour = room(
        index,
        allowed.per_hour,
        spending.this_hour,
        spending.hour_ends,
        1,
    );
    let day = room(
        index,
        allowed.per_day,
        spending.today,
        spending.day_ends,
        24,
    );
    let slot = later(now, waiter.expected_secs);
    [hour, day].into_iter().flatten().fold(slot, Timestamp::max)
}

/// So many seconds from now.
pub fn later(now: Timestamp, secs: u32) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(i64::from(secs)))
        .unwrap_or(Timestamp::MAX)
}

/// When a window of so many hours has room for the tenant; `None` if it has now.
fn room(index: usize, allowed: u32, spent: u32, ends: Timestamp, hours: i64) -> Option<Timestamp> {
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    let beyond = index.checked_sub(allowed.saturating_sub(spent))?;
    let windows = i64::from(beyond / allowed.max(1));
    let wait = SignedDuration::from_hours(windows.saturating_mul(hours));
    Some(ends.saturating_add(wait).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use tenancy::TenantId;
    use tenantry_aws::ledger::CreationBudget;

    use super::*;

    const NOW: &str = "2026-11-20T10:30:00Z";

    fn expected(index: usize, this_hour: u32, today: u32) -> String {
        let waiter = Waiter {
            tenant: TenantId::from_random([1; 10]),
            since: NOW.parse().unwrap(),
            expected_secs: 60,
        };
        let spending = Spending {
            allowed: CreationBudget {
                per_hour: 2,
                per_day: 10,
            },
            is_override: false,
            this_hour,
            hour_ends: "2026-11-20T11:00:00Z".parse().unwrap(),
            today,
            day_ends: "2026-11-21T00:00:00Z".parse().unwrap(),
        };
        at(NOW.parse().unwrap(), index, &waiter, &spending).to_string()
    }

    #[test]
    fn with_room_in_the_budget_the_queue_decides() {
        assert_eq!(expected(0, 0, 0), "2026-11-20T10:31:00Z");
        assert_eq!(expected(1, 0, 0), "2026-11-20T10:31:00Z");
    }

    #[test]
    fn who_is_beyond_the_hour_waits_for_a_later_one() {
        assert_eq!(expected(0, 2, 2), "2026-11-20T11:00:00Z");
        assert_eq!(expected(1, 1, 1), "2026-11-20T11:00:00Z");
        assert_eq!(expected(4, 1, 1), "2026-11-20T12:00:00Z");
    }

    #[test]
    fn who_is_beyond_the_day_waits_for_tomorrow() {
        assert_eq!(expected(0, 0, 10), "2026-11-21T00:00:00Z");
        assert_eq!(expected(11, 0, 10), "2026-11-22T00:00:00Z");
    }
}
