//! Ways into the account that others made: users with access keys or passwords, and roles that other accounts may take on.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired,
    declared::{Key, Observations, ResourcePort},
    identity::{Credentials, OtherWaysIn},
};
use futures::{StreamExt, TryStreamExt, stream};
use tenancy::Failure;

use crate::{calls::present, identities::TenantIam, resources::each};

/// How many users are asked about side by side.
const READERS: usize = 8;

/// Reads, and changes nothing. Most accounts have no users; for those that have, two calls for each tell of its keys and its password.
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
        let users: BTreeMap<String, Credentials> = stream::iter(all.users.clone())
            .map(async |user| {
                let (keys, password) =
                    futures::try_join!(has_keys(iam, &user), has_password(iam, &user))?;
                Ok::<_, Failure>((user, Credentials { keys, password }))
            })
            .buffer_unordered(READERS)
            .try_collect()
            .await?;
        let found = OtherWaysIn::of(desired, &all.roles, &all.policies, &users);
        Ok(Some(found))
    }
}

/// A user that was listed and is not found was made, or deleted, a moment ago: the next list says which. Until then none of its keys is taken for
/// gone.
async fn has_keys(iam: &Client, user: &str) -> Result<bool, Failure> {
    let doing = || format!("reading the access keys of user `{user}`");
    let answer = iam.list_access_keys().user_name(user).send().await;
    let waits = || {
        let for_what = format!("user `{user}` to be visible, or gone");
        Failure::wait(doing(), for_what, 5)
    };
    let keys = present(answer, doing)?.ok_or_else(waits)?;
    Ok(!keys.access_key_metadata.is_empty())
}

/// That there is no such profile says that the user has no password (IAM API reference, `GetLoginProfile`).
async fn has_password(iam: &Client, user: &str) -> Result<bool, Failure> {
    let answer = iam.get_login_profile().user_name(user).send().await;
    let profile = present(answer, || {
        format!("reading whether user `{user}` has a password")
    })?;
    Ok(profile.is_some())
}
