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

use crate::{Settings, problem::Problem};

/// The ledger, the bus, and what this deployment allows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// Everything tenantry knows.
    pub ledger: Ledger,
    /// By which the other functions are woken.
    pub bus: Bus,
    /// What the work queues gave up on.
    pub dead_letters: DeadLetters,
    /// Against what specs are checked.
    pub deployment: Arc<Deployment>,
    /// How the addresses of accounts are made.
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

    /// The tenant a path means.
    pub(crate) async fn tenant(&self, key: &TenantKey) -> Result<Tenant, Problem> {
        let found = match key {
            TenantKey::Id(id) => self.ledger.tenant(id).await,
            TenantKey::Slug(slug) => self.ledger.tenant_by_slug(slug).await,
        };
        found.map_err(|error| match (error, key) {
            (LedgerError::NotFound { .. }, TenantKey::Id(id)) => {
                Problem::not_found(format!("there is no tenant `{id}`"))
            }
            (LedgerError::NotFound { .. }, TenantKey::Slug(slug)) => {
                Problem::not_found(format!("there is no living tenant `{slug}`"))
            }
            (other, _) => other.into(),
        })
    }

    /// Wakes whoever carries out what is in the ledger by now. A lost event costs a minute: the sweep finds what is due.
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
