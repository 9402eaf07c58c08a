//! One look at all roles and policies of an account, shared by the components that need it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Weak},
};

use aws_sdk_iam::{
    Client,
    types::{EntityType, ManagedPolicyDetail, RoleDetail, Tag},
};
use baseline::{
    Desired,
    access::{RoleSeen, Roles},
    identity::BoundarySeen,
};
use serde_json::Value;
use tenancy::Failure;
use tokio::sync::OnceCell;

use crate::{
    errors,
    visit::{Visit, lock},
};

/// The roles and customer-managed policies of an account.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    /// Roles by name, but for how long their sessions may last.
    pub roles: Roles,
    /// Policies by ARN.
    pub policies: BTreeMap<String, ManagedPolicyDetail>,
}

/// What a visit remembers of looking at identities.
#[derive(Default)]
pub(crate) struct Glance {
    /// A look that is under way; gone as soon as everyone who waits for it has it, so that nobody is shown an old one.
    under_way: Mutex<Weak<OnceCell<Identities>>>,
    /// Whether this visit has seen to it that planting is noted.
    pub planting_noted: OnceCell<()>,
}

impl Visit {
    /// All roles and policies of the account, in one call (one more for each thousand). Components that look at the same time share
    /// the answer.
    ///
    /// # Errors
    /// The account cannot be entered, or IAM did not answer.
    pub(crate) async fn identities(&self, desired: &Desired) -> Result<Look, Failure> {
        let iam = self.iam(desired).await?;
        let cell = {
            let mut under_way = lock(&self.glance.under_way);
            match under_way.upgrade() {
                Some(cell) => cell,
                None => {
                    let cell = Arc::new(OnceCell::new());
                    *under_way = Arc::downgrade(&cell);
                    cell
                }
            }
        };
        cell.get_or_try_init(|| identities(&iam)).await?;
        Ok(Look(cell))
    }
}

/// A shared look that has been had.
pub(crate) struct Look(Arc<OnceCell<Identities>>);

static NOTHING: Identities = Identities {
    roles: BTreeMap::new(),
    policies: BTreeMap::new(),
};

impl std::ops::Deref for Look {
    type Target = Identities;
    fn deref(&self) -> &Identities {
        self.0.get().unwrap_or(&NOTHING)
    }
}

/// All roles and policies of the account, by this client.
pub(crate) async fn identities(iam: &Client) -> Result<Identities, Failure> {
    let mut pages = iam
        .get_account_authorization_details()
        .filter(EntityType::Role)
        .filter(EntityType::LocalManagedPolicy)
        .max_items(1000)
        .into_paginator()
        .send();
    let mut all = Identities::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            errors::failure("looking at the account's roles and policies", &error)
        })?;
        let roles = page.role_detail_list.unwrap_or_default();
        all.roles.extend(roles.iter().map(named));
        let policies = page.policies.unwrap_or_default();
        all.policies.extend(
            policies
                .into_iter()
                .filter_map(|policy| Some((policy.arn.clone()?, policy))),
        );
    }
    Ok(all)
}

fn named(role: &RoleDetail) -> (String, RoleSeen) {
    let inline = role.role_policy_list().iter().filter_map(|policy| {
        Some((
            policy.policy_name.clone()?,
            document(policy.policy_document.as_deref()?),
        ))
    });
    let attached = role
        .attached_managed_policies()
        .iter()
        .filter_map(|policy| policy.policy_arn.clone());
    let seen = RoleSeen {
        path: role.path().unwrap_or_default().to_owned(),
        trust: role
            .assume_role_policy_document()
            .map_or(Value::Null, document),
        inline: inline.collect(),
        attached: attached.collect(),
        boundary: role
            .permissions_boundary()
            .and_then(|boundary| boundary.permissions_boundary_arn.clone()),
        tags: tags(role.tags()),
        session_secs: None,
    };
    (role.role_name().unwrap_or_default().to_owned(), seen)
}

/// A managed policy as the boundary it is: the version in force, and the others by age.
pub(crate) fn boundary(
    policy: &ManagedPolicyDetail,
    tags: BTreeMap<String, String>,
) -> BoundarySeen {
    let mut old: Vec<_> = policy
        .policy_version_list()
        .iter()
        .filter(|version| !version.is_default_version)
        .collect();
    let number = |id: Option<&str>| id.and_then(|id| id.get(1..)?.parse::<u64>().ok());
    old.sort_by_key(|version| number(version.version_id()));
    let in_force = policy
        .policy_version_list()
        .iter()
        .find(|version| version.is_default_version);
    BoundarySeen {
        document: in_force
            .and_then(|version| version.document())
            .map_or(Value::Null, document),
        old_versions: old
            .iter()
            .filter_map(|version| version.version_id.clone())
            .collect(),
        tags,
    }
}

/// A role that IAM says is there; a new one may not be visible in every answer yet.
pub(crate) fn visible(roles: &Roles, name: &str) -> Result<RoleSeen, Failure> {
    let doing = || format!("looking at role `{name}`");
    roles
        .get(name)
        .cloned()
        .ok_or_else(|| Failure::wait(doing(), format!("role `{name}` to be visible"), 5))
}

/// Tags as a map.
pub(crate) fn tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}

/// A policy document as IAM hands it out: JSON, percent-encoded. What cannot be read is kept as text, and so equals nothing of ours.
pub(crate) fn document(encoded: &str) -> Value {
    let text = decoded(encoded);
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn decoded(encoded: &str) -> String {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_as_iam_hands_them_out() {
        let encoded = "%7B%22Statement%22%3A%5B%7B%22Sid%22%3A%22%C3%A4%20b%22%7D%5D%7D";
        assert_eq!(
            document(encoded),
            serde_json::json!({"Statement": [{"Sid": "ä b"}]})
        );
        assert_eq!(
            document("{\"a\":\"100%\"}"),
            serde_json::json!({"a": "100%"})
        );
        assert_eq!(document("no json"), Value::String("no json".into()));
    }
}
