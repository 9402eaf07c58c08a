//! The settings of a function: read from its environment once at start, in this file only.

use std::{str::FromStr, sync::Arc};

use baseline::Deployment;
use ipnet::Ipv4Net;
use tenancy::{
    Region,
    cost::Prices,
    email::EmailTemplate,
    identity_provider::{GROUPS, OwnProvider},
};

use crate::ledger::{CreationBudget, RatePercent};

/// A variable that is missing or malformed. Shown once at start; the function then stops.
#[derive(Debug, thiserror::Error)]
#[error("environment variable `{name}` {problem}")]
pub struct SettingsError {
    name: &'static str,
    problem: String,
}

/// The settings of a function that works on tenants. The template sets every one of them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `TENANTRY_TABLE`: the ledger.
    pub table: String,
    /// `TENANTRY_BUS`: the event bus.
    pub bus: String,
    /// `TENANTRY_ONBOARD_QUEUE_URL`.
    pub onboard_queue_url: String,
    /// `TENANTRY_AUDIT_QUEUE_URL`.
    pub audit_queue_url: String,
    /// `TENANTRY_OFFBOARD_QUEUE_URL`.
    pub offboard_queue_url: String,
    /// `TENANTRY_BROKER_ROLE_ARN`: the role in the management account.
    pub broker_role_arn: String,
    /// `TENANTRY_BOOTSTRAP_ROLE`: the role Organizations makes in a new account.
    pub bootstrap_role: String,
    /// What every tenant's desired state knows of this installation.
    pub deployment: Arc<Deployment>,
    /// `AWS_REGION`: the home Region.
    pub home_region: Region,
    /// `TENANTRY_EMAIL_TEMPLATE`.
    pub email_template: EmailTemplate,
    /// `TENANTRY_CIDR_POOL`.
    pub cidr_pool: Ipv4Net,
    /// `TENANTRY_VISIBILITY_GRACE_SECS`: how long something that was requested and is not visible yet may still appear.
    pub visibility_grace_secs: u32,
    /// `TENANTRY_LEASE_SECS`: how long a pass may hold a tenant; at least the function's time limit.
    pub lease_secs: u32,
    /// `TENANTRY_CREATIONS_PER_HOUR`: the creation budget.
    pub creations_per_hour: u32,
    /// `TENANTRY_CREATIONS_PER_DAY`: the creation budget.
    pub creations_per_day: u32,
    /// `TENANTRY_ORGANIZATIONS_RATE_PERCENT`: how much of every rate of Organizations is ours.
    pub rates: RatePercent,
    /// `TENANTRY_PORTAL_URL`: where people sign in, if they can.
    pub portal_url: Option<String>,
    /// `TENANTRY_PROVIDER_SECRETS`: what the names of the secrets of identity providers begin with.
    pub provider_secrets: String,
    /// `TENANTRY_AUDIT_JITTER_SECS`: over how long a sweep spreads its audits.
    pub audit_jitter_secs: u32,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// The first variable that is missing or malformed.
    pub fn from_env() -> Result<Self, SettingsError> {
        Ok(Self {
            table: text("TENANTRY_TABLE")?,
            bus: text("TENANTRY_BUS")?,
            onboard_queue_url: text("TENANTRY_ONBOARD_QUEUE_URL")?,
            audit_queue_url: text("TENANTRY_AUDIT_QUEUE_URL")?,
            offboard_queue_url: text("TENANTRY_OFFBOARD_QUEUE_URL")?,
            broker_role_arn: text("TENANTRY_BROKER_ROLE_ARN")?,
            bootstrap_role: text("TENANTRY_BOOTSTRAP_ROLE")?,
            deployment: Arc::new(deployment()?),
            home_region: parsed("AWS_REGION")?,
            email_template: email_template()?,
            cidr_pool: parsed("TENANTRY_CIDR_POOL")?,
            visibility_grace_secs: parsed("TENANTRY_VISIBILITY_GRACE_SECS")?,
            lease_secs: parsed("TENANTRY_LEASE_SECS")?,
            creations_per_hour: parsed("TENANTRY_CREATIONS_PER_HOUR")?,
            creations_per_day: parsed("TENANTRY_CREATIONS_PER_DAY")?,
            rates: parsed("TENANTRY_ORGANIZATIONS_RATE_PERCENT")?,
            portal_url: text("TENANTRY_PORTAL_URL").ok(),
            provider_secrets: text("TENANTRY_PROVIDER_SECRETS")?,
            audit_jitter_secs: parsed("TENANTRY_AUDIT_JITTER_SECS")?,
        })
    }
}

impl Settings {
    /// The creation budget of the deployment.
    pub fn creation_budget(&self) -> CreationBudget {
        CreationBudget {
            per_hour: self.creations_per_hour,
            per_day: self.creations_per_day,
        }
    }
}

fn deployment() -> Result<Deployment, SettingsError> {
    Ok(Deployment {
        organization_id: text("TENANTRY_ORGANIZATION_ID")?,
        management_account: management_account()?,
        onboard_role_arn: text("TENANTRY_ONBOARD_ROLE_ARN")?,
        audit_role_arn: text("TENANTRY_AUDIT_ROLE_ARN")?,
        offboard_role_arn: text("TENANTRY_OFFBOARD_ROLE_ARN")?,
        credentials_role_arn: text("TENANTRY_CREDENTIALS_ROLE_ARN")?,
        access_role_arn: text("TENANTRY_ACCESS_ROLE_ARN")?,
        bus_arn: bus_arn()?,
        bootstrap_role: text("TENANTRY_BOOTSTRAP_ROLE")?,
        allowed_regions: allowed_regions()?,
        installation: text("TENANTRY_INSTALLATION")?,
        name_prefix: name_prefix(),
        prices: prices()?,
    })
}

/// The account of the broker role.
fn management_account() -> Result<String, SettingsError> {
    account_of_role("TENANTRY_BROKER_ROLE_ARN")
}

/// The bus is in the account and the Region of the functions.
fn bus_arn() -> Result<String, SettingsError> {
    let (bus, region) = (text("TENANTRY_BUS")?, text("AWS_REGION")?);
    let account = account_of_role("TENANTRY_ONBOARD_ROLE_ARN")?;
    Ok(format!("arn:aws:events:{region}:{account}:event-bus/{bus}"))
}

fn account_of_role(name: &'static str) -> Result<String, SettingsError> {
    let arn = text(name)?;
    let account = arn.split(':').nth(4).filter(|account| !account.is_empty());
    account.map(str::to_owned).ok_or_else(|| SettingsError {
        name,
        problem: "is wrong: no ARN of a role".into(),
    })
}

/// `TENANTRY_NAME_PREFIX`; nothing by default.
fn name_prefix() -> String {
    #[expect(clippy::disallowed_methods, reason = "this is the settings file")]
    let value = std::env::var("TENANTRY_NAME_PREFIX");
    value.unwrap_or_default().trim().to_owned()
}

/// `TENANTRY_ALLOWED_REGIONS`, split at commas.
///
/// # Errors
/// A Region that is none, or no Region at all.
pub fn allowed_regions() -> Result<Vec<Region>, SettingsError> {
    let name = "TENANTRY_ALLOWED_REGIONS";
    let problem = |error: tenancy::id::Malformed| SettingsError {
        name,
        problem: format!("is wrong: {error}"),
    };
    text(name)?
        .split(',')
        .map(|region| region.trim().parse().map_err(problem))
        .collect()
}

/// `TENANTRY_EMAIL_TEMPLATE`.
///
/// # Errors
/// A template that cannot make addresses.
pub fn email_template() -> Result<EmailTemplate, SettingsError> {
    let name = "TENANTRY_EMAIL_TEMPLATE";
    EmailTemplate::parse(&text(name)?).map_err(|error| SettingsError {
        name,
        problem: format!("is wrong: {error}"),
    })
}

/// `TENANTRY_PRICES`: prices that are not those of the build; none by default.
///
/// # Errors
/// What is there is no part of a table of prices.
pub fn prices() -> Result<Prices, SettingsError> {
    let name = "TENANTRY_PRICES";
    #[expect(clippy::disallowed_methods, reason = "this is the settings file")]
    let value = std::env::var(name);
    Prices::replaced(&value.unwrap_or_default()).map_err(|error| SettingsError {
        name,
        problem: format!("is wrong: {error}"),
    })
}

/// `TENANTRY_OPERATOR_ISSUER`, `…_CLIENT_ID`, `…_GROUPS_CLAIM`, `…_EMAIL_DOMAINS`: the installation's own identity provider, if it
/// has one.
///
/// # Errors
/// An issuer without a client.
pub fn own_provider() -> Result<Option<OwnProvider>, SettingsError> {
    let Ok(issuer) = text("TENANTRY_OPERATOR_ISSUER") else {
        return Ok(None);
    };
    Ok(Some(OwnProvider {
        issuer,
        client_id: text("TENANTRY_OPERATOR_CLIENT_ID")?,
        groups_claim: text("TENANTRY_OPERATOR_GROUPS_CLAIM").unwrap_or_else(|_| GROUPS.to_owned()),
        email_domains: list("TENANTRY_OPERATOR_EMAIL_DOMAINS"),
    }))
}

/// What is between the commas of a variable that may be empty.
pub fn list(name: &'static str) -> Vec<String> {
    let value = text(name).unwrap_or_default();
    let parts = value.split(',').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A variable's value, as an empty text reads where it is not set.
///
/// # Errors
/// It cannot be read.
pub fn optional<T: FromStr<Err: std::fmt::Display>>(
    name: &'static str,
) -> Result<T, SettingsError> {
    #[expect(clippy::disallowed_methods, reason = "this is the settings file")]
    let value = std::env::var(name);
    let value = value.unwrap_or_default();
    value.parse().map_err(|error| SettingsError {
        name,
        problem: format!("is wrong: {error}"),
    })
}

/// A variable's text.
///
/// # Errors
/// It is not set, or empty.
pub fn text(name: &'static str) -> Result<String, SettingsError> {
    #[expect(clippy::disallowed_methods, reason = "this is the settings file")]
    let value = std::env::var(name);
    match value {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        _ => Err(SettingsError {
            name,
            problem: "is not set; infra/template.yaml sets it".into(),
        }),
    }
}

/// A variable's value.
///
/// # Errors
/// It is not set, or cannot be read.
pub fn parsed<T: FromStr<Err: std::fmt::Display>>(name: &'static str) -> Result<T, SettingsError> {
    text(name)?.parse().map_err(|error| SettingsError {
        name,
        problem: format!("is wrong: {error}"),
    })
}
