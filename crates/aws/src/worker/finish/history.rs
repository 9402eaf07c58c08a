//! What a pass adds to the history. Pure.

use baseline::PassReport;
use tenancy::{Operation, OperationKind, Verb};

use super::{
    all_observed,
    operations::concerns,
    parked::{newly_parked, newly_stalled},
    refusal::{Refusal, refusal},
};
use crate::{
    ledger::{Loaded, NewEntry},
    worker::findings::FindingChanges,
};

/// The entries of a pass.
pub(super) fn history(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    changes: &FindingChanges,
) -> Vec<NewEntry> {
    let actor = format!("tenantry/{}", verb.as_str());
    let note = |action: &str, summary| entry(&actor, action, summary);
    let mut entries = Vec::new();
    if !changes.new.is_empty() {
        let summary = format!("new findings: {}", changes.new.join(", "));
        entries.push(note("drift-found", summary));
    }
    if !changes.resolved.is_empty() {
        let summary = format!("resolved findings: {}", changes.resolved.join(", "));
        entries.push(note("drift-resolved", summary));
    }
    for (component, reason, _) in newly_parked(loaded, report) {
        let summary = format!("`{component}` waits for a person: {reason}");
        entries.push(note("tenant-parked", summary));
    }
    for (component, failure) in newly_stalled(loaded, report) {
        let reason = failure.for_a_person().map_or("", |(reason, _)| reason);
        let summary = format!("`{component}` does not get through: {reason}");
        entries.push(note("tenant-stalled", summary));
    }
    match verb {
        Verb::Onboard => entries.extend(carried_out(loaded, report)),
        Verb::Offboard if report.is_settled() => {
            let summary = "the tenant is removed and its account is closed".into();
            entries.push(note("tenant-offboarded", summary));
        }
        // The daily audit says something only where it found something: when it was is in the tenant's record.
        Verb::Audit if all_observed(report) && requested(loaded) => {
            let summary = format!("{} open findings", changes.open);
            entries.push(note("tenant-audited", summary));
        }
        Verb::Offboard | Verb::Audit => {}
    }
    entries
}

/// Whether somebody asked for the audit.
fn requested(loaded: &Loaded) -> bool {
    let mut operations = loaded.operations.iter();
    operations.any(|operation| concerns(Verb::Audit, operation))
}

/// An entry for each operation that is carried out, by whoever requested it: of a settled tenant all, and the end of sessions as soon as
/// it is seen.
fn carried_out(loaded: &Loaded, report: &PassReport) -> impl Iterator<Item = NewEntry> {
    let (is_settled, refusal) = (report.is_settled(), refusal(loaded, report));
    let is_done = move |operation: &&Operation| match operation.kind {
        OperationKind::EndSessions => refusal == Refusal::Confirmed,
        OperationKind::Onboard
        | OperationKind::Update
        | OperationKind::Audit
        | OperationKind::Repair
        | OperationKind::Offboard
        | OperationKind::RotateKeyPair
        | OperationKind::Other(_) => is_settled,
    };
    let done = loaded.operations.iter();
    let done = done.filter(|o| concerns(Verb::Onboard, o)).filter(is_done);
    done.map(|operation| {
        let (word, summary) = (done_word(operation.kind), done_summary(operation));
        entry(&operation.requested_by, word, summary)
    })
}

fn done_summary(operation: &Operation) -> String {
    match operation.kind {
        OperationKind::RotateKeyPair => "the key pair has a new private key".to_owned(),
        OperationKind::EndSessions => "the sessions are refused in the account".to_owned(),
        OperationKind::Onboard
        | OperationKind::Update
        | OperationKind::Audit
        | OperationKind::Repair
        | OperationKind::Offboard
        | OperationKind::Other(_) => {
            format!("carried out version {} of the spec", operation.spec_version)
        }
    }
}

fn entry(actor: &str, action: &str, summary: String) -> NewEntry {
    NewEntry {
        actor: actor.to_owned(),
        action: action.to_owned(),
        summary,
        details: serde_json::Map::new(),
    }
}

const fn done_word(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Onboard => "tenant-onboarded",
        OperationKind::Update => "tenant-updated",
        OperationKind::Repair => "tenant-repaired",
        OperationKind::Audit => "tenant-audited",
        OperationKind::Offboard => "tenant-offboarded",
        OperationKind::RotateKeyPair => "key-pair-rotated",
        OperationKind::EndSessions => "access-sessions-refused",
        OperationKind::Other(word) => word.as_str(),
    }
}
