//! Key pairs of EC2: the public half of a private key that a secret holds.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::{
    Client,
    primitives::Blob,
    types::{Filter, KeyPairInfo, ResourceType, Tag, TagSpecification},
};
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
    resources::KeyPair,
};
use tenancy::Failure;

use super::{
    doing, each, region,
    secret::{PrivateKey, fingerprint_of_public, private_key_of},
    visible,
};
use crate::{
    calls::{any_tags, checked, ec2_tag_keys, removed},
    errors,
    pass::PassContext,
};

/// Observes key pairs, and works on them.
pub(crate) struct KeyPairPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<KeyPair> for KeyPairPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<KeyPair>, Failure> {
        each(&self.0, desired, keys, |key| self.read(desired, key)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &KeyPair,
    ) -> Result<KeyPair, Failure> {
        let private = self.private_key(desired, key, wanted).await?;
        match self.import(desired, key, wanted, &private).await? {
            Some(made) => Ok(made),
            // Made by a pass whose answer was lost, or by somebody else.
            None => visible(self, desired, key).await,
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &KeyPair,
        found: &KeyPair,
    ) -> Result<Option<KeyPair>, Failure> {
        let differs = |name| fields.iter().any(|field| field.field.name == name);
        if !differs("fingerprint") {
            self.tag(desired, key, wanted, found).await?;
            return Ok(None);
        }
        // EC2 has no call that changes one. What replaces it is at hand before it goes.
        let private = self.private_key(desired, key, wanted).await?;
        self.delete(desired, key, found).await?;
        match self.import(desired, key, wanted, &private).await? {
            Some(made) => Ok(Some(made)),
            None => visible(self, desired, key).await.map(Some),
        }
    }

    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &KeyPair,
    ) -> Result<Deleted, Failure> {
        let call = self.client(desired, key).await?.delete_key_pair();
        let sent = call.key_name(&key.name).send().await;
        removed(sent, || doing::<KeyPair>("deleting", key)).map(|()| Deleted::Removed)
    }
}

impl KeyPairPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        self.0.clients.ec2(desired, region(desired, key)?).await
    }

    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<KeyPair>, Failure> {
        let name = Filter::builder().name("key-name").values(&key.name).build();
        let call = self.client(desired, key).await?.describe_key_pairs();
        let call = call.include_public_key(true).filters(name);
        let answer = checked(call.send().await, || doing::<KeyPair>("reading", key))?;
        let mut pairs = answer.key_pairs.into_iter().flatten();
        let found = pairs.find(|pair| pair.key_name() == Some(&key.name));
        Ok(found.map(observed))
    }

    /// The private key that is in the secret.
    async fn private_key(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &KeyPair,
    ) -> Result<PrivateKey, Failure> {
        let region = region(desired, key)?;
        let secrets = self.0.clients.secretsmanager(desired, region).await?;
        private_key_of(&secrets, wanted.fingerprint.as_deref()).await
    }

    /// Its public half; nothing where there is a key pair of this name.
    async fn import(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &KeyPair,
        private: &PrivateKey,
    ) -> Result<Option<KeyPair>, Failure> {
        let tags = TagSpecification::builder()
            .resource_type(ResourceType::KeyPair)
            .set_tags(Some(any_tags!(Tag, wanted.tags)));
        let call = self.client(desired, key).await?.import_key_pair();
        let call = call
            .key_name(&key.name)
            .public_key_material(Blob::new(private.public()?))
            .tag_specifications(tags.build());
        match call.send().await {
            Err(error) if errors::is_already_there(&error) => Ok(None),
            answer => {
                let made = checked(answer, || doing::<KeyPair>("importing", key))?;
                Ok(Some(KeyPair {
                    fingerprint: Some(private.fingerprint()),
                    tags: wanted.tags.clone(),
                    id: made.key_pair_id,
                }))
            }
        }
    }

    async fn tag(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &KeyPair,
        found: &KeyPair,
    ) -> Result<(), Failure> {
        let client = self.client(desired, key).await?;
        let id = found.id.as_deref().unwrap_or_default();
        let call = client.create_tags().resources(id);
        let sent = call
            .set_tags(Some(any_tags!(Tag, wanted.tags)))
            .send()
            .await;
        checked(sent, || doing::<KeyPair>("tagging", key))?;
        let retired = desired.retired(&found.tags, &wanted.tags);
        if retired.is_empty() {
            return Ok(());
        }
        let call = client.delete_tags().resources(id);
        let sent = call.set_tags(Some(ec2_tag_keys(&retired))).send().await;
        removed(sent, || doing::<KeyPair>("untagging", key))
    }
}

fn observed(found: KeyPairInfo) -> KeyPair {
    let public = found.public_key.unwrap_or_default();
    let tags = found.tags.unwrap_or_default().into_iter();
    KeyPair {
        // What is no public key of OpenSSH's differs from ours like any other.
        fingerprint: Some(fingerprint_of_public(&public).unwrap_or(public)),
        tags: tags
            .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
            .collect(),
        id: found.key_pair_id,
    }
}

#[cfg(test)]
#[test]
fn every_property_of_a_key_pair_is_decided_about() {
    use crate::watched::check;

    let pair = KeyPairInfo::builder().build();
    check("ec2 KeyPairInfo", &pair);
}
