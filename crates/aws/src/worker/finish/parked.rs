//! Components that need a person. Pure.

use baseline::{Outcome, PassReport};
use tenancy::{ComponentName, ComponentState, ComponentStatus, Failure, Next};

use crate::ledger::{Loaded, PassRecord};

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
            Next::Retry { .. } | Next::Wait { .. } | Next::Stall { .. } | Next::Other(_) => None,
        })
    })
}

/// A component, and the failure that stalled it.
pub(super) type Stall<'a> = (ComponentName, &'a Failure);

/// Components that the pass found to have stalled.
pub(super) fn newly_stalled<'a>(
    loaded: &'a Loaded,
    report: &'a PassReport,
) -> impl Iterator<Item = Stall<'a>> {
    let fresh = |o: &&Outcome| {
        o.state == ComponentState::Stalled && !was(ComponentState::Stalled, loaded, o)
    };
    let outcomes = report.outcomes.iter().filter(fresh);
    outcomes.filter_map(|o| {
        let stalls = |failure: &&Failure| matches!(failure.next, Next::Stall { .. });
        Some((o.component, o.failures.iter().find(stalls)?))
    })
}

/// Components that were recorded parked or stalled, and are now recorded in another state.
pub(super) fn resumed<'a>(
    loaded: &'a Loaded,
    record: &'a PassRecord,
) -> impl Iterator<Item = ComponentName> + 'a {
    let stuck = |status: &ComponentStatus| {
        matches!(
            status.state,
            ComponentState::Parked | ComponentState::Stalled
        )
    };
    let goes_on = move |(name, now): &(&ComponentName, &ComponentStatus)| {
        let before = loaded.tenant.components.get(*name);
        before.is_some_and(stuck) && !stuck(now)
    };
    let recorded = record.components.iter();
    recorded.filter(goes_on).map(|(name, _)| *name)
}

fn was_parked(loaded: &Loaded, outcome: &Outcome) -> bool {
    was(ComponentState::Parked, loaded, outcome)
}

fn was(state: ComponentState, loaded: &Loaded, outcome: &Outcome) -> bool {
    let before = loaded.tenant.components.get(&outcome.component);
    before.is_some_and(|status| status.state == state)
}
