//! The service control policies on our organizational units: the guardrail over living tenants, the lock over leaving ones.
//!
//! They bind everyone in a tenant's account, root included; only the roles by which we enter are let through. Service-linked
//! roles and AWS services acting for themselves are never bound by such a policy.

use serde_json::{Value, json};
use tenancy::names;

use super::{document, protected, statement};
use crate::{desired::Deployment, protected::Protected};

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

/// Writes to what has our tag and no name that a policy could be written for. What uses a key stays open, and so does what only
/// adds to it: aliases, enabling it again.
const TAGGED_WRITES: &[&str] = &[
    "ce:DeleteAnomalyMonitor",
    "ce:DeleteAnomalySubscription",
    "ce:UntagResource",
    "ce:UpdateAnomalyMonitor",
    "ce:UpdateAnomalySubscription",
    "ec2:DeleteFlowLogs",
    "kms:DeleteAlias",
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:ImportKeyMaterial",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:ScheduleKeyDeletion",
    "kms:SynchronizeMultiRegionKey",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
];

/// Calls by which our tags could be put on, or taken off, what we find by tag.
const TAG_WRITES: &[&str] = &[
    "ce:TagResource",
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
    let ours = management_principals(deployment);
    let everything = ["*".to_owned()];
    let has_our_tag = format!("aws:ResourceTag/{}", names::TAG_TENANT);
    let tagged = json!({ "Null": { &has_our_tag: "false" } });
    let our_tags = json!({ "ForAnyValue:StringLike": { "aws:TagKeys": "tenantry:*" } });
    // `DeleteTags` without keys takes off all tags (EC2 API Reference).
    let all_tags = json!({ "Null": { &has_our_tag: "false", "aws:TagKeys": "true" } });
    // Services make grants of a key for what the tenant encrypts by it; a person could give its use to another account.
    let given_by_people = json!({
        "Null": { &has_our_tag: "false" },
        "BoolIfExists": { "kms:GrantIsForAWSResource": "false" },
    });
    // EventBridge writes as a service, which no guardrail binds: records and alerts could be forged by a rule.
    // A call puts several targets, and a key of many values matches no operator without a qualifier (IAM User Guide, "Multivalued
    // context keys"; Service Authorization Reference, `events:TargetArn`, "ArrayOfARN").
    let into_ours = json!({ "ForAnyValue:ArnLike": { "events:TargetArn": protected::written_by_services(deployment) } });
    let elsewhere =
        json!({ "StringNotEquals": { "aws:RequestedRegion": deployment.allowed_regions } });
    let deny = |sid, actions, condition| {
        statement(sid, "Deny", actions, &everything, but(&ours, condition))
    };
    let mut statements = vec![statement(
        "StayInTheOrganization",
        "Deny",
        STAY,
        &everything,
        Value::Null,
    )];
    statements.extend(protected::KINDS.iter().map(|kind| {
        kind.denial(
            &kind.anywhere(deployment),
            &but(&through(kind, &ours), Value::Null),
        )
    }));
    statements.extend([
        deny("OurKeysAndFlowLogs", TAGGED_WRITES, tagged),
        deny("OurTags", TAG_WRITES, our_tags),
        deny("AllTagsAtOnce", &["ec2:DeleteTags"], all_tags),
        deny("GrantsOfOurKeys", &["kms:CreateGrant"], given_by_people),
        deny("TargetsOfRules", &["events:PutTargets"], into_ours),
        json!({ "Sid": "AllowedRegions", "Effect": "Deny", "NotAction": GLOBAL, "Resource": "*", "Condition": but(&ours, elsewhere) }),
    ]);
    document(statements)
}

/// A condition that holds for everybody but these.
fn but(principals: &[String], condition: Value) -> Value {
    let mut all = json!({ "ArnNotLike": { "aws:PrincipalArn": principals } });
    if let (Some(all), Value::Object(condition)) = (all.as_object_mut(), condition) {
        all.extend(condition);
    }
    all
}

/// Who may write: records are delivered in the session of a role of the account, which the policy binds like any other.
fn through(kind: &Protected, ours: &[String]) -> Vec<String> {
    let delivers = kind.delivered_by.iter();
    let delivers = delivers.map(|name| any_management_role(name));
    ours.iter().cloned().chain(delivers).collect()
}

/// The policy on the units of leaving and of emptied accounts: nobody does anything there but the role that removes, and
/// the roles by which flow logs and the trail are delivered, so that the record goes on.
pub fn lockdown(_deployment: &Deployment) -> Value {
    let roles = [names::REMOVER].into_iter();
    let roles = roles.chain(protected::DELIVERING.iter().copied());
    let open_to: Vec<String> = roles.map(any_management_role).collect();
    let condition = json!({ "ArnNotLike": { "aws:PrincipalArn": open_to } });
    document(vec![statement(
        "OnlyTheRemover",
        "Deny",
        &["*"],
        &["*".to_owned()],
        condition,
    )])
}

/// Who passes the guardrail: the roles by which we build and remove, and the role that installs them in a new account.
fn management_principals(deployment: &Deployment) -> Vec<String> {
    vec![
        any_management_role(names::PROVISIONER),
        any_management_role(names::REMOVER),
        format!("arn:aws:iam::*:role/{}", deployment.bootstrap_role),
    ]
}

pub(super) fn any_management_role(name: &str) -> String {
    format!("arn:aws:iam::*:role{}{name}", names::MANAGEMENT_PATH)
}

#[cfg(test)]
pub(crate) mod tests;
