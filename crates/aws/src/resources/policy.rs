//! Customer managed policies.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Observed, ResourcePort},
    resources::Policy,
};
use futures::future::join_all;
use tenancy::{Failure, names};

use super::{becoming_visible, still_in_use, unreadable, visible, was_there};
use crate::{
    calls::{checked, iam_tags, present, removed, tag_map},
    errors,
    identities::{Identities, TenantIam, in_other_case},
    installation::never_entered,
    pass::account,
};

/// Works on policies. The read of all policies has no tags, so each is read once more.
pub(crate) struct PolicyPort(pub Arc<TenantIam>);

type Tags = BTreeMap<String, String>;

#[async_trait]
impl ResourcePort<Policy> for PolicyPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Policy>, Failure> {
        if keys.is_empty() || never_entered(&self.0.pass) {
            return Ok(Observations::new());
        }
        let iam = &self.0.client(desired).await?;
        let account = account(desired)?;
        let arns: Vec<String> = keys
            .iter()
            .map(|key| names::policy_arn(account, &key.name))
            .collect();
        let all = async { self.0.identities(desired).await };
        let read = keys.iter().zip(&arns).map(|(key, arn)| async move {
            let listed = || async {
                let all = self.0.identities(desired).await?;
                Ok::<_, Failure>(all.policies.contains_key(&key.name))
            };
            match was_there(desired, key) || listed().await? {
                true => tags(iam, arn).await,
                false => Ok(None),
            }
        });
        let (all, tags) = futures::join!(all, join_all(read));
        let all = match all {
            Ok(all) => all,
            Err(failure) => return Ok(unreadable(keys, &failure)),
        };
        let observed = |((key, arn), tags): ((&Key, &String), Result<Option<Tags>, Failure>)| {
            let found = |tags| found(&all, key, arn, tags);
            (key.clone(), tags.map_or_else(Observed::Unreadable, found))
        };
        Ok(keys.iter().zip(&arns).zip(tags).map(observed).collect())
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Policy,
    ) -> Result<Policy, Failure> {
        let made = self
            .0
            .client(desired)
            .await?
            .create_policy()
            .policy_name(&key.name)
            .path(&wanted.path)
            .description(&wanted.description)
            .policy_document(wanted.document.to_string())
            .set_tags(Some(iam_tags(&wanted.tags)?))
            .send()
            .await;
        match made {
            Err(error) if errors::is_already_there(&error) => visible(self, desired, key).await,
            answer => {
                let made = checked(answer, || format!("creating policy `{}`", key.name))?;
                Ok(Policy {
                    id: made.policy.and_then(|policy| policy.policy_id),
                    ..wanted.clone()
                })
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Policy,
        found: &Policy,
    ) -> Result<Option<Policy>, Failure> {
        let iam = &self.0.client(desired).await?;
        let arn = &arn(desired, key)?;
        for field in fields {
            match field.field.name {
                "document" => put_in_force(iam, arn, wanted, found).await?,
                _ => {
                    let call = iam.tag_policy().policy_arn(arn);
                    let call = call.set_tags(Some(iam_tags(&wanted.tags)?));
                    checked(call.send().await, || format!("tagging `{arn}`"))?;
                    untag(iam, arn, desired.retired(&found.tags, &wanted.tags)).await?;
                }
            }
        }
        Ok(None)
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &Policy,
    ) -> Result<Deleted, Failure> {
        let iam = &self.0.client(desired).await?;
        let arn = &arn(desired, key)?;
        for version in &found.old_versions {
            remove_version(iam, arn, version).await?;
        }
        match iam.delete_policy().policy_arn(arn).send().await {
            Err(error) if errors::is_in_use(&error) => self.held(desired, key).await,
            answer => {
                removed(answer, || format!("deleting `{arn}`"))?;
                Ok(Deleted::Removed)
            }
        }
    }
}

impl PolicyPort {
    /// A policy that roles, users or groups of the tenant's own making got hold of, since it was observed, stays and goes with the
    /// account.
    async fn held(&self, desired: &Desired, key: &Key) -> Result<Deleted, Failure> {
        let all = self.0.identities(desired).await?;
        let found = all.policies.get(&key.name);
        let by = found.and_then(|policy| policy.held_by.clone());
        by.map(Deleted::InUse)
            .ok_or_else(|| still_in_use(format!("deleting policy `{}`", key.name)))
    }
}

async fn untag(iam: &Client, arn: &str, retired: Vec<String>) -> Result<(), Failure> {
    if retired.is_empty() {
        return Ok(());
    }
    let call = iam.untag_policy().policy_arn(arn);
    let sent = call.set_tag_keys(Some(retired)).send().await;
    checked(sent, || format!("untagging `{arn}`")).map(drop)
}

fn arn(desired: &Desired, key: &Key) -> Result<String, Failure> {
    Ok(names::policy_arn(account(desired)?, &key.name))
}

/// The tags of a policy of ours, if it is there.
async fn tags(iam: &Client, arn: &str) -> Result<Option<Tags>, Failure> {
    let answer = iam.get_policy().policy_arn(arn).send().await;
    let answer = present(answer, || format!("reading `{arn}`"))?;
    let policy = answer.and_then(|answer| answer.policy);
    Ok(policy.map(|policy| tag_map(policy.tags())))
}

/// What both reads come to. One that has our name at another path has none of our tags.
fn found(all: &Identities, key: &Key, arn: &str, tags: Option<Tags>) -> Observed<Policy> {
    let elsewhere = |found: &Policy| !arn.ends_with(&format!(":policy{}{}", found.path, key.name));
    match (all.policies.get(&key.name), tags) {
        (Some(found), Some(tags)) => Observed::Present(Policy {
            tags,
            ..found.clone()
        }),
        (Some(found), None) if elsewhere(found) => Observed::Present(found.clone()),
        (None, tags) => match (in_other_case(&all.policies, &key.name), tags) {
            (Some((other, found)), _) => Observed::Present(Policy {
                other_case: Some(other),
                ..found
            }),
            (None, None) => Observed::Absent,
            (None, Some(_)) => Observed::Pending(becoming_visible(key)),
        },
        // Made or deleted a moment ago.
        (Some(_), None) => Observed::Pending(becoming_visible(key)),
    }
}

/// Sets a new default version, after making room for it: the oldest that is not the default is deleted.
async fn put_in_force(
    iam: &Client,
    arn: &str,
    wanted: &Policy,
    found: &Policy,
) -> Result<(), Failure> {
    if found.old_versions.len() >= Policy::MOST_OLD_VERSIONS
        && let Some(oldest) = found.old_versions.first()
    {
        remove_version(iam, arn, oldest).await?;
    }
    let call = iam.create_policy_version().policy_arn(arn);
    let call = call.policy_document(wanted.document.to_string());
    let sent = call.set_as_default(true).send().await;
    if sent.as_ref().is_err_and(errors::is_full) {
        // Somebody made one since they were read: the next pass reads them and makes room.
        let doing = format!("setting the default version of `{arn}`");
        return Err(errors::passing(doing, "versions made meanwhile fill it"));
    }
    checked(sent, || format!("setting the default version of `{arn}`")).map(drop)
}

async fn remove_version(iam: &Client, arn: &str, version: &str) -> Result<(), Failure> {
    let call = iam.delete_policy_version().policy_arn(arn);
    removed(call.version_id(version).send().await, || {
        format!("removing version `{version}` of `{arn}`")
    })
}

#[cfg(test)]
#[test]
fn every_property_of_a_policy_is_decided_about() {
    use aws_sdk_iam::types;

    use crate::watched::check;

    let policy = types::ManagedPolicyDetail::builder().build();
    check("iam ManagedPolicyDetail", &policy);
    check("iam Policy", &types::Policy::builder().build());
}
