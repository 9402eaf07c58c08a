//! What all tenants share in the organization: its root, our units, our policies. Read rarely, made once.
//!
//! # Guarantees
//! A sweep over a thousand tenants reads the organization once in ten minutes: what was read is kept in memory and, once the
//! pass is over, in the ledger for the other functions. Whatever is to be made is read again first, under a lock in the ledger, so that two
//! functions never make two of it.

mod make;
mod read;
mod unknown;

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_organizations::types::Tag;
use baseline::{Desired, placement::Organization};
use serde::{Deserialize, Serialize};
use tenancy::{Failure, Timestamp};
use tokio::sync::Mutex;

use crate::{
    calls::sdk_tags, ledger::LedgerError, ledger_failure::ledger_failure, pass::PassContext,
};

pub use unknown::{UnknownAccount, unknown_accounts};

/// How long a snapshot is used: drift of a guardrail is seen by the next audit after this.
const CACHED_SECS: i64 = 600;
/// The shared document.
const DOCUMENT: &str = "organization";

/// What a process remembers of the organization.
#[derive(Default)]
pub struct OrganizationCache {
    snapshot: Mutex<Option<Snapshot>>,
    lock: Mutex<Option<make::HeldLock>>,
}

/// The organization as it was read, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Snapshot {
    read_at: Timestamp,
    organization: Organization,
}

impl Snapshot {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now.as_second() - self.read_at.as_second() < CACHED_SECS
    }
}

/// What all tenants share in the organization, as one pass reads and makes it.
pub(crate) struct SharedOrganization {
    pass: Arc<PassContext>,
    cache: Arc<OrganizationCache>,
    /// What this pass read and other processes do not know yet.
    unshared: Mutex<Option<Snapshot>>,
}

impl SharedOrganization {
    pub(crate) fn new(pass: &Arc<PassContext>, cache: &Arc<OrganizationCache>) -> Arc<Self> {
        Arc::new(Self {
            pass: Arc::clone(pass),
            cache: Arc::clone(cache),
            unshared: Mutex::default(),
        })
    }

    /// The organization as last read by anyone, or as it is now if that was too long ago. Writes nothing.
    pub(crate) async fn read(&self, desired: &Desired) -> Result<Organization, Failure> {
        // Held while reading, so that a burst of passes in one process reads once.
        let mut known = self.cache.snapshot.lock().await;
        let now = self.pass.now();
        if let Some(snapshot) = known.as_ref().filter(|snapshot| snapshot.is_fresh(now)) {
            return Ok(snapshot.organization.clone());
        }
        let snapshot = match self.shared_snapshot().await? {
            Some(snapshot) if snapshot.is_fresh(self.pass.now()) => snapshot,
            _ => self.read_anew(desired).await?,
        };
        let organization = snapshot.organization.clone();
        *known = Some(snapshot);
        Ok(organization)
    }

    /// Shares what this pass read with the other functions, if it read anything. To be called when the pass is over.
    pub(crate) async fn share(&self) -> Result<(), Failure> {
        let unshared = self.unshared.lock().await.take();
        match unshared {
            Some(snapshot) => self.put(&snapshot).await,
            None => Ok(()),
        }
    }

    async fn shared_snapshot(&self) -> Result<Option<Snapshot>, Failure> {
        let doing = "reading what is known of the organization";
        let shared = self.pass.ledger.shared(DOCUMENT).await;
        let shared = shared.map_err(|error| ledger_failure(doing, error))?;
        // What an older build wrote and this one cannot read is read anew.
        Ok(shared.and_then(|shared| serde_json::from_value(shared.content).ok()))
    }

    async fn read_anew(&self, desired: &Desired) -> Result<Snapshot, Failure> {
        let client = self.pass.sessions.organizations(desired).await?;
        let snapshot = Snapshot {
            organization: read::organization(client).await?,
            read_at: self.pass.now(),
        };
        *self.unshared.lock().await = Some(snapshot.clone());
        Ok(snapshot)
    }

    async fn put(&self, snapshot: &Snapshot) -> Result<(), Failure> {
        let doing = "noting what is known of the organization";
        let content = serde_json::to_value(snapshot)
            .map_err(|error| Failure::bug(doing, error.to_string()))?;
        let ledger = &self.pass.ledger;
        let shared = ledger.shared(DOCUMENT).await;
        let shared = shared.map_err(|error| ledger_failure(doing, error))?;
        let version = shared.map(|shared| shared.version);
        match ledger.put_shared(DOCUMENT, &content, version).await {
            // Somebody else has just read it too: theirs is as good.
            Ok(_) | Err(LedgerError::VersionMismatch { .. }) => Ok(()),
            Err(error) => Err(ledger_failure(doing, error)),
        }
    }
}

/// Tags as Organizations takes them.
pub(crate) fn tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    sdk_tags!(Tag, tags)
}
