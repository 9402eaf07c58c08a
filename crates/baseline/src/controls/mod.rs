//! The controls of one component, and what an audit made of each.
//!
//! Controls are of two sorts: those that are evaluated on what a component observed ([`crate::Control`]), with numbers below 100, and those
//! of drift, one for each kind of resource of a component, with numbers from 100 on. Number 100 of a component is of what has no control
//! of its own, such as what stands in the way of building it.

mod drift;
mod verdicts;

use tenancy::{ComponentName, Control, ControlId, Region, Severity, control::RepairedBy};

pub(crate) use self::{drift::Drift, verdicts::verdicts};
use crate::{covers::Covers, declaration::ControlWords};

/// The control of a component that a finding belongs to, by its key.
pub(crate) fn control_of(drift: Drift, key: &str) -> Option<ControlId> {
    if let Ok(id) = key.parse() {
        return Some(id);
    }
    drift.control_of(below(drift.component, key))
}

/// A key without its component and Region.
fn below(component: ComponentName, key: &str) -> &str {
    let key = key
        .strip_prefix(component.as_str())
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(key);
    match key.split_once('.') {
        Some((region, rest)) if region.parse::<Region>().is_ok() => rest,
        _ => key,
    }
}

/// A control that is evaluated. `None` for an id that is none, which a test excludes.
pub(crate) fn evaluated(words: ControlWords) -> Option<Control> {
    Some(described(
        words.id.parse().ok()?,
        words.component,
        (words.title.to_owned(), words.severity),
        (words.reads, words.remedy),
        (words.repaired_by, words.covers),
    ))
}

/// A control in words.
fn described(
    id: ControlId,
    component: ComponentName,
    (title, severity): (String, Severity),
    (reads, remedy): (&str, &str),
    (repaired_by, covers): (RepairedBy, Covers),
) -> Control {
    Control {
        id,
        component,
        title,
        severity,
        reads: reads.to_owned(),
        remedy: remedy.to_owned(),
        repaired_by,
        standards: covers.standards(),
    }
}
