//! Tenants that wait for their accounts: what a process remembers of them, so that their next pass begins with what it needs.
//!
//! A process may remember wrongly: what was read is decided on only where the tenant does wait, and only as long as nobody has written it.

use std::{collections::BTreeMap, sync::Mutex};

use tenancy::{TenantId, Timestamp, Verb};

use super::Worker;
use crate::{
    account::FOLLOWING,
    ledger::{CreationRows, TOKEN_LIFETIME},
    pass::{CreationAhead, lock},
};

/// How many tenants a process remembers; five creations are in flight at most.
const MOST: usize = 20;

/// A tenant that waits for its account.
pub(super) struct Waiting {
    /// The `car-` id of its request.
    pub request: String,
    /// The rows of the creations in flight, as its last pass left them.
    pub rows: Option<CreationRows>,
}

/// Tenants that wait for their accounts.
#[derive(Default)]
pub(super) struct Creating(Mutex<BTreeMap<TenantId, Waiting>>);

impl Creating {
    /// Remembers how a pass left its tenant.
    pub(super) fn note(&self, tenant: &TenantId, waiting: Option<Waiting>) {
        let mut known = lock(&self.0);
        known.remove(tenant);
        if let Some(waiting) = waiting.filter(|_| known.len() < MOST) {
            known.insert(tenant.clone(), waiting);
        }
    }

    /// The request of a tenant that waits, and the rows, which are used once.
    fn waiting(&self, tenant: &TenantId) -> Option<(String, Option<CreationRows>)> {
        let mut known = lock(&self.0);
        let waiting = known.get_mut(tenant)?;
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
            .follow_creation(tenant, &request, holder, read, now);
        let mut followed = followed.await.ok()?;
        let until = now.saturating_add(TOKEN_LIFETIME).unwrap_or(Timestamp::MAX);
        let tokens = std::mem::take(&mut followed.tokens);
        let limiter = self.aws.limiter(&self.ledger, &self.clock);
        limiter.keep(&tokens, until).await;
        Some(CreationAhead::Followed(request, followed))
    }
}
