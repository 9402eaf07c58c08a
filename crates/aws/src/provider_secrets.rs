//! The client secrets of tenants' identity providers, in Secrets Manager of the tooling account: one secret a tenant, by name.
//!
//! # Guarantees
//! A secret's value goes in and, by its version, out; it is in no error, log or record.

use aws_sdk_secretsmanager::{Client, types::Tag};
use tenancy::{
    Failure, FailureKind, TenantId, identity_provider::SecretVersion, names::TAG_TENANT,
};

use crate::errors::{failure, is_absent, is_already_there, is_being_deleted, unreadable};

/// The tag of what the installation itself keeps.
const OF_INSTALLATION: (&str, &str) = ("tenantry:component", "control-plane");

/// The secrets. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ProviderSecrets {
    client: Client,
    prefix: String,
}

impl ProviderSecrets {
    /// The secrets whose names begin with `prefix` and a slash.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self {
            client,
            prefix: prefix.into(),
        }
    }

    fn name(&self, tenant: &TenantId) -> String {
        format!("{}/{tenant}", self.prefix)
    }

    /// Writes a new version of a tenant's secret.
    ///
    /// # Errors
    /// Secrets Manager's answer, classified.
    pub async fn put(&self, tenant: &TenantId, value: &str) -> Result<SecretVersion, Failure> {
        let name = self.name(tenant);
        let doing = format!("creating secret `{name}`");
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let made = self
            .client
            .create_secret()
            .name(&name)
            .description("client secret of a tenant's identity provider")
            .secret_string(value)
            .tags(tag(OF_INSTALLATION.0, OF_INSTALLATION.1))
            .tags(tag(TAG_TENANT, tenant.as_str()))
            .send()
            .await;
        match made {
            Ok(made) => version(&doing, made.arn, made.version_id),
            Err(error) if is_already_there(&error) => {
                self.is_of(tenant, &name).await?;
                self.replace(&name, value).await
            }
            Err(error) if is_being_deleted(&error) => {
                let detail = "the secret before is still being deleted";
                Err(Failure::retry(FailureKind::NotReady, doing, detail, 15))
            }
            Err(error) => Err(hidden(failure(doing, &error))),
        }
    }

    /// Looks at the tags of what has the name already: only a secret that this installation made for the tenant is written to.
    async fn is_of(&self, tenant: &TenantId, name: &str) -> Result<(), Failure> {
        let doing = format!("reading secret `{name}`");
        let answer = self.client.describe_secret().secret_id(name).send().await;
        let found = answer.map_err(|error| failure(&doing, &error))?;
        let has = |key: &str, value: &str| {
            let mut tags = found.tags().iter();
            tags.any(|tag| tag.key() == Some(key) && tag.value() == Some(value))
        };
        if has(OF_INSTALLATION.0, OF_INSTALLATION.1) && has(TAG_TENANT, tenant.as_str()) {
            return Ok(());
        }
        Err(Failure::name_taken(
            doing,
            "a secret with this name does not carry the tenant's tags, so it is not ours",
            "Rename or remove the secret, then set the identity provider again.",
        ))
    }

    async fn replace(&self, name: &str, value: &str) -> Result<SecretVersion, Failure> {
        let doing = format!("writing secret `{name}`");
        let call = self.client.put_secret_value().secret_id(name);
        let written = call.secret_string(value).send().await;
        let written = written.map_err(|error| hidden(failure(&doing, &error)))?;
        version(&doing, written.arn, written.version_id)
    }

    /// Reads a version.
    ///
    /// # Errors
    /// Secrets Manager's answer, classified.
    pub async fn get(&self, secret: &SecretVersion) -> Result<String, Failure> {
        let doing = format!("reading secret `{}`", secret.arn);
        let call = self.client.get_secret_value().secret_id(&secret.arn);
        let read = call.version_id(&secret.version).send().await;
        let read = read.map_err(|error| failure(&doing, &error))?;
        read.secret_string
            .ok_or_else(|| unreadable(doing, "it holds no text"))
    }

    /// Reads the current version of any secret, such as the one of the installation's own provider.
    ///
    /// # Errors
    /// Secrets Manager's answer, classified.
    pub async fn current(&self, arn: &str) -> Result<String, Failure> {
        let doing = format!("reading secret `{arn}`");
        let read = self.client.get_secret_value().secret_id(arn).send().await;
        let read = read.map_err(|error| failure(&doing, &error))?;
        read.secret_string
            .ok_or_else(|| unreadable(doing, "it holds no text"))
    }

    /// Deletes a tenant's secret, if there is one. Nothing signs in by it any more, so there is no time to recover it.
    ///
    /// # Errors
    /// Secrets Manager's answer, classified.
    pub async fn delete(&self, tenant: &TenantId) -> Result<(), Failure> {
        let name = self.name(tenant);
        let doing = format!("deleting secret `{name}`");
        let call = self.client.delete_secret().secret_id(&name);
        match call.force_delete_without_recovery(true).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) => Err(failure(doing, &error)),
        }
    }
}

fn version(
    doing: &str,
    arn: Option<String>,
    version: Option<String>,
) -> Result<SecretVersion, Failure> {
    match (arn, version) {
        (Some(arn), Some(version)) => Ok(SecretVersion { arn, version }),
        _ => Err(unreadable(doing, "neither ARN nor version")),
    }
}

/// Without what AWS said: a refused request may be quoted in it.
fn hidden(failure: Failure) -> Failure {
    Failure {
        detail: "Secrets Manager did not take the secret".to_owned(),
        ..failure
    }
}
