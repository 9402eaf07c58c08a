//! What the three roles of ours may do, and who may assume them.
//!
//! Each policy is put together from what the components declare beside themselves. All three roles look, so all three have the
//! reads; the auditor has nothing else.

use serde_json::{Value, json};
use tenancy::{TenantId, Verb};

use super::{Grant, Scope, document, statement};
use crate::{desired::Deployment, row::Declaration};

/// Who may assume a role of ours: one function's role, on behalf of this tenant, from within the organization.
///
/// The principal is the account and the role a condition on it: a role named as principal is stored by its unique id, and
/// making that role anew would lock us out of every tenant without a word.
pub fn management_trust(verb: Verb, tenant: &TenantId, deployment: &Deployment) -> Value {
    let function = match verb {
        Verb::Onboard => &deployment.onboard_role_arn,
        Verb::Audit => &deployment.audit_role_arn,
        Verb::Offboard => &deployment.offboard_role_arn,
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

/// What a role of ours may do in the tenant's account, for these components.
pub fn management(verb: Verb, scope: &Scope, components: &[&dyn Declaration]) -> Value {
    let grants = components
        .iter()
        .flat_map(|component| component_grants(verb, scope, *component));
    let statement = |grant: Grant| {
        statement(
            grant.sid,
            "Allow",
            &grant.actions,
            &grant.resources,
            grant.condition,
        )
    };
    document(grants.map(statement).collect())
}

/// What a role of ours needs for one component.
fn component_grants(verb: Verb, scope: &Scope, component: &dyn Declaration) -> Vec<Grant> {
    let grants = component.grants(scope);
    let mut all = grants.reads;
    all.extend(match verb {
        Verb::Audit => Vec::new(),
        Verb::Onboard => grants.writes,
        Verb::Offboard => grants.removals,
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        policy::{INLINE_LIMIT, TRUST_LIMIT},
        table::BASELINE,
    };

    fn tenant() -> TenantId {
        TenantId::from_random([1; 10])
    }

    fn scope() -> Scope {
        Scope {
            tenant: tenant(),
            account: "444455556666".parse().unwrap(),
        }
    }

    fn documents() -> Vec<(Verb, Value)> {
        Verb::ALL
            .map(|role| (role, management(role, &scope(), BASELINE)))
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
                assert!(reads || role != Verb::Audit, "{action}");
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
        for role in Verb::ALL {
            let trust = management_trust(role, &tenant(), &deployment).to_string();
            assert!(trust.len() <= TRUST_LIMIT);
            assert!(trust.contains(tenant().as_str()));
            assert!(trust.contains("o-abcdefghij"));
            assert!(trust.contains("arn:aws:iam::111111111111:root"));
        }
    }
}
