//! The parts of AWS other than Organizations that the proxy plays.

use aws_sdk_ec2::types::{Filter, NatGatewayState};
use scenarios::emulator::LocalAws;
use scenarios::proxy::Config;
use scenarios::proxy::config::{NatGateways, Newborn, Organizations};

use crate::clients::{account, make_vpc, management};
use crate::organization::entered;

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
    let list = |state: Option<&str>| {
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
    assert_eq!(list(Some("pending")).await.len(), 2);
    assert_eq!(list(Some("available")).await.len(), 0);
    aws.proxy.advance(61.0);
    let failed = list(Some("failed")).await;
    assert_eq!(
        (
            failed.len(),
            failed[0].nat_gateway_id(),
            failed[0].failure_code()
        ),
        (1, first.nat_gateway_id(), Some("InternalError"))
    );
    let available = list(Some("available")).await;
    assert_eq!(
        (available.len(), available[0].nat_gateway_id()),
        (1, second.nat_gateway_id())
    );
    ec2.delete_nat_gateway()
        .nat_gateway_id(second.nat_gateway_id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(list(Some("deleting")).await.len(), 1);
    aws.proxy.advance(61.0);
    assert_eq!(
        list(None)
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
    let role = format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole");
    let tenant = entered(&root, &role).await;
    let refused = format!(
        "{:?}",
        tenant.ec2().describe_vpcs().send().await.unwrap_err()
    );
    assert!(refused.contains("OptInRequired"), "{refused}");
    root.ec2().describe_vpcs().send().await.unwrap();
    aws.proxy.advance(61.0);
    tenant.ec2().describe_vpcs().send().await.unwrap();
}
