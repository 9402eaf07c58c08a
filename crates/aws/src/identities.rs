//! One read of all roles and policies of an account, shared by the components that need it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Weak},
};

use aws_sdk_iam::{
    Client,
    types::{EntityType, ManagedPolicyDetail, RoleDetail},
};
use baseline::{
    Desired,
    access::{RoleSeen, Roles},
    identity::BoundarySeen,
    resources::Role,
};
use serde_json::Value;
use tenancy::Failure;
use tokio::sync::OnceCell;

use crate::{
    calls::{document, tag_map},
    errors,
    pass::{PassContext, lock},
};

/// The roles and customer-managed policies of an account.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    /// Roles by name, but for how long their sessions may last.
    pub roles: Roles,
    /// Policies by ARN.
    pub policies: BTreeMap<String, ManagedPolicyDetail>,
}

impl Identities {
    /// A role, if it is there.
    pub(crate) fn role(&self, name: &str) -> Option<Role> {
        let role = self.roles.get(name)?.clone();
        Some(Role {
            path: role.path,
            trust: role.trust,
            inline: role.inline,
            attached: role.attached,
            boundary: role.boundary,
            tags: role.tags,
            ..Role::default()
        })
    }
}

/// The one read of all roles and policies, shared by the components of a pass that need it.
pub(crate) struct IdentitySnapshots {
    pass: Arc<PassContext>,
    /// A read that is under way; dropped as soon as everyone who waits for it has it, so that nobody is shown an old one.
    under_way: Mutex<Weak<OnceCell<Identities>>>,
}

impl IdentitySnapshots {
    pub(crate) fn new(pass: &Arc<PassContext>) -> Arc<Self> {
        Arc::new(Self {
            pass: Arc::clone(pass),
            under_way: Mutex::default(),
        })
    }

    /// All roles and policies of the account, in one call (one more for each thousand). Components that read at the same time
    /// share the answer.
    ///
    /// # Errors
    /// The account cannot be entered, or IAM did not answer.
    pub(crate) async fn read(&self, desired: &Desired) -> Result<IdentitySnapshot, Failure> {
        let iam = self.pass.clients.iam(desired).await?;
        let cell = self.join();
        cell.get_or_try_init(|| identities(&iam)).await?;
        Ok(IdentitySnapshot(cell))
    }

    fn join(&self) -> Arc<OnceCell<Identities>> {
        let mut under_way = lock(&self.under_way);
        under_way.upgrade().unwrap_or_else(|| {
            let cell = Arc::new(OnceCell::new());
            *under_way = Arc::downgrade(&cell);
            cell
        })
    }
}

/// An answer that several components share.
pub(crate) struct IdentitySnapshot(Arc<OnceCell<Identities>>);

static EMPTY: Identities = Identities {
    roles: BTreeMap::new(),
    policies: BTreeMap::new(),
};

impl std::ops::Deref for IdentitySnapshot {
    type Target = Identities;
    fn deref(&self) -> &Identities {
        self.0.get().unwrap_or(&EMPTY)
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
        tags: tag_map(role.tags()),
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
