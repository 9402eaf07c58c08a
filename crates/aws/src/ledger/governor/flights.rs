//! The creations in flight.

use std::collections::BTreeMap;

use tenancy::{TenantId, Timestamp};

use super::{
    key,
    types::{WatchAnswer, Watched, WatchedState},
    watch::Watch,
};
use crate::ledger::{Ledger, LedgerError, item::Item};

impl Ledger {
    /// Adds a creation that was begun a moment ago.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn watch_creation(
        &self,
        tenant: &TenantId,
        request: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.change_watch("watching a creation", |watch| {
            (Some(watch.add(tenant, request, now)), ())
        })
        .await
    }

    /// What a tenant's creation is, or that the asker, by the name of `who`, is to look at some.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn ask_watch(
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

    /// Writes down what was seen, and says which tenants' creations have ended by it.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn saw_creations(
        &self,
        who: &str,
        seen: &[(String, WatchedState)],
        now: Timestamp,
    ) -> Result<Vec<TenantId>, LedgerError> {
        self.change_watch("writing down how creations are", |watch| {
            let (watch, ended) = watch.saw(who, seen, now);
            (Some(watch), ended)
        })
        .await
    }

    /// Has the next pass look at a creation that is said to be over. Gives back whose it is.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn doubt_creation(&self, request: &str) -> Result<Option<TenantId>, LedgerError> {
        self.change_watch("doubting a creation", |watch| watch.doubt(request))
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
    pub async fn watched(&self) -> Result<BTreeMap<String, Watched>, LedgerError> {
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

fn watch_key() -> Item {
    key("WATCH#creations")
}
