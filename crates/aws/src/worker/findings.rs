//! What an audit's differences do to the findings that are on record. Pure.

use std::collections::BTreeMap;

use baseline::{Outcome, PassReport};
use tenancy::{
    ComponentState, Failure, Finding, FindingState, Next, Severity, Timestamp, Verb,
    finding::Difference,
};

use crate::ledger::Loaded;

/// Findings that are new, seen again or gone.
#[derive(Debug, Default, PartialEq)]
pub struct Sightings {
    /// Everything to record.
    pub changed: Vec<Finding>,
    /// Keys that were not open before.
    pub new: Vec<String>,
    /// Keys that are open no more.
    pub resolved: Vec<String>,
    /// How many are open now.
    pub open: u32,
}

/// Compares what a pass saw with what is on record. Only an audit opens findings; any pass that leaves a component as wanted
/// resolves its findings. What could not be looked at keeps its findings.
pub fn sightings(verb: Verb, loaded: &Loaded, report: &PassReport, now: Timestamp) -> Sightings {
    let mut sightings = Sightings::default();
    let mut seen: BTreeMap<String, Difference> = BTreeMap::new();
    if verb == Verb::Audit && loaded.tenant.ready_at.is_some() {
        seen = report
            .outcomes
            .iter()
            .flat_map(differences)
            .map(|d| (d.key.clone(), d))
            .collect();
    }
    let open_before = |key: &str| {
        loaded
            .findings
            .get(key)
            .filter(|f| f.state == FindingState::Open)
    };
    for (key, difference) in &seen {
        let first_seen = open_before(key).map_or(now, |finding| finding.first_seen);
        if open_before(key).is_none() {
            sightings.new.push(key.clone());
        }
        sightings.changed.push(Finding {
            difference: difference.clone(),
            state: FindingState::Open,
            first_seen,
            last_seen: now,
            resolved_at: None,
        });
    }
    let gone = |finding: &&Finding| {
        finding.state == FindingState::Open
            && !seen.contains_key(&finding.difference.key)
            && looked_at(verb, finding, report)
    };
    for finding in loaded.findings.values().filter(gone) {
        sightings.resolved.push(finding.difference.key.clone());
        sightings.changed.push(Finding {
            state: FindingState::Resolved,
            resolved_at: Some(now),
            ..finding.clone()
        });
    }
    let before = loaded
        .findings
        .values()
        .filter(|f| f.state == FindingState::Open)
        .count();
    let open = (before + sightings.new.len()).saturating_sub(sightings.resolved.len());
    sightings.open = u32::try_from(open).unwrap_or(u32::MAX);
    sightings
}

/// Whether the pass could have seen the finding's difference, had it still been there.
fn looked_at(verb: Verb, finding: &Finding, report: &PassReport) -> bool {
    let outcome = report
        .outcomes
        .iter()
        .find(|o| o.component == finding.difference.component);
    outcome.is_some_and(|o| match verb {
        Verb::Audit => {
            matches!(o.state, ComponentState::Ready | ComponentState::Drifted)
                || !o.resources.is_empty()
        }
        Verb::Onboard | Verb::Offboard => o.is_settled(),
    })
}

/// What a component's outcome means as findings: what repair would change, and what only a person can resolve.
fn differences(outcome: &Outcome) -> Vec<Difference> {
    let keyed = |mut difference: Difference| {
        let prefix = format!("{}.", outcome.component);
        if !difference.key.starts_with(&prefix) {
            difference.key.insert_str(0, &prefix);
        }
        difference
    };
    let drift = outcome.remaining.iter().cloned().map(keyed);
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
        repair: Default::default(),
    })
}
