//! What an audit made of every control of a component.

use std::collections::BTreeMap;

use tenancy::{ControlId, Failure, Next, finding::Difference};

use super::{Drift, control_of};
use crate::{component::Component, control::Verdict, desired::Desired, report::Outcome};

/// What an audit made of every control of a component. Pure; reads nothing more.
pub(crate) fn verdicts<C: Component>(
    desired: &Desired,
    seen: Option<&C::Observation>,
    outcome: &Outcome,
) -> BTreeMap<ControlId, Verdict> {
    if desired.leaving() {
        return BTreeMap::new();
    }
    let drift = Drift {
        component: C::NAME,
        kinds: C::drift_controls(),
    };
    let found = found(drift, outcome);
    let wanted = C::wanted_keys(desired);
    let controls = C::controls().iter();
    let controls = controls.filter_map(|control| control.id.parse().ok());
    let verdict = |control: &ControlId| {
        if let Some(found) = found.get(control) {
            return Verdict::Failed(found.clone());
        }
        if !C::enabled(&desired.spec) {
            return Verdict::NotApplicable("the blueprint does not ask for it");
        }
        let unseen = seen.is_none() || outcome.unseen || outcome.pending;
        let mut own = C::controls().iter();
        match own.find(|own| own.id == control.as_str()) {
            Some(own) => match seen.map(|seen| (own.evaluate)(desired, seen)) {
                Some(Verdict::Passed) | None if unseen => not_verifiable(outcome),
                Some(verdict) => verdict,
                None => not_verifiable(outcome),
            },
            None if unseen => not_verifiable(outcome),
            None => match wanted.as_ref() {
                Some(wanted) if !drift.is_about_any(control, wanted) => {
                    Verdict::NotApplicable("the blueprint asks for none")
                }
                _ => Verdict::Passed,
            },
        }
    };
    let own = controls.chain(drift.ids());
    own.map(|control| {
        let verdict = verdict(&control);
        (control, verdict)
    })
    .collect()
}

/// What was found of each control that failed, in words.
fn found(drift: Drift, outcome: &Outcome) -> BTreeMap<ControlId, String> {
    let differences = outcome.remaining.iter().chain(&outcome.findings);
    let of = |difference: &Difference| {
        let id = control_of(drift, &difference.key)?;
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
        Some((control_of(drift, reason)?, failure.to_string()))
    });
    differences.filter_map(of).chain(parked).collect()
}

fn not_verifiable(outcome: &Outcome) -> Verdict {
    let why = outcome.failures.first().map(Failure::to_string);
    let why = why.or_else(|| outcome.message());
    Verdict::NotVerifiable(why.unwrap_or_else(|| "it could not be read".to_owned()))
}
