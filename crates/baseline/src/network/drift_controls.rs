//! Of which kind of resource each finding about a network is.

use tenancy::Severity;

use crate::{covers::Covers, drift_control::DriftControl};

/// Of which kind of resource a finding is.
pub(super) const DRIFT: &[DriftControl] =
    &[
        DriftControl::of(
            101,
            &["vpc"],
            "VPCs",
            "ec2 DescribeVpcs, DescribeVpcAttribute",
        ),
        DriftControl::of(
            102,
            &["public-", "private-"],
            "subnets",
            "ec2 DescribeSubnets",
        )
        .severity(Severity::Medium),
        DriftControl::of(
            103,
            &["igw"],
            "internet gateways",
            "ec2 DescribeInternetGateways",
        )
        .severity(Severity::Medium),
        DriftControl::of(104, &["rt-"], "route tables", "ec2 DescribeRouteTables")
            .severity(Severity::Medium),
        DriftControl::of(
            105,
            &["sg-"],
            "security groups",
            "ec2 DescribeSecurityGroups",
        ),
        DriftControl::of(
            106,
            &["default"],
            "default security group closed",
            "ec2 DescribeSecurityGroups",
        )
        .covers(Covers::of(&["EC2.2"], &["5.5"], &["5.4"])),
        DriftControl::of(107, &["nat-"], "NAT gateways", "ec2 DescribeNatGateways")
            .severity(Severity::Medium),
        DriftControl::of(
            108,
            &["eip-"],
            "addresses of NAT gateways",
            "ec2 DescribeAddresses",
        )
        .severity(Severity::Medium),
        DriftControl::of(
            109,
            &["endpoint-"],
            "gateway endpoints",
            "ec2 DescribeVpcEndpoints",
        )
        .severity(Severity::Medium),
        DriftControl::of(110, &["flow-log"], "flow logs", "ec2 DescribeFlowLogs")
            .covers(Covers::of(&["EC2.6"], &["3.7"], &["3.7"])),
        DriftControl::of(
            111,
            &["network-acl"],
            "network ACL of the VPC",
            "ec2 DescribeNetworkAcls",
        )
        .severity(Severity::Medium),
        DriftControl::of(
            112,
            &["default-vpc"],
            "absence of default VPCs",
            "ec2 DescribeVpcs",
        )
        .severity(Severity::Medium),
        DriftControl::of(
            113,
            &["flow-log-group", "log-group"],
            "log groups of flow logs",
            "logs DescribeLogGroups",
        )
        .severity(Severity::Medium),
        DriftControl::of(
            114,
            &["flow-logs-role", "role", "policy"],
            "role that delivers flow logs",
            "iam GetRole",
        ),
    ];
