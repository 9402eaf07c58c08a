//! What the governor is asked and answers.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tenancy::{AccountId, TenantId, Timestamp};

/// Whether the creation budget had room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Budget {
    /// One creation was taken from it.
    Taken,
    /// It is used up until then.
    UsedUp {
        /// When the window that is full ends.
        until: Timestamp,
        /// What was allowed.
        allowed: CreationBudget,
    },
}

/// How many creations an hour and a day (UTC) may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationBudget {
    /// Creations in an hour.
    pub per_hour: u32,
    /// Creations in a day.
    pub per_day: u32,
}

/// How much of the creation budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// What is allowed.
    pub allowed: CreationBudget,
    /// Whether an operator set it, instead of the deployment.
    pub is_override: bool,
    /// Creations of this hour.
    pub this_hour: u32,
    /// When the hour ends.
    pub hour_ends: Timestamp,
    /// Creations of today.
    pub today: u32,
    /// When the day ends.
    pub day_ends: Timestamp,
}

impl Spending {
    /// How many creations there is room for now.
    pub fn left(&self) -> u32 {
        let CreationBudget { per_hour, per_day } = self.allowed;
        let hour = per_hour.saturating_sub(self.this_hour);
        hour.min(per_day.saturating_sub(self.today))
    }

    /// When there is room again, if there is none now.
    pub fn full_until(&self) -> Option<Timestamp> {
        if self.today >= self.allowed.per_day {
            Some(self.day_ends)
        } else {
            (self.this_hour >= self.allowed.per_hour).then_some(self.hour_ends)
        }
    }
}

/// What a token bucket answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// So many calls may be made, after a moment.
    Taken {
        /// How many, at least 1.
        count: u32,
        /// From when on; 0 for at once.
        after: SignedDuration,
    },
    /// Nothing was taken; the next token is there after this time.
    Later {
        /// From now.
        after: SignedDuration,
    },
}

/// The state of an operation's token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallState {
    /// The operation and its rate.
    pub rate: &'static super::Rate,
    /// The rate limit that holds for it.
    pub limit: super::RateLimit,
    /// Tokens that could be taken now.
    pub free: u32,
}

/// A counting semaphore of the whole organization: what only so many tenants may do at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Semaphore {
    /// Account creations in flight: at most 5 (Organizations quotas, "Number of accounts you can create concurrently").
    Creations,
    /// Account closures in flight: at most 3 (Organizations quotas, "Number of accounts you can close concurrently").
    Closures,
}

impl Semaphore {
    /// How many slots there are, in the whole organization.
    ///
    /// Source: AWS Organizations User Guide, quotas: 5 accounts created and 3 accounts closed concurrently.
    pub const fn capacity(self) -> usize {
        match self {
            Self::Creations => 5,
            Self::Closures => 3,
        }
    }

    /// The call that needs a slot.
    pub const fn call(self) -> &'static str {
        match self {
            Self::Creations => "CreateAccount",
            Self::Closures => "CloseAccount",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Creations => "creations",
            Self::Closures => "closures",
        }
    }
}

/// What a semaphore answers a tenant that asks for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// The tenant holds a slot, until it expires.
    Admitted,
    /// The tenant waits in the queue.
    Queued {
        /// Its position in the queue; 1 is next.
        position: usize,
        /// How long the queue is.
        length: usize,
        /// In how many seconds it is expected to get a slot, by how long the last ones were held.
        expected_secs: u32,
        /// In how many seconds to ask again, so as to keep the position.
        retry_secs: u32,
    },
}

/// A semaphore as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SemaphoreUsage {
    /// Who holds a slot.
    pub holders: BTreeMap<TenantId, Slot>,
    /// Who waits for one, first come first: the first hundred at least, if so many wait.
    pub queue: Vec<Waiter>,
    /// How many wait in all.
    pub waiting: usize,
    /// Seconds from one waiter's slot to the next one's, by how long the last ones were held.
    pub secs_per_slot: u32,
}

/// A slot that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Since when.
    pub since: Timestamp,
    /// Until when at most.
    pub until: Timestamp,
}

/// A tenant in the queue for a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter {
    /// The tenant.
    pub tenant: TenantId,
    /// When it was queued.
    pub since: Timestamp,
    /// In how many seconds it is expected to get a slot, by how long the last ones were held.
    pub expected_secs: u32,
}

/// Where a tenant is in the queue for a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePosition {
    /// Its position; 1 is next.
    pub position: usize,
    /// How long the queue is.
    pub length: usize,
    /// The tenant, since when it waits and for how long yet.
    pub waiter: Waiter,
}

/// One attempt at creating an account, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// For which tenant.
    pub tenant: TenantId,
    /// The number of the attempt; 1 for the tenant's first.
    pub number: u32,
    /// When it ended, or was made if its outcome is unknown.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: CreationOutcome,
}

impl Attempt {
    /// Whether there is an account.
    pub(super) fn is_made(&self) -> bool {
        self.outcome == CreationOutcome::Made
    }
}

/// What came of an attempt at creating an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CreationOutcome {
    /// There is an account.
    Made,
    /// Organizations says why there is none.
    Failed(String),
    /// The answer was lost, and nothing is known yet.
    Unknown,
}

/// The attempts that the circuit breaker counts, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Window {
    /// The attempts.
    pub attempts: Vec<Attempt>,
}

/// A creation in flight, or one whose end its tenant has not recorded yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchedCreation {
    /// For which tenant.
    pub tenant: TenantId,
    /// As last polled.
    pub state: WatchedState,
    /// When it was last polled. Ledgers that exist call it `seenAt`.
    #[serde(rename = "seenAt")]
    pub polled_at: Timestamp,
}

/// The state of a watched creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WatchedState {
    /// Not over.
    InProgress,
    /// There is an account.
    Made(AccountId),
    /// There is none.
    #[serde(rename_all = "camelCase")]
    Failed {
        /// Organizations' word for why.
        reason: String,
        /// When it failed, if Organizations says so.
        ended_at: Option<Timestamp>,
    },
    /// Organizations does not know the request: not yet, or no more.
    Absent,
}

impl WatchedState {
    /// Whether it can change no more.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Made(_) | Self::Failed { .. })
    }
}

/// What the watch answers a tenant that asks for its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchAnswer {
    /// The cached state: fresh, or another pass is polling.
    Cached(WatchedState),
    /// The asker is to poll all of these requests.
    Poll(Vec<String>),
}
