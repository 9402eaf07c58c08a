//! The tenant's own roles: who may assume them, and the boundary none of them gets across.

use serde_json::{Map, Value, json};
use tenancy::{AccountId, names};

use super::{
    document,
    guardrail::{GLOBAL, STAY},
    protected, statement,
};
use crate::desired::{Deployment, Desired};

/// Who may assume a role for the tenant's people: the function `access`, on behalf of this tenant, and only with the name of whoever
/// it is for (`sts:SourceIdentity`) and the tenant's tag on the session.
///
/// Each of the three actions knows only some of these keys, and a key that is absent fits nothing. Source: Service Authorization
/// Reference, "Actions, resources, and condition keys for AWS Security Token Service".
pub fn sessions_trust(desired: &Desired, _account: &AccountId) -> Value {
    let deployment = &desired.deployment;
    let function = &deployment.access_role_arn;
    let of = function.split(':').nth(4).unwrap_or_default();
    let tag = format!("aws:RequestTag/{}", names::TAG_TENANT);
    let tenant = desired.tenant.as_str();
    let organization = &deployment.organization_id;
    let named = json!({ "StringLike": { "sts:SourceIdentity": "?*" } });
    let allow = |action: &str, equals: Value, besides: Option<&Value>| {
        let mut condition = Map::from_iter([
            (
                "ArnLike".to_owned(),
                json!({ "aws:PrincipalArn": function }),
            ),
            ("StringEquals".to_owned(), equals),
        ]);
        let besides = besides.and_then(Value::as_object).cloned();
        condition.extend(besides.unwrap_or_default());
        json!({
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{of}:root") },
            "Action": action,
            "Condition": condition,
        })
    };
    let assume =
        json!({ "sts:ExternalId": tenant, "aws:PrincipalOrgID": organization, &tag: tenant });
    let tagged = json!({ "aws:PrincipalOrgID": organization, &tag: tenant });
    let name = json!({ "aws:PrincipalOrgID": organization });
    document(vec![
        allow("sts:AssumeRole", assume, Some(&named)),
        allow("sts:TagSession", tagged, None),
        allow("sts:SetSourceIdentity", name, Some(&named)),
    ])
}

/// Who may assume the role for cases with AWS Support: principals of its own account that are given the right there. Who comes in a
/// session of ours keeps its name, which the trust has to allow. Source: IAM User Guide, "Monitor and control actions taken with assumed roles".
pub fn people_trust(_desired: &Desired, account: &AccountId) -> Value {
    document(vec![json!({
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
    })])
}

/// Who may assume the role of the tenant's machines.
pub fn machine_trust(_desired: &Desired, _account: &AccountId) -> Value {
    allow_assuming(&json!({ "Service": "ec2.amazonaws.com" }))
}

fn allow_assuming(principal: &Value) -> Value {
    let statement =
        json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" });
    document(vec![statement])
}

/// ARN of the permissions boundary.
pub fn boundary_arn(account: &AccountId) -> String {
    names::policy_arn(account, names::BOUNDARY)
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
