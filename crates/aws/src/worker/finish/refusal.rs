//! Sessions that are refused in the account: whether the refusal was seen there, and when it is taken away. Pure.

use baseline::PassReport;
use tenancy::{ComponentName, ComponentState, OperationKind, Timestamp, Verb};

use crate::ledger::{Loaded, PassRecord};

/// When the roles are observed again after a refusal was written.
pub(super) const CONFIRMED_AFTER_SECS: u32 = 5;

/// How far the refusal of sessions is that somebody requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// None is requested, or the roles are not as wanted.
    NotYet,
    /// The roles were changed in this pass, and how they are was not seen since.
    Applied,
    /// The roles were seen as wanted, and not changed since.
    Confirmed,
}

impl Refusal {
    /// What came of the operation, if it is done.
    pub(super) fn outcome(self) -> Option<String> {
        let confirmed = self == Self::Confirmed;
        confirmed.then(|| "the sessions are refused in the account".to_owned())
    }
}

/// What keeps the roles from refusing them: not what else the tenant waits for.
pub(super) fn in_the_way(report: &PassReport) -> PassReport {
    let roles = [
        ComponentName::ACCOUNT,
        ComponentName::ACCESS,
        ComponentName::IDENTITY,
    ];
    let mut report = report.clone();
    report.outcomes.retain(|it| roles.contains(&it.component));
    report
}

/// How far it is after a pass.
pub(super) fn refusal(loaded: &Loaded, report: &PassReport) -> Refusal {
    let mut operations = loaded.operations.iter();
    let mut outcomes = report.outcomes.iter();
    let identity = outcomes.find(|it| it.component == ComponentName::IDENTITY);
    let identity = identity.filter(|it| it.state == ComponentState::Ready);
    let is_open = operations.any(|it| it.is_known() && it.kind == OperationKind::EndSessions);
    match identity.filter(|_| is_open) {
        None => Refusal::NotYet,
        Some(outcome) if outcome.applied.is_empty() => Refusal::Confirmed,
        Some(_) => Refusal::Applied,
    }
}

/// Records that refusals are over which ended before the pass began, where it took them off the roles; and has the tenant come when the
/// next of them is over.
pub(in crate::worker) fn refused_at(
    record: &mut PassRecord,
    loaded: &Loaded,
    report: &PassReport,
    (verb, began): (Verb, Timestamp),
) {
    let refused = &loaded.tenant.refused_sessions;
    let mut outcomes = report.outcomes.iter();
    let is_off = outcomes
        .any(|it| it.component == ComponentName::IDENTITY && it.state == ComponentState::Ready);
    let is_off = verb == Verb::Onboard && is_off && !refused.is_empty();
    record.refused_until = is_off.then_some(began);
    // What could not be taken away is retried as every failure is.
    let left = refused
        .iter()
        .filter(|it| verb != Verb::Onboard || it.is_live(began));
    let next = left.map(|it| it.until).min();
    if next.is_some_and(|next| record.due_at.is_none_or(|due| next < due)) {
        (record.due_at, record.due_for_audit) = (next, false);
    }
}

#[cfg(test)]
mod tests {
    use baseline::Outcome;
    use serde_json::json;
    use tenancy::{
        Failure, FailureKind, OperationId, OperationState, TenantId,
        access::{GrantId, RefusedSessions},
        finding::Difference,
    };

    use super::*;
    use crate::worker::finish::finish_pass;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn loaded() -> Loaded {
        let id = TenantId::from_random([1; 10]);
        let time = "2026-01-01T00:00:00Z";
        let tenant = json!({
            "id": id, "generation": 1, "specVersion": 1, "desiredState": "present", "readyAt": time,
            "spec": { "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0" },
            "accountEmail": "aws+acme@example.com", "createdAt": time, "createdBy": "somebody", "updatedAt": time,
            "refusedSessions": [RefusedSessions::of_grant(&GrantId::from_random([1; 10]), at(0))],
        });
        let operation = json!({
            "id": OperationId::from_random(&id, [2; 10]), "tenantId": id, "kind": "end-sessions",
            "state": "pending", "specVersion": 1, "requestedBy": "somebody", "createdAt": time, "updatedAt": time,
        });
        Loaded {
            tenant: serde_json::from_value(tenant).unwrap(),
            intents: Vec::new(),
            operations: vec![serde_json::from_value(operation).unwrap()],
            findings: Default::default(),
            posture: Default::default(),
        }
    }

    fn report(applied: bool, state: ComponentState) -> PassReport {
        let mut identity = Outcome::new(ComponentName::IDENTITY, state);
        if applied {
            let difference = json!({
                "component": "identity", "key": "x", "resource": "x", "field": "x", "found": "x", "wanted": "y",
                "severity": "high", "repair": "tenantry", "remedy": "x"
            });
            let difference: Difference = serde_json::from_value(difference).unwrap();
            identity.applied = vec![difference];
        }
        let parked = Failure::park(FailureKind::Quota, "building", "x", "quota", "Ask AWS.");
        let network = Outcome {
            failures: vec![parked],
            ..Outcome::new(ComponentName::NETWORK, ComponentState::Parked)
        };
        PassReport {
            outcomes: vec![identity, network],
            account: None,
        }
    }

    #[test]
    fn sessions_are_ended_once_the_roles_were_seen_to_refuse_them_whatever_else_is_parked() {
        let loaded = loaded();
        let pass = |applied, state| {
            let report = report(applied, state);
            let outcome = finish_pass(Verb::Onboard, &loaded, &report, at(10), 0.0);
            let ended = outcome.record.operations.first().map(|it| it.state);
            let told = outcome.record.history.iter();
            let told = told.filter(|it| it.action == "access-sessions-refused");
            (ended, told.count(), outcome.wake)
        };
        let seen = pass(false, ComponentState::Ready);
        assert_eq!(seen, (Some(OperationState::Succeeded), 1, None));
        // What was just written has yet to be seen.
        let made = pass(true, ComponentState::Ready);
        let soon = Some((Verb::Onboard, CONFIRMED_AFTER_SECS));
        assert_eq!(made, (Some(OperationState::Running), 0, soon));
        let (state, told, _) = pass(false, ComponentState::Drifted);
        assert_eq!((state, told), (Some(OperationState::Running), 0));
        let (state, told, _) = pass(false, ComponentState::Parked);
        assert_eq!((state, told), (Some(OperationState::Parked), 0));
    }

    #[test]
    fn what_is_refused_is_taken_away_by_a_pass_that_comes_when_the_last_session_has_ended() {
        let loaded = loaded();
        let until = loaded.tenant.refused_sessions[0].until;
        let after = |verb, began, state| {
            let mut record = PassRecord::default();
            refused_at(&mut record, &loaded, &report(false, state), (verb, began));
            (record.refused_until, record.due_at)
        };
        let (ready, drifted) = (ComponentState::Ready, ComponentState::Drifted);
        assert_eq!(
            after(Verb::Onboard, at(10), ready),
            (Some(at(10)), Some(until))
        );
        assert_eq!(after(Verb::Onboard, until, ready), (Some(until), None));
        // An audit takes nothing away, and has the pass come that does.
        assert_eq!(after(Verb::Audit, until, ready), (None, Some(until)));
        // The roles are changed by that pass, not by the audit that would have come later.
        let mut record = PassRecord {
            due_at: Some(until + jiff::SignedDuration::from_secs(60)),
            due_for_audit: true,
            ..PassRecord::default()
        };
        let seen = report(false, ready);
        refused_at(&mut record, &loaded, &seen, (Verb::Audit, at(10)));
        assert_eq!((record.due_at, record.due_for_audit), (Some(until), false));
        // What could not be seen is not forgotten, and not hurried.
        assert_eq!(after(Verb::Onboard, until, drifted), (None, None));
    }
}
