//! What each change of a part of a network, and the removal of a default VPC, asks of EC2.

use tenancy::names;

use crate::{
    asks::{Ask, all},
    declared::{self, ResourceChange},
    desired::Desired,
    network::{AclChange, Connection, Effect, Kind, NewPart, PartChange, RuleChange},
};

/// What a change of a network's part asks.
pub(crate) fn of_part(desired: &Desired, change: &PartChange) -> Vec<Ask> {
    let actions: &[&str] = match &change.effect {
        Effect::Create(new) => of_new(new),
        Effect::Connect(connection) => of_connection(connection),
        Effect::Rules(RuleChange::Allow(_)) => &[
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
        ],
        Effect::Rules(RuleChange::Revoke(_) | RuleChange::CloseDefaultGroup { .. }) => &[
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:DescribeSecurityGroups",
        ],
        Effect::Acl(AclChange::Open { .. }) => &["ec2:DeleteNetworkAclEntry"],
        Effect::Acl(AclChange::Allow { replace: false, .. }) => &["ec2:CreateNetworkAclEntry"],
        Effect::Acl(AclChange::Allow { .. }) => &["ec2:ReplaceNetworkAclEntry"],
        Effect::Tag { .. } => &["ec2:CreateTags"],
        Effect::Untag { .. } => &["ec2:DeleteTags"],
        Effect::Delete { kind, .. } => of_deletion(*kind),
    };
    let mut asks = all(actions, "*");
    if let Effect::Create(NewPart::FlowLog { .. }) = &change.effect {
        let account = desired.account.as_ref().unwrap();
        let role = names::management_role_arn(account, names::FLOW_LOGS_ROLE);
        let service = "vpc-flow-logs.amazonaws.com";
        asks.push(Ask::of("iam:PassRole", role).with("iam:PassedToService", service));
    }
    // What is detached or deleted carries our tag; the reads of what is around it know no resource.
    let owned = matches!(
        &change.effect,
        Effect::Delete { .. } | Effect::Connect(Connection::DetachGateway { .. })
    );
    let tag = format!("aws:ResourceTag/{}", names::TAG_TENANT);
    let tagged = |ask: Ask| match owned {
        true => ask.with(&tag, desired.tenant.as_str()),
        false => ask,
    };
    asks.into_iter().map(tagged).collect()
}

const fn of_new(new: &NewPart) -> &'static [&'static str] {
    match new {
        NewPart::Vpc { .. } => &["ec2:CreateVpc", "ec2:CreateTags"],
        NewPart::Gateway => &["ec2:CreateInternetGateway", "ec2:CreateTags"],
        NewPart::Subnet { .. } => &["ec2:CreateSubnet", "ec2:CreateTags"],
        NewPart::Table { .. } => &["ec2:CreateRouteTable", "ec2:CreateTags"],
        NewPart::Address => &["ec2:AllocateAddress", "ec2:CreateTags"],
        NewPart::Nat { .. } => &["ec2:CreateNatGateway", "ec2:CreateTags"],
        NewPart::Endpoint { .. } => &["ec2:CreateVpcEndpoint", "ec2:CreateTags"],
        NewPart::Group { .. } => &["ec2:CreateSecurityGroup", "ec2:CreateTags"],
        NewPart::FlowLog { .. } => &["ec2:CreateFlowLogs", "ec2:CreateTags"],
    }
}

const fn of_connection(connection: &Connection) -> &'static [&'static str] {
    match connection {
        Connection::EnableDns { .. } => &["ec2:ModifyVpcAttribute"],
        Connection::AttachGateway { .. } => &["ec2:AttachInternetGateway"],
        Connection::DetachGateway { .. } => &["ec2:DetachInternetGateway"],
        Connection::Associate { replaces: None, .. } => &["ec2:AssociateRouteTable"],
        Connection::Associate { .. } => &["ec2:ReplaceRouteTableAssociation"],
        Connection::SetDefaultRoute { replace: false, .. } => &["ec2:CreateRoute"],
        Connection::SetDefaultRoute { .. } => &["ec2:ReplaceRoute"],
        Connection::DeleteDefaultRoute { .. } => &["ec2:DeleteRoute"],
        Connection::SwitchOff { .. } => &["ec2:ModifySubnetAttribute"],
        Connection::DeleteRoute { .. } => &["ec2:DeleteRoute"],
        Connection::ResetPolicy { .. } | Connection::JoinTables { .. } => {
            &["ec2:ModifyVpcEndpoint"]
        }
    }
}

const fn of_deletion(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Vpc => &["ec2:DeleteVpc"],
        Kind::Subnet => &["ec2:DeleteSubnet"],
        Kind::Gateway => &["ec2:DeleteInternetGateway"],
        Kind::Table => &["ec2:DeleteRouteTable"],
        Kind::Group => &["ec2:DeleteSecurityGroup"],
        Kind::Nat => &["ec2:DeleteNatGateway"],
        Kind::Address => &["ec2:ReleaseAddress"],
        Kind::Endpoint => &["ec2:DeleteVpcEndpoints"],
        Kind::FlowLog => &["ec2:DeleteFlowLogs"],
    }
}

pub(super) fn default_vpc(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    match &change.effect {
        declared::Effect::Delete { .. } => all(
            &[
                "ec2:CreateTags",
                "ec2:DetachInternetGateway",
                "ec2:DeleteInternetGateway",
                "ec2:DeleteSubnet",
                "ec2:DeleteVpc",
            ],
            "*",
        ),
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            panic!("a default VPC is only removed")
        }
    }
}
