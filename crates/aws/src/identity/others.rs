//! Ways into the account that others made: users with access keys, and roles that other accounts may take on.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired,
    declared::{Key, Observations, ResourcePort},
    identity::OtherWaysIn,
};
use futures::{StreamExt, TryStreamExt, stream};
use tenancy::Failure;

use crate::{calls::present, identities::TenantIam, resources::each};

/// How many users' keys are read side by side.
const READERS: usize = 8;

/// Reads, and changes nothing. Most accounts have no users; for those that have, one call for each tells of its keys.
pub(super) struct Port(pub(super) Arc<TenantIam>);

#[async_trait]
impl ResourcePort<OtherWaysIn> for Port {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<OtherWaysIn>, Failure> {
        each(&self.0.pass, desired, keys, |_| self.read(desired)).await
    }
}

impl Port {
    async fn read(&self, desired: &Desired) -> Result<Option<OtherWaysIn>, Failure> {
        let iam = &self.0.client(desired).await?;
        let all = self.0.identities(desired).await?;
        let with_keys: Vec<Option<String>> = stream::iter(all.users.clone())
            .map(async |user| Ok::<_, Failure>(has_keys(iam, &user).await?.then_some(user)))
            .buffer_unordered(READERS)
            .try_collect()
            .await?;
        let with_keys: BTreeSet<String> = with_keys.into_iter().flatten().collect();
        let found = OtherWaysIn::of(desired, &all.roles, &all.policies, with_keys);
        Ok(Some(found))
    }
}

/// A user that is deleted by now has none.
async fn has_keys(iam: &Client, user: &str) -> Result<bool, Failure> {
    let answer = iam.list_access_keys().user_name(user).send().await;
    let keys = present(answer, || {
        format!("reading the access keys of user `{user}`")
    })?;
    Ok(keys.is_some_and(|keys| !keys.access_key_metadata.is_empty()))
}
