//! The blueprint that a tenant is pinned to, wherever it is: in the build, or published in the ledger.
//!
//! # Guarantees
//! What a version says never changes, so that it is read once in the life of a process. Tenants of built-in blueprints cost no read.
//! One that is nowhere is `None`: nothing takes its place.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use tenancy::{Blueprint, BlueprintRef, blueprint::Catalog, blueprint::is_built_in};

use crate::ledger::{Ledger, LedgerError};

/// Blueprints that a process keeps at most.
const MOST: usize = 256;

/// Blueprints by their pinned version.
#[derive(Debug)]
pub struct Blueprints {
    built_in: Catalog,
    published: Mutex<BTreeMap<BlueprintRef, Blueprint>>,
}

impl Blueprints {
    /// The built-in blueprints, and those of a ledger once they are asked for.
    ///
    /// # Errors
    /// A built-in blueprint cannot be read; a test proves that there is none.
    pub fn new() -> Result<Self, serde_json::Error> {
        Ok(Self {
            built_in: Catalog::built_in()?,
            published: Mutex::default(),
        })
    }

    /// The blueprint of a pinned version, retired or not.
    ///
    /// # Errors
    /// The ledger did not answer, or what it holds cannot be read.
    pub async fn find(
        &self,
        ledger: &Ledger,
        pinned: &BlueprintRef,
    ) -> Result<Option<Blueprint>, LedgerError> {
        if is_built_in(&pinned.name) {
            return Ok(self.built_in.find(pinned).cloned());
        }
        if let Some(known) = self.published().get(pinned) {
            return Ok(Some(known.clone()));
        }
        let Some(version) = pinned.version else {
            return Ok(None);
        };
        let found = ledger.published_blueprint(&pinned.name, version).await?;
        let found = found.map(|published| published.blueprint);
        if let Some(found) = &found {
            let mut published = self.published();
            if published.len() >= MOST {
                published.pop_first();
            }
            published.insert(pinned.clone(), found.clone());
        }
        Ok(found)
    }

    fn published(&self) -> std::sync::MutexGuard<'_, BTreeMap<BlueprintRef, Blueprint>> {
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
