//! Keys of KMS.

mod at;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_kms::Client;
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Observed, Resource, ResourcePort},
    keys::Keys,
    resources::KmsKey,
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use tenancy::{ComponentName, Failure, FailureKind, names};

use self::at::{At, kms_tags};
use super::{day, doing, each, not_visible, region, unknown_call};
use crate::{
    calls::{checked, present},
    errors,
    pass::PassContext,
    session::never_retry,
};

/// Days until a key that is not wanted any more is deleted: the most that KMS gives, for whoever still has data under it.
/// Source: KMS API reference, `ScheduleKeyDeletion`.
const DAYS_TO_REGRET: i32 = 30;
/// How many keys are asked for their tags at once.
const AT_ONCE: usize = 8;

/// Observes keys of KMS, and works on them.
pub(crate) struct KmsKeyPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<KmsKey> for KmsKeyPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<KmsKey>, Failure> {
        let read = each(&self.0, desired, keys, |key| self.read(desired, key)).await?;
        let observed = read.into_iter().map(|(key, observed)| {
            let waits = going(desired, &key, &observed);
            (key, waits.map_or(observed, Observed::Left))
        });
        Ok(observed.collect())
    }

    /// By one attempt: KMS knows no token, and an outcome that is not known is looked up by the next pass.
    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &KmsKey,
    ) -> Result<KmsKey, Failure> {
        let client = self.client(desired, key).await?;
        let policy = wanted.policy.as_ref().map(Value::to_string);
        let call = client
            .create_key()
            .description(format!("Data of tenant {}", desired.tenant))
            .set_policy(policy)
            // The account's own policies allow to change the key's, which the check does not consider.
            .bypass_policy_lockout_safety_check(true)
            .set_tags(Some(kms_tags(&wanted.tags)?))
            .customize()
            .config_override(aws_sdk_kms::config::Builder::new().retry_config(never_retry()));
        let answer = checked(call.send().await, || doing::<KmsKey>("creating", key))?;
        let Some(made) = answer.key_metadata else {
            let doing = doing::<KmsKey>("creating", key);
            return Err(errors::unreadable(doing, "no key in the answer"));
        };
        Ok(KmsKey {
            id: Some(made.key_id),
            ..wanted.created()
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &KmsKey,
        found: &KmsKey,
    ) -> Result<Option<KmsKey>, Failure> {
        let client = self.client(desired, key).await?;
        let at = At {
            client: &client,
            key,
            id: found.id.as_deref().unwrap_or_default(),
        };
        match fields.first().map_or("", FieldRef::call) {
            "state" => at.restore(found).await?,
            "alias" => at.point(desired).await?,
            "rotation" => {
                let call = client.enable_key_rotation().key_id(at.id);
                let sent = call.set_rotation_period_in_days(wanted.rotation).send();
                checked(sent.await, || doing::<KmsKey>("rotating", key))?;
            }
            "policy" => {
                let policy = wanted.policy.as_ref().map(Value::to_string);
                let call = client.put_key_policy().key_id(at.id).set_policy(policy);
                let doing = || doing::<KmsKey>("writing the policy of", key);
                checked(call.send().await, doing)?;
            }
            "tags" => at.tag(desired, wanted, found).await?,
            other => return Err(unknown_call(key, other)),
        }
        Ok(None)
    }

    /// It can be had back until its last day.
    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        found: &KmsKey,
    ) -> Result<Deleted, Failure> {
        if !desired.owns(&found.tags) {
            // The right to schedule its deletion hangs on our tag.
            return self.delete_retagged(desired, key, found).await;
        }
        let call = self.client(desired, key).await?.schedule_key_deletion();
        let call = call.set_key_id(found.id.clone());
        let sent = call.pending_window_in_days(DAYS_TO_REGRET).send().await;
        let doing = || doing::<KmsKey>("scheduling the deletion of", key);
        Ok(match present(sent, doing)? {
            Some(answer) => {
                let when = answer.deletion_date.map(day).unwrap_or_default();
                Deleted::InUse(scheduled(&when))
            }
            None => Deleted::Removed,
        })
    }
}

impl KmsKeyPort {
    /// One of ours whose tags name somebody else: of a tenant that leaves it goes with the account. Where its Region was dropped, its tags are
    /// put back, and KMS goes by them minutes later (KMS Developer Guide, "ABAC for AWS KMS").
    async fn delete_retagged(
        &self,
        desired: &Desired,
        key: &Key,
        found: &KmsKey,
    ) -> Result<Deleted, Failure> {
        if desired.leaving() {
            return Ok(Deleted::InUse(
                "its tags, which name somebody else".to_owned(),
            ));
        }
        let client = self.client(desired, key).await?;
        let at = At {
            client: &client,
            key,
            id: found.id.as_deref().unwrap_or_default(),
        };
        let wanted = KmsKey {
            tags: desired.tags(ComponentName::KEYS),
            ..found.clone()
        };
        at.tag(desired, &wanted, found).await?;
        Err(Failure::retry(
            FailureKind::NotReady,
            doing::<KmsKey>("scheduling the deletion of", key),
            "its tags were put back, and KMS does not go by them yet",
            60,
        ))
    }
}

/// What is said of a key of ours that is not wanted and will be deleted.
fn going(desired: &Desired, key: &Key, observed: &Observed<KmsKey>) -> Option<String> {
    let Observed::Present(found) = observed else {
        return None;
    };
    let regions = Keys::regions(desired);
    let wanted = key.region().is_some_and(|region| regions.contains(region));
    let recorded = desired.recorded.id_of(ComponentName::KEYS, key);
    let ours = found.ours(desired) || (recorded.is_some() && recorded == found.id.as_deref());
    let unwanted = desired.leaving() || !wanted;
    let when = found.deletion.as_ref().filter(|_| unwanted && ours)?;
    Some(scheduled(when))
}

fn scheduled(day: &str) -> String {
    format!("its deletion, scheduled for {day}")
}

impl KmsKeyPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        self.0.clients.kms(desired, region(desired, key)?).await
    }

    /// Four reads at once where the id was recorded. Otherwise the key is looked for by its alias, and by its tag.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<KmsKey>, Failure> {
        let client = &self.client(desired, key).await?;
        let named = At {
            client,
            key,
            id: names::KEY_ALIAS,
        };
        let Some(id) = desired.recorded.id_of(ComponentName::KEYS, key) else {
            let (named_key, ours) = futures::try_join!(named.metadata(), search(desired, named))?;
            let named_key =
                named_key.filter(|key| ours.as_ref().is_none_or(|id| *id == key.key_id));
            return match (named_key, ours) {
                (Some(found), _) => named.found(found).await.map(Some),
                (None, Some(id)) => named.of(&id).whole().await.map(Some),
                (None, None) => Ok(None),
            };
        };
        let own = named.of(id);
        let (named_key, details) = futures::try_join!(named.metadata(), own.details())?;
        match (named_key, details) {
            (Some(found), Some(details)) if found.key_id == id => Ok(Some(details.of(found, true))),
            (_, Some(details)) => {
                let own = own.metadata().await?;
                let own = own.ok_or_else(|| not_visible(key))?;
                Ok(Some(details.of(own, false)))
            }
            // That its tags are not found once does not say that it is gone, and a second one would be made.
            (_, None) if own.metadata().await?.is_some() => Err(not_visible(key)),
            (Some(found), None) => named.found(found).await.map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// The id of a key with this tenant's tag: one that was made by a pass whose answer was lost. One that is listed and whose tags are not found may
/// be that.
async fn search(desired: &Desired, at: At<'_>) -> Result<Option<String>, Failure> {
    let pages = at.client.list_keys().into_paginator().items().send();
    let keys: Vec<_> = pages.collect::<Result<_, _>>().await.map_err(|error| {
        errors::failure(
            format!("listing the KMS keys of `{}`", at.key.resource()),
            &error,
        )
    })?;
    let ids = keys.into_iter().filter_map(|listed| listed.key_id);
    let owned = stream::iter(ids).map(|id| async move {
        // A key whose policy keeps the account's roles out is not one that we made.
        let tags = match (At { id: &id, ..at }).tags().await {
            Err(failure) if failure.kind == FailureKind::Denied => None,
            tags => Some(tags?.ok_or_else(|| not_visible(at.key))?),
        };
        let ours = tags.is_some_and(|tags| desired.owns(&tags));
        Ok::<_, Failure>(ours.then_some(id))
    });
    let owned: Vec<Option<String>> = owned.buffered(AT_ONCE).try_collect().await?;
    Ok(owned.into_iter().flatten().min())
}

#[cfg(test)]
#[test]
fn every_property_of_a_key_is_decided_about() {
    use aws_sdk_kms::{operation as op, types};

    use crate::watched::check;

    let key = types::KeyMetadata::builder().key_id("k").build().unwrap();
    check("kms KeyMetadata", &key);
    let rotation = op::get_key_rotation_status::GetKeyRotationStatusOutput::builder().build();
    check("kms GetKeyRotationStatusOutput", &rotation);
    let policy = op::get_key_policy::GetKeyPolicyOutput::builder().build();
    check("kms GetKeyPolicyOutput", &policy);
    let tags = op::list_resource_tags::ListResourceTagsOutput::builder().build();
    check("kms ListResourceTagsOutput", &tags);
    check(
        "kms AliasListEntry",
        &types::AliasListEntry::builder().build(),
    );
    check(
        "kms GrantListEntry",
        &types::GrantListEntry::builder().build(),
    );
}
