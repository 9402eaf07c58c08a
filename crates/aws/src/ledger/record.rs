//! What the ledger holds of one tenant apart from its findings, intents and operations: its main row, the row of its lease and
//! those of its components.
//!
//! Every change of the main row and of the lease row is a compare-and-swap on the row's `revision`: read, decide, write if nobody
//! else has. So whatever was true of the row when the change was decided is still true when it is written. A row is written
//! only where the change makes it another.
//!
//! Each component has a row of its own with its whole status; the main row has the state of each and since when, as the last
//! pass left them, so that a list needs no other row.

mod components;
mod main_row;

use std::collections::BTreeSet;

use tenancy::{ComponentName, Tenant, Timestamp};

use super::{
    Lease, LedgerError,
    item::{self, Item, number, word},
    lease_row::{AUDIT, LeaseRow, LeaseState},
};

pub(super) use components::{ComponentRows, component_row, states};
use main_row::{HAS_ROWS, of_others};

/// A tenant's rows, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// The tenant. Its components are whole if their rows were read too; otherwise as the main row has them.
    pub(super) tenant: Tenant,
    /// Grows by one with every write of the main row.
    revision: u64,
    /// What the main row has of the lease.
    main: LeaseState,
    /// The lease row; absent until the tenant is migrated.
    own: Option<LeaseRow>,
    /// Whether the main row was last written by a release that gives components rows of their own.
    has_rows: bool,
    /// Components that have rows.
    rows: BTreeSet<ComponentName>,
    /// Components whose rows are to be written.
    unsaved: BTreeSet<ComponentName>,
    /// Attributes of the main row that another release wrote.
    other: Item,
    /// When the tenant was last audited, by the main row.
    audited_at: Option<Timestamp>,
    /// Length and head of the history, by the main row.
    history: (u64, String),
    /// The rows as they are in the table.
    stored: Stored,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Stored {
    main: Option<Item>,
    lease: Option<Item>,
}

impl Record {
    /// The rows of a new tenant.
    pub(super) fn new(tenant: Tenant, now: Timestamp) -> Self {
        let mut main = LeaseState::default();
        main.migrate(0, now);
        Self {
            revision: 0,
            main,
            own: Some(LeaseRow::default()),
            has_rows: true,
            rows: BTreeSet::new(),
            unsaved: BTreeSet::new(),
            other: Item::new(),
            audited_at: None,
            history: (0, String::new()),
            stored: Stored::default(),
            tenant,
        }
    }

    /// The rows as they are in the table, of a tenant that was not migrated without the second.
    pub(super) fn read(main: &Item, lease: Option<&Item>) -> Result<Self, LedgerError> {
        let tenant: Tenant = item::doc(main)?;
        // The release before kept whole statuses here. They get rows of their own when this row is written next.
        let has_rows = main.contains_key(HAS_ROWS);
        let whole = tenant.components.iter();
        let whole = whole.filter(|(_, status)| !has_rows && !components::main_tells_all(status));
        let mut record = Self {
            has_rows,
            rows: BTreeSet::new(),
            unsaved: whole.map(|(name, _)| *name).collect(),
            revision: number(main, "revision").unwrap_or_default(),
            main: LeaseState::read(main),
            own: lease.map(LeaseRow::read),
            other: of_others(main),
            audited_at: tenant.audited_at,
            history: (tenant.history_length, tenant.history_head.clone()),
            stored: Stored {
                main: Some(main.clone()),
                lease: lease.cloned(),
            },
            tenant,
        };
        if let Some(own) = &record.own {
            record.tenant.audited_at = record.tenant.audited_at.max(own.audited_at);
            if own.history.0 > record.tenant.history_length {
                let (length, head) = own.history.clone();
                (record.tenant.history_length, record.tenant.history_head) = (length, head);
            }
        }
        record.tenant.due_at = record.due_at();
        Ok(record)
    }

    /// The highest epoch of any lease.
    pub(super) fn epoch(&self) -> u64 {
        let own = self.own.as_ref().map_or(0, |own| own.state.epoch);
        self.main.epoch.max(own)
    }

    /// How often something was asked of the tenant.
    pub(super) fn asked(&self) -> u64 {
        let own = self.own.as_ref().map_or(0, |own| own.state.asked);
        self.main.asked + own
    }

    /// Who has the lease, and until when; absent when nobody has.
    pub(super) fn lease(&self) -> Option<&(String, Timestamp)> {
        let own = self.own.as_ref().and_then(|own| own.state.lease.as_ref());
        // Both only while a release is rolled back.
        own.into_iter()
            .chain(self.main.earlier_lease())
            .max_by_key(|(_, until)| *until)
    }

    /// Whether everything about the lease is in the lease row.
    pub(super) fn is_migrated(&self) -> bool {
        self.own.is_some() && self.main.is_migrated()
    }

    /// Whether a function of the release before has the lease, by the main row.
    pub(super) fn is_leased_in_main(&self, now: Timestamp) -> bool {
        let earlier = self.main.earlier_lease();
        earlier.is_some_and(|(_, until)| *until > now)
    }

    fn due_at(&self) -> Option<Timestamp> {
        let own = self.own.as_ref().and_then(|own| own.state.due_at);
        own.into_iter().chain(self.main.due_at).min()
    }

    /// Refuses a pass that does not have the lease any more.
    pub(super) fn fence(&self, lease: Option<&Lease>) -> Result<(), LedgerError> {
        let Some(lease) = lease else {
            return Ok(());
        };
        let own = self.own.as_ref().map(|own| &own.state);
        let is_held = own.is_some_and(|own| own.epoch == lease.epoch && own.lease.is_some());
        if is_held && self.main.earlier_lease().is_none() {
            Ok(())
        } else {
            Err(LedgerError::LostLease)
        }
    }

    /// Something is asked of the tenant: a pass must come at `at` or earlier, and one that runs now must know. A pass of the
    /// release before looks for it in the main row.
    pub(super) fn ask(&mut self, at: Timestamp) {
        match &mut self.own {
            Some(own) if self.main.is_migrated() => {
                own.state.ask(at);
                own.for_audit = false;
            }
            _ => self.main.ask(at),
        }
        self.tenant.due_at = self.due_at();
    }

    /// The record with its next lease, and due at its end.
    pub(super) fn take(&mut self, holder: &str, until: Timestamp, now: Timestamp) {
        let epoch = self.epoch() + 1;
        let own = self.own.get_or_insert_default();
        own.state.epoch = epoch;
        own.state.lease = Some((holder.to_owned(), until));
        own.state.due_at = Some(until);
        if !self.main.is_migrated() {
            self.main.migrate(epoch, now);
        }
        self.tenant.due_at = self.due_at();
    }

    /// Keeps the lease until another time. What was asked meanwhile stays due at once.
    pub(super) fn renew(&mut self, lease: &Lease, until: Timestamp) {
        let asked = self.asked();
        if let Some(own) = &mut self.own {
            own.state.lease = Some((lease.holder.clone(), until));
            if asked == lease.asked {
                own.state.due_at = Some(until);
            }
        }
        self.tenant.due_at = self.due_at();
    }

    /// Gives the lease up and says when the next pass is due, and whether that is an audit: at once if something was asked since the lease
    /// was taken.
    pub(super) fn release(
        &mut self,
        lease: &Lease,
        (due_at, for_audit): (Option<Timestamp>, bool),
        now: Timestamp,
    ) {
        let (due_at, for_audit) = match self.asked() == lease.asked {
            true => (due_at, for_audit),
            false => (Some(now), false),
        };
        if let Some(own) = &mut self.own {
            own.state.lease = None;
            own.state.due_at = due_at;
            own.for_audit = for_audit;
        }
        self.tenant.due_at = self.due_at();
    }

    /// The rows that are to be written, since they differ from those in the table, with the revisions that those have. The
    /// record becomes what is written. Without `main` the main row stays as it is, although it may differ.
    pub(super) fn changed_rows(&mut self, main: bool) -> Result<Changed, LedgerError> {
        let revisions = (self.revision, self.lease_revision());
        let mut changed = Changed::default();
        if main && self.stored.main.as_ref() != Some(&self.main_row()?) {
            self.revision += 1;
            self.audited_at = self.tenant.audited_at;
            self.history = self.head();
            let row = self.main_row()?;
            self.stored.main = Some(row.clone());
            changed.main = Some((row, revisions.0));
        }
        self.carry_over();
        let row = self.lease_item();
        if row != self.stored.lease {
            if let Some(own) = &mut self.own {
                own.revision += 1;
            }
            let row = self.lease_item();
            self.stored.lease.clone_from(&row);
            changed.lease = row.map(|row| (row, revisions.1));
        }
        Ok(changed)
    }

    /// What the lease row repeats of the tenant.
    fn carry_over(&mut self) {
        let (head, tenant) = (self.head(), &self.tenant);
        if let Some(own) = &mut self.own {
            own.audited_at = tenant.audited_at;
            own.history = head;
            own.desired = match own.for_audit {
                true => AUDIT.to_owned(),
                false => word(&tenant.desired_state),
            };
        }
    }

    fn head(&self) -> (u64, String) {
        let tenant = &self.tenant;
        (tenant.history_length, tenant.history_head.clone())
    }

    /// The revision that the lease row in the table has; absent where there is none.
    fn lease_revision(&self) -> Option<u64> {
        let stored = self.stored.lease.as_ref()?;
        Some(number(stored, "revision").unwrap_or_default())
    }

    fn lease_item(&self) -> Option<Item> {
        let own = self.own.as_ref()?;
        Some(own.row(&self.tenant.id))
    }
}

/// Rows to be written, each with the revision of the row in the table.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) main: Option<(Item, u64)>,
    pub(super) lease: Option<(Item, Option<u64>)>,
}
