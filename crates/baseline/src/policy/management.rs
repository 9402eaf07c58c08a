//! What the three roles of ours may do, and who may assume them.
//!
//! Their rights are put together from what the components declare beside themselves, as managed policies by kind of right. All
//! three roles read, so all three have the reads; the auditor has nothing else.

use serde_json::{Value, json};
use tenancy::{TenantId, Verb};

use super::{Grants, Scope, document, packing::pack};
use crate::{declaration::Declaration, desired::Deployment};

/// Managed policies that a role of ours can have. Source: IAM User Guide, "IAM and AWS STS quotas": the default was 10 for long,
/// and is 20 today.
pub const MOST_POLICIES: usize = 10;

/// A kind of right, with policies of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Of all three roles.
    Reads,
    /// Of the provisioner.
    Writes,
    /// Of the remover.
    Removals,
}

impl Rights {
    /// The rights of a role of ours.
    pub const fn of(verb: Verb) -> &'static [Self] {
        match verb {
            Verb::Onboard => &[Self::Reads, Self::Writes],
            Verb::Audit => &[Self::Reads],
            Verb::Offboard => &[Self::Reads, Self::Removals],
        }
    }

    /// How the names of its policies begin; a number from 1 follows.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Reads => "tenantry-reads-",
            Self::Writes => "tenantry-writes-",
            Self::Removals => "tenantry-removals-",
        }
    }
}

/// Who may assume one of the three roles of ours: the role of the verb's function, as [`trust_in`] says.
pub fn management_trust(verb: Verb, tenant: &TenantId, deployment: &Deployment) -> Value {
    let function = match verb {
        Verb::Onboard => &deployment.onboard_role_arn,
        Verb::Audit => &deployment.audit_role_arn,
        Verb::Offboard => &deployment.offboard_role_arn,
    };
    trust_in(function, tenant, deployment)
}

/// Who may assume a role of ours: one function's role, on behalf of this tenant, from within the organization.
///
/// The principal is the account and the role a condition on it: a role named as principal is stored by its unique id, and
/// making that role anew would lock us out of every tenant without a word.
pub fn trust_in(function: &str, tenant: &TenantId, deployment: &Deployment) -> Value {
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

/// The policies of our roles in the tenant's account, for these components: by the rights they give, with their names.
pub fn management_policies(
    scope: &Scope,
    components: &[&dyn Declaration],
) -> Vec<(Rights, String, Value)> {
    let mut all = Grants::default();
    for grants in components.iter().map(|component| component.grants(scope)) {
        all.reads.extend(grants.reads);
        all.writes.extend(grants.writes);
        all.removals.extend(grants.removals);
    }
    let of = |rights: Rights, grants| {
        let numbered = pack(grants).into_iter().enumerate();
        numbered.map(move |(index, document)| {
            (
                rights,
                format!("{}{}", rights.prefix(), index + 1),
                document,
            )
        })
    };
    of(Rights::Reads, all.reads)
        .chain(of(Rights::Writes, all.writes))
        .chain(of(Rights::Removals, all.removals))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        permitted::policies::list,
        policy::{MANAGED_LIMIT, TRUST_LIMIT},
        table::BASELINE,
    };

    fn tenant() -> TenantId {
        TenantId::from_random([1; 10])
    }

    fn scope() -> Scope {
        Scope {
            tenant: tenant(),
            account: "444455556666".parse().unwrap(),
            extras: crate::policy::Extras::ALL,
        }
    }

    fn policies(verb: Verb) -> Vec<(String, Value)> {
        let mut all = management_policies(&scope(), BASELINE);
        all.retain(|(rights, ..)| Rights::of(verb).contains(rights));
        all.into_iter()
            .map(|(_, name, document)| (name, document))
            .collect()
    }

    fn documents() -> Vec<(Verb, Value)> {
        let all = |verb| {
            policies(verb)
                .into_iter()
                .map(move |(_, document)| (verb, document))
        };
        Verb::ALL.into_iter().flat_map(all).collect()
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
        // Budgets calls its only reading action `ViewBudget`.
        let reading = ["Describe", "Get", "List", "View"];
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
        let policies = policies(Verb::Onboard);
        let may: Vec<String> = policies.iter().flat_map(|(_, one)| actions(one)).collect();
        for forbidden in [
            "cloudtrail:DeleteTrail",
            "cloudtrail:StopLogging",
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:DeleteBucket",
        ] {
            assert!(!may.contains(&forbidden.to_owned()), "{forbidden}");
        }
    }

    /// The resources on which the provisioner has an action.
    fn allowed_on(action: &str) -> Vec<String> {
        let policies = policies(Verb::Onboard);
        let statements = policies
            .iter()
            .flat_map(|(_, document)| document["Statement"].as_array().unwrap());
        let allowing = statements.filter(|one| one["Action"].to_string().contains(action));
        let resources = allowing.flat_map(|one| list(&one["Resource"]));
        resources
            .map(|one| one.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_provisioner_deletes_no_log_group_but_that_of_the_flow_logs() {
        for resource in allowed_on("logs:DeleteLogGroup") {
            let name = resource.trim_end_matches(":*");
            assert!(name.ends_with(":log-group:/tenantry/flow-logs"), "{name}");
        }
    }

    #[test]
    fn the_provisioner_deletes_no_role_but_those_of_support_the_key_reader_and_the_forwarder() {
        let roles = allowed_on("iam:DeleteRole\"");
        assert_eq!(
            roles,
            [
                "arn:aws:iam::444455556666:role/tenant/tenant-support",
                "arn:aws:iam::444455556666:role/tenantry/tenantry-key-reader",
                "arn:aws:iam::444455556666:role/tenantry/tenantry-event-forwarder",
            ]
        );
    }

    #[test]
    fn every_statement_has_its_own_name_and_every_policy_fits() {
        for verb in Verb::ALL {
            let policies = policies(verb);
            assert!(policies.len() <= MOST_POLICIES, "{verb:?}");
            let mut names: Vec<String> = Vec::new();
            for (name, document) in policies {
                let size = document.to_string().len();
                assert!(size <= MANAGED_LIMIT, "{name}: {size}");
                let statements = document["Statement"].as_array().unwrap();
                names.extend(statements.iter().map(|one| one["Sid"].to_string()));
            }
            let all = names.len();
            names.sort();
            names.dedup();
            assert_eq!(all, names.len(), "{verb:?}");
        }
    }

    #[test]
    fn what_the_provisioner_needs_to_repair_itself_stands_in_its_first_policy() {
        let policies = policies(Verb::Onboard);
        let (_, first) = policies
            .iter()
            .find(|(name, _)| name == "tenantry-writes-1")
            .unwrap();
        for action in ["iam:AttachRolePolicy", "iam:CreatePolicyVersion"] {
            assert!(actions(first).contains(&action.to_owned()), "{action}");
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
