//! What building and repairing each component needs besides looking.
//!
//! It may write the policies of our own roles, itself included, for a new version of tenantry must reach old tenants; that
//! makes it as powerful as the account. What it may not do is listed by test: nothing that ends the tenant's records.

use serde_json::json;
use tenancy::{AccountId, ComponentName, names};

use super::plane::{
    Grant, any, bucket, grant, instance_profile, log_groups, plane_role, tenant_roles, trail,
};
use crate::identity::{boundary_arn, managed_policies};

/// The writes of `component`.
pub fn grants(component: ComponentName, account: &AccountId) -> Vec<Grant> {
    match component {
        ComponentName::ACCOUNT | ComponentName::PLACEMENT => Vec::new(),
        ComponentName::ACCESS => vec![grant(
            "LookAfterOurRoles",
            OUR_ROLES,
            vec![plane_role(account, "*")],
        )],
        ComponentName::IDENTITY => identity(account),
        // Default VPCs carry no tags, and a request to make something names no resource yet: no condition would hold for all.
        ComponentName::NETWORK => vec![
            grant("BuildNetwork", NETWORK, any()),
            grant("BuildFlowLogs", LOGS, log_groups(account)),
            pass(
                "PassFlowLogsRole",
                plane_role(account, names::FLOW_LOGS_ROLE),
                "vpc-flow-logs.amazonaws.com",
            ),
        ],
        ComponentName::TRAIL => vec![
            grant("BuildTrail", TRAIL, trail(account)),
            grant("BuildTrailBucket", BUCKET, bucket(account)),
        ],
    }
}

fn identity(account: &AccountId) -> Vec<Grant> {
    let boundary = boundary_arn(account);
    let bounded = json!({ "StringEquals": { "iam:PermissionsBoundary": boundary } });
    let known = json!({ "ArnEquals": { "iam:PolicyARN": managed_policies() } });
    vec![
        Grant {
            condition: bounded,
            ..grant("BuildTenantRoles", BOUND_ROLES, tenant_roles(account))
        },
        Grant {
            condition: known,
            ..grant("AttachKnownPolicies", ATTACH, tenant_roles(account))
        },
        grant("RepairTenantRoles", TENANT_ROLES, tenant_roles(account)),
        grant("BuildBoundary", BOUNDARY, vec![boundary]),
        grant(
            "BuildInstanceProfile",
            PROFILE,
            vec![instance_profile(account)],
        ),
        pass(
            "PassInstanceRole",
            names::tenant_role_arn(account, names::INSTANCE),
            "ec2.amazonaws.com",
        ),
        grant("SetAccount", ACCOUNT, any()),
    ]
}

fn pass(sid: &'static str, role: String, service: &str) -> Grant {
    Grant {
        condition: json!({ "StringEquals": { "iam:PassedToService": service } }),
        ..grant(sid, &["iam:PassRole"], vec![role])
    }
}

const OUR_ROLES: &[&str] = &[
    "iam:CreateRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
];

const BOUND_ROLES: &[&str] = &["iam:CreateRole", "iam:PutRolePermissionsBoundary"];

const ATTACH: &[&str] = &["iam:AttachRolePolicy"];

const TENANT_ROLES: &[&str] = &[
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
];

const BOUNDARY: &[&str] = &[
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicyVersion",
    "iam:TagPolicy",
];

const PROFILE: &[&str] = &[
    "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:TagInstanceProfile",
];

const ACCOUNT: &[&str] = &["iam:CreateAccountAlias", "iam:UpdateAccountPasswordPolicy"];

const NETWORK: &[&str] = &[
    "ec2:AllocateAddress",
    "ec2:AssociateRouteTable",
    "ec2:AttachInternetGateway",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateFlowLogs",
    "ec2:CreateInternetGateway",
    "ec2:CreateNatGateway",
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
    "ec2:DeleteRoute",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteTags",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DetachInternetGateway",
    "ec2:DisassociateAddress",
    "ec2:DisassociateRouteTable",
    "ec2:ModifySecurityGroupRules",
    "ec2:ModifySubnetAttribute",
    "ec2:ModifyVpcAttribute",
    "ec2:ModifyVpcEndpoint",
    "ec2:ReleaseAddress",
    "ec2:ReplaceRoute",
    "ec2:ReplaceRouteTableAssociation",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
];

const LOGS: &[&str] = &[
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
];

const TRAIL: &[&str] = &[
    "cloudtrail:AddTags",
    "cloudtrail:CreateTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StartLogging",
    "cloudtrail:UpdateTrail",
];

const BUCKET: &[&str] = &[
    "s3:CreateBucket",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
];
