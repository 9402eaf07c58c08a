//! Tenants that wait for their accounts: what a process remembers of them, so that their next pass begins with what it needs.
//!
//! A process may remember wrongly: what was read is decided on only where the tenant does wait, and only as long as nobody has written it.

use std::{collections::VecDeque, sync::Mutex};

use tenancy::{TenantId, Timestamp, Verb};
use tracing::warn;

use super::Worker;
use crate::{
    account::FOLLOWING,
    ledger::{CreationRows, LedgerError, TOKEN_LIFETIME, WatchAnswer},
    pass::{CreationAhead, lock},
};

/// How many tenants a process remembers; five creations are in flight at most. Others may build those that it remembers longest.
const MOST: usize = 20;

/// A tenant that waits for its account.
pub(super) struct Waiting {
    /// The `car-` id of its request.
    pub request: String,
    /// The rows of the creations in flight, as its last pass left them.
    pub rows: Option<CreationRows>,
}

/// Tenants that wait for their accounts, the one noted last at the end.
#[derive(Default)]
pub(super) struct Creating(Mutex<VecDeque<(TenantId, Waiting)>>);

impl Creating {
    /// Remembers how a pass left its tenant.
    pub(super) fn note(&self, tenant: &TenantId, waiting: Option<Waiting>) {
        let mut known = lock(&self.0);
        known.retain(|(id, _)| id != tenant);
        if let Some(waiting) = waiting {
            known.push_back((tenant.clone(), waiting));
        }
        while known.len() > MOST {
            known.pop_front();
        }
    }

    /// The request of a tenant that waits, and the rows, which are used once.
    fn waiting(&self, tenant: &TenantId) -> Option<(String, Option<CreationRows>)> {
        let mut known = lock(&self.0);
        let (_, waiting) = known.iter_mut().find(|(id, _)| id == tenant)?;
        Some((waiting.request.clone(), waiting.rows.take()))
    }
}

impl Worker {
    /// What a pass of a tenant needs that waits for its account, while its lease is taken: where the rows are as this process left them, they
    /// are decided on at once, else they are read. What cannot be had now is had when it is needed.
    pub(super) async fn creation_ahead(
        &self,
        tenant: &TenantId,
        holder: &str,
    ) -> Option<CreationAhead> {
        if self.verb != Verb::Onboard {
            return None;
        }
        let (request, rows) = self.creating.waiting(tenant)?;
        let Some(rows) = rows else {
            let rows = self.ledger.creation_rows(&FOLLOWING).await;
            return rows.ok().map(CreationAhead::Rows);
        };
        let now = self.now();
        let read = (&FOLLOWING[..], Some(rows));
        let followed = self
            .ledger
            .follow_creation_ahead(tenant, &request, holder, read, now);
        let mut followed = match followed.await {
            Ok(followed) => followed,
            Err(LedgerError::NotFound { .. }) => {
                // Others have recorded what came of it.
                self.creating.note(tenant, None);
                return None;
            }
            Err(_) => return None,
        };
        let until = now.saturating_add(TOKEN_LIFETIME).unwrap_or(Timestamp::MAX);
        let tokens = std::mem::take(&mut followed.tokens);
        let limiter = self.aws.limiter(&self.ledger, &self.clock);
        limiter.keep(&tokens, until).await;
        Some(CreationAhead::Followed(request, followed))
    }

    /// The rows as a pass left them, or one that did not begin. If it was to poll and did not come to it, others need not wait for it.
    pub(super) async fn creation_left(
        &self,
        holder: &str,
        left: Option<CreationAhead>,
    ) -> Option<CreationRows> {
        let followed = match left? {
            CreationAhead::Rows(rows) => return Some(rows),
            CreationAhead::Followed(_, followed) => followed,
        };
        if matches!(followed.answer, WatchAnswer::Poll(_))
            && let Err(error) = Box::pin(self.ledger.leave_poll(holder)).await
        {
            warn!(error = %error, "others wait half a minute until they poll creations");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenants_that_wait_longest_make_room_for_those_that_came_last() {
        let (creating, tenant) = (Creating::default(), |n| TenantId::from_random([n; 10]));
        let waiting = || Waiting {
            request: "car-1".into(),
            rows: None,
        };
        // Other processes build them all.
        for number in 0..30 {
            creating.note(&tenant(number), Some(waiting()));
        }
        let known = |number| creating.waiting(&tenant(number)).is_some();
        assert!((10..30).all(known) && !(0..10).any(known));
        creating.note(&tenant(10), Some(waiting()));
        creating.note(&tenant(11), None);
        creating.note(&tenant(30), Some(waiting()));
        creating.note(&tenant(31), Some(waiting()));
        assert!(known(10) && !known(11) && !known(12) && known(31));
    }
}
