//! What the three roles of ours may do, and who may assume them.
//!
//! Each policy is put together from per-component lists: a new component adds its line to [`reads`], to the provisioner's
//! grants and to the remover's. All three look, so all three have the reads; the auditor has nothing else.

use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, TenantId, names};

use super::{document, provisioner, reads, remover, statement};
use crate::{access::PlaneRole, desired::Deployment};

/// One statement of a policy: actions, and the resources and conditions that limit them.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Statement id, letters and digits.
    pub sid: &'static str,
    /// Actions, never by wildcard.
    pub actions: &'static [&'static str],
    /// Resources.
    pub resources: Vec<String>,
    /// Conditions, or null.
    pub condition: Value,
}

/// Who may assume a role of ours: one function's role, on behalf of this tenant, from within the organization.
///
/// The principal is the account and the role a condition on it: a role named as principal is stored by its unique id, and
/// making that role anew would lock us out of every tenant without a word.
pub fn plane_trust(role: PlaneRole, tenant: &TenantId, deployment: &Deployment) -> Value {
    let function = match role {
        PlaneRole::Provisioner => &deployment.onboard_role_arn,
        PlaneRole::Auditor => &deployment.audit_role_arn,
        PlaneRole::Remover => &deployment.offboard_role_arn,
    };
    let account = function.split(':').nth(4).unwrap_or_default();
    document(vec![json!({
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": "sts:AssumeRole",
        "Condition": {
            "ArnLike": { "aws:PrincipalArn": function },
            "StringEquals": {
                "sts:ExternalId": tenant.as_str(),
                "aws:PrincipalOrgID": deployment.organization_id,
            },
        },
    })])
}

/// What a role of ours may do in the tenant's account.
pub fn plane(role: PlaneRole, tenant: &TenantId, account: &AccountId) -> Value {
    let grants = ComponentName::ALL.into_iter().flat_map(|component| {
        let mut grants = reads::grants(component, account);
        grants.extend(match role {
            PlaneRole::Auditor => Vec::new(),
            PlaneRole::Provisioner => provisioner::grants(component, account),
            PlaneRole::Remover => remover::grants(component, account, tenant),
        });
        grants
    });
    document(
        grants
            .map(|grant| {
                statement(
                    grant.sid,
                    "Allow",
                    grant.actions,
                    &grant.resources,
                    grant.condition,
                )
            })
            .collect(),
    )
}

/// A grant without conditions.
pub(super) fn grant(
    sid: &'static str,
    actions: &'static [&'static str],
    resources: Vec<String>,
) -> Grant {
    Grant {
        sid,
        actions,
        resources,
        condition: Value::Null,
    }
}

/// Every resource, for actions that know none or that look at all of a kind.
pub(super) fn any() -> Vec<String> {
    vec!["*".into()]
}

/// Roles of ours, of this name.
pub(super) fn plane_role(account: &AccountId, name: &str) -> String {
    format!("arn:aws:iam::{account}:role{}{name}", names::PLANE_PATH)
}

/// The tenant's roles made by us.
pub(super) fn tenant_roles(account: &AccountId) -> Vec<String> {
    [
        names::ADMINISTRATOR,
        names::DEVELOPER,
        names::READ_ONLY,
        names::INSTANCE,
    ]
    .into_iter()
    .map(|name| names::tenant_role_arn(account, name))
    .collect()
}

/// The instance profile of the tenant's machines.
pub(super) fn instance_profile(account: &AccountId) -> String {
    format!(
        "arn:aws:iam::{account}:instance-profile{}{}",
        names::TENANT_PATH,
        names::INSTANCE
    )
}

/// Our log groups, in every Region.
pub(super) fn log_groups(account: &AccountId) -> Vec<String> {
    let group = format!("arn:aws:logs:*:{account}:log-group:/tenantry/*");
    vec![format!("{group}:*"), group]
}

/// The tenant's trail, in every Region.
pub(super) fn trail(account: &AccountId) -> Vec<String> {
    vec![format!(
        "arn:aws:cloudtrail:*:{account}:trail/{}",
        names::TRAIL
    )]
}

/// The bucket of the tenant's trail.
pub(super) fn bucket(account: &AccountId) -> Vec<String> {
    vec![format!("arn:aws:s3:::tenantry-trail-{account}-*")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{INLINE_LIMIT, TRUST_LIMIT};

    fn tenant() -> TenantId {
        TenantId::from_random([1; 10])
    }

    fn documents() -> Vec<(PlaneRole, Value)> {
        let account: AccountId = "444455556666".parse().unwrap();
        PlaneRole::ALL
            .map(|role| (role, plane(role, &tenant(), &account)))
            .to_vec()
    }

    fn actions(document: &Value) -> Vec<String> {
        let statements = document["Statement"].as_array().unwrap();
        statements
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap().clone())
            .map(|action| action.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn no_role_of_ours_is_allowed_an_action_by_wildcard() {
        for (role, document) in documents() {
            for action in actions(&document) {
                assert!(!action.contains('*'), "{role:?}: {action}");
            }
        }
    }

    #[test]
    fn the_auditor_may_only_read() {
        let reading = ["Describe", "Get", "List"];
        for (role, document) in documents() {
            for action in actions(&document) {
                let verb = action.split(':').nth(1).unwrap();
                let reads = reading.iter().any(|word| verb.starts_with(word));
                assert!(reads || role != PlaneRole::Auditor, "{action}");
            }
        }
    }

    #[test]
    fn the_provisioner_cannot_delete_what_records_the_tenant() {
        let documents = documents();
        let (_, provisioner) = &documents[0];
        for forbidden in [
            "cloudtrail:DeleteTrail",
            "cloudtrail:StopLogging",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:DeleteBucket",
            "logs:DeleteLogGroup",
            "iam:DeleteRole",
        ] {
            assert!(
                !actions(provisioner).contains(&forbidden.to_owned()),
                "{forbidden}"
            );
        }
    }

    #[test]
    fn every_statement_has_its_own_name_and_every_policy_fits() {
        for (role, document) in documents() {
            let size = document.to_string().len();
            assert!(size <= INLINE_LIMIT, "{role:?}: {size}");
            let mut names: Vec<String> = document["Statement"]
                .as_array()
                .unwrap()
                .iter()
                .map(|statement| statement["Sid"].to_string())
                .collect();
            let all = names.len();
            names.sort();
            names.dedup();
            assert_eq!(all, names.len(), "{role:?}");
        }
    }

    #[test]
    fn a_trust_policy_names_tenant_organization_and_function_and_fits() {
        let deployment = crate::policy::guardrail_tests::deployment();
        for role in PlaneRole::ALL {
            let trust = plane_trust(role, &tenant(), &deployment).to_string();
            assert!(trust.len() <= TRUST_LIMIT);
            assert!(trust.contains(tenant().as_str()));
            assert!(trust.contains("o-abcdefghij"));
            assert!(trust.contains("arn:aws:iam::111111111111:root"));
        }
    }
}
