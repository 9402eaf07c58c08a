//! What looking at each component needs: the auditor's whole policy, and part of the other two.

use tenancy::{AccountId, ComponentName};

use super::plane::{Grant, any, bucket, grant};

/// The reads of `component`.
pub fn grants(component: ComponentName, account: &AccountId) -> Vec<Grant> {
    match component {
        // Asked of Organizations, through the broker.
        ComponentName::ACCOUNT | ComponentName::PLACEMENT => Vec::new(),
        ComponentName::ACCESS => vec![grant("LookAtAccess", ACCESS, any())],
        ComponentName::IDENTITY => vec![grant("LookAtIdentity", IDENTITY, any())],
        ComponentName::NETWORK => vec![grant("LookAtNetwork", NETWORK, any())],
        ComponentName::TRAIL => vec![
            grant("LookAtTrail", TRAIL, any()),
            grant("LookAtTrailBucket", BUCKET, bucket(account)),
        ],
    }
}

const ACCESS: &[&str] = &["iam:GetAccountAuthorizationDetails"];

const IDENTITY: &[&str] = &[
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetInstanceProfile",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAccountAliases",
    "iam:ListAttachedRolePolicies",
    "iam:ListEntitiesForPolicy",
    "iam:ListInstanceProfilesForRole",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
];

const NETWORK: &[&str] = &[
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeFlowLogs",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeManagedPrefixLists",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribePrefixLists",
    "ec2:DescribeRegions",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
];

const TRAIL: &[&str] = &[
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrail",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags",
];

const BUCKET: &[&str] = &[
    "s3:GetBucketAcl",
    "s3:GetBucketLocation",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
];
