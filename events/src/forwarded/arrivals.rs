//! What arrived of tenants, sorted: by whose it is, so many of each tenant, and what was dropped as a number.

use std::collections::BTreeMap;

use tenancy::{AccountId, TenantId};

use super::{Dropped, TenantEvent};

/// Events that arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// By tenant, in the order they came.
    pub of: BTreeMap<TenantId, Vec<TenantEvent>>,
    /// How many were of accounts that are no tenant's.
    pub unknown: u64,
    /// How many were not read, for whatever reason.
    pub unread: u64,
    /// How many were left out because their tenant had as many already.
    pub beyond: u64,
}

impl Arrivals {
    /// Takes an event in. `tenant` says whose an account is, by the ledger; `most` is how many are kept of one tenant. An event that came
    /// twice is kept once.
    ///
    /// # Errors
    /// Why it was not read; it is counted.
    pub fn take(
        &mut self,
        body: &str,
        tenant: impl FnOnce(&AccountId) -> Option<TenantId>,
        most: usize,
    ) -> Result<(), Dropped> {
        let event = TenantEvent::parse(body).inspect_err(|_| self.unread += 1)?;
        let Some(tenant) = tenant(&event.account) else {
            self.unknown += 1;
            return Ok(());
        };
        let kept = self.of.entry(tenant).or_default();
        if kept.iter().any(|known| known.id == event.id) {
            return Ok(());
        }
        match kept.len() < most {
            true => kept.push(event),
            false => self.beyond += 1,
        }
        Ok(())
    }
}
