//! Buckets: observed in one round, and each setting put by itself, so that one that is right is not touched.
//!
//! Every call about a bucket says whose it must be, so that one of the same name in another account is never spoken to.

mod read;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use baseline::{
    Desired,
    declared::{FieldRef, Key, Observations, Resource, ResourcePort},
    resources::Bucket,
    trail,
};
use tenancy::{Failure, Region};

use super::{each, not_visible, unknown_call, visible, was_there};
use crate::pass::{PassContext, account};

/// Observes the bucket of the tenant's trail in the trail's home Region, for S3 answers for a bucket in its own, and works on it.
pub(crate) struct BucketPort(pub(crate) Arc<PassContext>);

/// The Region that a creation does not name, and in which S3 answers with success where the account has a bucket of the name already.
/// Source: S3 API reference, `CreateBucket`, "Request Syntax" and "Errors" (`BucketAlreadyOwnedByYou`).
const US_EAST_1: &str = "us-east-1";

/// A bucket, and whose it must be.
struct At<'a> {
    client: Client,
    key: &'a Key,
    owner: String,
}

#[async_trait]
impl ResourcePort<Bucket> for BucketPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<Bucket>, Failure> {
        let read = |key| async move {
            let at = self.at(desired, key).await?;
            match was_there(desired, key) || at.exists().await? {
                true => at.read().await,
                false => Ok(None),
            }
        };
        each(&self.0, desired, keys, read).await
    }

    async fn create(
        &self,
        desired: &Desired,
        key: &Key,
        wanted: &Bucket,
    ) -> Result<Bucket, Failure> {
        let at = self.at(desired, key).await?;
        let home = home(desired, key)?;
        if !at.create(&home, wanted).await? {
            return visible(self, desired, key).await;
        }
        if home.as_str() == US_EAST_1 && !at.is_tagged(desired).await? {
            // The next pass sees its tags, or whose it is.
            return Err(not_visible(key));
        }
        // It is known by its name, which no other has: recorded at once, it is ours whatever becomes of its tags.
        Ok(Bucket {
            id: Some(key.name.clone()),
            ..wanted.created()
        })
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        fields: &[FieldRef],
        wanted: &Bucket,
        found: &Bucket,
    ) -> Result<Option<Bucket>, Failure> {
        let at = self.at(desired, key).await?;
        match fields.first().map_or("", FieldRef::call) {
            "tags" => at.put_tags(desired, wanted, found).await,
            "versioning" => at.put_versioning(wanted).await,
            "encryption" => at.put_encryption(wanted).await,
            "public-access-block" => at.put_public_access_block(wanted).await,
            "object-ownership" => at.put_object_ownership(wanted).await,
            "policy" => at.put_policy(wanted).await,
            "lifecycle" => at.put_lifecycle(wanted).await,
            other => Err(unknown_call(key, other)),
        }?;
        Ok(None)
    }
}

impl BucketPort {
    async fn at<'a>(&self, desired: &Desired, key: &'a Key) -> Result<At<'a>, Failure> {
        Ok(At {
            client: self.0.clients.s3(desired, &home(desired, key)?).await?,
            key,
            owner: account(desired)?.to_string(),
        })
    }
}

fn home(desired: &Desired, key: &Key) -> Result<Region, Failure> {
    let none = || Failure::bug(format!("working on `{key}`"), "the tenant has no Region");
    trail::home(desired).ok_or_else(none)
}

#[cfg(test)]
#[test]
fn every_property_of_a_bucket_s_rules_is_decided_about() {
    use aws_sdk_s3::types;

    use crate::watched::check;

    let rule = types::LifecycleRule::builder().status(types::ExpirationStatus::Enabled);
    check("s3 LifecycleRule", &rule.build().unwrap());
    let rule = types::ServerSideEncryptionRule::builder().build();
    check("s3 ServerSideEncryptionRule", &rule);
    let default = types::ServerSideEncryptionByDefault::builder();
    let default = default.sse_algorithm(types::ServerSideEncryption::AwsKms);
    let default = default.build().unwrap();
    check("s3 ServerSideEncryptionByDefault", &default);
}
