//! The organization as somebody read it, kept in the ledger for every function.

use baseline::placement::Organization;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{Failure, Timestamp};

use crate::{ledger::Ledger, ledger_failure::ledger_failure};

/// How long a snapshot is used. The audits of a sweep use what the sweep read.
const CACHED_SECS: i64 = 600;
/// How long by a departure that has nothing left to do but to close the account: the account is where it waits for that, under the lock, and
/// whatever becomes of the lock is seen by every other pass.
const WAITING_SECS: i64 = 24 * 3600;
/// How far the clocks of the function that took a request and of the one that read may be apart.
const SKEW_SECS: i64 = 1;
/// The shared document.
const DOCUMENT: &str = "organization";

/// The organization as it was read, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Snapshot {
    read_at: Timestamp,
    pub(super) organization: Organization,
    /// Whether what is in it was recognised by tag or id. Earlier releases went by the name, and may have taken somebody else's.
    #[serde(default)]
    recognised: bool,
}

/// A snapshot as this process knows it.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) snapshot: Snapshot,
    /// The version of the ledger's that it is at least as new as; 0 where the ledger had none. With another version there,
    /// somebody knows better.
    pub(super) version: u64,
}

impl Snapshot {
    pub(super) const fn new(read_at: Timestamp, organization: Organization) -> Self {
        Self {
            read_at,
            organization,
            recognised: true,
        }
    }

    /// Whether it is new enough: read lately, and after the request that wants a fresh read, if one does. Who only waits is content with an
    /// older one.
    pub(super) fn will_do(
        &self,
        now: Timestamp,
        asked_at: Option<Timestamp>,
        only_waits: bool,
    ) -> bool {
        let read_at = self.read_at.as_second();
        let after = |asked: Timestamp| read_at > asked.as_second() + SKEW_SECS;
        let cached = if only_waits {
            WAITING_SECS
        } else {
            CACHED_SECS
        };
        self.recognised && now.as_second() - read_at < cached && asked_at.is_none_or(after)
    }
}

/// What is known to be ours, by id.
pub(super) fn ours(known: Option<&Snapshot>) -> Organization {
    let known = known.filter(|snapshot| snapshot.recognised);
    known.map_or_else(Organization::default, |snapshot| {
        snapshot.organization.clone()
    })
}

/// What the ledger has: what is known already, where that has not changed.
pub(super) async fn load(
    ledger: &Ledger,
    known: Option<Shared>,
) -> Result<Option<Shared>, Failure> {
    let doing = "reading what is known of the organization";
    let shared = ledger.shared(DOCUMENT).await;
    let shared = shared.map_err(|error| ledger_failure(doing, error))?;
    let version = shared.as_ref().map_or(0, |shared| shared.version);
    if let Some(known) = known.filter(|known| known.version == version) {
        return Ok(Some(known));
    }
    // What an older build wrote and this one cannot read is read anew.
    let read = |shared: crate::ledger::Shared| serde_json::from_value(shared.content).ok();
    let snapshot = shared.and_then(read);
    Ok(snapshot.map(|snapshot| Shared { snapshot, version }))
}

/// Shares what was only read, unless something newer is there.
pub(super) async fn share(ledger: &Ledger, read: &Snapshot) -> Result<(), Failure> {
    put(ledger, read, |shared| shared.read_at < read.read_at).await
}

/// Shares what was made or changed: whatever is there was read before.
pub(super) async fn replace(ledger: &Ledger, made: &Snapshot) -> Result<(), Failure> {
    put(ledger, made, |_| true).await
}

async fn put(
    ledger: &Ledger,
    snapshot: &Snapshot,
    is_older: impl Fn(&Snapshot) -> bool,
) -> Result<(), Failure> {
    let doing = "noting what is known of the organization";
    let content =
        serde_json::to_value(snapshot).map_err(|error| Failure::bug(doing, error.to_string()))?;
    let decide = |there: Option<Value>| {
        let there = there.and_then(|there| serde_json::from_value::<Snapshot>(there).ok());
        let is_newer = there.is_some_and(|there| there.recognised && !is_older(&there));
        (!is_newer).then(|| content.clone())
    };
    let written = Box::pin(ledger.change_shared(DOCUMENT, decide));
    written.await.map_err(|error| ledger_failure(doing, error))
}
