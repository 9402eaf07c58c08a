//! The account's alias.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::Client;
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
    resources::AccountAlias,
};
use tenancy::Failure;

use super::each;
use crate::{
    calls::{checked, removed},
    errors,
    identities::TenantIam,
};

/// Works on the alias.
pub(crate) struct AccountAliasPort(pub Arc<TenantIam>);

#[async_trait]
impl ResourcePort<AccountAlias> for AccountAliasPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<AccountAlias>, Failure> {
        let read = async || {
            let alias = get(&self.0.client(desired).await?).await?;
            Ok(alias.as_deref().map(AccountAlias::found))
        };
        each(&self.0.pass, desired, keys, |_| read()).await
    }

    /// The first candidate that no other AWS customer has. It takes the place of an alias that the account had.
    async fn create(
        &self,
        desired: &Desired,
        _key: &Key,
        wanted: &AccountAlias,
    ) -> Result<AccountAlias, Failure> {
        let iam = self.0.client(desired).await?;
        for alias in wanted.names() {
            if give(&iam, alias).await? {
                return Ok(AccountAlias::found(alias));
            }
        }
        Err(wanted.all_taken())
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        _fields: &[FieldRef],
        wanted: &AccountAlias,
        _found: &AccountAlias,
    ) -> Result<Option<AccountAlias>, Failure> {
        self.create(desired, key, wanted).await.map(Some)
    }

    async fn delete(
        &self,
        desired: &Desired,
        _key: &Key,
        found: &AccountAlias,
    ) -> Result<Deleted, Failure> {
        let iam = self.0.client(desired).await?;
        for alias in found.names() {
            let sent = iam.delete_account_alias().account_alias(alias).send().await;
            removed(sent, || "freeing the account's alias".into())?;
        }
        Ok(Deleted::Removed)
    }
}

/// The account's alias; it can have one.
async fn get(iam: &Client) -> Result<Option<String>, Failure> {
    let answer = iam.list_account_aliases().send().await;
    let answer = checked(answer, || "reading the account's alias".into())?;
    Ok(answer.account_aliases.into_iter().next())
}

/// Whether the account has the alias now. One that is refused may be our own already, or another customer's.
async fn give(iam: &Client, alias: &str) -> Result<bool, Failure> {
    let made = iam.create_account_alias().account_alias(alias).send().await;
    match made {
        Err(error) if errors::is_already_there(&error) => {
            Ok(get(iam).await?.is_some_and(|found| found == alias))
        }
        answer => {
            checked(answer, || format!("giving the account the alias `{alias}`")).map(|_| true)
        }
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_alias_is_decided_about() {
    use aws_sdk_iam::operation::list_account_aliases::ListAccountAliasesOutput;

    use crate::watched::check;

    let aliases = ListAccountAliasesOutput::builder().set_account_aliases(Some(vec![]));
    check("iam ListAccountAliasesOutput", &aliases.build().unwrap());
}
