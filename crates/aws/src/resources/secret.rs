//! Secrets with private keys. Their values are read only to import the public half, and never leave this module and `key_pair`.

mod at;
mod private_key;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_secretsmanager::{Client, types::Tag};
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, Observed, Resource, ResourcePort},
    key_pair::KeyPairs,
    resources::Secret,
};
use tenancy::{ComponentName, Failure, Verb};

use self::at::At;
pub(super) use self::private_key::fingerprint_of_public;
pub(crate) use self::{at::private_key_of, private_key::PrivateKey};
use super::{day, doing, each, region, visible, was_there};
use crate::{
    calls::{any_tags, checked, present},
    errors,
    pass::PassContext,
};

/// How many days a secret that the spec no longer asks for can be had back.
const DAYS_TO_REGRET: i64 = 30;
/// The same after a departure: the fewest that Secrets Manager takes (API reference, `DeleteSecret`).
const DAYS_AFTER_DEPARTURE: i64 = 7;

/// Observes secrets with private keys, and works on them.
pub(crate) struct SecretPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<Secret> for SecretPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Secret>, Failure> {
        let read = each(&self.0, desired, keys, |key| self.read(desired, key)).await?;
        let observed = read.into_iter().map(|(key, observed)| {
            let waits = going(desired, &key, &observed);
            (key, waits.map_or(observed, Observed::Left))
        });
        Ok(observed.collect())
    }

    /// With a new private key. Its name is taken once, so a request that was answered to nobody is found by it.
    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Secret,
    ) -> Result<Secret, Failure> {
        let private = PrivateKey::from_seed(&self.0.seed());
        let call = self.client(desired, key).await?.create_secret();
        let call = call
            .name(&key.name)
            .description(format!("Private key of tenant {}", desired.tenant))
            .client_request_token(private.version())
            .secret_string(private.text()?.as_str())
            .set_kms_key_id(wanted.key.clone())
            .set_tags(Some(any_tags!(Tag, wanted.tags)));
        match call.send().await {
            // Made by a pass whose answer was lost, or by somebody else.
            Err(error) if errors::is_already_there(&error) => visible(self, desired, key).await,
            answer => {
                let made = checked(answer, || doing::<Secret>("creating", key))?;
                Ok(Secret {
                    id: made.arn,
                    ..holding(wanted, &private)
                })
            }
        }
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Secret,
        found: &Secret,
    ) -> Result<Option<Secret>, Failure> {
        let client = self.client(desired, key).await?;
        let at = At {
            client: &client,
            key,
        };
        let differs = |name| fields.iter().any(|field| field.field.name == name);
        // What waits for its deletion takes no other change.
        if differs("deletion") {
            at.restore().await?;
        }
        if differs("tags") {
            at.tag(desired, wanted, found).await?;
        }
        if differs("policy") {
            at.delete_policy().await?;
        }
        if differs("replicas") {
            at.remove_copies(found).await?;
        }
        if differs("key") {
            at.set_key(wanted.key.as_deref()).await?;
        }
        if !differs("value") {
            return Ok(None);
        }
        let holding = self.put_value(at, found).await?;
        let mut tags = found.tags.clone();
        tags.extend(wanted.tags.clone());
        for retired in desired.retired(&found.tags, &wanted.tags) {
            tags.remove(&retired);
        }
        Ok(Some(Secret {
            deletion: None,
            policy: None,
            key: wanted.key.clone(),
            tags,
            ..holding
        }))
    }

    /// It can be had back until its last day.
    async fn delete(
        &self,
        desired: &Desired,
        key: &Key,
        _found: &Secret,
    ) -> Result<Deleted, Failure> {
        let days = match self.0.verb {
            Verb::Offboard => DAYS_AFTER_DEPARTURE,
            Verb::Onboard | Verb::Audit => DAYS_TO_REGRET,
        };
        let call = self.client(desired, key).await?.delete_secret();
        let call = call.secret_id(&key.name).recovery_window_in_days(days);
        let doing = || doing::<Secret>("scheduling the deletion of", key);
        Ok(match present(call.send().await, doing)? {
            Some(answer) => {
                let when = answer.deletion_date.map(day).unwrap_or_default();
                Deleted::InUse(scheduled(&when))
            }
            None => Deleted::Removed,
        })
    }
}

/// What is said of a secret of ours that is not wanted and will be deleted.
fn going(desired: &Desired, key: &Key, observed: &Observed<Secret>) -> Option<String> {
    let Observed::Present(found) = observed else {
        return None;
    };
    let mut wanted = desired.spec.regions.iter();
    let unwanted = desired.leaving() || !wanted.any(|one| Some(one) == key.region());
    let recorded = desired.recorded.id_of(ComponentName::KEY_PAIR, key);
    let ours = found.ours(desired) || (recorded.is_some() && recorded == found.id.as_deref());
    let when = found.deletion.as_ref().filter(|_| unwanted && ours)?;
    Some(scheduled(when))
}

fn scheduled(day: &str) -> String {
    format!("its deletion, scheduled for {day}")
}

/// The same secret, holding this key.
fn holding(secret: &Secret, private: &PrivateKey) -> Secret {
    Secret {
        value: Secret::OURS.into(),
        fingerprint: Some(private.fingerprint()),
        current: Some(private.version()),
        earlier: None,
        ..secret.clone()
    }
}

impl SecretPort {
    async fn client(&self, desired: &Desired, key: &Key) -> Result<Client, Failure> {
        let region = region(desired, key)?;
        self.0.clients.secretsmanager(desired, region).await
    }

    /// Two reads, at once where it is expected.
    async fn read(&self, desired: &Desired, key: &Key) -> Result<Option<Secret>, Failure> {
        let client = &self.client(desired, key).await?;
        let at = At { client, key };
        let role = KeyPairs::recorded_fingerprint(region(desired, key)?);
        let recorded = desired.recorded.id(ComponentName::KEY_PAIR, &role);
        let described = at.described(&desired.retired_keys, recorded);
        let (described, policy) = match was_there(desired, key) {
            true => futures::join!(described, at.policy()),
            false => match described.await? {
                Some(secret) => (Ok(Some(secret)), at.policy().await),
                None => return Ok(None),
            },
        };
        match described? {
            // Its policy cannot be read then.
            Some(secret) if secret.deletion.is_some() => Ok(Some(secret)),
            Some(secret) => {
                let policy = policy?;
                Ok(Some(Secret { policy, ..secret }))
            }
            None => Ok(None),
        }
    }

    /// The version that we wrote, current again. Where there is none, a new private key.
    async fn put_value(&self, at: At<'_>, found: &Secret) -> Result<Secret, Failure> {
        if let Some(earlier) = &found.earlier {
            at.make_current(earlier, found.current.as_deref()).await?;
            return Ok(Secret {
                value: Secret::OURS.into(),
                fingerprint: private_key::fingerprint_of(earlier),
                current: Some(earlier.clone()),
                earlier: None,
                ..found.clone()
            });
        }
        let private = PrivateKey::from_seed(&self.0.seed());
        at.put(&private).await?;
        Ok(holding(found, &private))
    }
}

#[cfg(test)]
#[test]
fn every_property_of_a_secret_is_decided_about() {
    use aws_sdk_secretsmanager::operation as op;

    use crate::watched::check;

    let secret = op::describe_secret::DescribeSecretOutput::builder().build();
    check("secretsmanager DescribeSecretOutput", &secret);
    let policy = op::get_resource_policy::GetResourcePolicyOutput::builder().build();
    check("secretsmanager GetResourcePolicyOutput", &policy);
}
