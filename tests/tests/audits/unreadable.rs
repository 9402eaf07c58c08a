//! Answers of AWS that say that all is well and hold nothing.

use std::collections::BTreeSet;

use scenarios::{
    machine::APP,
    proxy::{Effect, Fault, Match},
};
use tenancy::ComponentState;

use super::*;

/// The SDKs read an empty body of a JSON service as an object without members: everything would be absent.
#[tokio::test(flavor = "multi_thread")]
async fn a_success_without_a_body_is_retried_and_taken_for_no_absence_whatever_was_read()
-> Result<(), AnyError> {
    let audited = Audited::begin("standard").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let proxy = &machine.aws.proxy;
    let worker = machine.worker(Verb::Audit).await?;
    proxy.forget_calls();
    audited.ask(OperationKind::Audit).await?;
    worker.work(id).await?;
    let calls = proxy.calls().into_iter().filter(|call| call.app == APP);
    let reads: BTreeSet<(String, String)> = calls
        .filter(|call| call.service != "dynamodb" && call.service != "sts")
        .map(|call| (call.service, call.operation))
        .collect();
    let services: BTreeSet<&str> = reads.iter().map(|(service, _)| service.as_str()).collect();
    assert!(services.len() >= 7, "{services:?}");
    for (service, operation) in reads {
        proxy.add_fault(Fault {
            matching: Match {
                app: Some(APP.into()),
                service: Some(service.clone()),
                operation: Some(operation.clone()),
                ..Match::default()
            },
            effect: Effect::LoseAnswer { status: 200 },
            ..Fault::default()
        });
        audited.ask(OperationKind::Audit).await?;
        worker.work(id).await?;
        proxy.clear_faults();
        let found = audited.open().await?;
        assert_eq!(found, [""; 0], "{service} {operation}");
        let tenant = machine.ledger.tenant(id).await?;
        for (component, status) in tenant.components {
            let parked = status.state == ComponentState::Parked;
            assert!(!parked, "{service} {operation}: {component} {status:#?}");
        }
        machine.advance(3600);
        worker.work(id).await?;
    }
    Ok(())
}
