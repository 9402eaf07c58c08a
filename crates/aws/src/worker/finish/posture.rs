//! What the controls of a tenant come to after a pass. Pure.

use std::collections::BTreeMap;

use baseline::{PassReport, Verdict, posture::after_pass};
use tenancy::{ControlId, DesiredState, Finding, FindingState, Timestamp, Verb, posture::Controls};

use super::is_observed;
use crate::{ledger::Loaded, worker::findings::FindingChanges};

/// The controls after a pass, if there is anything to record. An audit says what each came to; another pass only resolves findings. What is
/// not ready yet, or leaves, has none.
pub(super) fn controls(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    changes: &FindingChanges,
    now: Timestamp,
) -> Option<Controls> {
    let tenant = &loaded.tenant;
    let stays = tenant.desired_state == DesiredState::Present;
    let before = loaded.posture.controls.as_ref();
    let counts = tenant.ready_at.is_some() && stays;
    if !counts || (verb != Verb::Audit && before.is_none()) {
        return None;
    }
    let findings = after(loaded, changes);
    let open: Vec<&Finding> = findings
        .values()
        .filter(|finding| finding.state == FindingState::Open)
        .collect();
    let verdicts = match verb {
        Verb::Audit => verdicts(report),
        Verb::Onboard | Verb::Offboard => BTreeMap::new(),
    };
    let suppressions = &loaded.posture.suppressions;
    let mut controls = after_pass(before, &verdicts, &open, suppressions, now);
    for key in &changes.resolved {
        if let Some(finding) = loaded.findings.get(key) {
            controls.repairs.add(finding.first_seen, now);
        }
    }
    let is_new = before != Some(&controls);
    (is_new && !controls.controls.is_empty()).then_some(controls)
}

/// What an audit made of each control. A component that will be observed again, because it failed or waits, keeps what an earlier audit made of
/// it.
fn verdicts(report: &PassReport) -> BTreeMap<ControlId, Verdict> {
    let observed = report
        .outcomes
        .iter()
        .filter(|outcome| is_observed(outcome));
    let all = observed.flat_map(|outcome| &outcome.verdicts);
    all.map(|(id, verdict)| (id.clone(), verdict.clone()))
        .collect()
}

/// The findings as they are once the changes are recorded.
fn after(loaded: &Loaded, changes: &FindingChanges) -> BTreeMap<String, Finding> {
    let mut findings = loaded.findings.clone();
    let changed = changes.changed.iter().cloned();
    findings.extend(changed.map(|finding| (finding.difference.key.clone(), finding)));
    findings
}
