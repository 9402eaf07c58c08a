//! Posture: what all controls of a tenant come to, from the verdicts of an audit, the open findings and what is suppressed. Pure.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tenancy::{
    ControlId, ControlState, Finding, FindingState, OtherFields, Severity, Suppression, Timestamp,
    posture::{BySeverity, ControlRecord, Controls, Counts, PostureDay, score},
    suppression::suppressing,
};

use crate::{
    catalogue::{control_of, find},
    control::Verdict,
};

/// A day is recorded anew after this time although nothing changed, before the earlier record is deleted.
const RECORDED_ANEW: SignedDuration = SignedDuration::from_hours(180 * 24);
/// What there is to say of a control that failed, and of which no finding was opened.
const UNFINISHED: &str = "an accepted change has yet to be carried out";

/// The controls of a tenant after a pass: by the verdicts of an audit (none of another pass), and the findings that are open then.
pub fn after_pass(
    before: Option<&Controls>,
    verdicts: &BTreeMap<ControlId, Verdict>,
    findings: &[&Finding],
    suppressions: &[Suppression],
    now: Timestamp,
) -> Controls {
    let mut after = before.cloned().unwrap_or_default();
    let open = open_by_control(findings);
    for (id, verdict) in verdicts {
        let (state, why) = match verdict {
            _ if open.contains_key(id) => (ControlState::Failed, None),
            Verdict::Passed => (ControlState::Passed, None),
            Verdict::Failed(_) => (ControlState::NotVerifiable, Some(UNFINISHED.to_owned())),
            Verdict::NotApplicable(why) => (ControlState::NotApplicable, Some((*why).to_owned())),
            Verdict::NotVerifiable(why) => (ControlState::NotVerifiable, Some(why.clone())),
        };
        set(&mut after, id, state, why, now);
    }
    for id in open.keys() {
        set(&mut after, id, ControlState::Failed, None, now);
    }
    let repaired = |(id, record): (&ControlId, &ControlRecord)| {
        (record.state == ControlState::Failed && !open.contains_key(id)).then(|| id.clone())
    };
    let repaired: Vec<ControlId> = after.controls.iter().filter_map(repaired).collect();
    for id in &repaired {
        set(&mut after, id, ControlState::Passed, None, now);
    }
    let day = day(&after, findings, suppressions, now);
    let kept = after.day.take();
    let is_kept =
        |kept: &PostureDay| kept.says_the_same(&day) && now.duration_since(kept.at) < RECORDED_ANEW;
    after.day = Some(kept.filter(is_kept).unwrap_or(day));
    after
}

/// Changes the state of a control; one that stays keeps since when, and why.
fn set(
    controls: &mut Controls,
    id: &ControlId,
    state: ControlState,
    why: Option<String>,
    now: Timestamp,
) {
    let before = controls.controls.get(id);
    if before.is_some_and(|before| before.state == state) {
        return;
    }
    let record = ControlRecord {
        state,
        since: now,
        why,
        other: OtherFields::new(),
    };
    controls.controls.insert(id.clone(), record);
}

/// The open findings of each control.
pub fn open_by_control<'a>(findings: &[&'a Finding]) -> BTreeMap<ControlId, Vec<&'a Finding>> {
    let mut open: BTreeMap<ControlId, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let found = &finding.difference;
        let control = control_of(found.component, &found.key);
        if let Some(control) = control.filter(|_| finding.state == FindingState::Open) {
            open.entry(control).or_default().push(*finding);
        }
    }
    open
}

/// What the controls come to at a time.
pub fn day(
    controls: &Controls,
    findings: &[&Finding],
    suppressions: &[Suppression],
    now: Timestamp,
) -> PostureDay {
    let (mut open, mut failed, mut suppressed) =
        (BySeverity::default(), Counts::default(), Counts::default());
    for (control, findings) in open_by_control(findings) {
        for finding in findings {
            let found = &finding.difference;
            if suppressing(suppressions, &control, &found.resource, now).is_some() {
                suppressed.add(control.clone());
            } else {
                open.add(found.severity);
                failed.add(control.clone());
            }
        }
    }
    let in_state = |state: ControlState| {
        let all = controls.controls.iter();
        let all = all.filter(move |(_, record)| record.state == state);
        all.map(|(id, _)| id.clone())
    };
    let ones = |state| Counts(in_state(state).map(|id| (id, 1)).collect());
    let passed = in_state(ControlState::Passed).map(|id| (severity(&id), true));
    let counted = failed.0.keys().map(|id| (severity(id), false));
    PostureDay {
        at: now,
        score: score(passed.chain(counted)),
        open,
        passed: u32::try_from(in_state(ControlState::Passed).count()).unwrap_or(u32::MAX),
        not_applicable: ones(ControlState::NotApplicable),
        not_verifiable: ones(ControlState::NotVerifiable),
        failed,
        suppressed,
        other: OtherFields::new(),
    }
}

/// How bad it is when a control fails; of one that this release does not know, medium.
fn severity(id: &ControlId) -> Severity {
    find(id).map_or(Severity::Medium, |control| control.severity)
}

#[cfg(test)]
mod tests;
