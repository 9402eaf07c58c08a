//! What each of our roles needs for networks.

use tenancy::names;

use crate::policy::{Grant, Grants, Scope};

pub(super) fn grants(scope: &Scope) -> Grants {
    let role = || scope.management_role(names::FLOW_LOGS_ROLE);
    Grants {
        reads: vec![Grant::on_all("ReadNetwork", READS)],
        // Default VPCs carry no tags, and a request to make something names no resource yet: no condition would hold for all.
        writes: vec![
            Grant::on_all("BuildNetwork", WRITES),
            Grant::on("BuildFlowLogs", LOGS, scope.log_groups()),
            // What a Region that was dropped from the spec has left.
            Grant::on("DropFlowLogsGroup", DROP_LOGS, scope.flow_log_groups()),
            Grant::pass("PassFlowLogsRole", role(), "vpc-flow-logs.amazonaws.com"),
        ],
        removals: vec![
            Grant::on_all("RemoveNetwork", REMOVALS).when(scope.ours()),
            Grant::on("RemoveFlowLogsGroup", DROP_LOGS, scope.flow_log_groups()),
            Grant::on("RemoveFlowLogsRole", REMOVE_ROLE, vec![role()]),
        ],
    }
}

const READS: &[&str] = &[
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRegions",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupVpcAssociations",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpnGateways",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
];

const WRITES: &[&str] = &[
    "ec2:AllocateAddress",
    "ec2:AssociateRouteTable",
    "ec2:AttachInternetGateway",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateFlowLogs",
    "ec2:CreateInternetGateway",
    "ec2:CreateNatGateway",
    "ec2:CreateNetworkAclEntry",
    "ec2:CreateRoute",
    "ec2:CreateRouteTable",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateTags",
    "ec2:CreateVpc",
    "ec2:CreateVpcEndpoint",
    "ec2:DeleteFlowLogs",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteNatGateway",
    "ec2:DeleteNetworkAclEntry",
    "ec2:DeleteRoute",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteTags",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DetachInternetGateway",
    "ec2:ModifySubnetAttribute",
    "ec2:ModifyVpcAttribute",
    "ec2:ModifyVpcEndpoint",
    "ec2:ReleaseAddress",
    "ec2:ReplaceNetworkAclEntry",
    "ec2:ReplaceRoute",
    "ec2:ReplaceRouteTableAssociation",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
];

const LOGS: &[&str] = &[
    "logs:CreateLogGroup",
    "logs:DisassociateKmsKey",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
];

/// A group that somebody protected is deleted only once it no longer is.
const DROP_LOGS: &[&str] = &["logs:DeleteLogGroup", "logs:PutLogGroupDeletionProtection"];

const REMOVALS: &[&str] = &[
    "ec2:DeleteFlowLogs",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteNatGateway",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DetachInternetGateway",
    "ec2:ReleaseAddress",
];

const REMOVE_ROLE: &[&str] = &[
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
];
