//! From the governor's records to what goes out.

use api_types::{
    AdmissionView, AwsRateView, BreakerView, BudgetView, CallRateView, CreationBudgetView,
    InFlightView, QueueEntryView, QueueView, SwitchEventView, UsageView,
};
use tenancy::Timestamp;
use tenantry_aws::ledger::{
    CallState, CreationBudget, CreationOutcome, Semaphore, SemaphoreUsage, Spending, SwitchEvent,
    Waiter, Window,
};

/// The slots of a semaphore and the first entries of its queue.
pub fn admission(
    semaphore: Semaphore,
    usage: &SemaphoreUsage,
    entries: usize,
    expected: impl Fn(usize, &Waiter) -> Option<Timestamp>,
) -> AdmissionView {
    let in_flight = usage.holders.iter().map(|(tenant, slot)| InFlightView {
        tenant_id: tenant.clone(),
        since: slot.since,
        until: slot.until,
    });
    let items = usage.queue.iter().enumerate().take(entries);
    let items = items.map(|(index, waiter)| QueueEntryView {
        tenant_id: waiter.tenant.clone(),
        position: count(index + 1),
        since: waiter.since,
        expected_at: expected(index, waiter),
    });
    AdmissionView {
        capacity: count(semaphore.capacity()),
        in_flight: in_flight.collect(),
        queue: QueueView {
            total: count(usage.waiting),
            items: items.collect(),
        },
        seconds_per_slot: usage.secs_per_slot,
    }
}

/// What is done while a slot is held.
pub const fn word(semaphore: Semaphore) -> &'static str {
    match semaphore {
        Semaphore::Creations => "creation",
        Semaphore::Closures => "closure",
    }
}

pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn creation_budget(budget: CreationBudget) -> CreationBudgetView {
    CreationBudgetView {
        per_hour: budget.per_hour,
        per_day: budget.per_day,
    }
}

/// Creations were stopped or started.
pub fn switch_event(event: SwitchEvent) -> SwitchEventView {
    SwitchEventView {
        on: event.switch.on,
        reason: event.switch.reason,
        by: event.switch.by,
        at: event.switch.at,
        budget: event.budget.map(creation_budget),
    }
}

/// What the circuit breaker has counted.
pub fn breaker(window: Window) -> BreakerView {
    let mut view = BreakerView::default();
    for attempt in window.attempts {
        view.consecutive_failures += 1;
        match attempt.outcome {
            CreationOutcome::Made => {
                view.succeeded += 1;
                view.consecutive_failures = 0;
            }
            CreationOutcome::Unknown => view.unknown += 1,
            CreationOutcome::Failed(reason) => {
                view.failed += 1;
                *view.reasons.entry(reason).or_default() += 1;
            }
        }
    }
    view
}

/// The creation budget and its use.
pub fn budget(spending: Spending) -> BudgetView {
    BudgetView {
        hour: UsageView {
            used: spending.this_hour,
            allowed: spending.allowed.per_hour,
            resets_at: spending.hour_ends,
        },
        day: UsageView {
            used: spending.today,
            allowed: spending.allowed.per_day,
            resets_at: spending.day_ends,
        },
        is_override: spending.is_override,
    }
}

/// The rate limit of one action of Organizations.
pub fn call_rate(state: CallState) -> CallRateView {
    let rate = state.rate;
    CallRateView {
        call: rate.call.to_owned(),
        seconds_per_call: state.limit.interval.as_secs_f64(),
        burst: state.limit.burst,
        available: state.free,
        aws: AwsRateView {
            per_second: f64::from(rate.aws_per_1000_secs) / 1000.0,
            burst: rate.aws_burst,
        },
    }
}
