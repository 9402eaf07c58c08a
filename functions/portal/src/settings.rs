//! What the function needs of its environment.

use sign_in::Reach;
use tenancy::identity_provider::OwnProvider;
use tenantry_aws::settings::{SettingsError, list, own_provider, text};

/// The settings of the portal. The template sets every one of them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `TENANTRY_TABLE`: the ledger.
    pub table: String,
    /// `TENANTRY_PORTAL_URL`: our own address, which is the issuer of our tokens.
    pub address: String,
    /// `TENANTRY_INSTALLATION`: what our tokens are for.
    pub audience: String,
    /// `TENANTRY_SIGNING_KEY`, then `TENANTRY_EARLIER_SIGNING_KEYS`: the first signs, all of them are published.
    pub keys: Vec<String>,
    /// `TENANTRY_PROVIDER_SECRETS`: what the names of the secrets of providers begin with.
    pub secrets: String,
    /// `TENANTRY_OPERATOR_…`: the installation's own provider, if it has one.
    pub operators: Option<Operators>,
    /// `TENANTRY_LOOPBACK_PROVIDERS`: whether providers may run on loopback, for tests.
    pub reach: Reach,
}

/// The installation's own provider.
#[derive(Debug, Clone)]
pub struct Operators {
    /// Its settings.
    pub provider: OwnProvider,
    /// `TENANTRY_OPERATOR_SECRET_ARN`; none for a public client.
    pub secret_arn: Option<String>,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// The first variable that is missing.
    pub fn from_env() -> Result<Self, SettingsError> {
        let mut keys = vec![text("TENANTRY_SIGNING_KEY")?];
        keys.extend(list("TENANTRY_EARLIER_SIGNING_KEYS"));
        let loopback = text("TENANTRY_LOOPBACK_PROVIDERS").is_ok_and(|value| value == "true");
        Ok(Self {
            table: text("TENANTRY_TABLE")?,
            address: text("TENANTRY_PORTAL_URL")?
                .trim_end_matches('/')
                .to_owned(),
            audience: text("TENANTRY_INSTALLATION")?,
            keys,
            secrets: text("TENANTRY_PROVIDER_SECRETS")?,
            operators: operators()?,
            reach: if loopback {
                Reach::Loopback
            } else {
                Reach::Public
            },
        })
    }
}

fn operators() -> Result<Option<Operators>, SettingsError> {
    let operators = own_provider()?.map(|provider| Operators {
        provider,
        secret_arn: text("TENANTRY_OPERATOR_SECRET_ARN").ok(),
    });
    Ok(operators)
}
