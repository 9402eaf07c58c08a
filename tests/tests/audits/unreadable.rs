//! Answers of AWS that say that all is well and hold nothing.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::{
    machine::APP,
    proxy::{Effect, Fault, Match},
};
use tenancy::ComponentState;

use super::*;

/// The reads of an audit, by service.
async fn reads(
    audited: &Audited,
    worker: &Worker,
) -> Result<BTreeMap<String, BTreeSet<String>>, AnyError> {
    let proxy = &audited.machine.aws.proxy;
    proxy.forget_calls();
    audited.ask(OperationKind::Audit).await?;
    worker.work(&audited.tenant.id).await?;
    let calls = proxy.calls().into_iter().filter(|call| call.app == APP);
    let mut reads: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for call in calls.filter(|call| call.service != "dynamodb" && call.service != "sts") {
        let of_service = reads.entry(call.service).or_default();
        of_service.insert(call.operation);
    }
    Ok(reads)
}

/// One read of each service, taken out; those of the organization by themselves, for without it nothing else is read.
fn take(reads: &mut BTreeMap<String, BTreeSet<String>>) -> Vec<(String, String)> {
    let organization = reads.get_mut("organizations");
    if let Some(operation) = organization.and_then(BTreeSet::pop_first) {
        return vec![("organizations".into(), operation)];
    }
    let one = |(service, left): (&String, &mut BTreeSet<String>)| {
        Some((service.clone(), left.pop_first()?))
    };
    reads.iter_mut().filter_map(one).collect()
}

fn without_a_body(service: &str, operation: &str) -> Fault {
    Fault {
        matching: Match {
            app: Some(APP.into()),
            service: Some(service.into()),
            operation: Some(operation.into()),
            ..Match::default()
        },
        effect: Effect::LoseAnswer { status: 200 },
        ..Fault::default()
    }
}

/// The SDKs read an empty body of a JSON service as an object without members: everything would be absent.
#[tokio::test(flavor = "multi_thread")]
async fn a_success_without_a_body_is_retried_and_taken_for_no_absence_whatever_was_read()
-> Result<(), AnyError> {
    let audited = Audited::begin("standard@1.0.0").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let proxy = &machine.aws.proxy;
    let worker = machine.worker(Verb::Audit).await?;
    let mut reads = reads(&audited, &worker).await?;
    assert!(reads.len() >= 7, "{reads:?}");
    loop {
        let lost = take(&mut reads);
        if lost.is_empty() {
            return Ok(());
        }
        for (service, operation) in &lost {
            proxy.add_fault(without_a_body(service, operation));
        }
        audited.ask(OperationKind::Audit).await?;
        worker.work(id).await?;
        proxy.clear_faults();
        assert_eq!(audited.open().await?, [""; 0], "{lost:?}");
        let tenant = machine.ledger.tenant(id).await?;
        for (component, status) in tenant.components {
            let parked = status.state == ComponentState::Parked;
            assert!(!parked, "{lost:?}: {component} {status:#?}");
        }
    }
}
