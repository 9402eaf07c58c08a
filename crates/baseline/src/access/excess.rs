//! Rights of our roles that nothing needs any more. Pure.

use tenancy::{ComponentName, ComponentState};

use super::wanted::extras;
use crate::{component::Wait, desired::Desired, policy::Extras, report::PassReport};

/// The report of a pass that settled everything, in which our roles wait for a pass of their own where the last of something was removed:
/// until then they needed the rights for it.
#[must_use]
pub fn without_excess_rights(desired: &Desired, mut report: PassReport) -> PassReport {
    if !report.is_settled() || needed(desired) == needed(&after(desired, &report)) {
        return report;
    }
    let mut outcomes = report.outcomes.iter_mut();
    if let Some(access) = outcomes.find(|outcome| outcome.component == ComponentName::ACCESS) {
        access.waits.push(Wait {
            waiting_for: "the rights for what was removed to be taken away".into(),
            after_secs: 1,
        });
        access.state = ComponentState::Waiting;
    }
    report
}

/// What our roles have rights for.
fn needed(desired: &Desired) -> (Vec<ComponentName>, Extras) {
    let components = desired.components_in_use().into_iter();
    let names = components.map(|component| component.name());
    (names.collect(), extras(desired))
}

/// The same tenant, as the pass leaves it on record.
fn after(desired: &Desired, report: &PassReport) -> Desired {
    let passed = report.outcomes.iter();
    let passed = passed.map(|outcome| (outcome.component, outcome.resources.clone()));
    Desired {
        recorded: desired.recorded.after(passed),
        ..desired.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tenancy::DesiredState;

    use super::*;
    use crate::{account::sample_desired, recorded::Recorded, report::Outcome};

    const DROPPED: ComponentName = ComponentName::new("dashboard");

    fn resources() -> BTreeMap<String, String> {
        BTreeMap::from([("eu-central-1.dashboard.tenantry".into(), "tenantry".into())])
    }

    /// A tenant without dashboards that had one.
    fn desired() -> Desired {
        let mut desired = sample_desired(DesiredState::Present);
        desired.spec.dashboard = false;
        desired.recorded = Recorded::new([(DROPPED, resources())]);
        desired
    }

    fn report(dropped: Outcome) -> PassReport {
        let access = Outcome::new(ComponentName::ACCESS, ComponentState::Ready);
        PassReport {
            outcomes: vec![access, dropped],
            ..PassReport::default()
        }
    }

    #[test]
    fn the_rights_for_a_component_go_in_the_pass_after_the_one_that_removed_the_last_of_it() {
        let removed = report(Outcome::new(DROPPED, ComponentState::Absent));
        let waits = without_excess_rights(&desired(), removed.clone());
        assert!(!waits.is_settled());
        assert_eq!(waits.retry_after_secs(), Some(1));

        let mut next = desired();
        next.recorded = Recorded::default();
        assert!(without_excess_rights(&next, removed).is_settled());
    }

    #[test]
    fn nothing_waits_where_something_is_left_or_was_not_looked_at() {
        let left = Outcome {
            resources: resources(),
            ..Outcome::new(DROPPED, ComponentState::Absent)
        };
        assert!(without_excess_rights(&desired(), report(left)).is_settled());
        let other = Outcome::new(ComponentName::TRAIL, ComponentState::Ready);
        assert!(without_excess_rights(&desired(), report(other)).is_settled());
    }
}
