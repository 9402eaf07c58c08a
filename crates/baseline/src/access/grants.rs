//! What each of our roles needs for the roles themselves.

use serde_json::json;

use crate::policy::{Grant, Grants, Scope};

/// The provisioner may write the policies of our own roles, itself included, for a new version of tenantry must reach old
/// tenants; that makes it as powerful as the account. What it may not do is listed by a test of `policy`.
pub(super) fn grants(scope: &Scope) -> Grants {
    let roles = || vec![scope.management_role("*")];
    let policies = scope.management_policy("*");
    let ours = json!({ "ArnLike": { "iam:PolicyARN": policies } });
    Grants {
        reads: vec![Grant::on_all("ReadAccess", READS)],
        writes: vec![
            Grant::on("MaintainOurRoles", ROLES, roles()),
            Grant::on("AttachOurPolicies", &["iam:AttachRolePolicy"], roles()).when(ours),
            Grant::on("MaintainOurPolicies", POLICIES, vec![policies]),
        ],
        removals: Vec::new(),
    }
}

const READS: &[&str] = &["iam:GetAccountAuthorizationDetails", "iam:GetPolicy"];

const ROLES: &[&str] = &[
    "iam:CreateRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
];

const POLICIES: &[&str] = &[
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:TagPolicy",
    "iam:UntagPolicy",
];
