//! A circuit breaker over the last attempts at creating accounts: when failures pile up, the fault is not one tenant's.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use tenancy::Timestamp;

use super::types::{Attempt, CreationOutcome, Window};

/// How many attempts are kept.
const REMEMBERED: usize = 20;
/// How long one counts: what happened hours ago says nothing of now.
const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(1);
/// As many as are in flight at once: a whole round of creations that failed or have an unknown outcome.
const IN_A_ROW: usize = 5;
/// More than half of so many attempts: the fault is intermittent.
const COUNTED: usize = 10;
/// One tenant that fails again and again is its own fault, two may be chance.
const TENANTS: usize = 3;

impl Window {
    /// Records the outcome of an attempt, once, and says why the circuit breaker should trip, if it should. `since` is when a person
    /// last started creations: what was before is settled. `None` means that nothing changes.
    pub(super) fn record(
        mut self,
        attempt: &Attempt,
        now: Timestamp,
        since: Option<Timestamp>,
    ) -> (Option<Self>, Option<String>) {
        if !counts(attempt, now, since) {
            return (None, None);
        }
        let same = |recorded: &Attempt| {
            recorded.tenant == attempt.tenant && recorded.number == attempt.number
        };
        match self.attempts.iter_mut().find(|recorded| same(recorded)) {
            // An outcome that was unknown may become known; what is known stays.
            Some(recorded)
                if recorded.outcome == CreationOutcome::Unknown
                    && recorded.outcome != attempt.outcome =>
            {
                *recorded = attempt.clone();
            }
            Some(_) => return (None, None),
            None => self.attempts.push(attempt.clone()),
        }
        let window = self.counting(now, since);
        let why = window
            .why_stop()
            .filter(|_| attempt.outcome != CreationOutcome::Made);
        (Some(window), why)
    }

    /// Only what counts now, oldest first.
    pub(super) fn counting(mut self, now: Timestamp, since: Option<Timestamp>) -> Self {
        self.attempts.retain(|attempt| counts(attempt, now, since));
        self.attempts.sort_by_key(|attempt| attempt.at);
        let old = self.attempts.len().saturating_sub(REMEMBERED);
        self.attempts.drain(..old);
        self
    }

    fn why_stop(&self) -> Option<String> {
        let newest = || self.attempts.iter().rev();
        let bad = |attempt: &&Attempt| attempt.outcome != CreationOutcome::Made;
        let row: Vec<&Attempt> = newest().take_while(bad).collect();
        if row.len() >= IN_A_ROW && tenants(&row) >= TENANTS {
            return Some(format!(
                "the last {} creations failed or have an unknown outcome: {}",
                row.len(),
                words(&row)
            ));
        }
        let bad: Vec<&Attempt> = newest().take(COUNTED).filter(bad).collect();
        let most = bad.len() * 2 > COUNTED && tenants(&bad) >= TENANTS;
        most.then(|| {
            format!(
                "{} of the last {COUNTED} creations failed or have an unknown outcome: {}",
                bad.len(),
                words(&bad)
            )
        })
    }
}

fn counts(attempt: &Attempt, now: Timestamp, since: Option<Timestamp>) -> bool {
    now.duration_since(attempt.at) < COUNTS_FOR && since.is_none_or(|since| attempt.at > since)
}

fn tenants(attempts: &[&Attempt]) -> usize {
    attempts
        .iter()
        .map(|attempt| &attempt.tenant)
        .collect::<BTreeSet<_>>()
        .len()
}

/// Each reason and how often, such as `INTERNAL_FAILURE 3, unknown outcome 2`.
fn words(attempts: &[&Attempt]) -> String {
    let mut counts = std::collections::BTreeMap::<&str, u32>::new();
    for attempt in attempts {
        let word = match &attempt.outcome {
            CreationOutcome::Failed(reason) => reason,
            CreationOutcome::Unknown | CreationOutcome::Made => "unknown outcome",
        };
        *counts.entry(word).or_default() += 1;
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(word, count)| format!("{word} {count}"))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use tenancy::TenantId;

    use super::*;
    use CreationOutcome::{Made, Unknown};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn attempt(tenant: u8, number: u32, second: i64, outcome: CreationOutcome) -> Attempt {
        Attempt {
            tenant: TenantId::from_random([tenant; 10]),
            number,
            at: at(second),
            outcome,
        }
    }

    fn failed() -> CreationOutcome {
        CreationOutcome::Failed("INTERNAL_FAILURE".into())
    }

    /// Notes attempts one after the other and gives back the first reason to stop, and after how many.
    fn stopped(attempts: &[Attempt], since: Option<Timestamp>) -> Option<(usize, String)> {
        let mut window = Window::default();
        for (index, attempt) in attempts.iter().enumerate() {
            let (after, why) = window.clone().record(attempt, attempt.at, since);
            window = after.unwrap_or(window);
            if let Some(why) = why {
                return Some((index + 1, why));
            }
        }
        None
    }

    #[test]
    fn five_in_a_row_that_came_to_nothing_stop_creations() {
        let outcomes = [
            Made,
            failed(),
            Unknown,
            failed(),
            Unknown,
            failed(),
            failed(),
        ];
        let attempts: Vec<_> = (1..)
            .zip(outcomes)
            .map(|(n, o)| attempt(n, 1, i64::from(n), o))
            .collect();
        let (after, why) = stopped(&attempts, None).unwrap();
        assert_eq!(after, 6);
        assert_eq!(
            why,
            "the last 5 creations failed or have an unknown outcome: INTERNAL_FAILURE 3, unknown outcome 2"
        );
    }

    #[test]
    fn more_than_half_of_the_last_ten_stop_creations() {
        let every_second = |n: u8| if n.is_multiple_of(3) { Made } else { failed() };
        let attempts: Vec<_> = (1..=20)
            .map(|n| attempt(n, 1, i64::from(n), every_second(n)))
            .collect();
        let (after, why) = stopped(&attempts, None).unwrap();
        assert!(after <= 10, "{after}");
        assert!(why.starts_with("6 of the last 10"), "{why}");
    }

    #[test]
    fn half_of_them_do_not() {
        let attempts: Vec<_> = (1..=20)
            .map(|n| attempt(n, 1, i64::from(n), if n % 2 == 0 { Made } else { failed() }))
            .collect();
        assert_eq!(stopped(&attempts, None), None);
    }

    #[test]
    fn one_tenant_that_keeps_failing_stops_nobody_else() {
        let attempts: Vec<_> = (1..=12)
            .map(|n| attempt(1, n, i64::from(n), failed()))
            .collect();
        assert_eq!(stopped(&attempts, None), None);
    }

    #[test]
    fn a_failure_seen_again_counts_once_and_an_unknown_outcome_becomes_known() {
        let (window, _) = Window::default().record(&attempt(1, 1, 1, Unknown), at(1), None);
        let window = window.unwrap();
        let (made, why) = window.clone().record(&attempt(1, 1, 5, Made), at(5), None);
        assert_eq!(
            (made.unwrap().attempts, why),
            (vec![attempt(1, 1, 5, Made)], None)
        );
        let (failed_once, _) = window.record(&attempt(1, 1, 5, failed()), at(5), None);
        let again = failed_once
            .unwrap()
            .record(&attempt(1, 1, 5, failed()), at(6), None);
        assert_eq!(again, (None, None));
    }

    #[test]
    fn what_was_before_a_person_started_creations_is_settled() {
        let attempts: Vec<_> = (1..=5)
            .map(|n| attempt(n, 1, i64::from(n), failed()))
            .collect();
        assert!(stopped(&attempts, None).is_some());
        assert_eq!(stopped(&attempts, Some(at(5))), None);
        let window = Window { attempts };
        assert_eq!(window.counting(at(6), Some(at(3))).attempts.len(), 2);
    }

    #[test]
    fn what_is_older_than_an_hour_counts_no_more() {
        let attempts: Vec<_> = (1..=5)
            .map(|n| attempt(n, 1, 900 * i64::from(n), failed()))
            .collect();
        assert_eq!(stopped(&attempts, None), None);
    }

    #[test]
    fn no_more_than_twenty_are_remembered() {
        let mut window = Window::default();
        for n in 0..40 {
            window = window
                .record(&attempt(n, 1, i64::from(n), Made), at(40), None)
                .0
                .unwrap();
        }
        assert_eq!(window.attempts.len(), REMEMBERED);
        assert_eq!(window.attempts[0].at, at(20));
    }
}
