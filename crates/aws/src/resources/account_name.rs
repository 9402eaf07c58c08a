//! The name of the AWS account, read and set from within it.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{
    Desired,
    declared::{FieldRef, Key, Observations, ResourcePort},
    resources::AccountName,
};
use tenancy::Failure;

use super::each;
use crate::{calls::checked, pass::PassContext};

/// Works on the account's name.
pub(crate) struct AccountNamePort(pub Arc<PassContext>);

#[async_trait]
impl ResourcePort<AccountName> for AccountNamePort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<AccountName>, Failure> {
        each(&self.0, desired, keys, |_| self.read(desired)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        _key: &Key,
        wanted: &AccountName,
    ) -> Result<AccountName, Failure> {
        let client = self.0.clients.account(desired).await?;
        let call = client.put_account_name().account_name(&wanted.name);
        checked(call.send().await, || {
            format!("naming the account `{}`", wanted.name)
        })?;
        Ok(wanted.clone())
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        _fields: &[FieldRef],
        wanted: &AccountName,
        _found: &AccountName,
    ) -> Result<Option<AccountName>, Failure> {
        self.create(desired, key, wanted).await.map(Some)
    }
}

impl AccountNamePort {
    async fn read(&self, desired: &Desired) -> Result<Option<AccountName>, Failure> {
        let client = self.0.clients.account(desired).await?;
        let answer = client.get_account_information().send().await;
        let answer = checked(answer, || "reading the name of the account".into())?;
        let name = answer.account_name.unwrap_or_default();
        Ok(Some(AccountName { name }))
    }
}
