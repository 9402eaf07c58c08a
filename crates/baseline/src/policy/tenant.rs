//! The tenant's own roles: who may assume them, and the boundary none of them gets across.

use serde_json::{Value, json};
use tenancy::AccountId;

use super::{
    document,
    guardrail::{GLOBAL, STAY},
    protected, statement,
};
use crate::{desired::Deployment, identity::boundary_arn};

/// Who may assume a role for the tenant's people: principals of its own account that are given the right there.
///
/// Identity providers of the tenant will be added here.
pub fn people_trust(account: &AccountId) -> Value {
    allow_assuming(&json!({ "AWS": format!("arn:aws:iam::{account}:root") }))
}

/// Who may assume the role of the tenant's machines.
pub fn machine_trust(_account: &AccountId) -> Value {
    allow_assuming(&json!({ "Service": "ec2.amazonaws.com" }))
}

fn allow_assuming(principal: &Value) -> Value {
    let statement =
        json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" });
    document(vec![statement])
}

/// The permissions boundary of every role of the tenant: everything is open but the organization, what we built, other
/// Regions, and ways around the boundary itself.
pub fn boundary(account: &AccountId, deployment: &Deployment) -> Value {
    let everything = ["*".to_owned()];
    let boundary = boundary_arn(account);
    let unbounded = json!({ "StringNotEquals": { "iam:PermissionsBoundary": boundary } });
    let elsewhere =
        json!({ "StringNotEquals": { "aws:RequestedRegion": deployment.allowed_regions } });
    let deny = |sid, actions, resources: &[String], condition| {
        statement(sid, "Deny", actions, resources, condition)
    };
    let mut statements = vec![
        statement("EverythingElse", "Allow", &["*"], &everything, Value::Null),
        deny("StayInTheOrganization", STAY, &everything, Value::Null),
    ];
    statements.extend(
        protected::KINDS
            .iter()
            .map(|kind| kind.denial(&kind.within(account, deployment), &Value::Null)),
    );
    statements.extend([
        deny("OnlyWithinTheBoundary", BOUND, &everything, unbounded),
        deny("KeepTheBoundary", UNBIND, &everything, Value::Null),
        json!({ "Sid": "AllowedRegions", "Effect": "Deny", "NotAction": GLOBAL, "Resource": "*", "Condition": elsewhere }),
    ]);
    document(statements)
}

const BOUND: &[&str] = &[
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
];

const UNBIND: &[&str] = &[
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::MANAGED_LIMIT;

    #[test]
    fn the_boundary_fits_into_a_managed_policy() {
        let account = "444455556666".parse().unwrap();
        let deployment = crate::policy::guardrail_tests::deployment();
        let size = boundary(&account, &deployment).to_string().len();
        assert!(size <= MANAGED_LIMIT, "{size}");
    }
}
