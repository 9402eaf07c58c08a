//! What each of our roles needs for the roles themselves.

use crate::policy::{Grant, Grants, Scope};

/// The provisioner may write the policies of our own roles, itself included, for a new version of tenantry must reach old
/// tenants; that makes it as powerful as the account. What it may not do is listed by a test of `policy`.
pub(super) fn grants(scope: &Scope) -> Grants {
    Grants {
        reads: vec![Grant::on_all("LookAtAccess", READS)],
        writes: vec![Grant::on(
            "LookAfterOurRoles",
            WRITES,
            vec![scope.management_role("*")],
        )],
        removals: Vec::new(),
    }
}

const READS: &[&str] = &["iam:GetAccountAuthorizationDetails"];

const WRITES: &[&str] = &[
    "iam:CreateRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
];
