//! What taking each component away needs besides looking: deletions, of what has our names or carries the tenant's tag.

use serde_json::json;
use tenancy::{AccountId, ComponentName, TenantId, names};

use super::plane::{
    Grant, any, bucket, grant, instance_profile, log_groups, plane_role, tenant_roles, trail,
};
use crate::identity::boundary_arn;

/// The deletions of `component`.
pub fn grants(component: ComponentName, account: &AccountId, tenant: &TenantId) -> Vec<Grant> {
    match component {
        // Closed through the broker; our own roles go with the account.
        ComponentName::ACCOUNT | ComponentName::PLACEMENT | ComponentName::ACCESS => Vec::new(),
        ComponentName::IDENTITY => vec![
            grant("RemoveTenantRoles", ROLES, tenant_roles(account)),
            grant("RemoveBoundary", BOUNDARY, vec![boundary_arn(account)]),
            grant(
                "RemoveInstanceProfile",
                PROFILE,
                vec![instance_profile(account)],
            ),
            grant("RemoveAlias", &["iam:DeleteAccountAlias"], any()),
        ],
        ComponentName::NETWORK => vec![
            Grant {
                condition: json!({
                    "StringEquals": { format!("aws:ResourceTag/{}", names::TAG_TENANT): tenant.as_str() }
                }),
                ..grant("RemoveNetwork", NETWORK, any())
            },
            grant(
                "RemoveFlowLogsGroup",
                &["logs:DeleteLogGroup"],
                log_groups(account),
            ),
            grant(
                "RemoveFlowLogsRole",
                ROLES,
                vec![plane_role(account, names::FLOW_LOGS_ROLE)],
            ),
        ],
        ComponentName::TRAIL => vec![
            grant("RemoveTrail", TRAIL, trail(account)),
            grant("RemoveTrailBucket", BUCKET, bucket(account)),
            grant(
                "EmptyTrailBucket",
                OBJECTS,
                bucket(account)
                    .iter()
                    .map(|arn| format!("{arn}/*"))
                    .collect(),
            ),
        ],
    }
}

const ROLES: &[&str] = &[
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
];

const BOUNDARY: &[&str] = &["iam:DeletePolicy", "iam:DeletePolicyVersion"];

const PROFILE: &[&str] = &[
    "iam:DeleteInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
];

const NETWORK: &[&str] = &[
    "ec2:DeleteFlowLogs",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteNatGateway",
    "ec2:DeleteRoute",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DetachInternetGateway",
    "ec2:DisassociateAddress",
    "ec2:DisassociateRouteTable",
    "ec2:ReleaseAddress",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
];

const TRAIL: &[&str] = &["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"];

const BUCKET: &[&str] = &[
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:ListBucketVersions",
];

const OBJECTS: &[&str] = &["s3:DeleteObject", "s3:DeleteObjectVersion"];
