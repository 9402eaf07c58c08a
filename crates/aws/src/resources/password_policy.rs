//! The account's password policy.

use std::sync::Arc;

use async_trait::async_trait;
use baseline::{
    Desired,
    declared::{Deleted, FieldRef, Key, Observations, ResourcePort},
    resources::PasswordPolicy,
};
use tenancy::Failure;

use super::each;
use crate::{
    calls::{checked, present},
    identities::TenantIam,
};

/// Works on the password policy.
pub(crate) struct PasswordPolicyPort(pub Arc<TenantIam>);

#[async_trait]
impl ResourcePort<PasswordPolicy> for PasswordPolicyPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<PasswordPolicy>, Failure> {
        each(&self.0.pass, desired, keys, |_| self.read(desired)).await
    }

    async fn create(
        &self,
        desired: &Desired,
        _key: &Key,
        wanted: &PasswordPolicy,
    ) -> Result<PasswordPolicy, Failure> {
        let sent = self
            .0
            .client(desired)
            .await?
            .update_account_password_policy()
            .minimum_password_length(wanted.minimum_length)
            .password_reuse_prevention(wanted.reuse_prevention)
            .require_symbols(wanted.symbols)
            .require_numbers(wanted.digits)
            .require_uppercase_characters(wanted.uppercase)
            .require_lowercase_characters(wanted.lowercase)
            .allow_users_to_change_password(wanted.may_change)
            .set_max_password_age(wanted.expires_after)
            .send()
            .await;
        checked(sent, || "setting the password policy".into())?;
        Ok(*wanted)
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        _fields: &[FieldRef],
        wanted: &PasswordPolicy,
        _found: &PasswordPolicy,
    ) -> Result<Option<PasswordPolicy>, Failure> {
        self.create(desired, key, wanted).await.map(Some)
    }

    async fn delete(
        &self,
        _desired: &Desired,
        key: &Key,
        _found: &PasswordPolicy,
    ) -> Result<Deleted, Failure> {
        Err(Failure::bug(
            format!("deleting `{key}`"),
            "it goes with the account",
        ))
    }
}

impl PasswordPolicyPort {
    async fn read(&self, desired: &Desired) -> Result<Option<PasswordPolicy>, Failure> {
        let iam = self.0.client(desired).await?;
        let answer = iam.get_account_password_policy().send().await;
        let answer = present(answer, || "reading the password policy".into())?;
        let policy = answer.and_then(|answer| answer.password_policy);
        Ok(policy.map(|policy| PasswordPolicy {
            minimum_length: policy.minimum_password_length.unwrap_or_default(),
            reuse_prevention: policy.password_reuse_prevention.unwrap_or_default(),
            symbols: policy.require_symbols,
            digits: policy.require_numbers,
            uppercase: policy.require_uppercase_characters,
            lowercase: policy.require_lowercase_characters,
            may_change: policy.allow_users_to_change_password,
            expires_after: policy.max_password_age.filter(|days| *days > 0),
        }))
    }
}

#[cfg(test)]
#[test]
fn every_property_of_the_password_policy_is_decided_about() {
    use aws_sdk_iam::types;

    use crate::watched::check;

    let policy = types::PasswordPolicy::builder().build();
    check("iam PasswordPolicy", &policy);
}
