//! Components in the ledger: each has a row of its own, and the main row the state of each.

use std::collections::BTreeMap;

use tenancy::{ComponentName, ComponentState, ComponentStatus, Failure, TenantId};

use super::{
    super::{
        LedgerError,
        item::{self, Item, readable, s, text, word},
        keys,
        write::Write,
    },
    Record,
};

/// The rows of components by name; `None` for one that cannot be read.
pub(in crate::ledger) type ComponentRows = BTreeMap<ComponentName, Option<ComponentStatus>>;

type Components = BTreeMap<ComponentName, ComponentStatus>;

impl Record {
    /// Fills the components in from their rows.
    pub(in crate::ledger) fn add_components(&mut self, rows: ComponentRows) {
        if !self.has_rows {
            let names = self.tenant.components.keys();
            let without = names.filter(|name| !rows.contains_key(name));
            self.unsaved.extend(without);
        }
        self.rows.extend(rows.keys());
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
            // While a pass runs, only the row of the component is written.
            _ => drop(self.tenant.components.insert(name, row)),
        }
    }

    /// Changes a component, and says whether there is anything to write.
    pub(in crate::ledger) fn set_component(
        &mut self,
        name: ComponentName,
        status: &ComponentStatus,
    ) -> bool {
        if self.tenant.components.get(&name) != Some(status) {
            self.tenant.components.insert(name, status.clone());
            self.unsaved.insert(name);
        }
        self.unsaved.contains(&name)
    }

    /// Changes a component at the end of a pass. If the pass has recorded it in this state already, it has been in it since then.
    pub(in crate::ledger) fn finish_component(
        &mut self,
        name: ComponentName,
        status: &ComponentStatus,
    ) {
        let recorded = self.tenant.components.get(&name);
        let recorded = recorded.filter(|recorded| recorded.state == status.state);
        let status = ComponentStatus {
            since: recorded.map_or(status.since, |recorded| recorded.since),
            ..status.clone()
        };
        self.set_component(name, &status);
    }

    /// The rows of components to be written. One of which the main row tells all, and which never had more to tell, needs none: that it
    /// is as wanted is written with the main row.
    pub(in crate::ledger) fn component_writes(
        &mut self,
        with_main: bool,
    ) -> Result<Vec<Write>, LedgerError> {
        self.has_rows = true;
        let mut writes = Vec::new();
        for name in std::mem::take(&mut self.unsaved) {
            let Some(status) = self.tenant.components.get(&name) else {
                continue;
            };
            let needs_none = main_tells_all(status) && !self.rows.contains(&name);
            if needs_none && with_main {
                continue;
            }
            if needs_none && is_as_wanted(status) {
                self.unsaved.insert(name);
                continue;
            }
            writes.push(component_write(&self.tenant.id, name, status)?);
            self.rows.insert(name);
        }
        Ok(writes)
    }
}

/// What the row of a component says; `None` in it if only its name can be read.
pub(in crate::ledger) fn component_row(
    row: &Item,
) -> Result<(ComponentName, Option<ComponentStatus>), LedgerError> {
    let sk = text(row, "sk").unwrap_or_default();
    let name = sk.strip_prefix(keys::COMPONENT).unwrap_or_default();
    let name = ComponentName::from_stored(name)
        .map_err(|error| Failure::bug(format!("reading row `{sk}`"), error.to_string()))?;
    Ok((name, readable(row, item::doc)))
}

/// Writes the row of a component. What another release wrote beside stays.
pub(in crate::ledger) fn component_write(
    tenant: &TenantId,
    name: ComponentName,
    status: &ComponentStatus,
) -> Result<Write, LedgerError> {
    Ok(Write::update(keys::component(tenant, name))
        .set("doc", item::json(status)?)
        .set("state", s(word(&status.state))))
}

/// The components as the main row has them: the state of each, since when, and what one that is pending needs.
pub(in crate::ledger) fn states(components: &Components) -> Components {
    let alone = |status: &ComponentStatus| ComponentStatus {
        state: status.state,
        since: status.since,
        failing_since: None,
        pending: false,
        unseen: false,
        message: status.message.clone().filter(|_| is_pending(status)),
        obstacle: None,
        resources: BTreeMap::new(),
    };
    components
        .iter()
        .map(|(name, status)| (*name, alone(status)))
        .collect()
}

pub(super) fn main_tells_all(status: &ComponentStatus) -> bool {
    let ComponentStatus {
        failing_since,
        pending,
        message,
        obstacle,
        resources,
        ..
    } = status;
    let says_more = obstacle.is_some() || failing_since.is_some() || *pending;
    !says_more && resources.is_empty() && (message.is_none() || is_pending(status))
}

/// Whether it has yet to be worked on; its message says what it needs first.
fn is_pending(status: &ComponentStatus) -> bool {
    status.state == ComponentState::Pending
}

fn is_as_wanted(status: &ComponentStatus) -> bool {
    matches!(status.state, ComponentState::Ready | ComponentState::Absent)
}

fn same_state(one: &ComponentStatus, other: &ComponentStatus) -> bool {
    one.state == other.state && one.since == other.since
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenancy::Timestamp;

    use super::{super::super::item::n, *};

    const NETWORK: ComponentName = ComponentName::NETWORK;

    fn status(state: ComponentState, vpc: Option<&str>) -> ComponentStatus {
        let vpc = vpc.map(|vpc| ("vpc".to_owned(), vpc.to_owned()));
        ComponentStatus {
            state,
            pending: false,
            unseen: false,
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
            row.insert(super::super::HAS_ROWS.to_owned(), n(1));
        }
        Record::read(&row, None).unwrap()
    }

    /// The network as it is read, and how many rows are to be written for it.
    fn read(mut record: Record, row: Option<ComponentStatus>) -> (ComponentStatus, usize) {
        record.add_components(row.map(|row| (NETWORK, Some(row))).into_iter().collect());
        let network = record.tenant.components[&NETWORK].clone();
        (network, record.component_writes(true).unwrap().len())
    }

    #[test]
    fn an_attribute_of_another_release_stays_in_the_main_row() {
        let record = main_row(&status(ComponentState::Ready, None), true);
        let mut row = record.main_row().unwrap();
        row.insert("wave".to_owned(), n(2));
        let read = Record::read(&row, None).unwrap();
        assert_eq!(read.main_row().unwrap(), row);
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
            let rows = usize::from(!newer.resources.is_empty());
            assert_eq!(read(main(), None), (newer.clone(), rows));
        }
    }

    #[test]
    fn the_row_of_a_component_is_newer_than_its_state_in_the_main_row() {
        use ComponentState::{Ready, Waiting};
        let main = main_row(&status(Ready, None), true);
        let row = status(Waiting, Some("vpc-1"));
        assert_eq!(read(main, Some(row.clone())), (row, 0));
    }
}
