//! One function at a time makes what all tenants share.

use baseline::{Desired, placement::Organization};
use serde::{Deserialize, Serialize};
use tenancy::Failure;

use super::{SharedOrganization, read, snapshot};
use crate::{ledger::LedgerError, ledger_failure::ledger_failure};

/// The shared document that is the lock.
const LOCK: &str = "organization-lock";
/// How long a function may make things before another takes over. All of it takes some seconds, once in an installation.
const HELD_SECS: i64 = 60;
/// A lock with less time left is not relied on any more.
const MARGIN_SECS: i64 = 30;

/// The lock as this process holds it, and what a pass read under it.
pub(super) struct HeldLock {
    until: i64,
    /// The pass that read: another one may have been asked for because of what was done since.
    reader: String,
    pub organization: Organization,
}

/// The lock as it is written down.
#[derive(Serialize, Deserialize)]
struct Lock {
    holder: String,
    until: i64,
}

impl SharedOrganization {
    /// The lock for this pass: the one that this process holds, if it still lasts, or a new one. What the pass decides on was read under
    /// it by this pass.
    pub(super) async fn locked(
        &self,
        desired: &Desired,
        held: Option<HeldLock>,
    ) -> Result<HeldLock, Failure> {
        let now = self.pass.now().as_second();
        let reader = &self.pass.lease.holder;
        let until = match held.filter(|held| held.until - MARGIN_SECS > now) {
            Some(held) if held.reader == *reader => return Ok(held),
            Some(held) => held.until,
            None => self.take_lock().await?,
        };
        let client = self.pass.sessions.organizations(desired).await?;
        let known = snapshot::load(&self.pass.ledger, None).await?;
        let ours = snapshot::ours(known.as_ref().map(|shared| &shared.snapshot));
        let organization = read::organization(client, &desired.deployment, &ours).await?;
        Ok(HeldLock {
            until,
            reader: reader.clone(),
            organization,
        })
    }

    /// Until when the lock is ours.
    async fn take_lock(&self) -> Result<i64, Failure> {
        let doing = "taking the lock on the organization";
        let now = self.pass.now().as_second();
        let shared = self
            .pass
            .ledger
            .shared(LOCK)
            .await
            .map_err(|error| ledger_failure(doing, error))?;
        let earlier = shared
            .as_ref()
            .and_then(|shared| serde_json::from_value::<Lock>(shared.content.clone()).ok());
        if earlier.is_some_and(|lock| lock.until > now && lock.holder != self.pass.lease.holder) {
            return Err(self.busy(doing).await);
        }
        let until = now + HELD_SECS;
        let lock = Lock {
            holder: self.pass.lease.holder.clone(),
            until,
        };
        let content =
            serde_json::to_value(lock).map_err(|error| Failure::bug(doing, error.to_string()))?;
        let version = shared.map(|shared| shared.version);
        match self.pass.ledger.put_shared(LOCK, &content, version).await {
            Ok(_) => Ok(until),
            Err(LedgerError::VersionMismatch { .. }) => Err(self.busy(doing).await),
            Err(error) => Err(ledger_failure(doing, error)),
        }
    }

    /// Whoever has the lock notes in the ledger what it makes. What this process remembers is older: with it, every pass would
    /// wait for the lock again until that expires.
    async fn busy(&self, doing: &str) -> Failure {
        *self.read.lock().await = None;
        *self.cache.shared.lock().await = None;
        Failure::wait(
            doing,
            "another function to finish with units and policies",
            5,
        )
    }
}
