//! Ways into the account that others made: reported, and never touched. What is wrong is a finding with what a person has to do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{Severity, control::RepairedBy};

use crate::{
    control::{Control, Verdict, listing},
    covers::Covers,
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

/// Only IAM Identity Center makes roles here, for people whom the organization lets in (IAM Identity Center User Guide, "Referencing permission sets in
/// resource policies").
const OF_IDENTITY_CENTER: &str = "/aws-reserved/sso.amazonaws.com/";

/// Ways into the account that others made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherWaysIn {
    /// Users with access keys.
    pub users_with_keys: BTreeSet<String>,
    /// Users with a password for the console.
    #[serde(default)]
    pub users_with_passwords: BTreeSet<String>,
    /// Roles with administrator rights, and who of other accounts may take them on.
    pub foreign_administrators: BTreeMap<String, BTreeSet<String>>,
}

/// What a user can sign in by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Access keys, active or not.
    pub keys: bool,
    /// A password for the console.
    pub password: bool,
}

impl OtherWaysIn {
    /// The key of the only one.
    pub const KEY: Key = Key::only("other-ways-in");

    /// What follows from the roles and policies of the account, by name.
    pub fn of(
        desired: &Desired,
        roles: &BTreeMap<String, Role>,
        policies: &BTreeMap<String, Policy>,
        users: &BTreeMap<String, Credentials>,
    ) -> Self {
        let administrators = roles
            .iter()
            .filter(|(_, role)| is_administrator(desired, role, policies));
        let foreign = administrators.filter_map(|(name, role)| {
            let mut from = foreign_principals(desired, &role.trust);
            if role.path.starts_with(OF_IDENTITY_CENTER) {
                from.retain(|who| !who.contains(":saml-provider/"));
            }
            (!from.is_empty()).then(|| (name.clone(), from))
        });
        let with = |has: fn(&Credentials) -> bool| {
            let with = users.iter().filter(|(_, credentials)| has(credentials));
            with.map(|(user, _)| user.clone()).collect()
        };
        Self {
            users_with_keys: with(|credentials| credentials.keys),
            users_with_passwords: with(|credentials| credentials.password),
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

fn is_administrator(desired: &Desired, role: &Role, policies: &BTreeMap<String, Policy>) -> bool {
    let gives = |document: &Value| allows_everything(desired, document);
    let customer = |arn: &String| {
        let policy = policies.get(arn.rsplit('/').next().unwrap_or_default());
        policy.is_some_and(|policy| gives(&policy.document))
    };
    let attached = |arn: &String| ADMINISTRATION.contains(&arn.as_str()) || customer(arn);
    role.attached.iter().any(attached) || role.inline.values().any(gives)
}

/// Rights of IAM by which their holder can give itself, or a role that it may take on, every other right, and what each is used on. Source: IAM User
/// Guide, "Policies and permissions", and the Service Authorization Reference of IAM, access level "Permissions management" and column "Resource
/// types".
const GIVING_RIGHTS: [(&str, &str); 13] = [
    ("iam:addusertogroup", "group"),
    ("iam:attachgrouppolicy", "group"),
    ("iam:attachrolepolicy", "role"),
    ("iam:attachuserpolicy", "user"),
    // An administrator who is a user is whoever has a key or the password.
    ("iam:createaccesskey", "user"),
    ("iam:createloginprofile", "user"),
    ("iam:createpolicyversion", "policy"),
    ("iam:putgrouppolicy", "group"),
    ("iam:putrolepolicy", "role"),
    ("iam:putuserpolicy", "user"),
    ("iam:setdefaultpolicyversion", "policy"),
    ("iam:updateassumerolepolicy", "role"),
    ("iam:updateloginprofile", "user"),
];

/// In the place of a name: only wildcards of a pattern fit it.
const ANY_NAME: &str = "****";

/// Services that let in whoever has a certificate of a trust anchor: the people of whoever made it. Source: IAM Roles Anywhere User Guide, "Trust
/// model".
const FOREIGN_SERVICES: [&str; 1] = ["rolesanywhere.amazonaws.com"];

/// Whether it allows everything, on everything, or what everything can be had by: a right to give rights, on all of a kind in the account.
fn allows_everything(desired: &Desired, document: &Value) -> bool {
    let account = desired.account.as_ref().map_or("", |id| id.as_str());
    statements(document).any(|statement| {
        let names = |name: &str, text: &str| {
            let mut patterns = texts(statement.get(name));
            patterns.any(|pattern| matches(&pattern.to_ascii_lowercase(), text))
        };
        // All but what is named: still everything, unless all that gives rights is named.
        let covers = |name: &str, not: &str, text: &str| {
            names(name, text) || (statement.get(not).is_some() && !names(not, text))
        };
        GIVING_RIGHTS.iter().any(|(right, kind)| {
            let all = format!("arn:aws:iam::{account}:{kind}/{ANY_NAME}");
            covers("Action", "NotAction", right) && covers("Resource", "NotResource", &all)
        })
    })
}

/// Whether a pattern with `*` and `?` matches a name, both in lowercase. The tenant writes the pattern: the time is bounded by the product of
/// both lengths.
fn matches(pattern: &str, name: &str) -> bool {
    // Which lengths of the name the pattern so far matches.
    let mut ends = BTreeSet::from([0]);
    for part in pattern.bytes() {
        ends = match part {
            b'*' => (ends.first().copied().unwrap_or(usize::MAX)..=name.len()).collect(),
            part => {
                let fits = |at: &usize| {
                    let found = name.as_bytes().get(*at);
                    found.is_some_and(|found| part == b'?' || part == *found)
                };
                ends.into_iter().filter(fits).map(|at| at + 1).collect()
            }
        };
    }
    ends.contains(&name.len())
}

/// Statements that allow.
fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let all = listed(document.get("Statement"));
    all.filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Allow"))
}

/// Other accounts and identity providers that a trust policy lets in, and `*` for everyone. This installation's accounts are expected there.
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
        let accounts = accounts.filter(|account| !own(account));
        // Whoever the provider says it is: its people are in no account.
        let providers = texts(principal.and_then(|kinds| kinds.get("Federated")));
        let services = texts(principal.and_then(|kinds| kinds.get("Service")));
        let services = services.filter(|service| FOREIGN_SERVICES.contains(service));
        accounts
            .chain(providers)
            .chain(services)
            .map(str::to_owned)
            .collect()
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
        reads: "iam ListAccessKeys",
        remedy: "Have the tenant use roles, or an identity provider, instead of users with access keys, and delete the keys.",
        repaired_by: RepairedBy::Tenant,
        covers: Covers::NONE,
        evaluate: |_, seen| {
            evaluate(seen, |found| {
                listing(found.users_with_keys.iter().map(|user| format!("`{user}`")))
            })
        },
    },
    Control {
        id: "TNT.IAM.3",
        title: "passwords of users for the console",
        resource: "IAM users",
        wanted: "none",
        severity: Severity::High,
        reads: "iam GetLoginProfile",
        remedy: "Have the tenant's people sign in by an identity provider or by roles, and delete the users' passwords.",
        repaired_by: RepairedBy::Tenant,
        covers: Covers::NONE,
        evaluate: |_, seen| {
            evaluate(seen, |found| {
                let users = found.users_with_passwords.iter();
                listing(users.map(|user| format!("`{user}`")))
            })
        },
    },
    Control {
        id: "TNT.IAM.2",
        title: "administrator roles that trust other accounts or identity providers",
        resource: "IAM roles",
        wanted: "none",
        severity: Severity::Critical,
        reads: "iam GetAccountAuthorizationDetails",
        remedy: "Ask the tenant whose the other account or the identity provider is. Narrow what the role may do and who may assume it, or delete it.",
        repaired_by: RepairedBy::Tenant,
        covers: Covers::NONE,
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
        None => Verdict::NotVerifiable("IAM's answer does not contain it".to_owned()),
    }
}

#[cfg(test)]
mod tests;
