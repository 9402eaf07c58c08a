//! The IAM actions that runs used, by role, and how they compare with what the roles are granted.
//!
//! The proxy records them for every call of the functions. If the variable [`DIRECTORY`] names a directory, every proxy writes
//! what it recorded to a file there when it stops; so the actions of many processes can be merged.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use baseline::{
    BASELINE,
    policy::{Rights, Scope, management_policies},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenancy::{TenantId, Verb};

use crate::machine::AnyError;

/// The environment variable that names the directory for recorded actions.
pub const DIRECTORY: &str = "TENANTRY_USED_ACTIONS";

/// IAM actions by role name, such as `ec2:CreateVpc` for `tenantry-provisioner`.
pub type Actions = BTreeMap<String, BTreeSet<String>>;

/// The IAM actions that calls needed, by the name of the role whose session made the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UsedActions(Actions);

impl UsedActions {
    /// Adds the actions of a call. Calls of no role (an account's root) are not recorded.
    pub fn add(&mut self, role: &str, actions: impl IntoIterator<Item = String>) {
        if !role.is_empty() {
            self.0.entry(role.to_owned()).or_default().extend(actions);
        }
    }

    /// Adds those of another run.
    pub fn merge(&mut self, other: Self) {
        for (role, actions) in other.0 {
            self.0.entry(role).or_default().extend(actions);
        }
    }

    /// Writes them to a new file in a directory.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, directory: &Path) -> io::Result<()> {
        std::fs::create_dir_all(directory)?;
        let name = format!("{:016x}.json", rand::random::<u64>());
        std::fs::write(directory.join(name), serde_json::to_vec(self)?)
    }

    /// Merges all files of a directory.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn load(directory: &Path) -> io::Result<Self> {
        let mut merged = Self::default();
        for entry in std::fs::read_dir(directory)? {
            merged.merge(serde_json::from_slice(&std::fs::read(entry?.path())?)?);
        }
        Ok(merged)
    }

    fn of(&self, role: &str) -> BTreeSet<String> {
        self.0.get(role).cloned().unwrap_or_default()
    }
}

/// The actions that the management roles are granted by the policy documents that tenantry writes.
///
/// # Errors
/// A document has another shape than IAM's.
pub fn granted() -> Result<Actions, AnyError> {
    let mut granted = Actions::new();
    for (role, document) in policy_documents()? {
        let actions = granted.entry(role).or_default();
        actions.extend(allowed(&document)?);
    }
    Ok(granted)
}

/// Every policy document of the management roles, with the role's name. The only place that knows how the product builds them.
fn policy_documents() -> Result<Vec<(String, Value)>, AnyError> {
    let scope = Scope {
        tenant: TenantId::from_random([1; 10]),
        account: "444455556666".parse()?,
        extras: baseline::policy::Extras::ALL,
    };
    let policies = management_policies(&scope, BASELINE);
    let of_role = |verb: Verb| {
        let given = policies
            .iter()
            .filter(move |(rights, ..)| Rights::of(verb).contains(rights));
        given.map(move |(_, _, document)| (verb.role().to_owned(), document.clone()))
    };
    Ok(Verb::ALL.into_iter().flat_map(of_role).collect())
}

/// The actions that a policy document allows.
fn allowed(document: &Value) -> Result<BTreeSet<String>, AnyError> {
    let mut actions = BTreeSet::new();
    for statement in list(&document["Statement"]) {
        if statement["Effect"] != "Allow" {
            continue;
        }
        for action in list(&statement["Action"]) {
            let action = action.as_str().ok_or("an action that is no text")?;
            actions.insert(action.to_owned());
        }
    }
    Ok(actions)
}

/// IAM takes one element without its list.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// Every difference between use and grants, of the roles in `granted`: [`used_not_granted`], then [`granted_not_used`].
pub fn compare(used: &UsedActions, granted: &Actions) -> Vec<String> {
    let mut differences = used_not_granted(used, granted);
    differences.extend(granted_not_used(used, granted));
    differences
}

/// The actions that a role used without a grant.
pub fn used_not_granted(used: &UsedActions, granted: &Actions) -> Vec<String> {
    let of = |(role, granted): (&String, &BTreeSet<String>)| {
        let used = used.of(role);
        let missing = used.difference(granted);
        let said = missing.map(|action| format!("{role} used {action}, which is not granted"));
        said.collect::<Vec<_>>()
    };
    granted.iter().flat_map(of).collect()
}

/// The actions that a role is granted and did not use.
pub fn granted_not_used(used: &UsedActions, granted: &Actions) -> Vec<String> {
    let of = |(role, granted): (&String, &BTreeSet<String>)| {
        let used = used.of(role);
        let idle = granted.difference(&used);
        let said = idle.map(|action| format!("{role} is granted {action}, which it never used"));
        said.collect::<Vec<_>>()
    };
    granted.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(actions: &[&str]) -> BTreeSet<String> {
        actions.iter().map(|action| (*action).to_owned()).collect()
    }

    fn used(actions: &[&str]) -> UsedActions {
        let mut used = UsedActions::default();
        used.add("tenantry-auditor", set(actions));
        used.add("another role", set(&["s3:ListAllMyBuckets"]));
        used
    }

    #[test]
    fn an_action_used_without_a_grant_and_one_granted_without_use_are_both_reported() {
        let granted = BTreeMap::from([(
            "tenantry-auditor".to_owned(),
            set(&["ec2:DescribeVpcs", "s3:ListBucket"]),
        )]);
        let differences = compare(&used(&["ec2:DescribeVpcs", "ec2:CreateVpc"]), &granted);
        assert_eq!(
            differences,
            [
                "tenantry-auditor used ec2:CreateVpc, which is not granted",
                "tenantry-auditor is granted s3:ListBucket, which it never used",
            ]
        );
        assert!(compare(&used(&["ec2:DescribeVpcs", "s3:ListBucket"]), &granted).is_empty());
    }

    #[test]
    fn a_role_that_made_no_call_used_none_of_its_grants() {
        let granted = BTreeMap::from([("tenantry-remover".to_owned(), set(&["ec2:DeleteVpc"]))]);
        assert_eq!(compare(&used(&[]), &granted).len(), 1);
    }

    #[test]
    fn merged_and_saved_actions_are_the_union() {
        let directory = crate::trial::temporary::TemporaryDirectory::new().unwrap();
        used(&["a:B"]).save(directory.path()).unwrap();
        used(&["c:D"]).save(directory.path()).unwrap();
        let loaded = UsedActions::load(directory.path()).unwrap();
        assert_eq!(loaded, used(&["a:B", "c:D"]));
    }

    #[test]
    fn only_allowed_actions_of_a_document_count() {
        let document = serde_json::json!({"Statement": [
            {"Effect": "Allow", "Action": "a:B"},
            {"Effect": "Allow", "Action": ["c:D", "e:F"]},
            {"Effect": "Deny", "Action": ["g:H"]},
        ]});
        assert_eq!(allowed(&document).unwrap(), set(&["a:B", "c:D", "e:F"]));
    }

    #[test]
    fn every_management_role_is_granted_something() {
        let granted = granted().unwrap();
        assert_eq!(granted.len(), 3);
        assert!(granted.values().all(|actions| !actions.is_empty()));
    }
}
