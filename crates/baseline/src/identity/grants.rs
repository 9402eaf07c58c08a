//! What each of our roles needs for the tenant's identities.

use serde_json::json;
use tenancy::names;

use super::managed_policies;
use crate::policy::{Grant, Grants, Scope, boundary_arn};

pub(super) fn grants(scope: &Scope) -> Grants {
    let boundary = boundary_arn(&scope.account);
    let profile = vec![format!(
        "arn:aws:iam::{}:instance-profile{}{}",
        scope.account,
        names::TENANT_PATH,
        names::INSTANCE
    )];
    let roles = || scope.tenant_roles();
    // Where a condition says what may be made or attached, one pattern stands for the five roles: the rights of a tenant of the
    // simplest blueprint then take one policy.
    let any_role = || vec![names::tenant_role_arn(&scope.account, "tenant-*")];
    let support = names::tenant_role_arn(&scope.account, names::SUPPORT);
    let instance = names::tenant_role_arn(&scope.account, names::INSTANCE);
    let bounded = json!({ "StringEquals": { "iam:PermissionsBoundary": boundary } });
    let known = json!({ "ArnEquals": { "iam:PolicyARN": managed_policies() } });
    Grants {
        reads: vec![Grant::on_all("ReadIdentity", READS)],
        writes: vec![
            Grant::on("BuildTenantRoles", BOUND_ROLES, any_role()).when(bounded),
            Grant::on("AttachKnownPolicies", ATTACH, any_role()).when(known),
            Grant::on("RepairTenantRoles", REPAIR_ROLES, roles()),
            Grant::on("BuildBoundary", BOUNDARY, vec![boundary.clone()]),
            Grant::on("BuildInstanceProfile", PROFILE, profile.clone()),
            Grant::pass("PassInstanceRole", instance, "ec2.amazonaws.com"),
            Grant::on_all("SetAccount", ACCOUNT),
            Grant::on("DropSupportRole", DROP_ROLE, vec![support]),
        ],
        removals: vec![
            Grant::on("RemoveTenantRoles", REMOVE_ROLES, roles()),
            Grant::on("RemoveBoundary", REMOVE_BOUNDARY, vec![boundary]),
            Grant::on("RemoveInstanceProfile", REMOVE_PROFILE, profile),
            Grant::on_all("RemoveAlias", &["iam:DeleteAccountAlias"]),
        ],
    }
}

const READS: &[&str] = &[
    "account:GetAccountInformation",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountPasswordPolicy",
    "iam:GetInstanceProfile",
    "iam:GetLoginProfile",
    "iam:GetPolicy",
    "iam:ListAccessKeys",
    "iam:ListAccountAliases",
    "iam:ListRoles",
];

const BOUND_ROLES: &[&str] = &["iam:CreateRole", "iam:PutRolePermissionsBoundary"];

const ATTACH: &[&str] = &["iam:AttachRolePolicy"];

const REPAIR_ROLES: &[&str] = &[
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
];

const BOUNDARY: &[&str] = &[
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicyVersion",
    "iam:TagPolicy",
    "iam:UntagPolicy",
];

const PROFILE: &[&str] = &[
    "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:UntagInstanceProfile",
];

const ACCOUNT: &[&str] = &[
    "account:PutAccountName",
    "iam:CreateAccountAlias",
    "iam:UpdateAccountPasswordPolicy",
];

/// A role that the blueprint no longer asks for is removed by the provisioner.
const DROP_ROLE: &[&str] = &["iam:DeleteRole"];

const REMOVE_ROLES: &[&str] = &[
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
];

const REMOVE_BOUNDARY: &[&str] = &["iam:DeletePolicy", "iam:DeletePolicyVersion"];

const REMOVE_PROFILE: &[&str] = &[
    "iam:DeleteInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
];
