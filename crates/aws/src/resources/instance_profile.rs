//! Instance profiles.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Resource, ResourcePort},
    resources::InstanceProfile,
};
use tenancy::{Failure, Next};

use super::{each, visible};
use crate::{
    calls::{checked, iam_tags, present, removed, tag_map},
    errors,
    identities::{TenantIam, in_other_case},
};

/// Works on instance profiles.
pub(crate) struct InstanceProfilePort(pub Arc<TenantIam>);

#[async_trait]
impl ResourcePort<InstanceProfile> for InstanceProfilePort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<InstanceProfile>, Failure> {
        each(&self.0.pass, desired, keys, |key| self.read(desired, key)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &InstanceProfile,
    ) -> Result<InstanceProfile, Failure> {
        let iam = self.0.client(desired).await?;
        let call = iam
            .create_instance_profile()
            .instance_profile_name(&key.name)
            .path(&wanted.path)
            .set_tags(Some(iam_tags(&wanted.tags)?));
        match call.send().await {
            Err(error) if errors::is_already_there(&error) => {
                let found = visible(self, desired, key).await;
                found.map_err(|failure| unseen(failure, &key.name))
            }
            answer => {
                let made = checked(answer, || {
                    format!("creating instance profile `{}`", key.name)
                })?;
                let id = made.instance_profile.map(|made| made.instance_profile_id);
                Ok(InstanceProfile {
                    id,
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
        wanted: &InstanceProfile,
        found: &InstanceProfile,
    ) -> Result<Option<InstanceProfile>, Failure> {
        let iam = &self.0.client(desired).await?;
        let name = key.name.as_str();
        for field in fields {
            if field.field.name == "role" {
                take_out(iam, name, found.role.as_deref()).await?;
                let put = put_in(iam, name, wanted.role.as_deref()).await;
                put.map_err(|failure| match found.role {
                    Some(_) => errors::room_not_shown(failure),
                    None => failure,
                })?;
            } else {
                let call = iam.tag_instance_profile().instance_profile_name(name);
                let call = call.set_tags(Some(iam_tags(&wanted.tags)?));
                checked(call.send().await, || {
                    format!("tagging instance profile `{name}`")
                })?;
                untag(iam, name, desired.retired(&found.tags, &wanted.tags)).await?;
            }
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &InstanceProfile,
    ) -> Result<Deleted, Failure> {
        let iam = self.0.client(desired).await?;
        let call = iam.delete_instance_profile();
        let answer = call.instance_profile_name(&key.name).send().await;
        removed(answer, || {
            format!("deleting instance profile `{}`", key.name)
        })?;
        Ok(Deleted::Removed)
    }
}

/// A profile that no role is in is in no read of ours if its name is not written as ours is.
fn unseen(failure: Failure, name: &str) -> Failure {
    match failure.next {
        Next::Wait { after_secs, .. } => Failure::wait(
            failure.doing,
            format!(
                "instance profile `{name}` to be visible, or one of this name in other letters, upper or lower case, to be removed"
            ),
            after_secs,
        ),
        _ => failure,
    }
}

impl InstanceProfilePort {
    /// The profile of this name, or somebody else's that keeps us from making it, as far as the read of all roles tells of it.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<InstanceProfile>, Failure> {
        let iam = self.0.client(desired).await?;
        let (own, all) = futures::try_join!(get(&iam, &key.name), self.0.identities(desired))?;
        let other = || {
            let (other, profile) = in_other_case(&all.profiles, &key.name)?;
            Some(InstanceProfile {
                other_case: Some(other),
                ..profile
            })
        };
        Ok(own.or_else(other))
    }
}

async fn get(iam: &Client, name: &str) -> Result<Option<InstanceProfile>, Failure> {
    let call = iam.get_instance_profile().instance_profile_name(name);
    let answer = present(call.send().await, || {
        format!("reading instance profile `{name}`")
    })?;
    let profile = answer.and_then(|answer| answer.instance_profile);
    let other = |found: &String| (found != name).then(|| found.clone());
    Ok(profile.map(|profile| InstanceProfile {
        other_case: other(&profile.instance_profile_name),
        role: profile.roles().first().map(|role| role.role_name.clone()),
        tags: tag_map(profile.tags()),
        id: Some(profile.instance_profile_id),
        path: profile.path,
    }))
}

async fn untag(iam: &Client, name: &str, retired: Vec<String>) -> Result<(), Failure> {
    if retired.is_empty() {
        return Ok(());
    }
    let call = iam.untag_instance_profile().instance_profile_name(name);
    let sent = call.set_tag_keys(Some(retired)).send().await;
    checked(sent, || format!("untagging instance profile `{name}`")).map(drop)
}

async fn take_out(iam: &Client, name: &str, role: Option<&str>) -> Result<(), Failure> {
    let Some(role) = role else { return Ok(()) };
    let call = iam
        .remove_role_from_instance_profile()
        .instance_profile_name(name)
        .role_name(role);
    removed(call.send().await, || {
        format!("taking role `{role}` out of instance profile `{name}`")
    })
}

/// A profile holds one role, and says so even when it is the one requested: after a lost answer, read it before giving up.
async fn put_in(iam: &Client, name: &str, role: Option<&str>) -> Result<(), Failure> {
    let Some(role) = role else { return Ok(()) };
    let call = iam
        .add_role_to_instance_profile()
        .instance_profile_name(name)
        .role_name(role);
    let added = checked(call.send().await, || {
        format!("putting role `{role}` into instance profile `{name}`")
    });
    let Err(failure) = added else { return Ok(()) };
    match get(iam, name).await? {
        Some(found) if found.role.as_deref() == Some(role) => Ok(()),
        _ => Err(failure),
    }
}

#[cfg(test)]
#[test]
fn every_property_of_an_instance_profile_is_decided_about() {
    use aws_sdk_iam::{primitives::DateTime, types};

    use crate::watched::check;

    let profile = types::InstanceProfile::builder().path("/");
    let profile = profile.instance_profile_name("p").instance_profile_id("i");
    let profile = profile.arn("a").create_date(DateTime::from_secs(0));
    let profile = profile.set_roles(Some(vec![]));
    check("iam InstanceProfile", &profile.build().unwrap());
}
