//! Components that need a person. Pure.

use baseline::{Outcome, PassReport};
use tenancy::{ComponentName, ComponentState, Next};

use crate::ledger::Loaded;

/// A component, the reason why it is parked, and what a person must do.
pub(super) type Park<'a> = (ComponentName, &'a str, &'a str);

/// Components that the pass parked.
pub(super) fn newly_parked<'a>(
    loaded: &'a Loaded,
    report: &'a PassReport,
) -> impl Iterator<Item = Park<'a>> {
    let fresh = |o: &&Outcome| !was_parked(loaded, o);
    let outcomes = report.outcomes.iter().filter(fresh);
    outcomes.filter_map(|o| {
        o.failures.iter().find_map(|failure| match &failure.next {
            Next::Park { reason, remedy } => Some((o.component, reason.as_str(), remedy.as_str())),
            _ => None,
        })
    })
}

/// Components that the pass found parked and left in another state.
pub(super) fn resumed<'a>(
    loaded: &'a Loaded,
    report: &'a PassReport,
) -> impl Iterator<Item = ComponentName> + 'a {
    let outcomes = report.outcomes.iter();
    let goes_on = |o: &&Outcome| was_parked(loaded, o) && o.state != ComponentState::Parked;
    outcomes.filter(goes_on).map(|o| o.component)
}

fn was_parked(loaded: &Loaded, outcome: &Outcome) -> bool {
    let before = loaded.tenant.components.get(&outcome.component);
    before.is_some_and(|status| status.state == ComponentState::Parked)
}
