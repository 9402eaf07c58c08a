use super::*;
use baseline::network::{Peer, Rule};
use tenancy::names;

#[test]
fn a_flow_log_names_its_group_by_name_or_by_arn() {
    let by_name = types::FlowLog::builder().log_group_name(names::flow_log_group());
    let arn = "arn:aws:logs:eu-central-1:222222222222:log-group:/tenantry/flow-logs:*";
    let by_arn = types::FlowLog::builder().log_destination(arn);
    let to_bucket = types::FlowLog::builder().log_destination("arn:aws:s3:::bucket");
    assert_eq!(
        log_group(&by_name.build()).as_deref(),
        Some(names::flow_log_group())
    );
    assert_eq!(
        log_group(&by_arn.build()).as_deref(),
        Some(names::flow_log_group())
    );
    assert_eq!(log_group(&to_bucket.build()), None);
}

#[test]
fn a_flow_log_says_why_its_delivery_fails_and_only_then() {
    let found = |status: Option<&str>, said: Option<&str>| {
        let log = types::FlowLog::builder().flow_log_id("fl-1");
        let log = log.resource_id("vpc-1").flow_log_status("ACTIVE");
        let log = log.set_deliver_logs_status(status.map(str::to_owned));
        let log = log.set_deliver_logs_error_message(said.map(str::to_owned));
        let log = flow_log(&log.build()).unwrap();
        assert!(log.active);
        log.delivery_error
    };
    let denied = Some("Access error");
    assert_eq!(found(Some("FAILED"), denied).as_deref(), denied);
    for nothing in [None, Some("")] {
        let error = found(Some("FAILED"), nothing);
        assert_eq!(error.as_deref(), Some("delivery fails"));
    }
    for status in [Some("SUCCESS"), None] {
        assert_eq!(found(status, denied), None, "what is over is no error");
    }
}

#[test]
fn a_permission_for_two_peers_is_two_rules() {
    let range = |cidr: &str| types::IpRange::builder().cidr_ip(cidr).build();
    let permission = types::IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(22)
        .to_port(22)
        .ip_ranges(range("0.0.0.0/0"))
        .ip_ranges(range("10.0.0.0/8"))
        .build();
    let found = rules(&[permission]);
    assert_eq!(found.len(), 2);
    assert!(found.contains(&Rule::tcp(22, Peer::V4("0.0.0.0/0".into()))));
}

#[test]
fn every_property_of_a_network_in_ec2_s_model_is_decided_about() {
    use aws_sdk_ec2::operation::describe_vpc_attribute::DescribeVpcAttributeOutput;

    use crate::watched::check;

    check("ec2 Vpc", &types::Vpc::builder().build());
    let attributes = DescribeVpcAttributeOutput::builder().build();
    check("ec2 DescribeVpcAttributeOutput", &attributes);
    check("ec2 Subnet", &types::Subnet::builder().build());
    check("ec2 RouteTable", &types::RouteTable::builder().build());
    check("ec2 Route", &types::Route::builder().build());
    check(
        "ec2 InternetGateway",
        &types::InternetGateway::builder().build(),
    );
    check("ec2 NatGateway", &types::NatGateway::builder().build());
    check("ec2 Address", &types::Address::builder().build());
    let named = types::AddressAttribute::builder().build();
    check("ec2 AddressAttribute", &named);
    check("ec2 VpcEndpoint", &types::VpcEndpoint::builder().build());
    check(
        "ec2 SecurityGroup",
        &types::SecurityGroup::builder().build(),
    );
    check("ec2 NetworkAcl", &types::NetworkAcl::builder().build());
    check(
        "ec2 NetworkAclEntry",
        &types::NetworkAclEntry::builder().build(),
    );
    check("ec2 FlowLog", &types::FlowLog::builder().build());
}
