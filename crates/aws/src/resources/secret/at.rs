//! The calls about one secret.

use std::collections::HashMap;

use aws_sdk_secretsmanager::{Client, types::Tag};
use baseline::{Desired, declared::Key, resources::Secret};
use serde_json::Value;
use tenancy::{Failure, FailureKind, names};

use super::private_key::{self, PrivateKey};
use crate::{
    calls::{any_tags, checked, present},
    resources::{day, doing, not_visible},
};

/// The version that is handed out.
const CURRENT: &str = "AWSCURRENT";

/// AWS's own key. Source: Secrets Manager User Guide, "Secret encryption and decryption".
const OF_AWS: &str = "alias/aws/secretsmanager";

/// One secret.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub client: &'a Client,
    pub key: &'a Key,
}

/// What the labels of the versions say: which is current, and which other one is ours and was not rotated out.
#[derive(Default)]
struct Versions {
    current: Option<String>,
    earlier: Option<String>,
    /// Whether the current one is a key of ours that was rotated out.
    retired: bool,
    /// Whether the current one is named like a key of ours, and another is on record.
    foreign: bool,
}

impl Versions {
    /// Whoever may write versions may give them names as ours have: the key on record decides, unless it was rotated out.
    fn of(
        labels: HashMap<String, Vec<String>>,
        retired: &[String],
        recorded: Option<&str>,
    ) -> Self {
        let mut versions = Self::default();
        let is_retired = |key: &str| retired.iter().any(|retired| retired == key);
        let recorded = recorded.filter(|key| !is_retired(key));
        let may_be_ours = |key: &str| !is_retired(key) && recorded.is_none_or(|ours| ours == key);
        // Of several, always the same one.
        let mut labels: Vec<_> = labels.into_iter().collect();
        labels.sort();
        for (version, labels) in labels {
            if labels.iter().any(|label| label == CURRENT) {
                let key = private_key::fingerprint_of(&version);
                versions.retired = key.as_deref().is_some_and(is_retired);
                versions.foreign = !versions.retired && key.is_some_and(|key| !may_be_ours(&key));
                versions.current = Some(version);
            } else if private_key::fingerprint_of(&version).is_some_and(|key| may_be_ours(&key)) {
                versions.earlier = Some(version);
            }
        }
        versions
    }

    fn of_secret(self, secret: Secret) -> Secret {
        let current = self.current.as_deref();
        let fingerprint = current.and_then(private_key::fingerprint_of);
        let value = match (&fingerprint, current) {
            (Some(key), _) if self.retired => format!("`{key}`, which was rotated out"),
            (Some(key), _) if self.foreign => format!("`{key}`, which somebody else wrote"),
            (Some(_), _) => Secret::OURS.to_owned(),
            (None, Some(version)) => format!("version `{version}`, which somebody else wrote"),
            (None, None) => "nothing".to_owned(),
        };
        Secret {
            value,
            earlier: self
                .earlier
                .filter(|_| fingerprint.is_none() || self.retired || self.foreign),
            fingerprint,
            current: self.current,
            ..secret
        }
    }
}

impl At<'_> {
    /// Without its policy, which has a call of its own.
    pub(super) async fn described(
        &self,
        retired: &[String],
        recorded: Option<&str>,
    ) -> Result<Option<Secret>, Failure> {
        let call = self.client.describe_secret().secret_id(&self.key.name);
        let answer = present(call.send().await, || doing::<Secret>("reading", self.key))?;
        Ok(answer.map(|found| {
            let copies = found.replication_status.unwrap_or_default();
            let copies: Vec<String> = copies.into_iter().filter_map(|copy| copy.region).collect();
            let tags = found.tags.unwrap_or_default().into_iter();
            let secret = Secret {
                deletion: found.deleted_date.map(day),
                key: found.kms_key_id.filter(|key| !key.ends_with(OF_AWS)),
                rotation: found.rotation_enabled == Some(true),
                replicas: (!copies.is_empty()).then(|| copies.join(", ")),
                tags: tags
                    .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
                    .collect(),
                id: found.arn,
                ..Secret::default()
            };
            let labels = found.version_ids_to_stages.unwrap_or_default();
            Versions::of(labels, retired, recorded).of_secret(secret)
        }))
    }

    /// The policy, if it has one, of a secret that is described. That the secret is not found does not say that it has none.
    pub(super) async fn policy(&self) -> Result<Option<Value>, Failure> {
        let call = self.client.get_resource_policy().secret_id(&self.key.name);
        let doing = || doing::<Secret>("reading the policy of", self.key);
        let answer = present(call.send().await, doing)?;
        let answer = answer.ok_or_else(|| not_visible(self.key))?;
        // A policy that is no JSON is one all the same.
        let read = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(answer.resource_policy.map(read))
    }

    pub(super) async fn restore(&self) -> Result<(), Failure> {
        let call = self.client.restore_secret().secret_id(&self.key.name);
        let doing = || doing::<Secret>("cancelling the deletion of", self.key);
        checked(call.send().await, doing).map(drop)
    }

    /// Secrets Manager encrypts all labelled versions again (API reference, `UpdateSecret`).
    pub(super) async fn set_key(&self, key: Option<&str>) -> Result<(), Failure> {
        let call = self.client.update_secret().secret_id(&self.key.name);
        let sent = call.kms_key_id(key.unwrap_or(OF_AWS)).send().await;
        checked(sent, || doing::<Secret>("setting the KMS key of", self.key)).map(drop)
    }

    pub(super) async fn delete_policy(&self) -> Result<(), Failure> {
        let call = self.client.delete_resource_policy();
        let sent = call.secret_id(&self.key.name).send().await;
        let doing = || doing::<Secret>("deleting the policy of", self.key);
        checked(sent, doing).map(drop)
    }

    /// Secrets Manager takes some time to delete them, and until then no deletion of the secret.
    pub(super) async fn remove_copies(&self, found: &Secret) -> Result<(), Failure> {
        let copies = found.replicas.as_deref().unwrap_or_default();
        let regions = copies.split(", ").map(str::to_owned).collect();
        let call = self.client.remove_regions_from_replication();
        let call = call
            .secret_id(&self.key.name)
            .set_remove_replica_regions(Some(regions));
        let doing = || doing::<Secret>("removing the copies of", self.key);
        present(call.send().await, doing).map(drop)
    }

    pub(super) async fn make_current(
        &self,
        version: &str,
        instead_of: Option<&str>,
    ) -> Result<(), Failure> {
        let call = self.client.update_secret_version_stage();
        let call = call
            .secret_id(&self.key.name)
            .version_stage(CURRENT)
            .move_to_version_id(version)
            .set_remove_from_version_id(instead_of.map(str::to_owned));
        let doing = || doing::<Secret>("putting the private key back into", self.key);
        checked(call.send().await, doing).map(drop)
    }

    pub(super) async fn put(&self, private: &PrivateKey) -> Result<(), Failure> {
        let call = self.client.put_secret_value().secret_id(&self.key.name);
        let call = call
            .client_request_token(private.version())
            .secret_string(private.text()?.as_str());
        let doing = || doing::<Secret>("putting a new private key into", self.key);
        checked(call.send().await, doing).map(drop)
    }

    pub(super) async fn tag(
        &self,
        desired: &Desired,
        wanted: &Secret,
        found: &Secret,
    ) -> Result<(), Failure> {
        let call = self.client.tag_resource().secret_id(&self.key.name);
        let sent = call
            .set_tags(Some(any_tags!(Tag, wanted.tags)))
            .send()
            .await;
        checked(sent, || doing::<Secret>("tagging", self.key))?;
        let retired = desired.retired(&found.tags, &wanted.tags);
        if retired.is_empty() {
            return Ok(());
        }
        let call = self.client.untag_resource().secret_id(&self.key.name);
        let sent = call.set_tag_keys(Some(retired)).send().await;
        checked(sent, || doing::<Secret>("untagging", self.key)).map(drop)
    }
}

/// The private key that the secret of a Region's key pair holds: that with this fingerprint, where one is said.
pub(crate) async fn private_key_of(
    client: &Client,
    fingerprint: Option<&str>,
) -> Result<PrivateKey, Failure> {
    let doing = || {
        format!(
            "reading the private key in secret `{}`",
            names::KEY_PAIR_SECRET
        )
    };
    // By its name: what was written a moment ago may not be the current version everywhere yet.
    let version = fingerprint.and_then(private_key::version_of);
    let call = client.get_secret_value().secret_id(names::KEY_PAIR_SECRET);
    let answer = checked(call.set_version_id(version).send().await, doing)?;
    let text = answer.secret_string.unwrap_or_default();
    let fits = |private: &PrivateKey| fingerprint.is_none_or(|one| private.fingerprint() == one);
    PrivateKey::read(&text).filter(fits).ok_or_else(|| {
        Failure::park(
            FailureKind::Conflict,
            doing(),
            "it holds something else, under the name of a version of ours",
            "private-key-unreadable",
            "Delete the secret for good, if nobody needs what is in it, then retry the tenant: it gets a new key pair.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How versions of ours are named: after the fingerprints of their keys.
    fn named(letter: char) -> String {
        letter.to_string().repeat(64)
    }

    fn fingerprint(letter: char) -> String {
        private_key::fingerprint_of(&named(letter)).unwrap()
    }

    fn secret(current: char, earlier: char, retired: &[String], recorded: Option<char>) -> Secret {
        let labels = HashMap::from([
            (named(current), vec![CURRENT.to_owned()]),
            (named(earlier), vec!["AWSPREVIOUS".to_owned()]),
        ]);
        let recorded = recorded.map(fingerprint);
        let versions = Versions::of(labels, retired, recorded.as_deref());
        versions.of_secret(Secret::default())
    }

    #[test]
    fn a_key_that_somebody_named_as_ours_are_named_is_not_ours_and_the_one_on_record_is_put_back() {
        let found = secret('b', 'a', &[], Some('a'));
        assert_ne!(found.value, Secret::OURS);
        assert_eq!(found.earlier, Some(named('a')));
        // One that is not on record is nothing to put back.
        let found = secret('b', 'c', &[], Some('a'));
        assert_eq!((found.value == Secret::OURS, found.earlier), (false, None));
    }

    #[test]
    fn the_key_on_record_is_ours_and_so_is_a_new_one_once_it_was_rotated_out_or_before_one_is_on_record()
     {
        let retired = [fingerprint('a')];
        for (retired, recorded, current) in [
            (&[][..], Some('a'), 'a'),
            (&[][..], None, 'b'),
            (&retired[..], Some('a'), 'b'),
        ] {
            let found = secret(current, 'c', retired, recorded);
            assert_eq!(found.value, Secret::OURS, "{current}");
        }
    }
}
