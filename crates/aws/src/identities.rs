//! IAM in a tenant's account, and one read of all its roles and policies, shared by the components that need it.

mod holders;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, Weak},
};

use aws_sdk_iam::{
    Client,
    types::{EntityType, InstanceProfile as SdkProfile, ManagedPolicyDetail, RoleDetail},
};
use baseline::{
    Desired,
    resources::{InstanceProfile, Policy, Role},
};
use serde_json::Value;
use tenancy::Failure;
use tokio::sync::OnceCell;

use self::holders::{Holders, profile_of_others};
use crate::{
    calls::{checked, document, tag_map},
    pass::{PassContext, lock},
};

/// What is named like this but for upper and lower case, and by which name: IAM makes no second one beside it.
/// Source: IAM API reference, `CreateRole`, `CreatePolicy` and `CreateInstanceProfile`, "Request Parameters".
pub(crate) fn in_other_case<T>(all: &BTreeMap<String, T>, name: &str) -> Option<(String, T)>
where
    T: Clone,
{
    let mut others = all.iter().filter(|(other, _)| *other != name);
    let found = others.find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(other, found)| (other.clone(), found.clone()))
}

/// The roles and customer managed policies of an account, by name.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    /// Roles, but for how long their sessions may last.
    pub roles: BTreeMap<String, Role>,
    /// Policies, but for their tags.
    pub policies: BTreeMap<String, Policy>,
    /// Names of users.
    pub users: BTreeSet<String>,
    /// Instance profiles that a role is in, but for their tags.
    pub profiles: BTreeMap<String, InstanceProfile>,
}

/// By which role IAM is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// The management role of the pass's verb.
    Management,
    /// The role Organizations made in the account.
    Bootstrap,
}

/// IAM in a tenant's account, in one pass.
pub(crate) struct TenantIam {
    pub pass: Arc<PassContext>,
    via: Via,
    /// A read that is under way; dropped as soon as everyone who waits for it has it, so that nobody is shown an old one.
    under_way: Mutex<Weak<OnceCell<Identities>>>,
}

impl TenantIam {
    pub(crate) fn new(pass: &Arc<PassContext>, via: Via) -> Arc<Self> {
        Arc::new(Self {
            pass: Arc::clone(pass),
            via,
            under_way: Mutex::default(),
        })
    }

    /// The client.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(crate) async fn client(&self, desired: &Desired) -> Result<Client, Failure> {
        match self.via {
            Via::Management => self.pass.clients.iam(desired).await,
            Via::Bootstrap => {
                let session = self.pass.sessions.bootstrap(desired).await?;
                Ok(Client::new(&session))
            }
        }
    }

    /// All roles and policies of the account, in one call (one more for each thousand). Components that read at the same time
    /// share the answer.
    ///
    /// # Errors
    /// The account cannot be entered, or IAM did not answer.
    pub(crate) async fn identities(&self, desired: &Desired) -> Result<IdentitySnapshot, Failure> {
        let iam = self.client(desired).await?;
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
    users: BTreeSet::new(),
    profiles: BTreeMap::new(),
};

impl std::ops::Deref for IdentitySnapshot {
    type Target = Identities;
    fn deref(&self) -> &Identities {
        self.0.get().unwrap_or(&EMPTY)
    }
}

async fn identities(iam: &Client) -> Result<Identities, Failure> {
    let mut pages = iam
        .get_account_authorization_details()
        .filter(EntityType::Role)
        .filter(EntityType::LocalManagedPolicy)
        .filter(EntityType::User)
        // For the policies that they hold.
        .filter(EntityType::Group)
        .max_items(1000)
        .into_paginator()
        .send();
    let mut all = Identities::default();
    let mut holders = Holders::default();
    while let Some(page) = pages.next().await {
        let page = checked(page, || "reading the account's roles and policies".into())?;
        holders.read(&page);
        let roles = page.role_detail_list();
        all.roles.extend(roles.iter().map(role));
        let profiles = roles.iter().flat_map(RoleDetail::instance_profile_list);
        all.profiles.extend(profiles.map(profile));
        let users = page.user_detail_list().iter();
        let users = users.filter_map(|user| user.user_name.clone());
        all.users.extend(users);
        all.policies.extend(page.policies().iter().map(policy));
    }
    holders.name(&mut all.policies);
    Ok(all)
}

fn role(role: &RoleDetail) -> (String, Role) {
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
    let found = Role {
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
        id: role.role_id.clone(),
        held_by: profile_of_others(role),
        ..Role::default()
    };
    (role.role_name().unwrap_or_default().to_owned(), found)
}

fn profile(profile: &SdkProfile) -> (String, InstanceProfile) {
    let found = InstanceProfile {
        path: profile.path.clone(),
        id: Some(profile.instance_profile_id.clone()),
        ..InstanceProfile::default()
    };
    (profile.instance_profile_name.clone(), found)
}

/// The version in force, and the others by age.
fn policy(policy: &ManagedPolicyDetail) -> (String, Policy) {
    let versions = policy.policy_version_list();
    let in_force = versions.iter().find(|version| version.is_default_version);
    let mut old: Vec<&str> = versions
        .iter()
        .filter(|version| !version.is_default_version)
        .filter_map(|version| version.version_id())
        .collect();
    old.sort_by_key(|id| id.get(1..).and_then(|number| number.parse::<u64>().ok()));
    let found = Policy {
        path: policy.path().unwrap_or_default().to_owned(),
        document: in_force
            .and_then(|version| version.document())
            .map_or(Value::Null, document),
        old_versions: old.into_iter().map(str::to_owned).collect(),
        id: policy.policy_id.clone(),
        ..Policy::default()
    };
    (policy.policy_name().unwrap_or_default().to_owned(), found)
}
