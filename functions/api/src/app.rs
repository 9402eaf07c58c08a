//! What every handler works with.

use std::sync::Arc;

use aws_config::SdkConfig;
use events::Fact;
use tenancy::{
    Tenant,
    blueprint::Catalog,
    email::EmailTemplate,
    validate::{Deployment, TenantKey},
};
use tenantry_aws::{
    bus::Bus,
    dead_letters::DeadLetters,
    ledger::{CreationBudget, Ledger, LedgerError},
};

use crate::{Settings, refusal::Refusal};

/// The ledger, the bus, and what this deployment allows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// All records.
    pub ledger: Ledger,
    /// Wakes the other functions.
    pub bus: Bus,
    /// The dead-letter queues.
    pub dead_letters: DeadLetters,
    /// What specs are validated against.
    pub deployment: Arc<Deployment>,
    /// Makes the e-mail addresses of accounts.
    pub email_template: Arc<EmailTemplate>,
    /// The deployment's creation budget.
    pub budget: CreationBudget,
}

impl App {
    /// The application as its settings say.
    ///
    /// # Errors
    /// A built-in blueprint that cannot be read; a test proves that there is none.
    pub fn new(aws: &SdkConfig, settings: Settings) -> Result<Self, serde_json::Error> {
        let deployment = Deployment {
            catalog: Catalog::built_in()?,
            allowed_regions: settings.allowed_regions,
            home_region: settings.home_region,
        };
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(aws), settings.table)
                .at_rates(settings.rates),
            bus: Bus::new(aws_sdk_eventbridge::Client::new(aws), settings.bus),
            dead_letters: DeadLetters::new(aws_sdk_sqs::Client::new(aws), settings.queues),
            deployment: Arc::new(deployment),
            email_template: Arc::new(settings.email_template),
            budget: settings.budget,
        })
    }

    /// The tenant that a path names.
    pub(crate) async fn tenant(&self, key: &TenantKey) -> Result<Tenant, Refusal> {
        let found = match key {
            TenantKey::Id(id) => self.ledger.tenant(id).await,
            TenantKey::Slug(slug) => self.ledger.tenant_by_slug(slug).await,
        };
        found.map_err(|error| match (error, key) {
            (LedgerError::NotFound { .. }, TenantKey::Id(id)) => {
                Refusal::not_found(format!("there is no tenant `{id}`"))
            }
            (LedgerError::NotFound { .. }, TenantKey::Slug(slug)) => {
                Refusal::not_found(format!("there is no tenant with the slug `{slug}`"))
            }
            (other, _) => other.into(),
        })
    }

    /// Wakes the functions that reconcile what was recorded. A lost event costs a minute: the sweep finds what is due.
    pub(crate) async fn announce(&self, fact: impl Into<Fact>) {
        let fact = fact.into();
        if let Err(failure) = self.bus.publish(std::slice::from_ref(&fact)).await {
            tracing::warn!(
                event.kind = fact.detail_type(),
                error.detail = %failure,
                "the event was not published; the sweep will find the tenant"
            );
        }
    }
}
