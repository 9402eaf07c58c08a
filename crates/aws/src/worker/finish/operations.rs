//! How far a pass brought the operations it carries out. Pure.

use baseline::PassReport;
use tenancy::{ComponentState, Operation, OperationKind, OperationState, Timestamp, Verb};

use super::{
    all_observed, audited_again,
    refusal::{in_the_way, refusal},
};
use crate::{ledger::Loaded, worker::findings::FindingChanges};

/// Whether a pass carries out the operation. What another release takes on, or has in a state of its own, is left alone.
pub(super) fn concerns(verb: Verb, operation: &Operation) -> bool {
    operation.state.is_known() && operation.kind.verb() == Some(verb)
}

/// The operations that the pass carries out and that it got on, as they are after it.
pub(super) fn operations(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    changes: &FindingChanges,
    now: Timestamp,
) -> Vec<Operation> {
    let outcome = outcome(verb, report, changes);
    let (again, of_roles) = (audited_again(verb, loaded, report), in_the_way(report));
    let advanced = |before: &Operation| {
        let (outcome, report) = match before.kind {
            OperationKind::EndSessions => (refusal(loaded, report).outcome(), &of_roles),
            OperationKind::Onboard
            | OperationKind::Update
            | OperationKind::Audit
            | OperationKind::Repair
            | OperationKind::Offboard
            | OperationKind::RotateKeyPair
            | OperationKind::Other(_) => (outcome.clone(), report),
        };
        let state = match &outcome {
            Some(_) => OperationState::Succeeded,
            None if needs_a_person(report) => OperationState::Parked,
            None => OperationState::Running,
        };
        let obstacles = match outcome {
            Some(_) => Vec::new(),
            None => report.failures().cloned().collect(),
        };
        Operation {
            state,
            obstacles,
            again_because: again.clone(),
            outcome,
            updated_at: before.updated_at,
            ..before.clone()
        }
    };
    let concerned = loaded.operations.iter().filter(|o| concerns(verb, o));
    let after = concerned.map(|before| (before, advanced(before)));
    let got_on = after.filter(|(before, after)| *before != after);
    let written = got_on.map(|(_, after)| Operation {
        updated_at: now,
        ..after
    });
    written.collect()
}

/// What came of the operations, if they are done.
fn outcome(verb: Verb, report: &PassReport, changes: &FindingChanges) -> Option<String> {
    match verb {
        Verb::Onboard => report
            .is_settled()
            .then(|| "the tenant is as its spec wants it".to_owned()),
        Verb::Audit => all_observed(report).then(|| {
            format!(
                "{} open findings, {} of them new; {} resolved",
                changes.open,
                changes.new.len(),
                changes.resolved.len()
            )
        }),
        Verb::Offboard => report
            .is_settled()
            .then(|| "the tenant is removed and its account is closed".to_owned()),
    }
}

fn needs_a_person(report: &PassReport) -> bool {
    let mut outcomes = report.outcomes.iter();
    outcomes.any(|o| matches!(o.state, ComponentState::Parked | ComponentState::Stalled))
}
