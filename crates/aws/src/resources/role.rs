//! IAM roles, ours and the tenant's alike.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Observed, Resource, ResourcePort},
    resources::Role,
};
use tenancy::Failure;

use super::{still_in_use, unknown_call, unreadable, visible};
use crate::{
    calls::{checked, iam_tags, removed},
    errors,
    identities::{Identities, TenantIam, in_other_case},
    installation::never_entered,
};

/// Works on roles.
pub(crate) struct RolePort {
    /// IAM in the tenant's account.
    pub iam: Arc<TenantIam>,
    /// The path of roles whose longest session matters; that takes a read of its own.
    pub sessions_at: Option<&'static str>,
}

#[async_trait]
impl ResourcePort<Role> for RolePort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Role>, Failure> {
        if keys.is_empty() || never_entered(&self.iam.pass) {
            return Ok(Observations::new());
        }
        self.iam.client(desired).await?;
        let read = futures::try_join!(self.iam.identities(desired), self.sessions(desired));
        let (all, sessions) = match read {
            Ok(read) => read,
            Err(failure) => return Ok(unreadable(keys, &failure)),
        };
        let found = keys.iter().filter_map(|key| {
            let mut role = named(&all, &key.name)?;
            role.session = sessions.get(&key.name).copied();
            Some((key.clone(), Observed::Present(role)))
        });
        Ok(found.collect())
    }

    async fn create(&self, desired: &Desired, key: &Key, wanted: &Role) -> Result<Role, Failure> {
        let made = self
            .iam
            .client(desired)
            .await?
            .create_role()
            .role_name(&key.name)
            .path(&wanted.path)
            .description(&wanted.description)
            .assume_role_policy_document(wanted.trust.to_string())
            .set_permissions_boundary(wanted.boundary.clone())
            .set_max_session_duration(wanted.session)
            .set_tags(Some(iam_tags(&wanted.tags)?))
            .send()
            .await;
        match made {
            Err(error) if errors::is_already_there(&error) => visible(self, desired, key).await,
            answer => {
                let made = checked(answer, || format!("creating role `{}`", key.name))?;
                Ok(Role {
                    id: made.role.map(|role| role.role_id),
                    ..wanted.created()
                })
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Role,
        found: &Role,
    ) -> Result<Option<Role>, Failure> {
        let iam = self.iam.client(desired).await?;
        for field in fields {
            set(&iam, key, field, wanted).await?;
            if field.field.name == "tags" {
                untag(&iam, key, desired.retired(&found.tags, &wanted.tags)).await?;
            }
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &Role,
    ) -> Result<Deleted, Failure> {
        let iam = self.iam.client(desired).await?;
        match iam.delete_role().role_name(&key.name).send().await {
            Err(error) if errors::is_in_use(&error) => self.held(desired, &key.name).await,
            answer => {
                removed(answer, || format!("deleting role `{}`", key.name))?;
                Ok(Deleted::Removed)
            }
        }
    }
}

/// The role of this name, or somebody else's that keeps us from making it.
fn named(all: &Identities, name: &str) -> Option<Role> {
    let other = || {
        let (other, role) = in_other_case(&all.roles, name)?;
        Some(Role {
            other_case: Some(other),
            ..role
        })
    };
    all.roles.get(name).cloned().or_else(other)
}

impl RolePort {
    /// A role that the tenant put into an instance profile of its own, since it was observed, stays and goes with the account.
    async fn held(&self, desired: &Desired, role: &str) -> Result<Deleted, Failure> {
        let all = self.iam.identities(desired).await?;
        let by = all.roles.get(role).and_then(|role| role.held_by.clone());
        by.map(Deleted::InUse)
            .ok_or_else(|| still_in_use(format!("deleting role `{role}`")))
    }

    /// How long sessions of roles may last, in seconds: the read of all roles does not tell.
    async fn sessions(&self, desired: &Desired) -> Result<BTreeMap<String, i32>, Failure> {
        let mut sessions = BTreeMap::new();
        // What is removed may last as it will.
        let Some(path) = self.sessions_at.filter(|_| !desired.leaving()) else {
            return Ok(sessions);
        };
        let iam = self.iam.client(desired).await?;
        let mut pages = iam
            .list_roles()
            .path_prefix(path)
            .max_items(1000)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = checked(page, || format!("listing roles at `{path}`"))?;
            let lasting = page
                .roles
                .into_iter()
                .filter_map(|role| Some((role.role_name, role.max_session_duration?)));
            sessions.extend(lasting);
        }
        Ok(sessions)
    }
}

async fn set(iam: &Client, key: &Key, field: &FieldRef, wanted: &Role) -> Result<(), Failure> {
    let role = key.name.as_str();
    let entry = field.entry.as_deref().unwrap_or_default();
    let doing = || format!("setting {} of role `{role}`", field.field.label);
    match field.field.name {
        "trust" => {
            let call = iam.update_assume_role_policy().role_name(role);
            let call = call.policy_document(wanted.trust.to_string());
            checked(call.send().await, doing).map(drop)
        }
        "inline" => set_inline(iam, role, entry, wanted).await,
        "attached" => set_attached(iam, role, entry, wanted).await,
        "boundary" => set_boundary(iam, role, wanted).await,
        "tags" => {
            let call = iam.tag_role().role_name(role);
            let call = call.set_tags(Some(iam_tags(&wanted.tags)?));
            checked(call.send().await, doing).map(drop)
        }
        "session" => {
            let call = iam.update_role().role_name(role);
            let call = call.set_max_session_duration(wanted.session);
            checked(call.send().await, doing).map(drop)
        }
        other => Err(unknown_call(key, other)),
    }
}

async fn untag(iam: &Client, key: &Key, retired: Vec<String>) -> Result<(), Failure> {
    if retired.is_empty() {
        return Ok(());
    }
    let call = iam.untag_role().role_name(&key.name);
    let sent = call.set_tag_keys(Some(retired)).send().await;
    checked(sent, || format!("untagging role `{}`", key.name)).map(drop)
}

async fn set_inline(iam: &Client, role: &str, name: &str, wanted: &Role) -> Result<(), Failure> {
    match wanted.inline.get(name) {
        Some(document) => {
            let call = iam.put_role_policy().role_name(role).policy_name(name);
            let sent = call.policy_document(document.to_string()).send().await;
            checked(sent, || format!("writing policy `{name}` of role `{role}`")).map(drop)
        }
        None => {
            let call = iam.delete_role_policy().role_name(role).policy_name(name);
            removed(call.send().await, || {
                format!("removing policy `{name}` from role `{role}`")
            })
        }
    }
}

async fn set_attached(iam: &Client, role: &str, arn: &str, wanted: &Role) -> Result<(), Failure> {
    if wanted.attached.contains(arn) {
        let call = iam.attach_role_policy().role_name(role).policy_arn(arn);
        let sent = call.send().await;
        checked(sent, || format!("attaching `{arn}` to role `{role}`")).map(drop)
    } else {
        let call = iam.detach_role_policy().role_name(role).policy_arn(arn);
        removed(call.send().await, || {
            format!("detaching `{arn}` from role `{role}`")
        })
    }
}

async fn set_boundary(iam: &Client, role: &str, wanted: &Role) -> Result<(), Failure> {
    match &wanted.boundary {
        Some(arn) => {
            let call = iam.put_role_permissions_boundary().role_name(role);
            let sent = call.permissions_boundary(arn).send().await;
            checked(sent, || {
                format!("setting the permissions boundary of role `{role}`")
            })
            .map(drop)
        }
        None => {
            let call = iam.delete_role_permissions_boundary().role_name(role);
            removed(call.send().await, || {
                format!("removing the boundary of role `{role}`")
            })
        }
    }
}

#[cfg(test)]
#[test]
fn every_property_of_a_role_is_decided_about() {
    use aws_sdk_iam::{primitives::DateTime, types};

    use crate::watched::check;

    check("iam RoleDetail", &types::RoleDetail::builder().build());
    let role = types::Role::builder().path("/").role_name("r").role_id("i");
    let role = role.arn("a").create_date(DateTime::from_secs(0));
    check("iam Role", &role.build().unwrap());
}
