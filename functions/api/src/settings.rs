//! What the api function needs of its environment.

use tenancy::{Region, email::EmailTemplate};
use tenantry_aws::{
    ledger::CreationBudget,
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
    /// `AWS_REGION`: the Region of a tenant that names none.
    pub home_region: Region,
    /// `TENANTRY_CREATIONS_PER_HOUR`, `TENANTRY_CREATIONS_PER_DAY`: the creation budget.
    pub budget: CreationBudget,
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
            home_region: settings::parsed("AWS_REGION")?,
            budget: CreationBudget {
                per_hour: settings::parsed("TENANTRY_CREATIONS_PER_HOUR")?,
                per_day: settings::parsed("TENANTRY_CREATIONS_PER_DAY")?,
            },
        })
    }
}
