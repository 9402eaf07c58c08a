//! The calls about one key, by id or alias.

use std::collections::BTreeMap;

use aws_sdk_kms::{
    Client,
    types::{KeyMetadata, KeyState, Tag},
};
use baseline::{
    Desired,
    declared::{Key, Resource, name_taken},
    resources::KmsKey,
};
use serde_json::Value;
use tenancy::{Failure, names};

use crate::{
    calls::{checked, present},
    errors,
    resources::{day, doing, not_visible, with_details},
};

pub(super) fn kms_tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let tag =
        |(key, value): (&String, &String)| Tag::builder().tag_key(key).tag_value(value).build();
    let tags: Result<Vec<Tag>, _> = tags.iter().map(tag).collect();
    tags.map_err(|error| Failure::bug("writing tags", error.to_string()))
}

/// One key, by id or alias.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub client: &'a Client,
    pub key: &'a Key,
    pub id: &'a str,
}

/// What has a call of its own.
pub(super) struct Details {
    rotation: Option<i32>,
    policy: Option<Value>,
    tags: BTreeMap<String, String>,
}

impl Details {
    pub(super) fn of(self, metadata: KeyMetadata, named: bool) -> KmsKey {
        let going = metadata.key_state == Some(KeyState::PendingDeletion);
        KmsKey {
            alias: named.then(|| names::KEY_ALIAS.to_owned()),
            // What waits for its deletion is disabled by that.
            enabled: metadata.enabled || going,
            deletion: going.then(|| metadata.deletion_date.map(day).unwrap_or_default()),
            // KMS does not tell it of a key that waits for its deletion.
            rotation: if going {
                Some(KmsKey::ROTATION_DAYS)
            } else {
                self.rotation
            },
            policy: self.policy,
            tags: self.tags,
            id: Some(metadata.key_id),
        }
    }
}

impl<'a> At<'a> {
    /// The same, for another id.
    pub(super) fn of(self, id: &'a str) -> Self {
        Self { id, ..self }
    }

    /// All of a key whose tags were read a moment ago, by its id.
    pub(super) async fn whole(&self) -> Result<KmsKey, Failure> {
        let (own, details) = futures::try_join!(self.metadata(), self.details())?;
        let found = with_details(self.key, own, details)?;
        let (own, details) = found.ok_or_else(|| not_visible(self.key))?;
        Ok(details.of(own, false))
    }

    /// All of the key that the alias names.
    pub(super) async fn found(&self, named: KeyMetadata) -> Result<KmsKey, Failure> {
        let by_id = At {
            id: &named.key_id,
            ..*self
        };
        let details = by_id.details().await?;
        let details = details.ok_or_else(|| not_visible(self.key))?;
        Ok(details.of(named, true))
    }

    pub(super) async fn metadata(&self) -> Result<Option<KeyMetadata>, Failure> {
        let answer = self.client.describe_key().key_id(self.id).send().await;
        let answer = present(answer, || doing::<KmsKey>("reading", self.key))?;
        Ok(answer.and_then(|answer| answer.key_metadata))
    }

    /// Nothing where its tags are not found. Of one that has tags, that rotation or policy are not found does not say that there are none.
    pub(super) async fn details(&self) -> Result<Option<Details>, Failure> {
        let (rotation, policy, tags) =
            futures::try_join!(self.rotation(), self.policy(), self.tags())?;
        let found = with_details(self.key, tags, rotation.zip(policy))?;
        Ok(found.map(|(tags, (rotation, policy))| Details {
            rotation,
            policy,
            tags,
        }))
    }

    /// In days, if it is on; nothing where the key is not found.
    async fn rotation(&self) -> Result<Option<Option<i32>>, Failure> {
        let call = self.client.get_key_rotation_status().key_id(self.id);
        let doing = || doing::<KmsKey>("reading the rotation of", self.key);
        let answer = match call.send().await {
            // Somebody else's, under our name.
            Err(error) if errors::cannot_rotate(&error) => return Ok(Some(None)),
            answer => present(answer, doing)?,
        };
        Ok(answer.map(|answer| {
            let days = answer.rotation_period_in_days;
            days.filter(|_| answer.key_rotation_enabled)
        }))
    }

    /// Nothing where the key is not found.
    async fn policy(&self) -> Result<Option<Option<Value>>, Failure> {
        let call = self.client.get_key_policy().key_id(self.id);
        let doing = || doing::<KmsKey>("reading the policy of", self.key);
        let answer = present(call.send().await, doing)?;
        // A policy that is no JSON differs from ours like any other.
        let read = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(answer.map(|answer| answer.policy.map(read)))
    }

    /// A key has at most 50 tags, which is one page (KMS API reference, `ListResourceTags`).
    pub(super) async fn tags(&self) -> Result<Option<BTreeMap<String, String>>, Failure> {
        let call = self.client.list_resource_tags().key_id(self.id).limit(50);
        let doing = || doing::<KmsKey>("reading the tags of", self.key);
        let tags = present(call.send().await, doing)?;
        Ok(tags.map(|tags| {
            let tags = tags.tags.into_iter().flatten();
            tags.map(|tag| (tag.tag_key, tag.tag_value)).collect()
        }))
    }

    /// A key whose deletion was cancelled is disabled (KMS API reference, `CancelKeyDeletion`).
    pub(super) async fn restore(&self, found: &KmsKey) -> Result<(), Failure> {
        if found.deletion.is_some() {
            let call = self.client.cancel_key_deletion().key_id(self.id);
            let doing = || doing::<KmsKey>("cancelling the deletion of", self.key);
            checked(call.send().await, doing)?;
        }
        let call = self.client.enable_key().key_id(self.id);
        let doing = || doing::<KmsKey>("enabling", self.key);
        checked(call.send().await, doing).map(drop)
    }

    /// An alias that was pointed at another key of ours comes back; one that names somebody else's key is theirs.
    pub(super) async fn point(&self, desired: &Desired) -> Result<(), Failure> {
        let doing = || doing::<KmsKey>("pointing the alias at", self.key);
        let call = self.client.create_alias().alias_name(names::KEY_ALIAS);
        match call.target_key_id(self.id).send().await {
            Err(error) if errors::is_already_there(&error) => {
                self.take_back(desired).await?;
                let call = self.client.update_alias().alias_name(names::KEY_ALIAS);
                let sent = call.target_key_id(self.id).send().await;
                checked(sent, doing).map(drop)
            }
            answer => checked(answer, doing).map(drop),
        }
    }

    /// Whether the alias may be taken from the key that it names: one of ours. While it is not told whose that key is, it stays.
    async fn take_back(&self, desired: &Desired) -> Result<(), Failure> {
        let named = At {
            id: names::KEY_ALIAS,
            ..*self
        };
        let named_key = named.metadata().await?;
        let id = named_key.map(|key| key.key_id);
        let id = id.ok_or_else(|| not_visible(self.key))?;
        let tags = self.of(&id).tags().await?;
        let tags = tags.ok_or_else(|| not_visible(self.key))?;
        match desired.owns(&tags) {
            true => Ok(()),
            false => Err(name_taken(KmsKey::KIND.title, self.key)),
        }
    }

    pub(super) async fn tag(
        &self,
        desired: &Desired,
        wanted: &KmsKey,
        found: &KmsKey,
    ) -> Result<(), Failure> {
        let tags = kms_tags(&wanted.tags)?;
        let call = self.client.tag_resource().key_id(self.id);
        let sent = call.set_tags(Some(tags)).send().await;
        checked(sent, || doing::<KmsKey>("tagging", self.key))?;
        let retired = desired.retired(&found.tags, &wanted.tags);
        if retired.is_empty() {
            return Ok(());
        }
        let call = self.client.untag_resource().key_id(self.id);
        let sent = call.set_tag_keys(Some(retired)).send().await;
        checked(sent, || doing::<KmsKey>("untagging", self.key)).map(drop)
    }
}
