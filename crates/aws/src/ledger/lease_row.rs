//! The row of a tenant's lease: what every pass changes. It stands apart from the main row, which is many times as large, is in
//! the index of all tenants, and changes only with what a reader sees.
//!
//! The release before kept all this in the main row. Such a tenant is migrated by the pass that next takes its lease: in
//! one transaction its lease row is written and its main row marked as held ([`IN_LEASE_ROW`]), so that a function of the release before
//! that still runs leaves it alone. What such a function asks of the tenant, it notes in the main row, which therefore is read too.

use aws_sdk_dynamodb::types::AttributeValue;
use tenancy::{TenantId, Timestamp};

use super::{
    item::{self, Item, n, number, s, text},
    keys,
};

/// What a lease row has in place of the desired state where an audit is to be made again.
pub(super) const AUDIT: &str = "audit";
/// Who has the lease in the main row of a tenant whose lease has a row of its own.
const IN_LEASE_ROW: &str = "lease-row";
/// For how many seconds that keeps functions of the release before away: longer than an update of all functions takes, and
/// short enough to go back to that release.
const HELD_SECS: i64 = 3600;

/// The attributes of [`LeaseState`], in either row.
pub(super) const STATE: &[&str] = &[
    "asked",
    "lease_epoch",
    "lease_holder",
    "lease_until",
    "due_pk",
    "due_sk",
    "due_at",
];

/// Who may work on a tenant, and when somebody must.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LeaseState {
    /// Grows with every lease.
    pub(super) epoch: u64,
    /// Who has the lease, and until when; absent when nobody has.
    pub(super) lease: Option<(String, Timestamp)>,
    /// Grows by one whenever something is asked of the tenant.
    pub(super) asked: u64,
    /// When the next pass is due.
    pub(super) due_at: Option<Timestamp>,
}

impl LeaseState {
    pub(super) fn read(row: &Item) -> Self {
        let holder = text(row, "lease_holder").map(str::to_owned);
        Self {
            epoch: number(row, "lease_epoch").unwrap_or_default(),
            lease: holder.zip(item::time(row, "lease_until")),
            asked: number(row, "asked").unwrap_or_default(),
            due_at: item::time(row, "due_at"),
        }
    }

    pub(super) fn write(&self, id: &TenantId, row: &mut Item) {
        let mut set = |name: &str, value| row.insert(name.to_owned(), value);
        set("asked", n(self.asked));
        set("lease_epoch", n(self.epoch));
        if let Some((holder, until)) = &self.lease {
            set("lease_holder", s(holder));
            set("lease_until", s(keys::time(*until)));
        }
        if let Some(due) = self.due_at {
            let due = keys::time(due);
            set("due_pk", s(keys::DUE));
            set("due_sk", s(keys::at(&due, id)));
            set("due_at", s(due));
        }
    }

    /// The attributes of a lease, and that its tenant is due at its end.
    pub(super) fn leased(
        id: &TenantId,
        holder: &str,
        until: Timestamp,
    ) -> Vec<(&'static str, AttributeValue)> {
        let end = keys::time(until);
        vec![
            ("lease_holder", s(holder)),
            ("lease_until", s(&end)),
            ("due_pk", s(keys::DUE)),
            ("due_sk", s(keys::at(&end, id))),
            ("due_at", s(end)),
        ]
    }

    /// Something is asked: a pass must come at `at` or earlier, and one that runs now must know.
    pub(super) fn ask(&mut self, at: Timestamp) {
        self.asked += 1;
        self.due_at = Some(self.due_at.map_or(at, |due| due.min(at)));
    }

    /// Whether a main row with this leaves everything to the lease row.
    pub(super) fn is_migrated(&self) -> bool {
        self.due_at.is_none() && self.is_held()
    }

    /// Leaves everything to the lease row, and keeps functions of the release before away.
    pub(super) fn migrate(&mut self, epoch: u64, now: Timestamp) {
        let until = Timestamp::from_second(now.as_second() + HELD_SECS);
        self.epoch = epoch;
        self.lease = Some((IN_LEASE_ROW.to_owned(), until.unwrap_or(now)));
        self.due_at = None;
    }

    /// The lease that a function of the release before has.
    pub(super) fn earlier_lease(&self) -> Option<&(String, Timestamp)> {
        self.lease.as_ref().filter(|_| !self.is_held())
    }

    fn is_held(&self) -> bool {
        self.lease
            .as_ref()
            .is_some_and(|(who, _)| who == IN_LEASE_ROW)
    }
}

/// The lease row of a tenant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct LeaseRow {
    pub(super) state: LeaseState,
    /// Grows with every write.
    pub(super) revision: u64,
    /// When the tenant was last audited.
    pub(super) audited_at: Option<Timestamp>,
    /// Length and head of the history: ahead of the main row while a pass runs.
    pub(super) history: (u64, String),
    /// The desired state, or [`AUDIT`], so that a sweep knows which function is needed. The index shows this attribute alone.
    pub(super) desired: String,
    /// Whether what is due is an audit that is made again.
    pub(super) for_audit: bool,
    /// Attributes that another release wrote.
    other: Item,
}

impl LeaseRow {
    pub(super) fn read(row: &Item) -> Self {
        let written = |name: &String| {
            let own = ["pk", "sk", "revision", "audited_at", "desired"];
            let history = ["history_length", "history_head"];
            let mut names = own.iter().chain(&history).chain(STATE);
            names.any(|own| own == name)
        };
        let word = |name| text(row, name).unwrap_or_default().to_owned();
        let mut other = row.clone();
        other.retain(|name, _| !written(name));
        Self {
            state: LeaseState::read(row),
            revision: number(row, "revision").unwrap_or_default(),
            audited_at: item::time(row, "audited_at"),
            history: (
                number(row, "history_length").unwrap_or_default(),
                word("history_head"),
            ),
            desired: word("desired"),
            for_audit: text(row, "desired") == Some(AUDIT),
            other,
        }
    }

    pub(super) fn row(&self, id: &TenantId) -> Item {
        let mut row = keys::lease(id);
        row.extend(self.other.clone());
        self.state.write(id, &mut row);
        let mut set = |name: &str, value| row.insert(name.to_owned(), value);
        set("revision", n(self.revision));
        if let Some(at) = self.audited_at {
            set("audited_at", s(at));
        }
        let (length, head) = &self.history;
        set("history_length", n(length));
        set("history_head", s(head));
        set("desired", s(&self.desired));
        row
    }
}
