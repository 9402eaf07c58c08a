//! The creations in flight, watched for all tenants together: one pass polls Organizations, and the others read the cached
//! states.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tenancy::{TenantId, Timestamp};

use super::types::{WatchAnswer, WatchedCreation, WatchedState};

/// For how long a cached state is fresh.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// How long a pass may poll before another does.
const POLL_LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How long the end of a creation is kept for its tenant; who asks later has it polled again.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Five are in flight at most; the others have ended and wait for their tenants. What is dropped is polled again.
const MOST: usize = 20;

/// The watch as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Watch {
    /// By request.
    creations: BTreeMap<String, WatchedCreation>,
    /// The pass that polls. Ledgers that exist call it `looking`.
    #[serde(rename = "looking")]
    poll: Option<PollLease>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PollLease {
    #[serde(rename = "who")]
    holder: String,
    #[serde(rename = "until")]
    expires_at: Timestamp,
}

impl Watch {
    /// Adds a creation that was begun a moment ago.
    pub(super) fn add(mut self, tenant: &TenantId, request: &str, now: Timestamp) -> Self {
        let watched = WatchedCreation {
            tenant: tenant.clone(),
            state: WatchedState::InProgress,
            polled_at: now,
        };
        self.creations.insert(request.to_owned(), watched);
        self.bounded(now)
    }

    /// The cached state of a tenant's creation, or that the asker is to poll. `None` means that nothing changes.
    pub(super) fn ask(
        mut self,
        tenant: &TenantId,
        request: &str,
        who: &str,
        now: Timestamp,
    ) -> (Option<Self>, WatchAnswer) {
        let cached = self.creations.get(request);
        if let Some(cached) = cached.filter(|it| it.state.is_over() || it.is_fresh(now)) {
            return (None, WatchAnswer::Cached(cached.state.clone()));
        }
        let state = cached.map_or(WatchedState::InProgress, |cached| cached.state.clone());
        let poll = self.poll.as_ref().filter(|poll| poll.expires_at > now);
        if poll.is_some_and(|poll| poll.holder != who) {
            return (None, WatchAnswer::Cached(state));
        }
        if !self.has(request) {
            self = self.add(tenant, request, Timestamp::UNIX_EPOCH);
        }
        self.poll = Some(PollLease {
            holder: who.to_owned(),
            expires_at: now.saturating_add(POLL_LEASE).unwrap_or(Timestamp::MAX),
        });
        let open = self.creations.iter();
        let open = open.filter(|(_, watched)| !watched.state.is_over());
        let open = open.map(|(request, _)| request.clone()).collect();
        (Some(self), WatchAnswer::Poll(open))
    }

    /// Caches the states that were polled, and says which tenants' creations have ended since.
    pub(super) fn record(
        mut self,
        who: &str,
        polled: &[(String, WatchedState)],
        now: Timestamp,
    ) -> (Self, Vec<TenantId>) {
        let mut ended = Vec::new();
        for (request, state) in polled {
            // What has ended stays so, whatever a slower pass polled before; what is absent is nobody's any more.
            let open = self.creations.get_mut(request);
            let Some(watched) = open.filter(|watched| !watched.state.is_over()) else {
                continue;
            };
            watched.state = state.clone();
            watched.polled_at = now;
            if state.is_over() {
                ended.push(watched.tenant.clone());
            }
        }
        self.poll = self.poll.filter(|poll| poll.holder != who);
        (self.bounded(now), ended)
    }

    /// A hint that a creation is over: whoever asks next polls. Gives back whose it is.
    pub(super) fn invalidate(mut self, request: &str) -> (Option<Self>, Option<TenantId>) {
        let Some(watched) = self.creations.get_mut(request) else {
            return (None, None);
        };
        let tenant = watched.tenant.clone();
        if watched.state.is_over() {
            return (None, Some(tenant));
        }
        watched.polled_at = Timestamp::UNIX_EPOCH;
        (Some(self), Some(tenant))
    }

    /// Forgets a creation whose end its tenant has recorded; who polled it polls no more, and others need not wait for it. `None` means
    /// that nothing changes.
    pub(super) fn forget(mut self, request: &str, who: &str) -> Option<Self> {
        self.creations.remove(request)?;
        self.poll = self.poll.filter(|poll| poll.holder != who);
        Some(self)
    }

    /// Lets others poll at once where this pass was to, and does not. `None` means that nothing changes.
    pub(super) fn leave_poll(mut self, who: &str) -> Option<Self> {
        self.poll.take_if(|poll| poll.holder == who)?;
        Some(self)
    }

    /// Whether a creation is watched: one whose end its tenant has recorded is not.
    pub(super) fn has(&self, request: &str) -> bool {
        self.creations.contains_key(request)
    }

    pub(super) fn into_creations(self) -> BTreeMap<String, WatchedCreation> {
        self.creations
    }

    fn bounded(mut self, now: Timestamp) -> Self {
        let kept = |watched: &WatchedCreation| !watched.state.is_over() || watched.age(now) < KEPT;
        self.creations.retain(|_, watched| kept(watched));
        while self.creations.len() > MOST {
            let oldest = self.creations.iter().min_by_key(|(_, watched)| {
                // Those that have ended go first.
                (!watched.state.is_over(), watched.polled_at)
            });
            let Some(request) = oldest.map(|(request, _)| request.clone()) else {
                break;
            };
            self.creations.remove(&request);
        }
        self
    }
}

impl WatchedCreation {
    fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.polled_at)
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.age(now) <= FRESH
    }
}

#[cfg(test)]
mod tests;
