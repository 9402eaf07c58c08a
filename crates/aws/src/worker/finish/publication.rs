//! What a pass publishes on the bus. Pure.

use baseline::PassReport;
use events::{
    Event, TenantDriftFound, TenantDriftResolved, TenantOffboarded, TenantOnboarded, TenantParked,
    TenantResumed, TenantStalled, TenantUpdated,
};
use tenancy::{OperationKind, Severity, Timestamp, Verb};

use super::parked::{newly_parked, newly_stalled, resumed};
use crate::{
    ledger::{Loaded, PassRecord},
    worker::findings::FindingChanges,
};

/// The events of a pass.
pub(super) fn events_of(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    (record, changes): (&PassRecord, &FindingChanges),
    now: Timestamp,
) -> Vec<Event> {
    let tenant = &loaded.tenant;
    let parked = newly_parked(loaded, report).map(|(component, reason, remedy)| {
        TenantParked::new(&tenant.id, component, reason, remedy, now).into()
    });
    let resumed = resumed(loaded, record)
        .map(|component| TenantResumed::new(&tenant.id, component, now).into());
    let stalled = newly_stalled(loaded, report)
        .map(|(component, failure)| TenantStalled::new(&tenant.id, component, failure, now).into());
    let mut events: Vec<Event> = parked.chain(stalled).chain(resumed).collect();
    events.extend(drift(loaded, changes, now));
    match verb {
        Verb::Onboard if report.is_settled() => events.extend(settled(loaded, report, now)),
        Verb::Offboard if report.is_settled() => {
            events.push(TenantOffboarded::new(&tenant.id, tenant.account_id.as_ref(), now).into());
        }
        Verb::Onboard | Verb::Audit | Verb::Offboard => {}
    }
    events
}

fn drift(loaded: &Loaded, changes: &FindingChanges, now: Timestamp) -> Vec<Event> {
    let id = &loaded.tenant.id;
    let mut events = Vec::new();
    if !changes.new.is_empty() {
        let new = |finding: &&tenancy::Finding| changes.new.contains(&finding.difference.key);
        let severities = changes.changed.iter().filter(new);
        let worst = severities.map(|finding| finding.difference.severity).max();
        let worst = worst.unwrap_or(Severity::Low);
        events.push(TenantDriftFound::new(id, &changes.new, worst, now).into());
    }
    if !changes.resolved.is_empty() {
        let resolved = TenantDriftResolved::new(id, &changes.resolved, changes.open, now);
        events.push(resolved.into());
    }
    events
}

/// Ready for the first time, or a changed spec carried out.
fn settled(loaded: &Loaded, report: &PassReport, now: Timestamp) -> Option<Event> {
    let tenant = &loaded.tenant;
    if tenant.ready_at.is_none() {
        return report.account.as_ref().map(|account| {
            TenantOnboarded::new(
                &tenant.id,
                &tenant.spec.slug,
                account,
                tenant.created_at,
                now,
            )
            .into()
        });
    }
    let updated = loaded
        .operations
        .iter()
        .any(|o| o.state.is_known() && o.kind == OperationKind::Update);
    updated.then(|| TenantUpdated::new(&tenant.id, tenant.spec_version, now).into())
}
