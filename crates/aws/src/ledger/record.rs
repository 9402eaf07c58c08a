//! A tenant's main row.
//!
//! Every change of it is a compare-and-swap on `revision`: read, decide, write if nobody else has. So whatever was true of
//! the row when the change was decided (version, lease, length of the history) is still true when it is written.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use tenancy::{Tenant, Timestamp};

use super::{
    Lease, LedgerError,
    item::{self, Item, n, number, s, text},
    keys,
};

/// A tenant's main row, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) tenant: Tenant,
    /// Grows by one with every write.
    pub(super) revision: u64,
    /// Grows by one whenever something is asked of the tenant.
    pub(super) asked: u64,
    /// Grows by one with every lease.
    pub(super) epoch: u64,
    /// Who has the lease, and until when; absent when nobody has.
    pub(super) lease: Option<(String, Timestamp)>,
}

impl Record {
    /// The row of a new tenant.
    pub(super) fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            revision: 0,
            asked: 0,
            epoch: 0,
            lease: None,
        }
    }

    pub(super) fn read(row: &Item) -> Result<Self, LedgerError> {
        let mut tenant: Tenant = item::doc(row)?;
        tenant.due_at = item::time(row, "due_at");
        let holder = text(row, "lease_holder").map(str::to_owned);
        Ok(Self {
            tenant,
            revision: number(row, "revision").unwrap_or_default(),
            asked: number(row, "asked").unwrap_or_default(),
            epoch: number(row, "lease_epoch").unwrap_or_default(),
            lease: holder.zip(item::time(row, "lease_until")),
        })
    }

    /// The row as it is to be written.
    pub(super) fn row(&self) -> Result<Item, LedgerError> {
        let tenant = &self.tenant;
        let mut row = item::with_doc(keys::meta(&tenant.id), tenant)?;
        let mut set = |name: &str, value: AttributeValue| row.insert(name.to_owned(), value);
        set("revision", n(self.revision));
        set("asked", n(self.asked));
        set("lease_epoch", n(self.epoch));
        if let Some((holder, until)) = &self.lease {
            set("lease_holder", s(holder));
            set("lease_until", s(keys::time(*until)));
        }
        set("phase", s(tenant.phase().as_str()));
        set("slug", s(&tenant.spec.slug));
        set("blueprint_name", s(&tenant.spec.blueprint.name));
        if let Some(version) = tenant.spec.blueprint.version {
            set("blueprint_version", s(version));
        }
        set("tags", tags(tenant));
        set("listing_pk", s(keys::TENANTS));
        let created = keys::time(tenant.created_at);
        set("listing_sk", s(keys::at(created, &tenant.id)));
        if let Some(due) = tenant.due_at {
            let due = keys::time(due);
            let shard = keys::due_shard(&tenant.id);
            set("due_pk", s(keys::due_partition(shard)));
            set("due_sk", s(keys::at(&due, &tenant.id)));
            set("due_at", s(due));
        }
        Ok(row)
    }

    /// Refuses a pass that does not have the lease any more.
    pub(super) fn fence(&self, lease: Option<&Lease>) -> Result<(), LedgerError> {
        match lease {
            Some(lease) if self.epoch != lease.epoch || self.lease.is_none() => {
                Err(LedgerError::LostLease)
            }
            _ => Ok(()),
        }
    }

    /// Something is asked of the tenant: a pass must come at `at` or earlier, and one that runs now must know.
    pub(super) fn ask(&mut self, at: Timestamp) {
        self.asked += 1;
        self.tenant.due_at = Some(self.tenant.due_at.map_or(at, |due| due.min(at)));
    }

    /// Gives the lease up and says when the next pass is due: at once if something was asked since the lease was taken.
    pub(super) fn release(&mut self, lease: &Lease, due_at: Option<Timestamp>, now: Timestamp) {
        self.lease = None;
        self.tenant.due_at = if self.asked == lease.asked {
            due_at
        } else {
            Some(now)
        };
    }
}

fn tags(tenant: &Tenant) -> AttributeValue {
    let tags = tenant.spec.tags.iter();
    AttributeValue::M(
        tags.map(|(k, v)| (k.clone(), s(v)))
            .collect::<HashMap<_, _>>(),
    )
}
