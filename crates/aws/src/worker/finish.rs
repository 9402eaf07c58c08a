//! What a pass leaves behind: statuses, findings, operations, history, events, and when to come back. Pure.

use baseline::{PassReport, access::lags};
use events::{
    Fact, TenantDriftFound, TenantDriftResolved, TenantOffboarded, TenantOnboarded, TenantParked,
    TenantResumed, TenantUpdated,
};
use jiff::SignedDuration;
use tenancy::{
    ComponentState, Mode, Next, Operation, OperationKind, OperationState, Severity, Timestamp, Verb,
};

use super::findings::{FindingChanges, finding_changes};
use crate::{
    ledger::{Loaded, NewEntry, PassRecord},
    pass::status,
};

/// What a pass leaves behind.
#[derive(Debug, PartialEq)]
pub struct PassOutcome {
    /// For the ledger.
    pub record: PassRecord,
    /// For the bus.
    pub facts: Vec<Fact>,
    /// Which function is to come back, and in how many seconds.
    pub wake: Option<(Verb, u32)>,
}

/// Finishes a pass. `jitter` is a random number from 0 to 1, which spreads retries.
pub fn finish_pass(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    now: Timestamp,
    jitter: f64,
) -> PassOutcome {
    let changes = finding_changes(verb, loaded, report, now);
    let wake = wake(verb, loaded, report, now, jitter);
    let settled = report.is_settled();
    // An audit of a tenant that is still being built says nothing about how far the building is.
    let shown = verb != Verb::Audit || loaded.tenant.ready_at.is_some();
    let components = report.outcomes.iter().filter(|_| shown).map(|o| {
        (
            o.component,
            status(o, loaded.tenant.components.get(&o.component), now),
        )
    });
    let record = PassRecord {
        components: components.collect(),
        operations: operations(verb, loaded, report, &changes, now),
        ready_at: (verb == Verb::Onboard && settled).then_some(now),
        audited_at: (verb == Verb::Audit && all_observed(report)).then_some(now),
        closed_at: (verb == Verb::Offboard && settled).then_some(now),
        due_at: wake.map(|(_, secs)| now + SignedDuration::from_secs(i64::from(secs))),
        history: history(verb, loaded, report, &changes),
        findings: changes.changed.clone(),
    };
    PassOutcome {
        facts: facts(verb, loaded, report, &changes, now),
        record,
        wake,
    }
}

/// Whether every component was observed. One that waits was, unless the observation itself waits, such as for the rate limit of
/// Organizations.
fn all_observed(report: &PassReport) -> bool {
    !report.outcomes.is_empty()
        && report.outcomes.iter().all(|o| {
            matches!(
                o.state,
                ComponentState::Ready
                    | ComponentState::Drifted
                    | ComponentState::Parked
                    | ComponentState::Waiting
            ) && !(o.unseen && o.state == ComponentState::Waiting)
                && !o.pending
        })
}

/// When to come back: as soon as the soonest wait or retry says, later the longer it has been going on, and spread.
fn wake(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    now: Timestamp,
    jitter: f64,
) -> Option<(Verb, u32)> {
    if verb == Verb::Audit {
        return after_audit(loaded, report);
    }
    let base = report.look_again_secs()?;
    let failing = |o: &&baseline::Outcome| o.state == ComponentState::Failed;
    let since = report
        .outcomes
        .iter()
        .filter(failing)
        .filter_map(|o| loaded.tenant.components.get(&o.component))
        .filter(|s| s.state == ComponentState::Failed)
        .map(|s| s.since)
        .min();
    let failing_for = since.map_or(0, |since| now.duration_since(since).as_secs().max(0));
    // A quarter of the time it has been failing: exponential without a counter, a quarter of an hour at most.
    let backoff = u32::try_from(failing_for / 4).unwrap_or(u32::MAX).min(900);
    let secs = f64::from(base.max(backoff)) * (1.0 + 0.2 * jitter);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number of seconds"
    )]
    let secs = secs as u32;
    Some((verb, secs))
}

/// Drift is handed to the function that may repair; a failed observation is made again; unfinished building goes on.
fn after_audit(loaded: &Loaded, report: &PassReport) -> Option<(Verb, u32)> {
    let tenant = &loaded.tenant;
    let building = tenant.ready_at.is_none()
        || loaded
            .operations
            .iter()
            .any(|o| o.is_known() && o.kind != OperationKind::Audit);
    let repairs = tenant.spec.mode == Mode::Repair && report.remaining().next().is_some();
    // Our own roles are the machine's: they are brought up to date whatever the tenant's mode.
    if building || repairs || lags(report) {
        return Some((Verb::Onboard, 0));
    }
    let only_pending =
        report.outcomes.iter().any(|o| o.pending) && report.failures().next().is_none();
    // A report is ready within seconds; a failed observation takes its time.
    let soonest = if only_pending { 5 } else { 30 };
    let again = || {
        (
            Verb::Audit,
            report.look_again_secs().unwrap_or(60).max(soonest),
        )
    };
    (!all_observed(report)).then(again)
}

/// Whether a pass carries out the operation. What another release takes on, or has in a state of its own, is left alone.
fn concerns(verb: Verb, operation: &Operation) -> bool {
    let kind = operation.kind;
    operation.state.is_known()
        && match verb {
            Verb::Onboard => matches!(
                kind,
                OperationKind::Onboard | OperationKind::Update | OperationKind::Repair
            ),
            Verb::Audit => kind == OperationKind::Audit,
            Verb::Offboard => kind == OperationKind::Offboard,
        }
}

fn operations(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    changes: &FindingChanges,
    now: Timestamp,
) -> Vec<Operation> {
    let parked = report
        .outcomes
        .iter()
        .any(|o| o.state == ComponentState::Parked);
    let (done, outcome) = match verb {
        Verb::Onboard => (
            report.is_settled(),
            "the tenant is as its spec wants it".to_owned(),
        ),
        Verb::Audit => (
            all_observed(report),
            format!(
                "{} open findings, {} of them new; {} resolved",
                changes.open,
                changes.new.len(),
                changes.resolved.len()
            ),
        ),
        Verb::Offboard => (
            report.is_settled(),
            "the tenant is removed and its account is closed".to_owned(),
        ),
    };
    let state = match (done, parked) {
        (true, _) => OperationState::Succeeded,
        (false, true) => OperationState::Parked,
        (false, false) => OperationState::Running,
    };
    let obstacles: Vec<_> = if done {
        Vec::new()
    } else {
        report.failures().cloned().collect()
    };
    let concerned = loaded.operations.iter().filter(|o| concerns(verb, o));
    let advanced = concerned.map(|o| Operation {
        state,
        obstacles: obstacles.clone(),
        outcome: done.then(|| outcome.clone()),
        updated_at: now,
        ..o.clone()
    });
    advanced.collect()
}

fn entry(actor: &str, action: &str, summary: String) -> NewEntry {
    NewEntry {
        actor: actor.to_owned(),
        action: action.to_owned(),
        summary,
        details: serde_json::Map::new(),
    }
}

fn history(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    changes: &FindingChanges,
) -> Vec<NewEntry> {
    let actor = format!("tenantry/{}", verb.as_str());
    let mut entries = Vec::new();
    if !changes.new.is_empty() {
        entries.push(entry(
            &actor,
            "drift-found",
            format!("new findings: {}", changes.new.join(", ")),
        ));
    }
    if !changes.resolved.is_empty() {
        entries.push(entry(
            &actor,
            "drift-resolved",
            format!("resolved findings: {}", changes.resolved.join(", ")),
        ));
    }
    for (component, reason, _) in newly_parked(loaded, report) {
        entries.push(entry(
            &actor,
            "tenant-parked",
            format!("`{component}` waits for a person: {reason}"),
        ));
    }
    let finished = loaded.operations.iter().filter(|o| concerns(verb, o));
    match verb {
        Verb::Onboard if report.is_settled() => {
            for operation in finished {
                let summary = format!("carried out version {} of the spec", operation.spec_version);
                entries.push(entry(
                    &operation.requested_by,
                    done_word(operation.kind),
                    summary,
                ));
            }
        }
        Verb::Offboard if report.is_settled() => entries.push(entry(
            &actor,
            "tenant-offboarded",
            "the tenant is removed and its account is closed".into(),
        )),
        Verb::Audit if all_observed(report) => entries.push(entry(
            &actor,
            "tenant-audited",
            format!("{} open findings", changes.open),
        )),
        _ => {}
    }
    entries
}

const fn done_word(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Onboard => "tenant-onboarded",
        OperationKind::Update => "tenant-updated",
        OperationKind::Repair => "tenant-repaired",
        OperationKind::Audit => "tenant-audited",
        OperationKind::Offboard => "tenant-offboarded",
        OperationKind::Other(word) => word.as_str(),
    }
}

type Park<'a> = (tenancy::ComponentName, &'a str, &'a str);

fn newly_parked<'a>(loaded: &'a Loaded, report: &'a PassReport) -> impl Iterator<Item = Park<'a>> {
    let fresh = |o: &&baseline::Outcome| {
        loaded
            .tenant
            .components
            .get(&o.component)
            .is_none_or(|s| s.state != ComponentState::Parked)
    };
    report.outcomes.iter().filter(fresh).filter_map(|o| {
        o.failures.iter().find_map(|failure| match &failure.next {
            Next::Park { reason, remedy } => Some((o.component, reason.as_str(), remedy.as_str())),
            _ => None,
        })
    })
}

fn facts(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
    changes: &FindingChanges,
    now: Timestamp,
) -> Vec<Fact> {
    let tenant = &loaded.tenant;
    let mut facts: Vec<Fact> = newly_parked(loaded, report)
        .map(|(component, reason, remedy)| {
            TenantParked::new(&tenant.id, component, reason, remedy, now).into()
        })
        .collect();
    let was_parked = |o: &&baseline::Outcome| {
        tenant
            .components
            .get(&o.component)
            .is_some_and(|s| s.state == ComponentState::Parked)
    };
    facts.extend(
        report
            .outcomes
            .iter()
            .filter(was_parked)
            .filter(|o| o.state != ComponentState::Parked)
            .map(|o| TenantResumed::new(&tenant.id, o.component, now).into()),
    );
    if !changes.new.is_empty() {
        let worst = changes
            .changed
            .iter()
            .filter(|f| changes.new.contains(&f.difference.key))
            .map(|f| f.difference.severity)
            .max();
        facts.push(
            TenantDriftFound::new(
                &tenant.id,
                &changes.new,
                worst.unwrap_or(Severity::Low),
                now,
            )
            .into(),
        );
    }
    if !changes.resolved.is_empty() {
        facts.push(
            TenantDriftResolved::new(&tenant.id, &changes.resolved, changes.open, now).into(),
        );
    }
    match verb {
        Verb::Onboard if report.is_settled() => facts.extend(settled(loaded, report, now)),
        Verb::Offboard if report.is_settled() => {
            facts.push(TenantOffboarded::new(&tenant.id, tenant.account_id.as_ref(), now).into())
        }
        _ => {}
    }
    facts
}

/// Ready for the first time, or a changed spec carried out.
fn settled(loaded: &Loaded, report: &PassReport, now: Timestamp) -> Option<Fact> {
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
        .any(|o| o.kind == OperationKind::Update);
    updated.then(|| TenantUpdated::new(&tenant.id, tenant.spec_version, now).into())
}

#[cfg(test)]
mod tests {
    use baseline::Outcome;
    use tenancy::ComponentName;

    use super::*;

    fn report(state: ComponentState, unseen: bool) -> PassReport {
        let waiting = Outcome {
            unseen,
            ..Outcome::new(ComponentName::PLACEMENT, state)
        };
        PassReport {
            outcomes: vec![
                Outcome::new(ComponentName::TRAIL, ComponentState::Ready),
                waiting,
            ],
            ..PassReport::default()
        }
    }

    #[test]
    fn an_audit_whose_observation_was_rate_limited_has_not_observed_everything() {
        assert!(!all_observed(&report(ComponentState::Waiting, true)));
        assert!(!all_observed(&report(ComponentState::Failed, true)));
        // A NAT gateway that is pending was observed; where a person must act first, observing again would not help.
        assert!(all_observed(&report(ComponentState::Waiting, false)));
        assert!(all_observed(&report(ComponentState::Parked, true)));
    }
}
