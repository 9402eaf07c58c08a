//! Tenants that wait for their accounts: what a process remembers of them, so that what their next pass needs is read at once.
//!
//! A process may remember wrongly: what was read is decided on only where the tenant does wait, and only as long as nobody has written it.

use std::{collections::BTreeSet, sync::Mutex};

use tenancy::{TenantId, Verb};

use super::Worker;
use crate::{account::FOLLOWING, ledger::CreationRows, pass::lock};

/// How many tenants a process remembers; five creations are in flight at most.
const MOST: usize = 20;

/// Tenants that wait for their accounts.
#[derive(Default)]
pub(super) struct Creating(Mutex<BTreeSet<TenantId>>);

impl Creating {
    /// Remembers how a pass left its tenant.
    pub(super) fn note(&self, tenant: &TenantId, waits: bool) {
        let mut known = lock(&self.0);
        if !waits {
            known.remove(tenant);
        } else if known.len() < MOST {
            known.insert(tenant.clone());
        }
    }

    fn has(&self, tenant: &TenantId) -> bool {
        lock(&self.0).contains(tenant)
    }
}

impl Worker {
    /// What a pass of a tenant needs that waits for its account, read while its lease is taken.
    pub(super) async fn creation_rows(&self, tenant: &TenantId) -> Option<CreationRows> {
        if self.verb != Verb::Onboard || !self.creating.has(tenant) {
            return None;
        }
        // What cannot be read now is read when it is needed.
        self.ledger.creation_rows(&FOLLOWING).await.ok()
    }
}
