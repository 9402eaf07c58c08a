//! A tenant of two Regions, one of which is not enabled in its account, through the worker.

use scenarios::machine::APP;
use tenancy::{ComponentState, Next};

use super::*;

const CLOSED: &str = "eu-central-1";

fn closed() -> Fault {
    Fault {
        name: "closed".into(),
        matching: Match {
            app: Some(APP.into()),
            service: Some("ec2".into()),
            region: Some(CLOSED.into()),
            ..Match::default()
        },
        effect: Effect::Refuse {
            code: "AuthFailure".into(),
            status: 401,
            message: "AWS was not able to validate the provided access credentials".into(),
            reason: None,
        },
        ..Fault::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_a_closed_region_is_parked_within_minutes_and_its_other_region_is_built()
-> Result<(), AnyError> {
    let machine = Machine::start_in(Config::default(), &["us-east-1", CLOSED]).await?;
    machine.aws.proxy.add_fault(closed());
    let mut two = spec("none", 1);
    two["regions"] = json!(["us-east-1", CLOSED]);
    let tenant = machine.request_tenant(two).await?.id;
    let worker = machine.worker(Verb::Onboard).await?;
    let mut failed_at = None;
    let (known, network) = loop {
        let _ = worker.work(&tenant).await;
        let known = machine.ledger.tenant(&tenant).await?;
        let network = known.components.get(&ComponentName::NETWORK).cloned();
        let state = network.as_ref().map(|network| network.state);
        if state == Some(ComponentState::Parked) {
            break (known, network.ok_or("no network")?);
        }
        if state == Some(ComponentState::Failed) {
            failed_at = failed_at.or(Some(machine.now()));
        }
        let begun = failed_at.unwrap_or(known.created_at);
        let lasted = machine.now().duration_since(begun);
        assert!(lasted.as_secs() <= 300, "{network:#?}");
        machine.advance(20);
    };
    assert!(failed_at.is_some(), "it is tried again first");

    let obstacle = network.obstacle.as_ref().ok_or("no obstacle")?;
    assert!(
        matches!(&obstacle.next, Next::Park { reason, remedy }
            if reason == "region-not-enabled" && remedy.contains(CLOSED)),
        "{obstacle:#?}"
    );
    let account = known.account_id.ok_or("no account")?;
    let ec2 = aws_sdk_ec2::Client::new(&machine.account_root(account.as_str())?);
    let vpcs = ec2.describe_vpcs().send().await?;
    let vpcs = vpcs.vpcs().iter();
    let vpcs: Vec<_> = vpcs.filter(|vpc| vpc.is_default() != Some(true)).collect();
    let ids: Vec<_> = vpcs.iter().filter_map(|vpc| vpc.vpc_id()).collect();
    let recorded = network.resources.get("us-east-1.vpc");
    assert_eq!(ids, [recorded.ok_or("no VPC")?.as_str()]);
    let subnets = ec2.describe_subnets().send().await?;
    let subnets = subnets.subnets().iter();
    let inside = subnets.filter(|subnet| subnet.vpc_id() == Some(ids[0]));
    assert_eq!(inside.count(), 2);
    let logs = ec2.describe_flow_logs().send().await?;
    let logs: Vec<_> = logs
        .flow_logs()
        .iter()
        .map(|log| log.resource_id())
        .collect();
    assert_eq!(logs, [Some(ids[0])]);
    assert_eq!(network.resources.get(&format!("{CLOSED}.vpc")), None);
    Ok(())
}
