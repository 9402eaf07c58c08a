//! The catalogue of controls: one descriptor for everything that an audit checks, with a stable id.
//!
//! # Guarantees
//! Every finding belongs to one control. An id is given once: `tests/controls.rs` holds all that there ever were.

mod page;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::LazyLock};

use tenancy::{Control, ControlId};

use crate::{
    controls::{drift, evaluated},
    table::{BASELINE, names},
};

pub use self::page::page;
pub use crate::controls::control_of;

/// Ids that were given and are not any more. They are never given again.
pub const RETIRED: &[&str] = &[];

static CATALOGUE: LazyLock<BTreeMap<ControlId, Control>> = LazyLock::new(|| {
    let words = BASELINE.iter().flat_map(|line| line.controls());
    let all = words.filter_map(evaluated);
    let all = all.chain(drift::controls(names()));
    all.map(|control| (control.id.clone(), control)).collect()
});

/// Every control, by id.
pub fn controls() -> impl Iterator<Item = &'static Control> {
    CATALOGUE.values()
}

/// A control by its id.
pub fn find(id: &ControlId) -> Option<&'static Control> {
    CATALOGUE.get(id)
}
