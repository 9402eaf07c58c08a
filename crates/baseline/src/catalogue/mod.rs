//! The catalogue of controls: one descriptor for everything that an audit checks, with a stable id.
//!
//! # Guarantees
//! Every finding belongs to one control. An id is given once: `tests/controls.rs` holds all that there ever were.

mod page;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::LazyLock};

use tenancy::{ComponentName, Control, ControlId};

use crate::{
    controls::{self, Drift, evaluated},
    declaration::Declaration,
    table::BASELINE,
};

pub use self::page::page;

/// Ids that were given and are not any more. They are never given again.
pub const RETIRED: &[&str] = &[];

static CATALOGUE: LazyLock<BTreeMap<ControlId, Control>> = LazyLock::new(|| {
    let words = BASELINE.iter().flat_map(|line| line.controls());
    let all = words.filter_map(evaluated);
    let drift = BASELINE.iter().flat_map(|line| drift(*line).controls());
    let all = all.chain(drift);
    all.map(|control| (control.id.clone(), control)).collect()
});

fn drift(line: &dyn Declaration) -> Drift {
    Drift {
        component: line.name(),
        kinds: line.drift_controls(),
    }
}

/// The control that a finding belongs to, by its component and key.
pub fn control_of(component: ComponentName, key: &str) -> Option<ControlId> {
    let line = BASELINE.iter().find(|line| line.name() == component);
    // Of a component that is no more, all that the ledger has is of the rest.
    let unknown = Drift {
        component,
        kinds: &[],
    };
    controls::control_of(line.map_or(unknown, |line| drift(*line)), key)
}

/// Every control, by id.
pub fn controls() -> impl Iterator<Item = &'static Control> {
    CATALOGUE.values()
}

/// A control by its id.
pub fn find(id: &ControlId) -> Option<&'static Control> {
    CATALOGUE.get(id)
}
