//! Why an audit is repeated. Pure.

use baseline::{Outcome, PassReport};
use tenancy::Verb;

use super::{after_audit, all_observed, is_observed};
use crate::ledger::Loaded;

/// Why another audit is made of a tenant: which components could not be observed, and why. `None` where none is made.
pub(in crate::worker) fn audited_again(
    verb: Verb,
    loaded: &Loaded,
    report: &PassReport,
) -> Option<String> {
    let comes_again = verb == Verb::Audit
        && !all_observed(report)
        && after_audit(loaded, report).is_some_and(|(verb, _)| verb == Verb::Audit);
    let unobserved = report.outcomes.iter().filter(|it| !is_observed(it));
    let reasons: Vec<String> = unobserved.map(reason).collect();
    comes_again.then(|| reasons.join("; "))
}

fn reason(outcome: &Outcome) -> String {
    let component = outcome.component;
    match outcome.message() {
        Some(message) => format!("`{component}`: {message}"),
        None if outcome.pending => format!("`{component}`: AWS is still making its report"),
        None => format!("`{component}` could not be observed"),
    }
}

#[cfg(test)]
mod tests {
    use baseline::Wait;
    use serde_json::json;
    use tenancy::{
        ComponentName, ComponentState, Failure, FailureKind, OperationId, OperationState, TenantId,
        Timestamp,
    };

    use super::*;
    use crate::worker::finish::finish_pass;

    fn loaded() -> Loaded {
        let id = TenantId::from_random([1; 10]);
        let at = "2026-01-01T00:00:00Z";
        let tenant = json!({
            "id": id, "generation": 1, "specVersion": 1, "desiredState": "present", "readyAt": at,
            "spec": { "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0" },
            "accountEmail": "aws+acme@example.com", "createdAt": at, "createdBy": "somebody", "updatedAt": at,
        });
        let operation = json!({
            "id": OperationId::from_random(&id, [2; 10]), "tenantId": id, "kind": "audit",
            "state": "pending", "specVersion": 1, "requestedBy": "somebody", "createdAt": at, "updatedAt": at,
        });
        Loaded {
            posture: Default::default(),
            tenant: serde_json::from_value(tenant).unwrap(),
            intents: Vec::new(),
            operations: vec![serde_json::from_value(operation).unwrap()],
            findings: std::collections::BTreeMap::new(),
        }
    }

    fn report(outcomes: Vec<Outcome>) -> PassReport {
        PassReport {
            outcomes,
            ..PassReport::default()
        }
    }

    #[test]
    fn an_audit_that_comes_again_says_of_each_component_why_and_the_last_one_says_nothing() {
        let mut loaded = loaded();
        let pending = Outcome {
            pending: true,
            ..Outcome::new(ComponentName::IDENTITY, ComponentState::Ready)
        };
        let limited = Outcome {
            unseen: true,
            waits: vec![Wait {
                waiting_for: "the rate limit of ListParents".into(),
                after_secs: 3,
            }],
            ..Outcome::new(ComponentName::PLACEMENT, ComponentState::Waiting)
        };
        let failure = Failure::retry(
            FailureKind::Transient,
            "reading the trail",
            "InternalError (500)",
            5,
        );
        let failed = Outcome {
            failures: vec![failure],
            ..Outcome::new(ComponentName::TRAIL, ComponentState::Failed)
        };
        let seen = Outcome::new(ComponentName::NETWORK, ComponentState::Ready);
        let some = report(vec![pending, limited, failed, seen.clone()]);
        let first = finish_pass(Verb::Audit, &loaded, &some, Timestamp::UNIX_EPOCH, 0.0);
        let operation = &first.record.operations[0];
        assert_eq!(operation.state, OperationState::Running);
        let why = operation.again_because.clone().unwrap();
        for part in [
            "`identity`: AWS is still making its report",
            "`placement`: waiting for the rate limit of ListParents",
            "`trail`: ",
            "InternalError (500)",
        ] {
            assert!(why.contains(part), "{part}: {why}");
        }
        assert!(!why.contains("network"), "{why}");

        loaded.operations = first.record.operations;
        let all = report(vec![seen]);
        assert_eq!(audited_again(Verb::Audit, &loaded, &all), None);
        let last = finish_pass(Verb::Audit, &loaded, &all, Timestamp::UNIX_EPOCH, 0.0);
        let operation = &last.record.operations[0];
        assert_eq!(operation.state, OperationState::Succeeded);
        assert_eq!(operation.again_because, None);
    }

    #[test]
    fn an_audit_that_keeps_failing_comes_later_and_later_and_not_with_others() {
        let mut loaded = loaded();
        let failure = Failure::retry(FailureKind::Transient, "reading the trail", "500", 5);
        let failed = Outcome {
            failures: vec![failure],
            ..Outcome::new(ComponentName::TRAIL, ComponentState::Failed)
        };
        let some = report(vec![failed]);
        let at = |secs| Timestamp::from_second(secs).unwrap();
        let first = finish_pass(Verb::Audit, &loaded, &some, at(0), 0.0);
        assert_eq!(first.wake, Some((Verb::Audit, 30)));
        assert!(first.record.due_for_audit);
        loaded.tenant.components = first.record.components;
        for (secs, jitter, later) in [(0, 1.0, 36), (400, 0.0, 100), (4000, 0.5, 990)] {
            let again = finish_pass(Verb::Audit, &loaded, &some, at(secs), jitter);
            assert_eq!(again.wake, Some((Verb::Audit, later)), "{secs}");
        }
        // What is to be built is not kept waiting.
        loaded.tenant.ready_at = None;
        let building = finish_pass(Verb::Audit, &loaded, &some, at(4000), 1.0);
        assert_eq!(building.wake, Some((Verb::Onboard, 0)));
        assert!(!building.record.due_for_audit);
    }
}
