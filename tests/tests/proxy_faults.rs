//! Faults on demand, and the parts of AWS other than Organizations that the proxy plays.

mod proxy_support;

use std::time::Duration;

use aws_sdk_ec2::types::{Filter, NatGatewayState};
use proxy_support::{Account, account, management};
use scenarios::emulator::LocalAws;
use scenarios::proxy::config::{NatGateways, Newborn, Organizations};
use scenarios::proxy::{Config, Effect, Fault, Match, Moment};

fn operation(name: &str) -> Match {
    Match {
        operation: Some(name.to_owned()),
        ..Match::default()
    }
}

async fn make_vpc(account: &Account) -> Result<String, String> {
    let answer = account
        .ec2()
        .create_vpc()
        .cidr_block("10.9.0.0/16")
        .send()
        .await;
    answer
        .map(|answer| answer.vpc.unwrap().vpc_id.unwrap())
        .map_err(|error| format!("{error:?}"))
}

/// VPCs of ours, counted past the proxy.
async fn vpcs(aws: &LocalAws) -> usize {
    let direct = Account::new(&aws.emulator.url(), "test", "test", None);
    let filter = Filter::builder().name("cidr").values("10.9.0.0/16").build();
    direct
        .ec2()
        .describe_vpcs()
        .filters(filter)
        .send()
        .await
        .unwrap()
        .vpcs()
        .len()
}

#[tokio::test]
async fn each_service_is_throttled_in_its_own_words() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    aws.proxy.add_fault(Fault {
        effect: Effect::Throttle,
        ..Fault::default()
    });
    let ec2 = format!("{:?}", root.ec2().describe_vpcs().send().await.unwrap_err());
    assert!(
        ec2.contains("RequestLimitExceeded") && ec2.contains("503"),
        "{ec2}"
    );
    let iam = format!("{:?}", root.iam().list_roles().send().await.unwrap_err());
    assert!(iam.contains("Throttling"), "{iam}");
    let s3 = format!("{:?}", root.s3().list_buckets().send().await.unwrap_err());
    assert!(s3.contains("SlowDown") && s3.contains("503"), "{s3}");
    let table = root
        .dynamodb()
        .describe_table()
        .table_name("t")
        .send()
        .await
        .unwrap_err();
    assert!(
        format!("{table:?}").contains("ProvisionedThroughputExceeded"),
        "{table:?}"
    );
    let organizations = root
        .organizations()
        .list_accounts()
        .send()
        .await
        .unwrap_err();
    assert!(
        organizations
            .into_service_error()
            .is_too_many_requests_exception()
    );
    let trail = format!(
        "{:?}",
        root.cloudtrail()
            .describe_trails()
            .send()
            .await
            .unwrap_err()
    );
    assert!(trail.contains("ThrottlingException"), "{trail}");
    let sts = format!(
        "{:?}",
        root.sts().get_caller_identity().send().await.unwrap_err()
    );
    assert!(sts.contains("Throttling"), "{sts}");
    assert!(
        aws.proxy
            .calls()
            .iter()
            .all(|call| call.fault.as_deref() == Some("throttle-1") && call.error.is_some())
    );
}

#[tokio::test]
async fn a_refused_call_has_no_effect_and_a_lost_answer_has() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    let once = |effect| Fault {
        matching: operation("CreateVpc"),
        times: Some(1),
        effect,
        ..Fault::default()
    };
    aws.proxy.add_fault(once(Effect::Refuse {
        code: "VpcLimitExceeded".into(),
        status: 400,
        message: String::new(),
        reason: None,
    }));
    assert!(
        make_vpc(&root)
            .await
            .unwrap_err()
            .contains("VpcLimitExceeded")
    );
    aws.proxy.add_fault(once(Effect::Empty { status: 503 }));
    assert!(make_vpc(&root).await.unwrap_err().contains("503"));
    aws.proxy.add_fault(once(Effect::Cut));
    make_vpc(&root).await.unwrap_err();
    assert_eq!(vpcs(&aws).await, 0);
    aws.proxy.add_fault(once(Effect::DropAnswer));
    make_vpc(&root).await.unwrap_err();
    assert_eq!(vpcs(&aws).await, 1);
    aws.proxy
        .add_fault(once(Effect::LoseAnswer { status: 500 }));
    make_vpc(&root).await.unwrap_err();
    assert_eq!(vpcs(&aws).await, 2);
    let statuses: Vec<_> = aws.proxy.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [400, 503, 0, 0, 500]);
}

#[tokio::test]
async fn power_is_lost_at_a_call_and_stays_away() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    for (when, made) in [(Moment::Before, 1), (Moment::After, 3)] {
        let effect = Effect::PowerLoss {
            when,
            whose: Box::default(),
        };
        aws.proxy.add_fault(Fault {
            matching: operation("Create*"),
            nth: Some(2),
            effect,
            ..Fault::default()
        });
        make_vpc(&root).await.unwrap();
        make_vpc(&root).await.unwrap_err();
        make_vpc(&root).await.unwrap_err();
        root.sts().get_caller_identity().send().await.unwrap_err();
        assert!(aws.proxy.is_dark());
        assert_eq!(vpcs(&aws).await, made);
        aws.proxy.clear_faults();
        root.sts().get_caller_identity().send().await.unwrap();
    }
}

#[tokio::test]
async fn reads_are_stale_for_a_while_after_a_write() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    let matching = Match {
        service: Some("ec2".into()),
        reads: Some(true),
        ..Match::default()
    };
    aws.proxy.add_fault(Fault {
        matching,
        effect: Effect::Stale {
            ms: 60_000,
            looks: Some(2),
        },
        ..Fault::default()
    });
    let look = || async {
        root.ec2()
            .describe_vpcs()
            .send()
            .await
            .unwrap()
            .vpcs()
            .len()
    };
    let before = look().await;
    make_vpc(&root).await.unwrap();
    assert_eq!((look().await, look().await), (before, before));
    assert_eq!(look().await, before + 1);
    assert_eq!(look().await, before + 1);
    let stale = aws
        .proxy
        .calls()
        .iter()
        .filter(|call| call.fault.is_some())
        .count();
    assert_eq!(stale, 2);
}

#[tokio::test]
async fn half_of_all_calls_fail_alike_for_one_seed() {
    let mut runs = Vec::new();
    for seed in [3, 3, 4] {
        let aws = LocalAws::start(
            false,
            Config {
                seed,
                ..Config::default()
            },
        )
        .await
        .unwrap();
        aws.proxy.add_fault(Fault {
            probability: Some(0.5),
            effect: Effect::Throttle,
            ..Fault::default()
        });
        let root = management(&aws);
        for _ in 0..40 {
            let _ = root.sts().get_caller_identity().send().await;
        }
        runs.push(
            aws.proxy
                .calls()
                .iter()
                .map(|call| call.status)
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let failed = runs[0].iter().filter(|status| **status == 400).count();
    assert!((10..30).contains(&failed), "{failed}");
}

#[tokio::test]
async fn one_client_token_makes_one_resource() {
    let aws = LocalAws::start(false, Config::default()).await.unwrap();
    let root = management(&aws);
    let vpc = make_vpc(&root).await.unwrap();
    let make = |vpc: String| {
        let client = root.ec2();
        async move {
            client
                .create_route_table()
                .vpc_id(vpc)
                .client_token("token-1")
                .send()
                .await
        }
    };
    let (one, two) = tokio::join!(make(vpc.clone()), make(vpc.clone()));
    let id = |answer: aws_sdk_ec2::operation::create_route_table::CreateRouteTableOutput| {
        answer.route_table.unwrap().route_table_id.unwrap()
    };
    assert_eq!(id(one.unwrap()), id(two.unwrap()));
    let other = make_vpc(&root).await.unwrap();
    let mismatch = format!("{:?}", make(other).await.unwrap_err());
    assert!(
        mismatch.contains("IdempotentParameterMismatch"),
        "{mismatch}"
    );
}

#[tokio::test]
async fn nat_gateways_are_pending_then_available_or_failed() {
    let nat_gateways = Some(NatGateways {
        pending_secs: 60.0,
        deleting_secs: 60.0,
        failures: 1,
        failure_code: "InternalError".into(),
    });
    let aws = LocalAws::start(
        true,
        Config {
            nat_gateways,
            ..Config::default()
        },
    )
    .await
    .unwrap();
    let ec2 = account(&aws, "222222222222").ec2();
    let vpc = ec2
        .create_vpc()
        .cidr_block("10.9.0.0/16")
        .send()
        .await
        .unwrap()
        .vpc
        .unwrap()
        .vpc_id
        .unwrap();
    let subnet = ec2
        .create_subnet()
        .vpc_id(&vpc)
        .cidr_block("10.9.0.0/24")
        .send()
        .await
        .unwrap()
        .subnet
        .unwrap()
        .subnet_id
        .unwrap();
    let address = ec2
        .allocate_address()
        .send()
        .await
        .unwrap()
        .allocation_id
        .unwrap();
    let make = || {
        ec2.create_nat_gateway()
            .subnet_id(&subnet)
            .allocation_id(&address)
            .send()
    };
    let first = make().await.unwrap().nat_gateway.unwrap();
    assert_eq!(first.state(), Some(&NatGatewayState::Pending));
    assert_eq!(
        first.nat_gateway_addresses()[0].allocation_id(),
        Some(address.as_str())
    );
    let second = make().await.unwrap().nat_gateway.unwrap();
    let look = |state: Option<&str>| {
        let filter = Filter::builder().name("vpc-id").values(&vpc).build();
        let states = state.map(|state| Filter::builder().name("state").values(state).build());
        let request = ec2
            .describe_nat_gateways()
            .set_filter(Some([Some(filter), states].into_iter().flatten().collect()));
        async move {
            request
                .send()
                .await
                .unwrap()
                .nat_gateways
                .unwrap_or_default()
        }
    };
    assert_eq!(look(Some("pending")).await.len(), 2);
    assert_eq!(look(Some("available")).await.len(), 0);
    aws.proxy.advance(61.0);
    let failed = look(Some("failed")).await;
    assert_eq!(
        (
            failed.len(),
            failed[0].nat_gateway_id(),
            failed[0].failure_code()
        ),
        (1, first.nat_gateway_id(), Some("InternalError"))
    );
    let available = look(Some("available")).await;
    assert_eq!(
        (available.len(), available[0].nat_gateway_id()),
        (1, second.nat_gateway_id())
    );
    ec2.delete_nat_gateway()
        .nat_gateway_id(second.nat_gateway_id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(look(Some("deleting")).await.len(), 1);
    aws.proxy.advance(61.0);
    assert_eq!(
        look(None)
            .await
            .iter()
            .filter(|nat| nat.state() == Some(&NatGatewayState::Deleted))
            .count(),
        1
    );
}

#[tokio::test]
async fn tags_given_to_a_new_trail_are_kept() {
    let aws = LocalAws::start(true, Config::default()).await.unwrap();
    let root = account(&aws, "222222222222");
    root.s3()
        .create_bucket()
        .bucket("logs")
        .send()
        .await
        .unwrap();
    let tag = aws_sdk_cloudtrail::types::Tag::builder()
        .key("tenantry:tenant")
        .value("t")
        .build()
        .unwrap();
    let made = root
        .cloudtrail()
        .create_trail()
        .name("trail")
        .s3_bucket_name("logs")
        .tags_list(tag)
        .send()
        .await
        .unwrap();
    let tags = root
        .cloudtrail()
        .list_tags()
        .resource_id_list(made.trail_arn().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        tags.resource_tag_list()[0].tags_list()[0].value(),
        Some("t")
    );
}

#[tokio::test]
async fn a_fresh_account_refuses_until_it_is_old_enough() {
    let organizations = Some(Organizations {
        creation_secs: 0.0,
        bootstrap_role_secs: Some(0.0),
        ..Organizations::default()
    });
    let opt_in = Newborn {
        service: "ec2".into(),
        operation: "*".into(),
        code: "OptInRequired".into(),
        status: 403,
        for_secs: 60.0,
        probability: 1.0,
    };
    let aws = LocalAws::start(
        true,
        Config {
            organizations,
            newborn: vec![opt_in],
            ..Config::default()
        },
    )
    .await
    .unwrap();
    let root = management(&aws);
    let begun = root
        .organizations()
        .create_account()
        .email("aws+one@example.com")
        .account_name("one")
        .send()
        .await
        .unwrap();
    let id = begun.create_account_status.unwrap().account_id.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let tenant = root
        .assume(
            &format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole"),
            "s",
        )
        .await
        .unwrap();
    let refused = format!(
        "{:?}",
        tenant.ec2().describe_vpcs().send().await.unwrap_err()
    );
    assert!(refused.contains("OptInRequired"), "{refused}");
    root.ec2().describe_vpcs().send().await.unwrap();
    aws.proxy.advance(61.0);
    tenant.ec2().describe_vpcs().send().await.unwrap();
}
