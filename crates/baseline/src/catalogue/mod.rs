//! The catalogue of controls: one descriptor for everything that an audit checks, with a stable id.
//!
//! Controls of two sorts: those that are judged on what a component observed ([`crate::Control`]), with numbers below 100, and those
//! of drift, one for each kind of resource of a component, with numbers from 100 on. Number 100 of a component is of what has no control
//! of its own, such as what stands in the way of building it.
//!
//! # Guarantees
//! Every finding belongs to one control. An id is given once: `tests/controls.rs` holds all that there ever were.

mod drift;
mod judged;
mod page;

use std::{collections::BTreeMap, sync::LazyLock};

use tenancy::{
    ComponentName, Control, ControlId, Failure, Next, Region, Severity,
    control::{RepairedBy, Standards},
    finding::Difference,
};

use crate::{
    component::Component, control::Verdict, desired::Desired, report::Outcome, table::BASELINE,
};

pub use page::page;

/// Ids that were given and are not any more. They are never given again.
pub const RETIRED: &[&str] = &[];

/// Which published controls a control covers.
#[derive(Debug, Clone, Copy, Default)]
struct Covers {
    cis_3: &'static [&'static str],
    cis_5: &'static [&'static str],
    security_hub: &'static [&'static str],
}

impl Covers {
    const NONE: Self = Self::of(&[], &[], &[]);

    const fn of(
        security_hub: &'static [&'static str],
        cis_5: &'static [&'static str],
        cis_3: &'static [&'static str],
    ) -> Self {
        Self {
            cis_3,
            cis_5,
            security_hub,
        }
    }

    fn standards(self) -> Standards {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Standards {
            cis_3: owned(self.cis_3),
            cis_5: owned(self.cis_5),
            security_hub: owned(self.security_hub),
        }
    }
}

static CATALOGUE: LazyLock<BTreeMap<ControlId, Control>> = LazyLock::new(|| {
    let judged = BASELINE.iter().flat_map(|line| line.controls());
    let all = judged.filter_map(judged::control);
    let all = all.chain(drift::controls());
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

/// The control that a finding belongs to, by its component and key.
pub fn control_of(component: ComponentName, key: &str) -> Option<ControlId> {
    if let Ok(id) = key.parse() {
        return Some(id);
    }
    drift::control_of(component, below(component, key))
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

/// What an audit made of every control of a component. Pure; reads nothing more.
pub(crate) fn verdicts<C: Component>(
    desired: &Desired,
    seen: Option<&C::Observation>,
    outcome: &Outcome,
) -> BTreeMap<ControlId, Verdict> {
    if desired.leaving() {
        return BTreeMap::new();
    }
    let found = found(outcome);
    let wanted = C::wanted_keys(desired);
    let own = controls().filter(|control| control.component == C::NAME);
    let verdict = |control: &Control| {
        if let Some(found) = found.get(&control.id) {
            return Verdict::Failed(found.clone());
        }
        if !C::enabled(&desired.spec) {
            return Verdict::NotApplicable("the blueprint does not ask for it");
        }
        let unseen = seen.is_none() || outcome.unseen || outcome.pending;
        let mut judged = C::controls().iter();
        match judged.find(|judged| judged.id == control.id.as_str()) {
            Some(judged) => match seen.map(|seen| (judged.evaluate)(desired, seen)) {
                Some(Verdict::Passed) | None if unseen => not_verifiable(outcome),
                Some(verdict) => verdict,
                None => not_verifiable(outcome),
            },
            None if unseen => not_verifiable(outcome),
            None => match wanted.as_ref() {
                Some(wanted) if !drift::is_about_any(control, wanted) => {
                    Verdict::NotApplicable("the blueprint asks for none")
                }
                _ => Verdict::Passed,
            },
        }
    };
    own.map(|control| (control.id.clone(), verdict(control)))
        .collect()
}

/// What was found of each control that failed, in words.
fn found(outcome: &Outcome) -> BTreeMap<ControlId, String> {
    let differences = outcome.remaining.iter().chain(&outcome.findings);
    let of = |difference: &Difference| {
        let id = control_of(outcome.component, &difference.key)?;
        let words = format!(
            "{} {}: {}",
            difference.resource, difference.field, difference.found
        );
        Some((id, words))
    };
    let parked = outcome.failures.iter().filter_map(|failure| {
        let Next::Park { reason, .. } = &failure.next else {
            return None;
        };
        Some((control_of(outcome.component, reason)?, failure.to_string()))
    });
    differences.filter_map(of).chain(parked).collect()
}

fn not_verifiable(outcome: &Outcome) -> Verdict {
    let why = outcome.failures.first().map(Failure::to_string);
    let why = why.or_else(|| outcome.message());
    Verdict::NotVerifiable(why.unwrap_or_else(|| "it could not be read".to_owned()))
}

/// A control of the catalogue.
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

#[cfg(test)]
mod tests;
