//! What is ours in a tenant's account and has a name: others may read it, and nothing else. A denial of everything but reads also
//! covers the actions that AWS adds later.
//!
//! Each kind stands in the file `protected.rs` of its component, which imports no policy; `policy::protected` lists them.

use serde_json::{Value, json};
use tenancy::AccountId;

use crate::desired::Deployment;

/// A kind of resources that only we write to.
#[derive(Debug)]
pub(crate) struct Protected {
    /// The id of its statement.
    sid: &'static str,
    /// What stays open to others.
    reads: &'static [&'static str],
    /// Roles of ours, beside the management roles, by which AWS writes to it.
    pub delivered_by: &'static [&'static str],
    /// Its resources in one account, or with `*` in any.
    resources: fn(account: &str, deployment: &Deployment) -> Vec<String>,
}

impl Protected {
    /// A kind with this statement id, of which others may do only this.
    pub(crate) const fn of(
        sid: &'static str,
        reads: &'static [&'static str],
        resources: fn(account: &str, deployment: &Deployment) -> Vec<String>,
    ) -> Self {
        Self {
            sid,
            reads,
            delivered_by: &[],
            resources,
        }
    }

    /// The same, to which AWS writes by these roles.
    pub(crate) const fn delivered_by(mut self, roles: &'static [&'static str]) -> Self {
        self.delivered_by = roles;
        self
    }

    /// Denies everything but reads of these resources; `condition` is an object of operators, or null.
    pub(crate) fn denial(&self, resources: &[String], condition: &Value) -> Value {
        let mut statement = json!({ "Sid": self.sid, "Effect": "Deny", "NotAction": self.reads, "Resource": resources });
        if let (Some(fields), false) = (statement.as_object_mut(), condition.is_null()) {
            fields.insert("Condition".to_owned(), condition.clone());
        }
        statement
    }

    /// The resources in one account.
    pub(crate) fn within(&self, account: &AccountId, deployment: &Deployment) -> Vec<String> {
        (self.resources)(account.as_str(), deployment)
    }

    /// The resources in any account.
    pub(crate) fn anywhere(&self, deployment: &Deployment) -> Vec<String> {
        (self.resources)("*", deployment)
    }
}
