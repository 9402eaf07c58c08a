//! Permits: all that is needed for a call whose number and rate are limited for the whole organization, taken in one transaction.
//!
//! # Guarantees
//! Slot, budget, token and intent are taken together, under the lease, or none of them is: no token is spent on a call that may not
//! be made, and no call is made whose token, slot or intent is not written. While creations are stopped none begins: the
//! transaction demands that the switch is as it was read.
//! Whoever gets no permit keeps its position in the queue.

mod decide;

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use tenancy::Timestamp;

use self::decide::{Changes, Limits};
use super::{
    bucket::Bucket,
    budget::Spent,
    creations::budget_key,
    in_flight::CreationRows,
    rates::rate,
    semaphore_rows::SemaphoreRows,
    tokens::bucket_key,
    types::{Admission, CreationBudget, Semaphore},
};
use crate::{
    clock::Clock,
    ledger::{
        Lease, Ledger, LedgerError, NewIntent, Switch,
        attempts::Attempts,
        documents::{document_write, switch_key},
        intents::intent_write,
        item::{Item, doc, number},
        transact::fence,
        write::Write,
    },
};

/// What a call needs.
#[derive(Debug, Clone)]
pub struct PermitRequest {
    /// Of which it needs a slot.
    pub semaphore: Semaphore,
    /// How long it holds the slot at most.
    pub hold: SignedDuration,
    /// How long it may wait for its token.
    pub patience: SignedDuration,
    /// The intent to be written before it.
    pub intent: NewIntent,
    /// What only a creation needs.
    pub creation: Option<CreationRules>,
}

/// What stops a creation beyond its slot and its rate.
#[derive(Debug, Clone, Copy)]
pub struct CreationRules {
    /// The switch that stops all creations.
    pub switch: &'static str,
    /// How long a tenant keeps its position while they are stopped, in seconds.
    pub stopped_secs: u32,
    /// The budget of the deployment, of which it takes one; `None` for an account that was requested before.
    pub budget: Option<CreationBudget>,
    /// The calls that follow the creation: what their tokens are taken from is read along, for the pass that comes next.
    pub follows: &'static [&'static str],
}

/// What came of asking for a permit.
#[derive(Debug)]
pub enum Permit {
    /// The call may be made, once.
    Granted(Granted),
    /// Creations are stopped, and the tenant is queued.
    Stopped {
        /// The switch.
        switch: Switch,
        /// Its position.
        admission: Admission,
    },
    /// The budget is used up, and the tenant is queued.
    UsedUp {
        /// When it has room again.
        until: Timestamp,
        /// In how many seconds to ask again.
        retry_secs: u32,
        /// What was allowed.
        allowed: CreationBudget,
    },
    /// The tenant waits in the queue for a slot.
    Queued {
        /// Its position in the queue; 1 is next.
        position: usize,
        /// How long the queue is.
        length: usize,
        /// In how many seconds it is expected to get a slot.
        expected_secs: u32,
        /// In how many seconds to ask again.
        retry_secs: u32,
    },
    /// The tenant holds a slot; its token is there after this time.
    Throttled {
        /// From now.
        after: SignedDuration,
    },
}

/// A permit. The token in it is for one call, and only for some seconds.
#[derive(Debug)]
pub struct Granted {
    /// When it was granted, which is when the intent says that it was asked for.
    pub at: Timestamp,
    /// How long the call has to wait.
    pub after: SignedDuration,
    /// Until when the call may be made.
    pub until: Timestamp,
    /// What following the creation is decided on.
    pub(super) following: CreationRows,
}

/// A document of the governor's as it was read.
#[derive(Debug, Clone)]
struct Document<T> {
    content: Option<T>,
    version: Option<u64>,
}

impl<T: DeserializeOwned> Document<T> {
    fn read(row: Option<&Item>) -> Result<Self, LedgerError> {
        Ok(Self {
            content: row.map(doc).transpose()?,
            version: row.and_then(|row| number(row, "version")),
        })
    }
}

/// The rows a permit is decided on.
struct Rows {
    semaphore: SemaphoreRows,
    bucket: Document<Bucket>,
    switch: Document<Switch>,
    spent: Document<Spent>,
    following: CreationRows,
}

impl Ledger {
    /// Takes all that a call needs, or queues the tenant for it.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn take_permit(
        &self,
        lease: &Lease,
        request: &PermitRequest,
        clock: &Clock,
    ) -> Result<Permit, LedgerError> {
        let doing = format!(
            "taking slot, budget and token for `{}`",
            request.semaphore.call()
        );
        let mut attempts = Attempts::new(&doing);
        let limits = self.limits(request.semaphore)?;
        loop {
            let rows = self.permit_rows(lease, request, clock()).await?;
            // The life of a token begins when it is taken, not when its row is asked for.
            let now = clock();
            let (changes, permit) = rows.decide(request, &lease.tenant, now, limits);
            let writes = rows.writes(changes, request, lease, &permit)?;
            if writes.is_empty() || self.transact(&doing, writes).await? {
                return Ok(permit);
            }
            attempts.again().await?;
        }
    }

    fn limits(&self, semaphore: Semaphore) -> Result<Limits, LedgerError> {
        let call = semaphore.call();
        let rate = rate(call).ok_or_else(|| {
            tenancy::Failure::bug(format!("calling {call}"), "it has no rate".to_owned())
        })?;
        Ok(Limits {
            throughput: self.throughput(semaphore),
            rate: self.rates.of(rate),
        })
    }

    async fn permit_rows(
        &self,
        lease: &Lease,
        request: &PermitRequest,
        now: Timestamp,
    ) -> Result<Rows, LedgerError> {
        let mut along = vec![bucket_key(request.semaphore.call())];
        if let Some(creation) = &request.creation {
            along.extend([switch_key(creation.switch), budget_key()]);
            along.extend(CreationRows::keys(creation.follows));
        }
        let read = self.semaphore_rows(request.semaphore, &lease.tenant, now, along);
        let (semaphore, along) = read.await?;
        let mut along = along.into_iter();
        let mut next = || along.next().flatten();
        Ok(Rows {
            semaphore,
            bucket: Document::read(next().as_ref())?,
            switch: Document::read(next().as_ref())?,
            spent: Document::read(next().as_ref())?,
            following: CreationRows::read(along),
        })
    }
}

impl Rows {
    fn writes(
        &self,
        changes: Changes,
        request: &PermitRequest,
        lease: &Lease,
        permit: &Permit,
    ) -> Result<Vec<Write>, LedgerError> {
        let mut writes = match &changes.semaphore {
            Some(after) => self.semaphore.writes(after)?,
            None => Vec::new(),
        };
        let Permit::Granted(granted) = permit else {
            return Ok(writes);
        };
        writes.push(fence(lease));
        writes.push(intent_write(&lease.tenant, &request.intent, granted.at));
        if let Some(bucket) = changes.bucket {
            let key = bucket_key(request.semaphore.call());
            writes.push(document_write(key, &bucket, self.bucket.version)?);
        }
        if let Some(spent) = changes.spent {
            writes.push(document_write(budget_key(), &spent, self.spent.version)?);
        }
        // A switch that was set by hand may have no version.
        let has_version = self.switch.version.is_some() || self.switch.content.is_none();
        if let Some(creation) = request.creation.filter(|_| has_version) {
            let switch = Write::check(switch_key(creation.switch));
            writes.push(switch.if_version(self.switch.version));
        }
        Ok(writes)
    }
}
