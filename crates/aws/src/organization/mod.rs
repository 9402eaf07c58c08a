//! What all tenants share in the organization: its root, our units, our policies. Read rarely, made once.
//!
//! # Guarantees
//! Passes over a thousand tenants read the organization once in ten minutes, and the audits of a sweep not at all (`accounts`): what
//! was read is kept in the ledger for all functions. A requested audit or repair gets what was read after the request, and a change
//! is known to every process at once: a process uses its copy only while the ledger has the same. Whatever is to be made is read
//! again first, under a lock in the ledger, so that two functions never make two of it.
//! What is ours is known by the ids in the ledger, and by our tags where they are not there yet: never by its name.

mod account;
mod accounts;
mod list;
mod lock;
mod make;
mod read;
mod reading;
mod snapshot;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicBool},
};

use aws_sdk_organizations::{
    Client,
    types::{Account, Tag},
};
use baseline::{Desired, Home, placement::Organization};
use tenancy::{AccountId, ComponentName, Failure, Verb};
use tokio::sync::{Mutex, OnceCell};

use crate::{account::is_emptied, calls::sdk_tags, errors, pass::PassContext};

use accounts::AccountList;
use snapshot::{Shared, Snapshot};

pub(crate) use account::account_state;
use account::parent;
pub(crate) use accounts::InOrganization;
pub use reading::{OrganizationReading, UnknownAccount, read_organization};

/// What a process remembers of the organization.
#[derive(Default)]
pub struct OrganizationCache {
    /// Held while reading, so that a burst of passes in one process reads once.
    shared: Mutex<Option<Shared>>,
    /// The accounts as the last sweep listed them, for its audits.
    accounts: Mutex<Option<AccountList>>,
    lock: Mutex<Option<lock::HeldLock>>,
}

/// What all tenants share in the organization, as one pass reads and makes it.
pub(crate) struct SharedOrganization {
    pass: Arc<PassContext>,
    cache: Arc<OrganizationCache>,
    /// What this pass read itself.
    read: Mutex<Option<Snapshot>>,
    /// Whether other processes do not know it yet.
    unshared: Mutex<bool>,
    /// Whether the tokens for reading the tenant's account first were taken.
    expected: OnceCell<()>,
    /// The account as it was first read.
    described: OnceCell<Option<Account>>,
    /// Whether the account component has used that reading: in a pass that may change something it reads afresh from then on.
    used: AtomicBool,
    /// Whether this pass has begun to move the account, which is somewhere else since.
    moved: AtomicBool,
}

impl SharedOrganization {
    pub(crate) fn new(pass: &Arc<PassContext>, cache: &Arc<OrganizationCache>) -> Arc<Self> {
        Arc::new(Self {
            pass: Arc::clone(pass),
            cache: Arc::clone(cache),
            read: Mutex::default(),
            unshared: Mutex::default(),
            expected: OnceCell::new(),
            described: OnceCell::new(),
            used: AtomicBool::default(),
            moved: AtomicBool::default(),
        })
    }

    /// The tenant's account as the last sweep listed it, with the units and policies it read: for a scheduled audit only, and only
    /// while the list is good, of a component that was as wanted before. Whoever finds something wrong by it reads afresh.
    pub(crate) async fn listed(
        &self,
        component: ComponentName,
        account: &AccountId,
    ) -> Result<Option<InOrganization>, Failure> {
        let pass = &self.pass;
        let scheduled = pass.verb == Verb::Audit && pass.asked_at.is_none();
        if !scheduled || !pass.settled.contains(&component) {
            return Ok(None);
        }
        let (ledger, now) = (&self.pass.ledger, self.pass.now());
        let mut known = self.cache.accounts.lock().await;
        if !known.as_ref().is_some_and(|list| list.is_good(now)) {
            *known = AccountList::load(ledger, now).await?;
        }
        match known.as_mut() {
            Some(list) => list.account(ledger, account).await,
            None => Ok(None),
        }
    }

    /// The organization as last read by anyone, or as it is now if that was too long ago, or before somebody asked. Writes
    /// nothing.
    pub(crate) async fn read(&self, desired: &Desired) -> Result<Organization, Failure> {
        let mut known = self.cache.shared.lock().await;
        let mut read = self.read.lock().await;
        if let Some(snapshot) = &*read {
            return Ok(snapshot.organization.clone());
        }
        *known = snapshot::load(&self.pass.ledger, known.take()).await?;
        let shared = known.as_ref().map(|shared| &shared.snapshot);
        let (now, asked_at) = (self.pass.now(), self.pass.asked_at);
        let will_do = |snapshot: &&Snapshot| {
            let only_waits = self.only_waits(&snapshot.organization);
            snapshot.will_do(now, asked_at, only_waits)
        };
        if let Some(snapshot) = shared.filter(will_do) {
            return Ok(snapshot.organization.clone());
        }
        let snapshot = self.read_anew(desired, shared).await?;
        *self.unshared.lock().await = true;
        *known = Some(Shared {
            snapshot: snapshot.clone(),
            version: known.take().map_or(0, |shared| shared.version),
        });
        let organization = snapshot.organization.clone();
        *read = Some(snapshot);
        Ok(organization)
    }

    /// Whether the account was found empty by an earlier pass, and was already where it waits to be closed when this one began.
    fn only_waits(&self, organization: &Organization) -> bool {
        let suspended = organization.units.get(Home::Suspended.unit());
        let described = self.described.get().and_then(Option::as_ref);
        let parent = described.and_then(parent);
        self.pass.verb == Verb::Offboard
            && is_emptied(&self.pass)
            && suspended.is_some()
            && parent.as_ref() == suspended
    }

    /// Shares what this pass read with the other functions, if it read anything. To be called when the pass is over.
    pub(crate) async fn share(&self) -> Result<(), Failure> {
        let unshared = std::mem::take(&mut *self.unshared.lock().await);
        match &*self.read.lock().await {
            Some(read) if unshared => snapshot::share(&self.pass.ledger, read).await,
            _ => Ok(()),
        }
    }

    async fn read_anew(
        &self,
        desired: &Desired,
        known: Option<&Snapshot>,
    ) -> Result<Snapshot, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        // As old as its oldest part.
        let read_at = self.pass.now();
        let ours = snapshot::ours(known);
        let organization = read::organization(client, &desired.deployment, &ours).await?;
        Ok(Snapshot::new(read_at, organization))
    }
}

/// The tags of an account, unit or policy; nothing where that is absent.
pub(crate) async fn tags_of(
    client: &Client,
    id: &str,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let mut pages = client
        .list_tags_for_resource()
        .resource_id(id)
        .into_paginator()
        .send();
    let mut tags = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = match page {
            Err(error) if errors::is_absent(&error) => return Ok(None),
            page => page.map_err(|error| {
                errors::organizations_failure(format!("reading the tags of `{id}`"), &error)
            })?,
        };
        let pairs = page.tags.into_iter().flatten();
        tags.extend(pairs.map(|tag| (tag.key, tag.value)));
    }
    Ok(Some(tags))
}

/// Tags as Organizations takes them.
pub(crate) fn tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    sdk_tags!(Tag, tags)
}
