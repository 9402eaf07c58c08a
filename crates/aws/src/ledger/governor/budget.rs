//! How many accounts may be created in an hour and in a day: the limit for a runaway caller.

use serde::{Deserialize, Serialize};
use tenancy::Timestamp;

use super::types::{Budget, CreationBudget, Spending};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What was taken in the present hour and day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Spent {
    /// Hours and days since 1970, and how many creations in them.
    hour: (i64, u32),
    day: (i64, u32),
    /// What an operator allows instead of what the deployment does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instead: Option<CreationBudget>,
}

impl Spent {
    /// One more, if both windows have room. `None` means that nothing changes.
    pub(super) fn take(self, now: Timestamp, usual: CreationBudget) -> (Option<Self>, Budget) {
        let spending = self.spending(now, usual);
        if let Some(until) = spending.full_until() {
            let allowed = spending.allowed;
            return (None, Budget::UsedUp { until, allowed });
        }
        let spent = Self {
            hour: (window(now, HOUR), spending.this_hour + 1),
            day: (window(now, DAY), spending.today + 1),
            ..self
        };
        (Some(spent), Budget::Taken)
    }

    /// Allows something else than the deployment does, or that again. `None` means that nothing changes.
    pub(super) fn allow(self, instead: Option<CreationBudget>) -> Option<Self> {
        (self.instead != instead).then_some(Self { instead, ..self })
    }

    /// How much is spent.
    pub(super) fn spending(&self, now: Timestamp, usual: CreationBudget) -> Spending {
        let in_window = |(spent_in, count): (i64, u32), length| {
            if spent_in == window(now, length) {
                count
            } else {
                0
            }
        };
        Spending {
            allowed: self.instead.unwrap_or(usual),
            is_override: self.instead.is_some(),
            this_hour: in_window(self.hour, HOUR),
            hour_ends: end(now, HOUR),
            today: in_window(self.day, DAY),
            day_ends: end(now, DAY),
        }
    }
}

fn window(now: Timestamp, length: i64) -> i64 {
    now.as_second().div_euclid(length)
}

fn end(now: Timestamp, length: i64) -> Timestamp {
    Timestamp::from_second((window(now, length) + 1) * length).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: CreationBudget = CreationBudget {
        per_hour: 2,
        per_day: 3,
    };

    fn take(spent: &mut Spent, at: &str) -> Budget {
        let (after, budget) = spent.clone().take(at.parse().unwrap(), USUAL);
        *spent = after.unwrap_or(spent.clone());
        budget
    }

    fn until(at: &str) -> Budget {
        Budget::UsedUp {
            until: at.parse().unwrap(),
            allowed: USUAL,
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

    #[test]
    fn an_operator_may_allow_more_or_less_and_what_was_spent_stays_spent() {
        let mut spent = Spent::default();
        for _ in 0..2 {
            take(&mut spent, "2026-11-20T10:00:00Z");
        }
        let more = Some(CreationBudget {
            per_hour: 3,
            per_day: 3,
        });
        spent = spent.allow(more).unwrap();
        assert_eq!(spent.clone().allow(more), None);
        assert_eq!(take(&mut spent, "2026-11-20T10:01:00Z"), Budget::Taken);
        let now = "2026-11-20T10:01:00Z".parse().unwrap();
        let spending = spent.spending(now, USUAL);
        assert_eq!((spending.this_hour, spending.today), (3, 3));
        assert_eq!((spending.allowed.per_hour, spending.is_override), (3, true));
        spent = spent.allow(None).unwrap();
        assert_eq!(spent.spending(now, USUAL).allowed, USUAL);
    }
}
