//! How many creations an hour and a day may have: the brake on a runaway.

use serde::{Deserialize, Serialize};
use tenancy::Timestamp;

use crate::ledger::Budget;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What was taken in the present hour and day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Spent {
    /// Hours and days since 1970, and how many creations in them.
    hour: (i64, u32),
    day: (i64, u32),
}

impl Spent {
    /// One more, if both windows have room. `None` means that nothing changes.
    pub(super) fn take(
        self,
        now: Timestamp,
        per_hour: u32,
        per_day: u32,
    ) -> (Option<Self>, Budget) {
        let in_window = |(window, count): (i64, u32), length: i64| {
            let present = now.as_second().div_euclid(length);
            (present, if window == present { count } else { 0 })
        };
        let (hour, this_hour) = in_window(self.hour, HOUR);
        let (day, today) = in_window(self.day, DAY);
        if today >= per_day {
            return (None, used_up((day + 1) * DAY));
        }
        if this_hour >= per_hour {
            return (None, used_up((hour + 1) * HOUR));
        }
        let spent = Self {
            hour: (hour, this_hour + 1),
            day: (day, today + 1),
        };
        (Some(spent), Budget::Taken)
    }
}

fn used_up(until: i64) -> Budget {
    let until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX);
    Budget::UsedUp { until }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(spent: &mut Spent, at: &str) -> Budget {
        let (after, budget) = spent.clone().take(at.parse().unwrap(), 2, 3);
        *spent = after.unwrap_or(spent.clone());
        budget
    }

    fn until(at: &str) -> Budget {
        Budget::UsedUp {
            until: at.parse().unwrap(),
        }
    }

    #[test]
    fn an_hour_and_a_day_have_each_their_own_limit() {
        let mut spent = Spent::default();
        assert_eq!(take(&mut spent, "2026-11-20T10:00:00Z"), Budget::Taken);
        assert_eq!(take(&mut spent, "2026-11-20T10:59:00Z"), Budget::Taken);
        let full = take(&mut spent, "2026-11-20T10:59:59Z");
        assert_eq!(full, until("2026-11-20T11:00:00Z"));
        assert_eq!(take(&mut spent, "2026-11-20T11:00:00Z"), Budget::Taken);
        let full = take(&mut spent, "2026-11-20T12:00:00Z");
        assert_eq!(full, until("2026-11-21T00:00:00Z"));
        assert_eq!(take(&mut spent, "2026-11-21T00:00:00Z"), Budget::Taken);
    }
}
