//! The trail of a tenant and its bucket, on the local AWS.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;

use scenarios::{machine::Machine, proxy::Config};
use serde_json::json;
use tenancy::Verb;
use tenancy::{ComponentName, ComponentState, OperationKind, Tenant};

/// A tenant whose trail is ready, with its account.
async fn tenant(machine: &Machine) -> (Tenant, String) {
    let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0", "regions": ["us-east-1"]});
    let tenant = machine.request_tenant(spec).await.unwrap();
    until_ready(machine, &tenant).await;
    let account = machine
        .ledger
        .tenant(&tenant.id)
        .await
        .unwrap()
        .account_id
        .unwrap();
    (tenant, account.to_string())
}

async fn until_ready(machine: &Machine, tenant: &Tenant) {
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 40).await.unwrap();
    let now = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(
        now.components[&ComponentName::TRAIL].state,
        ComponentState::Ready,
        "{:#?}",
        now.components
    );
}

fn cloudtrail(machine: &Machine, account: &str) -> aws_sdk_cloudtrail::Client {
    aws_sdk_cloudtrail::Client::new(&machine.account_root(account).unwrap())
}

/// The calls to CloudTrail and S3 in an account since the record was cleared, by operation.
fn calls(machine: &Machine, account: &str) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for call in machine.aws.proxy.calls() {
        if call.account == account
            && ["cloudtrail", "s3"].contains(&call.service.as_str())
            && call.app == "tenantry"
        {
            *count.entry(call.operation).or_default() += 1;
        }
    }
    count
}

#[tokio::test]
async fn a_trail_is_built_and_a_second_pass_writes_nothing() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let (tenant, account) = tenant(&machine).await;
    let client = cloudtrail(&machine, &account);
    let status = client
        .get_trail_status()
        .name("tenantry-trail")
        .send()
        .await
        .unwrap();
    assert_eq!(status.is_logging(), Some(true));
    let trails = client.describe_trails().send().await.unwrap();
    let trail = &trails.trail_list()[0];
    assert_eq!(trail.is_multi_region_trail(), Some(true));
    assert_eq!(trail.log_file_validation_enabled(), Some(true));
    assert_eq!(
        trail.s3_bucket_name(),
        Some(format!("tenantry-trail-{account}-us-east-1").as_str())
    );
    println!("built with {:?}", calls(&machine, &account));

    let operation = machine.operation(&tenant.id, OperationKind::Repair);
    machine
        .ledger
        .request_operation(&operation, &machine.request())
        .await
        .unwrap();
    machine.aws.proxy.forget_calls();
    machine
        .worker(Verb::Onboard)
        .await
        .unwrap()
        .work(&tenant.id)
        .await
        .unwrap();
    let again = calls(&machine, &account);
    println!("observed with {again:?}");
    assert!(
        again.keys().all(|operation| ["Get", "Describe", "List"]
            .iter()
            .any(|read| operation.starts_with(read))),
        "{again:?}"
    );
    assert!(again.values().sum::<usize>() <= 11, "{again:?}");
}

#[tokio::test]
async fn a_stopped_trail_and_an_opened_bucket_are_put_right() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let (tenant, account) = tenant(&machine).await;
    let client = cloudtrail(&machine, &account);
    client
        .stop_logging()
        .name("tenantry-trail")
        .send()
        .await
        .unwrap();
    let s3 = aws_sdk_s3::Client::new(&machine.account_root(&account).unwrap());
    let bucket = format!("tenantry-trail-{account}-us-east-1");
    s3.delete_bucket_policy()
        .bucket(&bucket)
        .send()
        .await
        .unwrap();
    s3.delete_public_access_block()
        .bucket(&bucket)
        .send()
        .await
        .unwrap();
    let operation = machine.operation(&tenant.id, OperationKind::Repair);
    machine
        .ledger
        .request_operation(&operation, &machine.request())
        .await
        .unwrap();
    machine
        .worker(Verb::Onboard)
        .await
        .unwrap()
        .work(&tenant.id)
        .await
        .unwrap();
    let status = client
        .get_trail_status()
        .name("tenantry-trail")
        .send()
        .await
        .unwrap();
    assert_eq!(status.is_logging(), Some(true));
    assert!(s3.get_bucket_policy().bucket(&bucket).send().await.is_ok());
    assert!(
        s3.get_public_access_block()
            .bucket(&bucket)
            .send()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_departure_takes_the_trail_and_leaves_the_bucket() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let (tenant, account) = tenant(&machine).await;
    let client = cloudtrail(&machine, &account);
    client
        .create_trail()
        .name("theirs")
        .s3_bucket_name("theirs")
        .send()
        .await
        .unwrap();
    let operation = machine.operation(&tenant.id, OperationKind::Offboard);
    machine
        .ledger
        .request_departure(&tenant.id, None, &operation, &machine.request())
        .await
        .unwrap();
    let worker = machine.worker(Verb::Offboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 60).await.unwrap();
    let closed = machine.ledger.tenant(&tenant.id).await.unwrap();
    assert!(closed.closed_at.is_some(), "{:#?}", closed.components);
    let trails = client.describe_trails().send().await.unwrap();
    let names: Vec<_> = trails
        .trail_list()
        .iter()
        .filter_map(|t| t.name())
        .collect();
    assert_eq!(names, ["theirs"]);
    let s3 = aws_sdk_s3::Client::new(&machine.account_root(&account).unwrap());
    let buckets = s3.list_buckets().send().await.unwrap();
    assert_eq!(buckets.buckets().len(), 1);
}
