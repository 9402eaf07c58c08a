//! Ways into the account that others made: reported, and never touched. What is wrong is a finding with what a person has to do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::Severity;

use crate::{
    control::{Control, Verdict, listing},
    declared::{Key, Kind, Observation, Resource},
    desired::Desired,
    resources::{Policy, Role},
};

/// AWS's policies by which a role can give itself everything. Source: IAM User Guide, "AWS managed policies for job functions".
const ADMINISTRATION: [&str; 3] = [
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/IAMFullAccess",
    "arn:aws:iam::aws:policy/PowerUserAccess",
];

/// Ways into the account that others made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherWaysIn {
    /// Users with access keys.
    pub users_with_keys: BTreeSet<String>,
    /// Roles with administrator rights, and who of other accounts may take them on.
    pub foreign_administrators: BTreeMap<String, BTreeSet<String>>,
}

impl OtherWaysIn {
    /// The key of the only one.
    pub const KEY: Key = Key::only("other-ways-in");

    /// What follows from the roles and policies of the account, by name.
    pub fn of(
        desired: &Desired,
        roles: &BTreeMap<String, Role>,
        policies: &BTreeMap<String, Policy>,
        users_with_keys: BTreeSet<String>,
    ) -> Self {
        let administrators = roles
            .iter()
            .filter(|(_, role)| is_administrator(role, policies));
        let foreign = administrators.filter_map(|(name, role)| {
            let from = foreign_principals(desired, &role.trust);
            (!from.is_empty()).then(|| (name.clone(), from))
        });
        Self {
            users_with_keys,
            foreign_administrators: foreign.collect(),
        }
    }
}

impl Resource for OtherWaysIn {
    const KIND: Kind =
        Kind::of::<Self>("other-ways-in", "ways in that others made", &[]).observed_only();

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}

fn is_administrator(role: &Role, policies: &BTreeMap<String, Policy>) -> bool {
    let customer = |arn: &String| {
        let policy = policies.get(arn.rsplit('/').next().unwrap_or_default());
        policy.is_some_and(|policy| allows_everything(&policy.document))
    };
    let attached = |arn: &String| ADMINISTRATION.contains(&arn.as_str()) || customer(arn);
    role.attached.iter().any(attached) || role.inline.values().any(allows_everything)
}

fn allows_everything(document: &Value) -> bool {
    statements(document).any(|statement| {
        let holds = |name: &str, wanted: &[&str]| {
            texts(statement.get(name)).any(|text| wanted.contains(&text))
        };
        holds("Action", &["*", "*:*", "iam:*"]) && holds("Resource", &["*"])
    })
}

/// Statements that allow.
fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let all = listed(document.get("Statement"));
    all.filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Allow"))
}

/// Other accounts that a trust policy lets in, and `*` for everyone. This installation's accounts are expected there.
fn foreign_principals(desired: &Desired, trust: &Value) -> BTreeSet<String> {
    let own = |account: &str| {
        let tenant = desired.account.as_ref();
        tenant.is_some_and(|id| id.as_str() == account)
            || desired.deployment.is_own_account(account)
    };
    let of_statement = |statement: &Value| -> BTreeSet<String> {
        if statement.get("NotPrincipal").is_some() {
            return BTreeSet::from(["*".to_owned()]);
        }
        let principal = statement.get("Principal");
        let named = match principal {
            Some(Value::Object(kinds)) => kinds.get("AWS"),
            other => other,
        };
        let accounts = texts(named).filter_map(account_of);
        accounts.filter(|a| !own(a)).map(str::to_owned).collect()
    };
    statements(trust).flat_map(of_statement).collect()
}

/// The account of a principal: `*` for everyone, none for the id of a principal that is deleted.
fn account_of(principal: &str) -> Option<&str> {
    match principal.split(':').nth(4) {
        Some(account) => Some(account),
        None if principal == "*" || principal.bytes().all(|b| b.is_ascii_digit()) => {
            Some(principal)
        }
        None => None,
    }
}

/// A list, or the only entry of one.
fn listed(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, one) = match value {
        Some(Value::Array(list)) => (list.as_slice(), None),
        one => (&[][..], one),
    };
    list.iter().chain(one)
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    listed(value).filter_map(Value::as_str)
}

pub(super) const CONTROLS: &[Control<Observation>] = &[
    Control {
        id: "TNT.IAM.1",
        title: "access keys of users",
        resource: "IAM users",
        wanted: "none",
        severity: Severity::High,
        remedy: "Have the tenant use roles, or an identity provider, instead of users with access keys, and delete the keys.",
        evaluate: |_, seen| {
            evaluate(seen, |found| {
                listing(found.users_with_keys.iter().map(|user| format!("`{user}`")))
            })
        },
    },
    Control {
        id: "TNT.IAM.2",
        title: "administrator roles that trust other accounts",
        resource: "IAM roles",
        wanted: "none",
        severity: Severity::Critical,
        remedy: "Ask the tenant who the other account is. Narrow what the role may do and who may assume it, or delete it.",
        evaluate: |_, seen| {
            evaluate(seen, |found| {
                let roles = found.foreign_administrators.iter();
                listing(roles.map(|(role, from)| {
                    let from: Vec<&str> = from.iter().map(String::as_str).collect();
                    format!("`{role}` trusts {}", from.join(", "))
                }))
            })
        },
    },
];

fn evaluate(seen: &Observation, wrong: fn(&OtherWaysIn) -> Option<String>) -> Verdict {
    match seen.present::<OtherWaysIn>(&OtherWaysIn::KEY) {
        Some(found) => wrong(&found).map_or(Verdict::Passed, Verdict::Failed),
        None => Verdict::NotVerifiable("IAM did not say".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenancy::DesiredState;

    use super::*;
    use crate::account::sample_desired;

    fn role(trust: Value, attached: &str) -> Role {
        Role {
            trust: json!({ "Statement": [{ "Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole" }] }),
            attached: [attached.to_owned()].into(),
            ..Role::default()
        }
    }

    fn foreign(trust: Value, attached: &str) -> Vec<String> {
        let mut desired = sample_desired(DesiredState::Present);
        desired.account = Some("444455556666".parse().unwrap());
        let roles = BTreeMap::from([("support".to_owned(), role(trust, attached))]);
        let everything =
            json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
        let own = Policy {
            document: everything,
            ..Policy::default()
        };
        let policies = BTreeMap::from([("everything".to_owned(), own)]);
        let found = OtherWaysIn::of(&desired, &roles, &policies, BTreeSet::new());
        let found = found.foreign_administrators.into_values().flatten();
        found.collect()
    }

    #[test]
    fn an_administrator_role_that_trusts_another_account_is_found_however_it_is_written() {
        let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
        for trust in [
            json!({ "AWS": "arn:aws:iam::999999999999:root" }),
            json!({ "AWS": "999999999999" }),
            json!({ "AWS": ["444455556666", "arn:aws:iam::999999999999:role/x"] }),
        ] {
            assert_eq!(foreign(trust.clone(), admin), ["999999999999"], "{trust}");
        }
        let customer = "arn:aws:iam::444455556666:policy/everything";
        assert_eq!(
            foreign(json!({ "AWS": "999999999999" }), customer),
            ["999999999999"]
        );
        assert_eq!(foreign(json!("*"), admin), ["*"]);
        assert_eq!(foreign(json!({ "AWS": "*" }), admin), ["*"]);
    }

    #[test]
    fn who_is_expected_and_who_may_do_little_is_no_finding() {
        let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
        for trust in [
            json!({ "AWS": "arn:aws:iam::444455556666:root" }),
            json!({ "AWS": "arn:aws:iam::111111111111:role/tenantry-onboard" }),
            json!({ "Service": "ec2.amazonaws.com" }),
            json!({ "AWS": "AROAEXAMPLEDELETED" }),
        ] {
            assert_eq!(foreign(trust.clone(), admin), [""; 0], "{trust}");
        }
        let reader = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        assert_eq!(foreign(json!({ "AWS": "999999999999" }), reader), [""; 0]);
    }
}
