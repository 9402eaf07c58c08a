//! Steps of a pass, and the rows they are made of.

use tenancy::ComponentName;

use crate::row::Row;

/// The components the engine works on, each with its port, in the order of building.
pub type Rows = [Box<dyn Row>];

/// A component to work on, once what it needs is settled.
pub(crate) struct Step<'a> {
    pub(crate) row: &'a dyn Row,
    pub(crate) needs: Vec<ComponentName>,
}

pub(crate) fn find(rows: &Rows, name: ComponentName) -> Option<&dyn Row> {
    rows.iter()
        .find(|row| row.name() == name)
        .map(AsRef::as_ref)
}
