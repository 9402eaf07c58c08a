//! What the api function needs of its environment.

use std::num::NonZeroU32;

use access::Operators;
use tenancy::{
    Region, Verb, access::Approval, cost::Prices, email::EmailTemplate,
    identity_provider::OwnProvider,
};
use tenantry_aws::{
    dead_letters::DeadQueue,
    ledger::{CreationBudget, RatePercent},
    settings::{self, SettingsError},
};

/// The settings of the api function. The template sets every one of them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `TENANTRY_TABLE`: the ledger.
    pub table: String,
    /// `TENANTRY_BUS`: the event bus.
    pub bus: String,
    /// `TENANTRY_EMAIL_TEMPLATE`.
    pub email_template: EmailTemplate,
    /// `TENANTRY_ALLOWED_REGIONS`: where tenants may work.
    pub allowed_regions: Vec<Region>,
    /// `TENANTRY_…_QUEUE_URL` and `TENANTRY_…_DEAD_LETTERS_URL` of the three work queues.
    pub queues: Vec<DeadQueue>,
    /// `AWS_REGION`: the Region of a tenant that names none.
    pub home_region: Region,
    /// `TENANTRY_CREATIONS_PER_HOUR`, `TENANTRY_CREATIONS_PER_DAY`: the creation budget.
    pub budget: CreationBudget,
    /// `TENANTRY_ORGANIZATIONS_RATE_PERCENT`: how much of every rate of Organizations is ours.
    pub rates: RatePercent,
    /// `TENANTRY_PORTAL_URL`: where people sign in, if they can.
    pub portal_url: Option<String>,
    /// `TENANTRY_PROVIDER_SECRETS`: what the names of the secrets of identity providers begin with.
    pub provider_secrets: String,
    /// `TENANTRY_OPERATOR_…`: the installation's own identity provider, if it has one.
    pub own_provider: Option<OwnProvider>,
    /// `TENANTRY_LOOPBACK_PROVIDERS`: whether identity providers may run on loopback, for tests.
    pub loopback_providers: bool,
    /// `TENANTRY_PRICES`: what idle tenants cost is shown at these.
    pub prices: Prices,
    /// `TENANTRY_OPERATORS`: who is an operator whatever the grants say; everybody whom IAM lets call where it is empty.
    pub operators: Operators,
    /// `TENANTRY_ACCESS_APPROVAL`: who has to approve requests for access, where a blueprint does not say.
    pub access_approval: Approval,
    /// `TENANTRY_REQUESTS_PER_SECOND`: how fast one caller may call, in each process.
    pub requests_per_second: NonZeroU32,
    /// `TENANTRY_WRITES_PER_MINUTE`: how much one caller may change, over all processes.
    pub writes_per_minute: NonZeroU32,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// The first variable that is missing or malformed.
    pub fn from_env() -> Result<Self, SettingsError> {
        Ok(Self {
            table: settings::text("TENANTRY_TABLE")?,
            bus: settings::text("TENANTRY_BUS")?,
            email_template: settings::email_template()?,
            allowed_regions: settings::allowed_regions()?,
            queues: vec![
                queue(
                    Verb::Onboard,
                    "TENANTRY_ONBOARD_QUEUE_URL",
                    "TENANTRY_ONBOARD_DEAD_LETTERS_URL",
                )?,
                queue(
                    Verb::Audit,
                    "TENANTRY_AUDIT_QUEUE_URL",
                    "TENANTRY_AUDIT_DEAD_LETTERS_URL",
                )?,
                queue(
                    Verb::Offboard,
                    "TENANTRY_OFFBOARD_QUEUE_URL",
                    "TENANTRY_OFFBOARD_DEAD_LETTERS_URL",
                )?,
            ],
            home_region: settings::parsed("AWS_REGION")?,
            budget: CreationBudget {
                per_hour: settings::parsed("TENANTRY_CREATIONS_PER_HOUR")?,
                per_day: settings::parsed("TENANTRY_CREATIONS_PER_DAY")?,
            },
            rates: settings::parsed("TENANTRY_ORGANIZATIONS_RATE_PERCENT")?,
            portal_url: settings::text("TENANTRY_PORTAL_URL")
                .ok()
                .map(|url| url.trim_end_matches('/').to_owned()),
            provider_secrets: settings::text("TENANTRY_PROVIDER_SECRETS")?,
            own_provider: settings::own_provider()?,
            loopback_providers: settings::text("TENANTRY_LOOPBACK_PROVIDERS")
                .is_ok_and(|value| value == "true"),
            prices: settings::prices()?,
            operators: settings::optional("TENANTRY_OPERATORS")?,
            access_approval: settings::optional("TENANTRY_ACCESS_APPROVAL")?,
            requests_per_second: settings::parsed("TENANTRY_REQUESTS_PER_SECOND")?,
            writes_per_minute: settings::parsed("TENANTRY_WRITES_PER_MINUTE")?,
        })
    }
}

fn queue(verb: Verb, work: &'static str, dead: &'static str) -> Result<DeadQueue, SettingsError> {
    Ok(DeadQueue {
        verb,
        work: settings::text(work)?,
        dead: settings::text(dead)?,
    })
}
