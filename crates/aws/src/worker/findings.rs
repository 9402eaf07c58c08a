//! How an audit's differences change the recorded findings. Pure.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use baseline::{Outcome, PassReport};
use tenancy::{
    ComponentName, ComponentState, Failure, Finding, FindingState, Next, Operation, Severity,
    Timestamp, Verb,
    finding::{Difference, Repair},
};

use super::finish::all_observed;
use crate::ledger::Loaded;

/// How the findings changed: new, found again, resolved.
#[derive(Debug, Default, PartialEq)]
pub struct FindingChanges {
    /// Everything to record.
    pub changed: Vec<Finding>,
    /// Keys that were not open before.
    pub new: Vec<String>,
    /// Keys that are open no more.
    pub resolved: Vec<String>,
    /// How many are open now.
    pub open: u32,
}

/// Compares what a pass found with the recorded findings. Only an audit opens findings; any pass that leaves a component as wanted
/// resolves its findings, but those that it found again. A component of which something could not be observed keeps its findings.
pub fn finding_changes(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    now: Timestamp,
) -> FindingChanges {
    let mut changes = FindingChanges::default();
    let found = report.outcomes.iter().flat_map(differences);
    let found: BTreeMap<String, Difference> = found.map(|d| (d.key.clone(), d)).collect();
    let opens = verb == Verb::Audit && loaded.tenant.ready_at.is_some();
    let open_before = |key: &str| {
        loaded
            .findings
            .get(key)
            .filter(|f| f.state == FindingState::Open)
    };
    let drift = |(_, difference): &(&String, &Difference)| {
        opens && !(difference.repair.is_ours() && is_unfinished(loaded, difference.component))
    };
    let is_whole = verb == Verb::Audit && all_observed(report);
    for (key, difference) in found.iter().filter(drift) {
        let recorded = loaded.findings.get(key);
        // It was seen until the last audit of everything, which the tenant's record says.
        let same = |finding: &Finding| finding.difference == *difference;
        if is_whole && open_before(key).is_some_and(same) {
            continue;
        }
        if recorded.is_some_and(|finding| matches!(finding.state, FindingState::Other(_))) {
            // Another release knows what became of it.
            continue;
        }
        if open_before(key).is_none() {
            changes.new.push(key.clone());
        }
        let opened = open(difference, recorded, open_before(key), now);
        changes.changed.push(opened);
    }
    let resolved = |finding: &&Finding| {
        finding.state == FindingState::Open
            && !found.contains_key(&finding.difference.key)
            && was_observed(verb, finding, report)
    };
    for finding in loaded.findings.values().filter(resolved) {
        changes.resolved.push(finding.difference.key.clone());
        changes.changed.push(Finding {
            state: FindingState::Resolved,
            resolved_at: Some(now),
            ..finding.clone().seen_until(loaded.tenant.audited_at)
        });
    }
    changes.open = open_after(loaded, &changes);
    changes
}

/// A finding that is open: since when it was, or from now on. What another release wrote beside it stays.
fn open(
    difference: &Difference,
    recorded: Option<&Finding>,
    before: Option<&Finding>,
    now: Timestamp,
) -> Finding {
    Finding {
        difference: difference.clone(),
        state: FindingState::Open,
        first_seen: before.map_or(now, |finding| finding.first_seen),
        last_seen: now,
        resolved_at: None,
        other: recorded
            .map(|finding| finding.other.clone())
            .unwrap_or_default(),
    }
}

/// Whether an accepted change has yet to be carried out in this component, because a person must act first: what differs in it
/// is not drift.
pub(super) fn is_unfinished(loaded: &Loaded, component: ComponentName) -> bool {
    let open = |operation: &Operation| {
        operation.kind.changes_what_is_wanted() && operation.state.is_known()
    };
    let status = loaded.tenant.components.get(&component);
    loaded.operations.iter().any(open)
        && status.is_none_or(|status| {
            !matches!(
                status.state,
                ComponentState::Ready | ComponentState::Drifted | ComponentState::Absent
            )
        })
}

/// How many findings are open once the changes are recorded.
fn open_after(loaded: &Loaded, changes: &FindingChanges) -> u32 {
    let before = loaded
        .findings
        .values()
        .filter(|f| f.state == FindingState::Open)
        .count();
    let open = (before + changes.new.len()).saturating_sub(changes.resolved.len());
    u32::try_from(open).unwrap_or(u32::MAX)
}

/// Whether the pass could have found the finding's difference, had it still been there.
fn was_observed(verb: Verb, finding: &Finding, report: &PassReport) -> bool {
    let outcome = report
        .outcomes
        .iter()
        .find(|o| o.component == finding.difference.component);
    outcome.is_some_and(|o| match verb {
        Verb::Audit => {
            let known = matches!(
                o.state,
                ComponentState::Ready | ComponentState::Absent | ComponentState::Drifted
            ) || !o.resources.is_empty();
            known && !o.unseen && !o.pending
        }
        Verb::Onboard | Verb::Offboard => o.is_settled(),
    })
}

/// What a component's outcome means as findings: what repair would change, and what only a person can resolve.
fn differences(outcome: &Outcome) -> Vec<Difference> {
    let keyed = |mut difference: Difference| {
        let prefix = format!("{}.", outcome.component);
        // The id of a control is unique by itself.
        if !difference.key.starts_with(&prefix) && !difference.key.starts_with("TNT.") {
            difference.key.insert_str(0, &prefix);
        }
        difference
    };
    let drift = outcome.remaining.iter().chain(&outcome.findings);
    let drift = drift.cloned().map(keyed);
    drift
        .chain(
            outcome
                .failures
                .iter()
                .filter_map(|failure| obstacle(outcome, failure)),
        )
        .collect()
}

fn obstacle(outcome: &Outcome, failure: &Failure) -> Option<Difference> {
    let Next::Park { reason, remedy } = &failure.next else {
        return None;
    };
    Some(Difference {
        key: format!("{}.{reason}", outcome.component),
        component: outcome.component,
        resource: outcome.component.to_string(),
        field: reason.clone(),
        wanted: "nothing in the way".into(),
        found: failure.to_string(),
        severity: Severity::High,
        remedy: remedy.clone(),
        repair: Repair::Person,
    })
}
