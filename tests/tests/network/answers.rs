//! Answers of AWS classified by the call they answer, and what others did or put in the way.

use aws_sdk_ec2::types::UserIdGroupPair;
use baseline::{Home, Recorded};
use tenancy::{ComponentName, DesiredState, FailureKind, Next};

use super::*;

/// Refuses an operation in the tenant's account, so many times.
fn refuse(bench: &Bench, operation: &str, code: &str, times: Option<u64>) {
    bench.machine.aws.proxy.add_fault(Fault {
        name: operation.into(),
        matching: Match {
            account: Some(ACCOUNT.into()),
            operation: Some(operation.into()),
            ..Match::default()
        },
        times,
        effect: Effect::Refuse {
            code: code.into(),
            status: 400,
            message: "as the scenario wants it".into(),
            reason: None,
        },
        ..Fault::default()
    });
}

/// Passes, letting time go by, of which one fails with something that passes in seconds; then all is settled.
async fn settles_after_one_failure(
    bench: &Bench,
    desired: &Desired,
) -> Result<Observation, AnyError> {
    let mut failures = Vec::new();
    for _ in 0..8 {
        let passed = bench.pass(desired, Verb::Onboard).await?;
        failures.extend(passed.failures);
        if passed.applied.is_empty() && Network::plan(desired, &passed.seen).is_settled() {
            let [failure] = failures.as_slice() else {
                return Err(format!("{failures:#?}").into());
            };
            let again = failure.retry_after_secs();
            assert!(again.is_some_and(|secs| secs <= 15), "{failure:#?}");
            return Ok(passed.seen);
        }
        bench.machine.advance(60);
    }
    Err(format!("it does not settle: {failures:#?}").into())
}

fn without_egress(bench: &Bench) -> Desired {
    let mut desired = bench.desired.clone();
    desired.spec.egress = Egress::None;
    desired
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_whose_release_names_something_else_or_is_early_is_released_in_the_end()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("single-nat", 1)).await?;
    let none = without_egress(&bench);
    for code in [
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidIPAddress.InUse",
    ] {
        bench.settle(&bench.desired, Verb::Onboard).await?;
        refuse(&bench, "ReleaseAddress", code, Some(1));
        settles_after_one_failure(&bench, &none).await?;
        let left = bench.ec2()?.describe_addresses().send().await?;
        assert_eq!(left.addresses().len(), 0, "{code}");
        bench.machine.aws.proxy.clear_faults();
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_is_not_visible_yet_gets_its_retention_by_the_next_pass()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("none", 1)).await?;
    let code = "ResourceNotFoundException";
    refuse(&bench, "PutRetentionPolicy", code, Some(1));
    settles_after_one_failure(&bench, &bench.desired).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_zone_has_no_nat_gateways_another_zone_gets_it_and_where_none_has_the_way_out_is_said()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("single-nat", 2)).await?;
    bench.settle(&without_egress(&bench), Verb::Onboard).await?;
    refuse(&bench, "CreateNatGateway", "NotAvailableInZone", None);
    let passed = bench.pass(&bench.desired, Verb::Onboard).await?;
    let parks = |failure: &Failure| {
        matches!(&failure.next, Next::Park { reason, remedy }
            if reason == "zone-without-nat" && remedy.contains("availabilityZones"))
    };
    assert!(passed.failures.iter().all(parks), "{:#?}", passed.failures);
    assert_eq!(passed.failures.len(), 1);

    bench.machine.aws.proxy.clear_faults();
    refuse(&bench, "CreateNatGateway", "NotAvailableInZone", Some(1));
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    let inventory = &seen.regions[&bench.machine.settings.home_region];
    let subnet = Network::resources(&bench.desired, &seen)["us-east-1.public-b"].clone();
    let nats: Vec<&str> = inventory
        .nats
        .iter()
        .map(|nat| nat.subnet.as_str())
        .collect();
    assert_eq!(nats, [subnet]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_not_enabled_is_named_and_the_others_are_worked_on() -> Result<(), AnyError>
{
    let mut two = spec("none", 1);
    two["regions"] = json!(["us-east-1", "eu-central-1"]);
    let bench = Bench::start(two).await?;
    for code in [
        "AuthFailure",
        "OptInRequired",
        "UnrecognizedClientException",
    ] {
        bench.machine.aws.proxy.add_fault(Fault {
            name: "closed".into(),
            matching: Match {
                account: Some(ACCOUNT.into()),
                region: Some("eu-central-1".into()),
                service: Some("ec2".into()),
                ..Match::default()
            },
            effect: Effect::Refuse {
                code: code.into(),
                status: 401,
                message: "not able to validate the provided access credentials".into(),
                reason: None,
            },
            ..Fault::default()
        });
        let passed = bench.pass(&bench.desired, Verb::Onboard).await?;
        assert!(passed.failures.is_empty(), "{:#?}", passed.failures);
        let plan = Network::plan(&bench.desired, &passed.seen);
        let [obstacle] = plan.obstacles.as_slice() else {
            return Err(format!("{code}: {plan:#?}").into());
        };
        assert_eq!(obstacle.kind, FailureKind::Denied);
        assert!(matches!(&obstacle.next, Next::Park { reason, remedy }
            if reason == "region-not-enabled" && remedy.contains("eu-central-1")));
        let vpcs = |region: &str| passed.seen.regions.get(&region.parse().unwrap());
        assert_eq!(
            vpcs("us-east-1").map(|inventory| inventory.vpcs.len()),
            Some(1)
        );
        assert!(vpcs("eu-central-1").is_none());
        bench.machine.aws.proxy.clear_faults();
    }
    bench.settle(&bench.desired, Verb::Onboard).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_region_of_a_tenant_is_named_when_it_is_closed_after_it_was_worked_in()
-> Result<(), AnyError> {
    let mut bench = Bench::start(spec("none", 1)).await?;
    let refuse = |bench: &Bench| {
        bench.machine.aws.proxy.add_fault(Fault {
            matching: Match {
                account: Some(ACCOUNT.into()),
                service: Some("ec2".into()),
                ..Match::default()
            },
            effect: Effect::Refuse {
                code: "AuthFailure".into(),
                status: 401,
                message: "not able to validate the provided access credentials".into(),
                reason: None,
            },
            ..Fault::default()
        });
    };
    refuse(&bench);
    let new = bench.pass(&bench.desired, Verb::Onboard).await;
    let failure = |passed: Result<Passed, AnyError>| match passed {
        Err(error) => error.downcast::<Failure>().map(|failure| *failure),
        Ok(passed) => Err(format!("{:#?}", passed.failures).into()),
    };
    assert_eq!(failure(new)?.kind, FailureKind::NotReady);
    bench.machine.aws.proxy.clear_faults();
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    let made = Network::resources(&bench.desired, &seen);
    bench.desired.recorded = Recorded::new([(ComponentName::NETWORK, made)]);
    refuse(&bench);
    let closed = failure(bench.pass(&bench.desired, Verb::Onboard).await)?;
    assert!(
        matches!(&closed.next, Next::Park { reason, remedy }
        if reason == "region-not-enabled" && remedy.contains("us-east-1")),
        "{closed:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_table_that_the_tenant_made_the_main_one_keeps_its_route_and_gets_no_second()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("none", 1)).await?;
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    let id = |part: &str| {
        Network::resources(&bench.desired, &seen)[&format!("us-east-1.{part}")].clone()
    };
    let ec2 = bench.ec2()?;
    let route = ec2.create_route().route_table_id(id("rt-private-a"));
    let route = route.destination_cidr_block("192.168.0.0/16");
    let own = ec2.create_network_interface().subnet_id(id("private-a"));
    let own = own.send().await?.network_interface;
    let own = own.and_then(|own| own.network_interface_id);
    route.set_network_interface_id(own).send().await?;
    let tables = ec2.describe_route_tables().send().await?;
    let mains = tables.route_tables().iter();
    let main = mains
        .filter(|table| table.vpc_id() == Some(&id("vpc")))
        .flat_map(|table| table.associations())
        .find(|association| association.main() == Some(true));
    let association = main.and_then(|association| association.route_table_association_id());
    let call = ec2.replace_route_table_association();
    let call = call.association_id(association.ok_or("no main table")?);
    call.route_table_id(id("rt-private-a")).send().await?;
    assert_eq!(bench.findings().await?, Vec::<String>::new());
    let again = bench.settle(&bench.desired, Verb::Onboard).await?;
    assert_eq!(
        Network::resources(&bench.desired, &again),
        Network::resources(&bench.desired, &seen)
    );
    let table = ec2.describe_route_tables();
    let table = table.route_table_ids(id("rt-private-a")).send().await?;
    let [table] = table.route_tables() else {
        return Err(format!("{table:#?}").into());
    };
    let mut routes = table.routes().iter();
    let own = routes.find(|route| route.destination_cidr_block() == Some("192.168.0.0/16"));
    assert!(own.is_some(), "the tenant's route is absent: {table:#?}");
    let associations = table.associations();
    let is_main = associations.iter().any(|one| one.main() == Some(true));
    assert!(is_main, "{associations:#?}");
    let subnets = associations.iter().filter_map(|one| one.subnet_id());
    assert_eq!(subnets.collect::<Vec<_>>(), [id("private-a")]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_region_goes_whole_or_stays_whole_whatever_names_our_groups()
-> Result<(), AnyError> {
    let mut two = spec("none", 1);
    two["regions"] = json!(["us-east-1", "eu-central-1"]);
    let bench = Bench::start(two).await?;
    let seen = bench.settle(&bench.desired, Verb::Onboard).await?;
    let id = |part: &str| {
        Network::resources(&bench.desired, &seen)[&format!("eu-central-1.{part}")].clone()
    };
    let ec2 = bench.ec2_in("eu-central-1")?;
    let groups = ec2.describe_security_groups().send().await?;
    let default = groups
        .security_groups()
        .iter()
        .find(|group| group.vpc_id() == Some(&id("vpc")) && group.group_name() == Some("default"));
    let default = default
        .and_then(|group| group.group_id())
        .ok_or("no default group")?;
    let own = ec2.create_vpc().cidr_block("10.9.0.0/16").send().await?;
    let own = own.vpc.and_then(|vpc| vpc.vpc_id).unwrap_or_default();
    let call = ec2.create_security_group().vpc_id(own).group_name("own");
    let own = call.description("the tenant's own").send().await?;
    let own = own.group_id.unwrap_or_default();
    let workload = UserIdGroupPair::builder()
        .group_id(id("sg-workload"))
        .build();
    let https = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(443)
        .to_port(443)
        .user_id_group_pairs(workload)
        .build();
    for group in [default, own.as_str()] {
        let call = ec2.authorize_security_group_ingress().group_id(group);
        call.ip_permissions(https.clone()).send().await?;
    }
    let mut one = bench.desired.clone();
    one.spec.regions.truncate(1);

    let parked = bench.pass(&one, Verb::Onboard).await?;
    assert_eq!(parked.applied, Vec::<String>::new());
    let plan = Network::plan(&one, &parked.seen);
    assert!(plan.obstacles[0].detail.contains(&own), "{plan:#?}");
    assert_eq!(
        Network::resources(&one, &parked.seen)["eu-central-1.vpc"],
        id("vpc")
    );

    let call = ec2.revoke_security_group_ingress().group_id(&own);
    call.ip_permissions(https).send().await?;
    // Nor does a protection from deletion keep the Region's log group.
    let root = bench.machine.account_root(ACCOUNT)?.to_builder();
    let root = root.region(aws_config::Region::new("eu-central-1")).build();
    let call = aws_sdk_cloudwatchlogs::Client::new(&root).put_log_group_deletion_protection();
    let call = call.log_group_identifier(tenancy::names::flow_log_group());
    call.deletion_protection_enabled(true).send().await?;
    let seen = bench.settle(&one, Verb::Onboard).await?;
    let left: Vec<String> = Network::resources(&one, &seen).into_keys().collect();
    let there = |name: &&String| name.starts_with("eu-central-1");
    assert_eq!(left.iter().find(there), None, "{left:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_aws_has_locked_is_named_and_goes_with_the_account_of_a_tenant_that_leaves()
-> Result<(), AnyError> {
    let bench = Bench::start(spec("single-nat", 1)).await?;
    bench.settle(&bench.desired, Verb::Onboard).await?;
    refuse(&bench, "ReleaseAddress", "InvalidAddress.Locked", None);
    let none = without_egress(&bench);
    let mut failures = Vec::new();
    for _ in 0..4 {
        failures = bench.pass(&none, Verb::Onboard).await?.failures;
        bench.machine.advance(60);
    }
    let [failure] = failures.as_slice() else {
        return Err(format!("{failures:#?}").into());
    };
    let (reason, remedy) = failure.for_a_person().ok_or("it is tried again")?;
    assert_eq!(reason, "address-locked");
    assert!(remedy.contains("reset-address-attribute"), "{remedy}");

    let leaving = Desired {
        desired_state: DesiredState::Absent,
        home: Home::Quarantine,
        ..none
    };
    let passed = bench.pass(&leaving, Verb::Offboard).await?;
    assert!(passed.failures.is_empty(), "{:#?}", passed.failures);
    assert!(Network::plan(&leaving, &passed.seen).is_settled());
    let vpcs = bench.ec2()?.describe_vpcs().send().await?;
    assert_eq!(vpcs.vpcs().len(), 0);
    Ok(())
}
