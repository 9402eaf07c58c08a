//! The creations in flight.

use std::collections::BTreeMap;

use tenancy::{TenantId, Timestamp};

use super::{
    key,
    types::{WatchAnswer, WatchedCreation, WatchedState},
    watch::Watch,
};
use crate::ledger::{Ledger, LedgerError, item::Item};

impl Ledger {
    /// The cached state of a tenant's creation, or that the asker, by the name of `who`, is to poll some.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn creation_state(
        &self,
        tenant: &TenantId,
        request: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<WatchAnswer, LedgerError> {
        self.change_watch("asking for a creation", |watch| {
            watch.ask(tenant, request, who, now)
        })
        .await
    }

    /// Caches the states that were polled, and says which tenants' creations have ended since.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn record_creation_states(
        &self,
        who: &str,
        polled: &[(String, WatchedState)],
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        self.change_watch("caching the states of creations", |watch| {
            let (watch, ended) = watch.record(who, polled, now);
            (Some(watch), ended)
        })
        .await
    }

    /// Has the next pass poll a creation that is said to be over. Gives back whose it is.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn invalidate_creation(
        &self,
        request: &str,
    ) -> Result<Option<TenantId>, LedgerError> {
        self.change_watch("invalidating the state of a creation", |watch| {
            watch.invalidate(request)
        })
        .await
    }

    /// Forgets a creation whose end its tenant has recorded.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn forget_creation(&self, request: &str) -> Result<(), LedgerError> {
        self.change_watch("forgetting a creation", |watch| (watch.forget(request), ()))
            .await
    }

    /// All creations that are watched, by request.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn watched(&self) -> Result<BTreeMap<String, WatchedCreation>, LedgerError> {
        let watch: Watch = self.governed(watch_key()).await?;
        Ok(watch.into_creations())
    }

    async fn change_watch<R>(
        &self,
        doing: &str,
        decide: impl Fn(Watch) -> (Option<Watch>, R),
    ) -> Result<R, LedgerError> {
        self.change_document(watch_key(), doing, |watch: Option<Watch>| {
            decide(watch.unwrap_or_default())
        })
        .await
    }
}

pub(super) fn watch_key() -> Item {
    key("WATCH#creations")
}
