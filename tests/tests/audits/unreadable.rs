//! Answers of AWS that say that all is well and hold nothing, or nothing that can be read.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::{
    machine::APP,
    proxy::{Effect, Fault, Match, Spoiled},
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

fn spoilt(service: &str, operation: &str, effect: Effect) -> Fault {
    Fault {
        matching: Match {
            app: Some(APP.into()),
            service: Some(service.into()),
            operation: Some(operation.into()),
            ..Match::default()
        },
        effect,
        ..Fault::default()
    }
}

/// Audits, each with one read of each of these services answered so, until every read was: none parks a component or finds anything.
async fn is_taken_for_no_absence(
    effect: Effect,
    includes: impl Fn(&str) -> bool,
    least: usize,
) -> Result<(), AnyError> {
    let audited = Audited::begin("standard@1.0.0").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let proxy = &machine.aws.proxy;
    let worker = machine.worker(Verb::Audit).await?;
    let mut reads = reads(&audited, &worker).await?;
    reads.retain(|service, _| includes(service));
    assert!(reads.len() >= least, "{reads:?}");
    let mut wrong = Vec::new();
    loop {
        let lost = take(&mut reads);
        if lost.is_empty() {
            break;
        }
        for (service, operation) in &lost {
            proxy.add_fault(spoilt(service, operation, effect.clone()));
        }
        audited.ask(OperationKind::Audit).await?;
        worker.work(id).await?;
        proxy.clear_faults();
        let found = audited.open().await?;
        let tenant = machine.ledger.tenant(id).await?;
        let components = tenant.components.into_iter();
        let parked = components.filter(|(_, status)| status.state == ComponentState::Parked);
        let parked: Vec<_> = parked
            .map(|(name, status)| (name, status.obstacle))
            .collect();
        if !found.is_empty() || !parked.is_empty() {
            wrong.push(format!("{lost:?}: {found:?}, {parked:?}"));
            // The next ones are read by themselves.
            audited.ask(OperationKind::Audit).await?;
            worker.work(id).await?;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

/// Services that answer in XML; the others answer in JSON, or in CBOR, which is as strict.
fn speaks_xml(service: &str) -> bool {
    ["ec2", "iam", "s3", "s3control", "sns"].contains(&service)
}

/// The SDKs read an empty body of a JSON service as an object without members: everything would be absent.
#[tokio::test(flavor = "multi_thread")]
async fn a_success_without_a_body_is_retried_and_taken_for_no_absence_whatever_was_read()
-> Result<(), AnyError> {
    is_taken_for_no_absence(Effect::LoseAnswer { status: 200 }, |_| true, 7).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_html_is_retried_and_taken_for_no_absence_whatever_was_read()
-> Result<(), AnyError> {
    let effect = Effect::SpoilAnswer { how: Spoiled::Html };
    is_taken_for_no_absence(effect, |_| true, 7).await
}

#[tokio::test(flavor = "multi_thread")]
async fn json_cut_in_the_middle_is_retried_and_taken_for_no_absence_whatever_was_read()
-> Result<(), AnyError> {
    let effect = Effect::SpoilAnswer { how: Spoiled::Cut };
    is_taken_for_no_absence(effect, |service| !speaks_xml(service), 4).await
}

/// The SDKs read what there is of a cut list, and say nothing of what is not.
#[tokio::test(flavor = "multi_thread")]
async fn xml_cut_in_the_middle_is_retried_and_taken_for_no_absence_whatever_was_read()
-> Result<(), AnyError> {
    let effect = Effect::SpoilAnswer { how: Spoiled::Cut };
    is_taken_for_no_absence(effect, speaks_xml, 3).await
}
