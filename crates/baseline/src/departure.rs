//! In which order components go: derived from what they need, and from which of them record. Pure.

use tenancy::ComponentName;

use crate::{
    declaration::{Declaration, Departure},
    desired::Desired,
    row::Row,
    step::{Rows, Step, find},
};

/// What must be removed before `leaving` may go: everything that needs it, and, where it records, everything else but what
/// records too, or is needed for that. Free of circles whenever the needs are.
pub fn goes_after(leaving: &dyn Declaration, all: &[&dyn Declaration]) -> Vec<ComponentName> {
    let removable = all.iter().filter(|other| is_removed(other.departure()));
    let before = removable.filter(|other| {
        other.needs().contains(&leaving.name())
            || (leaving.departure() == Departure::Recorder && !is_for_recording(other.name(), all))
    });
    before
        .map(|other| other.name())
        .filter(|name| *name != leaving.name())
        .collect()
}

/// Whether it records, or something that records needs it. Two that record need not wait for what the other one needs.
fn is_for_recording(component: ComponentName, all: &[&dyn Declaration]) -> bool {
    let mut recorders = all
        .iter()
        .filter(|line| line.departure() == Departure::Recorder);
    recorders.any(|line| needs(line.name(), component, all))
}

/// Whether `component` needs `other`, directly or through others.
pub fn needs(component: ComponentName, other: ComponentName, all: &[&dyn Declaration]) -> bool {
    let Some(line) = all.iter().find(|line| line.name() == component) else {
        return false;
    };
    component == other
        || line
            .needs()
            .iter()
            .any(|need| *need == other || needs(*need, other, all))
}

fn is_removed(departure: Departure) -> bool {
    matches!(departure, Departure::ByNeed | Departure::Recorder)
}

/// What is wanted is built after what it needs; what the spec does not ask for waits only until the account can be entered. What an
/// earlier pass made and the spec no longer asks for is removed after everything that needed it has been changed to do without it, or
/// removed too.
pub(crate) fn building_steps<'a>(rows: &'a Rows, desired: &Desired) -> Vec<Step<'a>> {
    // Whether or not an earlier pass recorded it: what was made and never recorded is found by its tags.
    let goes = |row: &dyn Row| !row.declaration().enabled(&desired.spec);
    let is_going = |name: &ComponentName| find(rows, *name).is_some_and(goes);
    let step = |row: &'a dyn Row| {
        let line = row.declaration();
        let asked = line.enabled(&desired.spec);
        let waits = |need: &&ComponentName| {
            let first = asked || **need == ComponentName::ACCESS;
            first && line.waits_for(&desired.spec, **need)
        };
        let needs = line.needs().iter().filter(waits).copied();
        let mut needs: Vec<ComponentName> = needs.filter(|need| !is_going(need)).collect();
        if goes(row) {
            let needed_by = rows.iter().map(|other| other.declaration());
            let needed_by = needed_by.filter(|other| other.needs().contains(&row.name()));
            needs.extend(needed_by.map(Declaration::name));
        }
        Step { row, needs }
    };
    rows.iter().map(AsRef::as_ref).map(step).collect()
}

/// The account is moved under the lock.
pub(crate) fn lock_step(rows: &Rows) -> Vec<Step<'_>> {
    let placement = find(rows, ComponentName::PLACEMENT).into_iter();
    let step = |row| Step {
        row,
        needs: Vec::new(),
    };
    placement.map(step).collect()
}

/// What is in a locked account is removed.
pub(crate) fn removal_steps(rows: &Rows) -> Vec<Step<'_>> {
    let all: Vec<&dyn Declaration> = rows.iter().map(|row| row.declaration()).collect();
    let removed = rows.iter().map(AsRef::as_ref);
    let removed = removed.filter(|row| is_removed(row.declaration().departure()));
    let step = |row: _| Step {
        row,
        needs: goes_after(Row::declaration(row), &all),
    };
    removed.map(step).collect()
}

/// Move to the unit of accounts about to be closed, then close.
pub(crate) fn closing_steps(rows: &Rows) -> Vec<Step<'_>> {
    let step = |row, needs| Step { row, needs };
    let placement = find(rows, ComponentName::PLACEMENT).map(|row| step(row, Vec::new()));
    let moved = placement.iter().map(|step| step.row.name()).collect();
    let account = find(rows, ComponentName::ACCOUNT).map(|row| step(row, moved));
    placement.into_iter().chain(account).collect()
}

#[cfg(test)]
mod tests;
