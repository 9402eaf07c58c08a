//! What IAM reports about the root user.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_iam::types::SummaryKeyType as Summary;
use baseline::{
    Desired,
    declared::{Key, Observations, Observed, ResourcePort},
    root_user::RootCredentials,
};
use tenancy::Failure;

use crate::{errors, pass::PassContext};

/// Reads, and changes nothing.
pub(crate) struct RootUserPort(pub(crate) Arc<PassContext>);

#[async_trait]
impl ResourcePort<RootCredentials> for RootUserPort {
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<RootCredentials>, Failure> {
        let answer = self
            .0
            .clients
            .iam(desired)
            .await?
            .get_account_summary()
            .send()
            .await;
        let answer = answer
            .map_err(|error| errors::failure("reading IAM's summary of the account", &error))?;
        let summary = answer.summary_map.unwrap_or_default();
        let has = |entry: &Summary| summary.get(entry).is_some_and(|count| *count > 0);
        let root = RootCredentials {
            access_keys: has(&Summary::AccountAccessKeysPresent),
            password: has(&Summary::from("AccountPasswordPresent")),
            mfa: has(&Summary::AccountMfaEnabled),
        };
        let of = |key: &Key| (key.clone(), Observed::Present(root.clone()));
        Ok(keys.iter().map(of).collect())
    }
}
