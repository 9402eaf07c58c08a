//! The limits as people and programs see them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};
use tenantry_aws::ledger::{
    CallState, CreationBudget, CreationOutcome, Semaphore, SemaphoreUsage, Spending, SwitchEvent,
    Waiter, Window,
};

/// Every limit of the organization, and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitsView {
    /// Creations of accounts.
    pub creations: CreationLimitsView,
    /// Closures of accounts.
    pub closures: GateView,
    /// Calls to Organizations.
    pub calls: Vec<CallView>,
}

/// How creations of accounts stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationLimitsView {
    /// Whether accounts may be created.
    pub on: bool,
    /// Grows with every turn of the switch; the `ETag`.
    pub version: u64,
    /// The last turns of the switch, newest first; the first says why it is as it is.
    pub turns: Vec<TurnView>,
    /// What the breaker looks at.
    pub breaker: BreakerView,
    /// The creation budget.
    pub budget: BudgetView,
    /// In flight, and in line.
    #[serde(flatten)]
    pub gate: GateView,
}

/// A turn of the switch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TurnView {
    /// Whether it was turned on.
    pub on: bool,
    /// Why.
    pub reason: String,
    /// By whom: an ARN, or `the breaker`.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The budget an operator set instead of the deployment's, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetNumbers>,
}

/// A creation budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetNumbers {
    /// Creations in an hour.
    pub per_hour: u32,
    /// Creations in a day.
    pub per_day: u32,
}

/// The outcomes of the last creations, as far as they count for the breaker: at most 20, none older than an hour or than the
/// last time a person turned creations on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakerView {
    /// Accounts that were made.
    pub made: u32,
    /// Creations that failed.
    pub failed: u32,
    /// Creations whose outcome is not known.
    pub unknown: u32,
    /// How many in a row, up to the last, came to nothing.
    pub in_a_row: u32,
    /// Why they failed: Organizations' words, and how often each.
    pub reasons: BTreeMap<String, u32>,
}

/// The creation budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetView {
    /// The present hour (UTC).
    pub hour: SpentView,
    /// The present day (UTC).
    pub day: SpentView,
    /// Whether an operator set it, instead of the deployment.
    pub is_override: bool,
}

/// What is spent of a budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpentView {
    /// Creations so far.
    pub used: u32,
    /// Creations allowed.
    pub allowed: u32,
    /// When it begins anew.
    #[schemars(with = "String")]
    pub resets_at: Timestamp,
}

/// Something only so many tenants may do at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateView {
    /// How many may be in flight.
    pub capacity: u32,
    /// Those that are.
    pub in_flight: Vec<InFlightView>,
    /// Those that wait.
    pub line: LineView,
    /// Seconds from one place to the next, at the pace of the last ones.
    pub secs_a_place: u32,
}

/// A tenant whose account is being made or closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InFlightView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Since when.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// When its place is given to another at the latest.
    #[schemars(with = "String")]
    pub until: Timestamp,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineView {
    /// How many wait.
    pub total: u32,
    /// The first of them.
    pub items: Vec<PlaceView>,
}

/// A place in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceView {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its place; 1 is next.
    pub position: u32,
    /// When it came.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// When its turn is expected; absent while creations are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expected_at: Option<Timestamp>,
}

/// A tenant's own place in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// `creation` or `closure` of its account.
    pub waits_for: String,
    /// Its place; 1 is next.
    pub position: usize,
    /// How many wait.
    pub length: usize,
    /// When it came.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// When its turn is expected; absent while creations are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expected_at: Option<Timestamp>,
}

/// How often an operation of Organizations may be called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    /// The operation, such as `MoveAccount`.
    pub call: String,
    /// How many seconds lie between two calls in the long run.
    pub secs_a_call: f64,
    /// How many calls may come at once.
    pub burst: u32,
    /// How many could come now.
    pub free: u32,
    /// AWS's own limit, of which this is a part.
    pub aws: AwsLimitView,
}

/// AWS's limit for an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwsLimitView {
    /// Calls a second in the long run.
    pub per_second: f64,
    /// Calls at once.
    pub burst: u32,
}

/// A gate with the first places of its line.
pub fn gate(
    semaphore: Semaphore,
    usage: &SemaphoreUsage,
    places: usize,
    expected: impl Fn(usize, &Waiter) -> Option<Timestamp>,
) -> GateView {
    let in_flight = usage.holders.iter().map(|(tenant, stay)| InFlightView {
        tenant_id: tenant.clone(),
        since: stay.since,
        until: stay.until,
    });
    let items = usage.queue.iter().enumerate().take(places);
    let items = items.map(|(index, waiter)| PlaceView {
        tenant_id: waiter.tenant.clone(),
        position: count(index + 1),
        since: waiter.since,
        expected_at: expected(index, waiter),
    });
    GateView {
        capacity: count(semaphore.capacity()),
        in_flight: in_flight.collect(),
        line: LineView {
            total: count(usage.queue.len()),
            items: items.collect(),
        },
        secs_a_place: usage.secs_per_slot,
    }
}

/// What is done inside a gate.
pub const fn word(semaphore: Semaphore) -> &'static str {
    match semaphore {
        Semaphore::Creations => "creation",
        Semaphore::Closures => "closure",
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl From<CreationBudget> for BudgetNumbers {
    fn from(budget: CreationBudget) -> Self {
        Self {
            per_hour: budget.per_hour,
            per_day: budget.per_day,
        }
    }
}

impl From<SwitchEvent> for TurnView {
    fn from(turn: SwitchEvent) -> Self {
        Self {
            on: turn.switch.on,
            reason: turn.switch.reason,
            by: turn.switch.by,
            at: turn.switch.at,
            budget: turn.budget.map(Into::into),
        }
    }
}

impl From<Window> for BreakerView {
    fn from(window: Window) -> Self {
        let mut view = Self::default();
        for attempt in window.attempts {
            view.in_a_row += 1;
            match attempt.outcome {
                CreationOutcome::Made => (view.made, view.in_a_row) = (view.made + 1, 0),
                CreationOutcome::Unknown => view.unknown += 1,
                CreationOutcome::Failed(reason) => {
                    view.failed += 1;
                    *view.reasons.entry(reason).or_default() += 1;
                }
            }
        }
        view
    }
}

impl From<Spending> for BudgetView {
    fn from(spending: Spending) -> Self {
        Self {
            hour: SpentView {
                used: spending.this_hour,
                allowed: spending.allowed.per_hour,
                resets_at: spending.hour_ends,
            },
            day: SpentView {
                used: spending.today,
                allowed: spending.allowed.per_day,
                resets_at: spending.day_ends,
            },
            is_override: spending.is_override,
        }
    }
}

impl From<CallState> for CallView {
    fn from(state: CallState) -> Self {
        let rate = state.rate;
        Self {
            call: rate.call.to_owned(),
            secs_a_call: state.limit.interval.as_secs_f64(),
            burst: state.limit.burst,
            free: state.free,
            aws: AwsLimitView {
                per_second: f64::from(rate.aws_per_1000_secs) / 1000.0,
                burst: rate.aws_burst,
            },
        }
    }
}
