//! The service control policies on our organizational units: the guardrail over living tenants, the lock over leaving ones.
//!
//! They bind everyone in a tenant's account, root included; only the roles by which we enter are let through. Service-linked
//! roles and AWS services acting for themselves are never bound by such a policy.

use serde_json::{Value, json};
use tenancy::names;

use super::{document, statement};
use crate::desired::Deployment;

/// Services without Regions, or whose calls are answered in `us-east-1` whatever Region is used.
/// Source: IAM User Guide, "Deny access to AWS based on the requested AWS Region", and its counterpart for organizations.
pub(super) const GLOBAL: &[&str] = &[
    "a4b:*",
    "account:*",
    "acm:*",
    "aws-marketplace-management:*",
    "aws-marketplace:*",
    "aws-portal:*",
    "billing:*",
    "billingconductor:*",
    "budgets:*",
    "ce:*",
    "chime:*",
    "cloudfront:*",
    "config:*",
    "consolidatedbilling:*",
    "cur:*",
    "directconnect:*",
    "ec2:DescribeRegions",
    "ec2:DescribeTransitGateways",
    "ec2:DescribeVpnGateways",
    "fms:*",
    "freetier:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "importexport:*",
    "invoicing:*",
    "kms:*",
    "mobileanalytics:*",
    "networkmanager:*",
    "notifications:*",
    "organizations:*",
    "payments:*",
    "pricing:*",
    "route53-recovery-cluster:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "s3:ListMultiRegionAccessPoints",
    "s3:PutAccountPublicAccessBlock",
    "shield:*",
    "sso:*",
    "sts:*",
    "support:*",
    "supportplans:*",
    "sustainability:*",
    "tax:*",
    "trustedadvisor:*",
    "waf-regional:*",
    "waf:*",
    "wafv2:*",
    "wellarchitected:*",
];

/// Ways out of the organization.
pub(super) const STAY: &[&str] = &[
    "account:CloseAccount",
    "organizations:AcceptHandshake",
    "organizations:LeaveOrganization",
];

/// Writes to roles and policies of ours.
pub(super) const IAM_WRITES: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:UntagPolicy",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];

pub(super) const TRAIL_WRITES: &[&str] = &[
    "cloudtrail:AddTags",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:PutInsightSelectors",
    "cloudtrail:RemoveTags",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
];

pub(super) const BUCKET_WRITES: &[&str] = &[
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersion",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:PutObjectTagging",
    "s3:PutReplicationConfiguration",
];

pub(super) const LOG_WRITES: &[&str] = &[
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:DeleteRetentionPolicy",
    "logs:DeleteSubscriptionFilter",
    "logs:PutRetentionPolicy",
    "logs:PutSubscriptionFilter",
    "logs:TagResource",
    "logs:UntagResource",
];

const KEY_WRITES: &[&str] = &[
    "ec2:DeleteFlowLogs",
    "kms:DeleteAlias",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:UntagResource",
    "kms:UpdateAlias",
];

/// Calls by which our tags could be put on, or taken off, what we look for by tag.
const TAG_WRITES: &[&str] = &[
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "iam:TagInstanceProfile",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:UntagInstanceProfile",
    "iam:UntagPolicy",
    "iam:UntagRole",
    "kms:TagResource",
    "kms:UntagResource",
];

/// The policy on the unit of living tenants: they stay in the organization and in the allowed Regions, and what we built to
/// enter, bound and record them is out of their reach.
pub fn guardrail(deployment: &Deployment) -> Value {
    let ours = plane_principals(deployment);
    let but_ours = || json!({ "ArnNotLike": { "aws:PrincipalArn": ours } });
    let with = |condition: Value| {
        let mut all = but_ours();
        if let (Some(all), Value::Object(condition)) = (all.as_object_mut(), condition) {
            all.extend(condition);
        }
        all
    };
    let everything = ["*".to_owned()];
    let tagged = json!({ "Null": { format!("aws:ResourceTag/{}", names::TAG_TENANT): "false" } });
    let our_tags = json!({ "ForAnyValue:StringLike": { "aws:TagKeys": "tenantry:*" } });
    let elsewhere =
        with(json!({ "StringNotEquals": { "aws:RequestedRegion": deployment.allowed_regions } }));
    let deny = |sid, actions, resources: &[String], condition| {
        statement(sid, "Deny", actions, resources, condition)
    };
    document(vec![
        deny("StayInTheOrganization", STAY, &everything, Value::Null),
        deny(
            "OurRoles",
            IAM_WRITES,
            &our_identities(deployment),
            but_ours(),
        ),
        deny("OurTrail", TRAIL_WRITES, &our_trail(), but_ours()),
        deny("OurTrailBucket", BUCKET_WRITES, &our_bucket(), but_ours()),
        deny("OurLogs", LOG_WRITES, &our_logs(), but_ours()),
        deny("OurKeysAndFlowLogs", KEY_WRITES, &everything, with(tagged)),
        deny("OurTags", TAG_WRITES, &everything, with(our_tags)),
        json!({ "Sid": "AllowedRegions", "Effect": "Deny", "NotAction": GLOBAL, "Resource": "*", "Condition": elsewhere }),
    ])
}

/// The policy on the units of leaving and of emptied accounts: nobody does anything there but the role that takes away, and
/// the role by which flow logs are delivered, so that the record goes on.
pub fn lockdown(_deployment: &Deployment) -> Value {
    let open_to = [names::REMOVER, names::FLOW_LOGS_ROLE].map(any_plane_role);
    let condition = json!({ "ArnNotLike": { "aws:PrincipalArn": open_to } });
    document(vec![statement(
        "OnlyTheRemover",
        "Deny",
        &["*"],
        &["*".to_owned()],
        condition,
    )])
}

/// Who passes the guardrail: the roles by which we build and take away, and the role that plants them in a new account.
fn plane_principals(deployment: &Deployment) -> Vec<String> {
    vec![
        any_plane_role(names::PROVISIONER),
        any_plane_role(names::REMOVER),
        format!("arn:aws:iam::*:role/{}", deployment.bootstrap_role),
    ]
}

fn any_plane_role(name: &str) -> String {
    format!("arn:aws:iam::*:role{}{name}", names::MANAGEMENT_PATH)
}

fn our_identities(deployment: &Deployment) -> Vec<String> {
    vec![
        any_plane_role("*"),
        format!("arn:aws:iam::*:policy{}*", names::MANAGEMENT_PATH),
        format!("arn:aws:iam::*:role/{}", deployment.bootstrap_role),
        format!(
            "arn:aws:iam::*:policy{}{}",
            names::TENANT_PATH,
            names::BOUNDARY
        ),
    ]
}

fn our_trail() -> Vec<String> {
    vec![format!("arn:aws:cloudtrail:*:*:trail/{}", names::TRAIL)]
}

fn our_bucket() -> Vec<String> {
    let bucket = "arn:aws:s3:::tenantry-trail-*";
    vec![bucket.to_owned(), format!("{bucket}/*")]
}

fn our_logs() -> Vec<String> {
    vec!["arn:aws:logs:*:*:log-group:/tenantry/*".to_owned()]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::policy::SCP_LIMIT;

    pub(crate) fn deployment() -> Deployment {
        Deployment {
            organization_id: "o-abcdefghij".into(),
            onboard_role_arn: "arn:aws:iam::111111111111:role/tenantry-onboard".into(),
            audit_role_arn: "arn:aws:iam::111111111111:role/tenantry-audit".into(),
            offboard_role_arn: "arn:aws:iam::111111111111:role/tenantry-offboard".into(),
            bootstrap_role: "OrganizationAccountAccessRole".into(),
            allowed_regions: ["eu-central-1", "eu-west-1", "us-east-1"]
                .into_iter()
                .filter_map(|region| region.parse().ok())
                .collect(),
        }
    }

    #[test]
    fn both_policies_fit_into_what_organizations_takes() {
        for policy in [guardrail(&deployment()), lockdown(&deployment())] {
            assert!(
                policy.to_string().len() <= SCP_LIMIT,
                "{}",
                policy.to_string().len()
            );
        }
    }

    #[test]
    fn every_statement_denies_and_lets_the_plane_roles_through() {
        let guardrail = guardrail(&deployment());
        for statement in guardrail["Statement"].as_array().into_iter().flatten() {
            assert_eq!(statement["Effect"], "Deny");
            let through = &statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"];
            if statement["Sid"] != "StayInTheOrganization" {
                assert!(
                    through
                        .to_string()
                        .contains("role/tenantry/tenantry-provisioner"),
                    "{statement}"
                );
                assert!(
                    !through.to_string().contains("tenantry-auditor"),
                    "{statement}"
                );
            }
        }
    }

    #[test]
    fn the_policies_of_our_roles_are_protected_as_the_roles_are() {
        let guardrail = guardrail(&deployment());
        let statements = guardrail["Statement"].as_array().unwrap();
        let ours = statements
            .iter()
            .find(|one| one["Sid"] == "OurRoles")
            .unwrap();
        let protected = ours["Resource"].to_string();
        for resource in [
            "arn:aws:iam::*:role/tenantry/*",
            "arn:aws:iam::*:policy/tenantry/*",
        ] {
            assert!(protected.contains(resource), "{resource}");
        }
        for write in [
            "iam:CreatePolicy",
            "iam:CreatePolicyVersion",
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:SetDefaultPolicyVersion",
            "iam:TagPolicy",
            "iam:UntagPolicy",
        ] {
            let denied = ours["Action"].as_array().unwrap();
            assert!(denied.contains(&write.into()), "{write}");
        }
    }

    #[test]
    fn the_lock_is_open_to_the_remover_and_not_to_the_provisioner() {
        let lockdown = lockdown(&deployment()).to_string();
        assert!(lockdown.contains("role/tenantry/tenantry-remover"));
        assert!(!lockdown.contains("tenantry-provisioner"));
    }
}
