//! The name of the AWS account, read and set from within it.
//!
//! An audit asks the account only where Organizations shows another name than the wanted one. What somebody changes is seen there
//! too, at the latest after four hours (Account Management Reference, "Update your AWS account name").

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{
    Desired,
    declared::{FieldRef, Key, Observations, ResourcePort},
    resources::AccountName,
};
use tenancy::{Failure, Verb};

use super::each;
use crate::{calls::checked, organization::SharedOrganization, pass::PassContext};

/// Works on the account's name.
pub(crate) struct AccountNamePort {
    pub pass: Arc<PassContext>,
    pub organization: Arc<SharedOrganization>,
}

#[async_trait]
impl ResourcePort<AccountName> for AccountNamePort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<AccountName>, Failure> {
        each(&self.pass, desired, keys, |_| self.read(desired)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        _key: &Key,
        wanted: &AccountName,
    ) -> Result<AccountName, Failure> {
        let client = self.pass.clients.account(desired).await?;
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
        // A new name may take hours to be seen in Organizations: whoever asks gets the account's own answer.
        if self.pass.verb == Verb::Audit && self.pass.asked_at.is_none() {
            let shown = self.organization.account_name(desired).await;
            if let Some(name) = shown.filter(|name| *name == desired.name) {
                return Ok(Some(AccountName { name }));
            }
        }
        let client = self.pass.clients.account(desired).await?;
        let answer = client.get_account_information().send().await;
        let answer = checked(answer, || "reading the name of the account".into())?;
        let name = answer.account_name.unwrap_or_default();
        Ok(Some(AccountName { name }))
    }
}

#[cfg(test)]
#[test]
fn every_property_of_what_an_account_says_of_itself_is_decided_about() {
    use aws_sdk_account::operation::get_account_information::GetAccountInformationOutput;

    use crate::watched::check;

    let name = GetAccountInformationOutput::builder().build();
    check("account GetAccountInformationOutput", &name);
}
