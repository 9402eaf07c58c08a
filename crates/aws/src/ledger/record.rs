//! A tenant's main row, and the rows of its components.
//!
//! Every change of the main row is a compare-and-swap on `revision`: read, decide, write if nobody else has. So whatever was
//! true of the row when the change was decided (version, lease, length of the history) is still true when it is written.
//!
//! Each component has a row of its own with its whole status; the main row has the state of each and since when, from which the
//! phase is derived, so that a list needs no other row. Both are written in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use tenancy::{ComponentName, ComponentStatus, Failure, Tenant, TenantId, Timestamp};

use super::{
    Lease, LedgerError,
    item::{self, Item, n, number, readable, s, text, word},
    keys,
    write::Write,
};

/// The attributes of the main row that this release writes. Those of another release are kept.
const ATTRIBUTES: &[&str] = &[
    "pk",
    "sk",
    "doc",
    "revision",
    "asked",
    "lease_epoch",
    "lease_holder",
    "lease_until",
    "phase",
    "slug",
    "blueprint_name",
    "blueprint_version",
    "tags",
    "listing_pk",
    "listing_sk",
    "due_pk",
    "due_sk",
    "due_at",
    HAS_ROWS,
];

/// Says that components have rows of their own. The release before wrote the main row without it.
const HAS_ROWS: &str = "component_rows";

/// The rows of components by name; `None` for one that cannot be read.
pub(super) type ComponentRows = BTreeMap<ComponentName, Option<ComponentStatus>>;

type Components = BTreeMap<ComponentName, ComponentStatus>;

/// A tenant's main row, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// The tenant. Its components are whole if their rows were read too; otherwise as the main row has them.
    pub(super) tenant: Tenant,
    /// Grows by one with every write.
    pub(super) revision: u64,
    /// Grows by one whenever something is asked of the tenant.
    pub(super) asked: u64,
    /// Grows by one with every lease.
    pub(super) epoch: u64,
    /// Who has the lease, and until when; absent when nobody has.
    pub(super) lease: Option<(String, Timestamp)>,
    /// Whether the main row was last written by a release that gives components rows of their own.
    has_rows: bool,
    /// Components whose rows are to be written with the main row.
    unsaved: BTreeSet<ComponentName>,
    /// Attributes that another release wrote.
    other: Item,
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
            has_rows: true,
            unsaved: BTreeSet::new(),
            other: Item::new(),
        }
    }

    pub(super) fn read(row: &Item) -> Result<Self, LedgerError> {
        let mut tenant: Tenant = item::doc(row)?;
        tenant.due_at = item::time(row, "due_at");
        let holder = text(row, "lease_holder").map(str::to_owned);
        let mut other = row.clone();
        other.retain(|name, _| !ATTRIBUTES.contains(&name.as_str()));
        // The release before kept whole statuses here. They get rows of their own when this row is written next.
        let has_rows = row.contains_key(HAS_ROWS);
        let whole = tenant.components.iter();
        let whole = whole.filter(|(_, status)| !has_rows && !is_state_alone(status));
        Ok(Self {
            has_rows,
            unsaved: whole.map(|(name, _)| *name).collect(),
            tenant,
            revision: number(row, "revision").unwrap_or_default(),
            asked: number(row, "asked").unwrap_or_default(),
            epoch: number(row, "lease_epoch").unwrap_or_default(),
            lease: holder.zip(item::time(row, "lease_until")),
            other,
        })
    }

    /// Fills the components in from their rows.
    pub(super) fn add_components(&mut self, rows: ComponentRows) {
        if !self.has_rows {
            let names = self.tenant.components.keys();
            let without = names.filter(|name| !rows.contains_key(name));
            self.unsaved.extend(without);
        }
        for (name, row) in rows {
            match row {
                Some(row) => self.add_component(name, row),
                None => drop(self.unsaved.remove(&name)),
            }
        }
    }

    fn add_component(&mut self, name: ComponentName, row: ComponentStatus) {
        match self.tenant.components.get_mut(&name) {
            // The release before wrote the main row later than this one the component's.
            Some(main)
                if !self.has_rows && (self.unsaved.contains(&name) || !same_state(main, &row)) =>
            {
                self.unsaved.insert(name);
            }
            // A query may read one row from before a transaction and the other from after it.
            Some(main) if !same_state(main, &row) => main.resources = row.resources,
            _ => drop(self.tenant.components.insert(name, row)),
        }
    }

    /// Whether a component is recorded in this state, since the same time.
    pub(super) fn has_state(&self, name: ComponentName, status: &ComponentStatus) -> bool {
        let recorded = self.tenant.components.get(&name);
        recorded.is_some_and(|recorded| same_state(recorded, status))
    }

    /// Changes a component, and says whether there is anything to write.
    pub(super) fn set_component(&mut self, name: ComponentName, status: &ComponentStatus) -> bool {
        if self.tenant.components.get(&name) != Some(status) {
            self.tenant.components.insert(name, status.clone());
            self.unsaved.insert(name);
        }
        self.unsaved.contains(&name)
    }

    /// The row of a component is written.
    pub(super) fn saved_component(&mut self, name: ComponentName) {
        self.unsaved.remove(&name);
    }

    /// The rows of components to be written with the main row.
    pub(super) fn component_writes(&mut self) -> Result<Vec<Write>, LedgerError> {
        self.has_rows = true;
        let tenant = &self.tenant;
        std::mem::take(&mut self.unsaved)
            .into_iter()
            .filter_map(|name| Some((name, tenant.components.get(&name)?)))
            .map(|(name, status)| component_write(&tenant.id, name, status))
            .collect()
    }

    /// The row as it is to be written.
    pub(super) fn row(&self) -> Result<Item, LedgerError> {
        let mut tenant = self.tenant.clone();
        tenant.components = states(&tenant.components);
        let mut row = item::with_doc(keys::meta(&tenant.id), &tenant)?;
        row.extend(self.other.clone());
        let mut set = |name: &str, value: AttributeValue| row.insert(name.to_owned(), value);
        set("revision", n(self.revision));
        set("asked", n(self.asked));
        set("lease_epoch", n(self.epoch));
        if let Some((holder, until)) = &self.lease {
            set("lease_holder", s(holder));
            set("lease_until", s(keys::time(*until)));
        }
        set(HAS_ROWS, n(1));
        set("phase", s(tenant.phase().as_str()));
        set("slug", s(&tenant.spec.slug));
        set("blueprint_name", s(&tenant.spec.blueprint.name));
        if let Some(version) = tenant.spec.blueprint.version {
            set("blueprint_version", s(version));
        }
        set("tags", tags(&tenant));
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

/// What the row of a component says; `None` in it if only its name can be read.
pub(super) fn component_row(
    row: &Item,
) -> Result<(ComponentName, Option<ComponentStatus>), LedgerError> {
    let sk = text(row, "sk").unwrap_or_default();
    let name = sk.strip_prefix(keys::COMPONENT).unwrap_or_default();
    let name = ComponentName::from_stored(name)
        .map_err(|error| Failure::bug(format!("reading row `{sk}`"), error.to_string()))?;
    Ok((name, readable(row, item::doc)))
}

/// Writes the row of a component. What another release wrote beside stays.
pub(super) fn component_write(
    tenant: &TenantId,
    name: ComponentName,
    status: &ComponentStatus,
) -> Result<Write, LedgerError> {
    Ok(Write::update(keys::component(tenant, name))
        .set("doc", item::json(status)?)
        .set("state", s(word(&status.state))))
}

/// The components as the main row has them: the state of each, and since when.
pub(super) fn states(components: &Components) -> Components {
    let alone = |status: &ComponentStatus| ComponentStatus {
        state: status.state,
        since: status.since,
        failing_since: None,
        pending: false,
        message: None,
        obstacle: None,
        resources: BTreeMap::new(),
    };
    components
        .iter()
        .map(|(name, status)| (*name, alone(status)))
        .collect()
}

fn is_state_alone(status: &ComponentStatus) -> bool {
    status.message.is_none() && status.obstacle.is_none() && status.resources.is_empty()
}

fn same_state(one: &ComponentStatus, other: &ComponentStatus) -> bool {
    one.state == other.state && one.since == other.since
}

fn tags(tenant: &Tenant) -> AttributeValue {
    let tags = tenant.spec.tags.iter();
    AttributeValue::M(
        tags.map(|(k, v)| (k.clone(), s(v)))
            .collect::<HashMap<_, _>>(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenancy::ComponentState;

    use super::*;

    const NETWORK: ComponentName = ComponentName::NETWORK;

    fn status(state: ComponentState, vpc: Option<&str>) -> ComponentStatus {
        let vpc = vpc.map(|vpc| ("vpc".to_owned(), vpc.to_owned()));
        ComponentStatus {
            state,
            pending: false,
            since: Timestamp::UNIX_EPOCH,
            failing_since: None,
            message: None,
            obstacle: None,
            resources: vpc.into_iter().collect(),
        }
    }

    /// A main row with the network in it, by this release or the one before.
    fn main_row(network: &ComponentStatus, has_rows: bool) -> Record {
        let tenant = json!({
            "id": "t-nnnnnnnnnnnnnnnn", "generation": 1, "specVersion": 1, "desiredState": "present",
            "spec": {"slug": "nova", "name": "Nova", "blueprint": "standard@1.0.0"}, "components": {"network": network},
            "accountEmail": "aws+nova@example.com", "createdBy": "ann",
            "createdAt": "2026-11-20T08:00:00Z", "updatedAt": "2026-11-20T08:00:00Z",
        });
        let mut row = item::with_doc(Item::new(), &tenant).unwrap();
        if has_rows {
            row.insert(HAS_ROWS.to_owned(), n(1));
        }
        Record::read(&row).unwrap()
    }

    /// The network as it is read, and how many rows are to be written for it.
    fn read(mut record: Record, row: Option<ComponentStatus>) -> (ComponentStatus, usize) {
        record.add_components(row.map(|row| (NETWORK, Some(row))).into_iter().collect());
        let network = record.tenant.components[&NETWORK].clone();
        (network, record.component_writes().unwrap().len())
    }

    #[test]
    fn an_attribute_of_another_release_stays_in_the_main_row() {
        let mut row = main_row(&status(ComponentState::Ready, None), true)
            .row()
            .unwrap();
        row.insert("wave".to_owned(), n(2));
        assert_eq!(Record::read(&row).unwrap().row().unwrap(), row);
    }

    #[test]
    fn a_component_is_as_its_row_says_while_the_main_row_has_its_state() {
        use ComponentState::Ready;
        let whole = status(Ready, Some("vpc-1"));
        for has_rows in [true, false] {
            let main = main_row(&status(Ready, None), has_rows);
            assert_eq!(read(main, Some(whole.clone())), (whole.clone(), 0));
        }
    }

    #[test]
    fn what_the_release_before_wrote_into_the_main_row_is_newer_than_the_row_it_did_not_know() {
        use ComponentState::{Ready, Waiting};
        let row = status(Ready, Some("vpc-1"));
        for newer in [status(Ready, Some("vpc-2")), status(Waiting, None)] {
            let main = || main_row(&newer, false);
            assert_eq!(read(main(), Some(row.clone())), (newer.clone(), 1));
            assert_eq!(read(main(), None), (newer.clone(), 1));
        }
    }

    #[test]
    fn a_query_that_meets_a_transaction_halfway_shows_the_state_and_keeps_the_resources() {
        use ComponentState::{Ready, Waiting};
        let main = main_row(&status(Ready, None), true);
        let row = status(Waiting, Some("vpc-1"));
        assert_eq!(read(main, Some(row)), (status(Ready, Some("vpc-1")), 0));
    }
}
