//! What of the tenant's identities only we write to.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// The tenant's own roles. What they do in a session of ours is the tenant's; who may assume them, and what they may do, is the spec's.
pub(crate) const TENANT_ROLES: Protected = Protected::of(
    "TenantRoles",
    &[
        "iam:Generate*",
        "iam:Get*",
        "iam:List*",
        "iam:PassRole",
        "iam:Simulate*",
        "sts:*",
    ],
    tenant_roles,
);

fn tenant_roles(account: &str, _: &Deployment) -> Vec<String> {
    let path = names::TENANT_PATH;
    let ours = |kind: &str| format!("arn:aws:iam::{account}:{kind}{path}tenant-*");
    vec![ours("role"), ours("instance-profile")]
}
