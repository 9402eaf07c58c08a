//! IAM roles.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Resource, ResourcePort},
    resources::Role,
};
use tenancy::Failure;

use super::{doing, each, unknown_call};
use crate::{
    calls::{checked, iam_tags, removed},
    errors,
    identities::{IdentitySnapshots, identities},
    pass::PassContext,
};

/// Observes roles in the one read of all of them, and works on them.
pub(crate) struct RolePort {
    pub(crate) pass: Arc<PassContext>,
    pub(crate) snapshots: Arc<IdentitySnapshots>,
}

#[async_trait]
impl ResourcePort<Role> for RolePort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Role>, Failure> {
        let read = |key: &Key| {
            let name = key.name.clone();
            async move {
                let all = self.snapshots.read(desired).await?;
                Ok(all.role(&name))
            }
        };
        each(&self.pass, desired, keys, read).await
    }

    async fn create(&self, desired: &Desired, key: &Key, wanted: &Role) -> Result<Role, Failure> {
        let iam = self.pass.clients.iam(desired).await?;
        let call = iam.create_role().role_name(&key.name).path(&wanted.path);
        let call = call
            .description(&wanted.description)
            .assume_role_policy_document(wanted.trust.to_string())
            .set_permissions_boundary(wanted.boundary.clone())
            .set_max_session_duration(wanted.session)
            .set_tags(Some(iam_tags(&wanted.tags)?));
        match call.send().await {
            // Made by a pass whose answer was lost, or by somebody else.
            Err(error) if errors::is_already_there(&error) => {
                let found = identities(&iam).await?.role(&key.name);
                found.ok_or_else(|| {
                    Failure::wait(doing::<Role>("reading", key), "it to be visible", 5)
                })
            }
            answer => checked(answer, || doing::<Role>("creating", key)).map(|_| wanted.created()),
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Role,
        _found: &Role,
    ) -> Result<Option<Role>, Failure> {
        let iam = self.pass.clients.iam(desired).await?;
        for field in fields {
            set(&iam, key, field, wanted).await?;
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &Role,
    ) -> Result<Deleted, Failure> {
        let iam = self.pass.clients.iam(desired).await?;
        let sent = iam.delete_role().role_name(&key.name).send().await;
        removed(sent, || doing::<Role>("deleting", key)).map(|()| Deleted::Gone)
    }
}

async fn set(iam: &Client, key: &Key, field: &FieldRef, wanted: &Role) -> Result<(), Failure> {
    let role = key.name.as_str();
    let entry = field.entry.as_deref().unwrap_or_default();
    match field.field.name {
        "trust" => {
            let call = iam.update_assume_role_policy().role_name(role);
            let sent = call.policy_document(wanted.trust.to_string()).send().await;
            checked(sent, || doing::<Role>("setting who may assume", key)).map(drop)
        }
        "inline" => put_inline(iam, key, entry, wanted).await,
        "attached" if wanted.attached.contains(entry) => {
            let call = iam.attach_role_policy().role_name(role).policy_arn(entry);
            checked(call.send().await, || {
                doing::<Role>("attaching a policy to", key)
            })
            .map(drop)
        }
        "attached" => {
            let call = iam.detach_role_policy().role_name(role).policy_arn(entry);
            removed(call.send().await, || {
                doing::<Role>("detaching a policy from", key)
            })
        }
        "boundary" => bound(iam, key, wanted).await,
        "tags" => {
            let call = iam.tag_role().role_name(role);
            let sent = call.set_tags(Some(iam_tags(&wanted.tags)?)).send().await;
            checked(sent, || doing::<Role>("tagging", key)).map(drop)
        }
        "session" => {
            let call = iam.update_role().role_name(role);
            let sent = call.set_max_session_duration(wanted.session).send().await;
            checked(sent, || doing::<Role>("setting the session length of", key)).map(drop)
        }
        other => Err(unknown_call(key, other)),
    }
}

async fn put_inline(iam: &Client, key: &Key, name: &str, wanted: &Role) -> Result<(), Failure> {
    let role = key.name.as_str();
    let Some(policy) = wanted.inline.get(name) else {
        let call = iam.delete_role_policy().role_name(role).policy_name(name);
        return removed(call.send().await, || {
            doing::<Role>("removing a policy of", key)
        });
    };
    let call = iam.put_role_policy().role_name(role).policy_name(name);
    let sent = call.policy_document(policy.to_string()).send().await;
    checked(sent, || doing::<Role>("writing a policy of", key)).map(drop)
}

async fn bound(iam: &Client, key: &Key, wanted: &Role) -> Result<(), Failure> {
    let Some(boundary) = &wanted.boundary else {
        let call = iam.delete_role_permissions_boundary();
        let sent = call.role_name(&key.name).send().await;
        return removed(sent, || doing::<Role>("removing the boundary of", key));
    };
    let call = iam.put_role_permissions_boundary().role_name(&key.name);
    let sent = call.permissions_boundary(boundary).send().await;
    checked(sent, || doing::<Role>("bounding", key)).map(drop)
}
