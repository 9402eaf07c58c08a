//! What every handler works with.

use std::{error::Error, sync::Arc};

use aws_config::SdkConfig;
use events::Event;
use serde_json::Value;
use sign_in::{Fetcher, Providers, Reach};
use tenancy::{
    Blueprint, BlueprintRef, Tenant, TenantId,
    access::Approval,
    blueprint::{Catalog, is_built_in},
    cost::Prices,
    email::EmailTemplate,
    validate::{Deployment, TenantKey},
};

use tenantry_aws::{
    blueprints::Blueprints,
    bus::Bus,
    dead_letters::DeadLetters,
    ledger::{CreationBudget, Ledger, LedgerError},
    provider_secrets::ProviderSecrets,
};

use crate::{
    Settings, authorization::Access, people::Alive, rate_limit::RateLimit, refusal::Refusal,
};

/// The ledger, the bus, and what this deployment allows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// All records.
    pub ledger: Ledger,
    /// Wakes the other functions.
    pub bus: Bus,
    /// Its name, under which metrics are.
    pub(crate) bus_name: Arc<str>,
    /// The dead-letter queues.
    pub dead_letters: DeadLetters,
    /// The blueprints that tenants are pinned to.
    pub blueprints: Arc<Blueprints>,
    /// What specs are validated against, with the built-in blueprints.
    pub deployment: Arc<Deployment>,
    /// What idle tenants cost is shown at these.
    pub prices: Arc<Prices>,
    /// Makes the e-mail addresses of accounts.
    pub email_template: Arc<EmailTemplate>,
    /// The deployment's creation budget.
    pub budget: CreationBudget,
    /// Who may do what.
    pub(crate) access: Arc<Access>,
    /// Who has to approve requests for access, where a blueprint does not say.
    pub(crate) access_approval: Approval,
    /// How fast one caller may call.
    pub(crate) rate_limit: Arc<RateLimit>,
    /// Where people sign in, if they can.
    pub portal_url: Option<Arc<str>>,
    /// The secrets of identity providers.
    pub provider_secrets: ProviderSecrets,
    /// Identity providers that are tried.
    pub providers: Providers,
    /// Sessions of people that go on.
    pub(crate) alive: Alive,
    /// The era of the installation's own identity provider.
    pub(crate) own_era: Option<Arc<str>>,
}

impl App {
    /// The application as its settings say.
    ///
    /// # Errors
    /// A built-in blueprint or a policy that cannot be read, of which tests prove that there is none; or TLS that cannot be set up.
    pub fn new(aws: &SdkConfig, settings: Settings) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let secrets = aws_sdk_secretsmanager::Client::new(aws);
        let reach = match settings.loopback_providers {
            true => Reach::Loopback,
            false => Reach::Public,
        };
        let deployment = Deployment {
            catalog: Catalog::built_in()?,
            allowed_regions: settings.allowed_regions,
            home_region: settings.home_region,
        };
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(aws), settings.table)
                .at_rates(settings.rates),
            bus_name: settings.bus.as_str().into(),
            bus: Bus::new(aws_sdk_eventbridge::Client::new(aws), settings.bus),
            dead_letters: DeadLetters::new(aws_sdk_sqs::Client::new(aws), settings.queues),
            blueprints: Arc::new(Blueprints::new()?),
            deployment: Arc::new(deployment),
            prices: Arc::new(settings.prices),
            email_template: Arc::new(settings.email_template),
            budget: settings.budget,
            access: Arc::new(Access::new(settings.operators)?),
            access_approval: settings.access_approval,
            rate_limit: Arc::new(RateLimit::new(
                settings.requests_per_second,
                settings.writes_per_minute,
            )),
            portal_url: settings.portal_url.map(Arc::from),
            provider_secrets: ProviderSecrets::new(secrets, settings.provider_secrets),
            providers: Providers::new(Fetcher::new(reach)?),
            alive: Alive::default(),
            own_era: settings.own_provider.map(|own| own.era().into()),
        })
    }

    /// What a spec is validated against that names this blueprint: with the versions of the name that are published now.
    pub(crate) async fn offering(&self, name: &str) -> Result<Arc<Deployment>, Refusal> {
        if is_built_in(name) {
            return Ok(Arc::clone(&self.deployment));
        }
        let published = self.ledger.published_versions(name).await?;
        let mut deployment = Deployment::clone(&self.deployment);
        deployment.catalog = deployment.catalog.with(published);
        Ok(Arc::new(deployment))
    }

    /// The same for a body that may name a blueprint.
    pub(crate) async fn offering_for(
        &self,
        body: &Value,
        otherwise: Option<&BlueprintRef>,
    ) -> Result<Arc<Deployment>, Refusal> {
        let named = body.get("blueprint").and_then(Value::as_str);
        let named = named.and_then(|text| text.parse::<BlueprintRef>().ok());
        match named.as_ref().or(otherwise) {
            Some(reference) => self.offering(&reference.name).await,
            None => Ok(Arc::clone(&self.deployment)),
        }
    }

    /// What a tenant is shown by that is pinned to this blueprint. Where it cannot be read, the tenant is shown without what its
    /// spec comes to.
    pub(crate) async fn knowing(&self, pinned: &BlueprintRef) -> Arc<Deployment> {
        if is_built_in(&pinned.name) {
            return Arc::clone(&self.deployment);
        }
        match self.blueprints.find(&self.ledger, pinned).await {
            Ok(Some(blueprint)) => {
                let mut deployment = Deployment::clone(&self.deployment);
                deployment.catalog = deployment.catalog.including(blueprint);
                Arc::new(deployment)
            }
            Ok(None) => Arc::clone(&self.deployment),
            Err(error) => {
                tracing::warn!(error.detail = %error, "blueprint `{pinned}` was not read");
                Arc::clone(&self.deployment)
            }
        }
    }

    /// A blueprint by its version, and what it was made from.
    pub(crate) async fn blueprint_with_origin(
        &self,
        pinned: &BlueprintRef,
    ) -> Result<Option<(Blueprint, Option<BlueprintRef>)>, Refusal> {
        if is_built_in(&pinned.name) {
            let found = self.deployment.catalog.find(pinned);
            return Ok(found.map(|found| (found.clone(), None)));
        }
        let Some(version) = pinned.version else {
            return Ok(None);
        };
        let found = self
            .ledger
            .published_blueprint(&pinned.name, version)
            .await?;
        Ok(found.map(|found| (found.blueprint, found.extends)))
    }

    /// The tenant that a path names.
    pub(crate) async fn tenant(&self, key: &TenantKey) -> Result<Tenant, Refusal> {
        let found = match key {
            TenantKey::Id(id) => self.ledger.tenant(id).await,
            TenantKey::Slug(slug) => self.ledger.tenant_by_slug(slug).await,
        };
        found.map_err(|error| match error {
            LedgerError::NotFound { .. } => no_tenant(key),
            other => other.into(),
        })
    }

    /// The id of the tenant that a path names, by one read.
    pub(crate) async fn tenant_id(&self, key: &TenantKey) -> Result<TenantId, Refusal> {
        let found = match key {
            TenantKey::Id(id) => self.ledger.main_row(id).await?.map(|tenant| tenant.id),
            TenantKey::Slug(slug) => self.ledger.tenant_id(slug).await?,
        };
        found.ok_or_else(|| no_tenant(key))
    }

    /// Wakes the functions that reconcile what was recorded. A lost event costs a minute: the sweep finds what is due.
    pub(crate) async fn announce(&self, event: impl Into<Event>) {
        let event = event.into();
        if let Err(failure) = self.bus.publish(std::slice::from_ref(&event)).await {
            tracing::warn!(
                event.kind = event.detail_type(),
                error.detail = %failure,
                "the event was not published; the sweep will find the tenant"
            );
        }
    }
}

/// The answer about a tenant that is absent, and about one that the caller may not know of.
pub(crate) fn no_tenant(key: &TenantKey) -> Refusal {
    Refusal::not_found(match key {
        TenantKey::Id(id) => format!("there is no tenant `{id}`"),
        TenantKey::Slug(slug) => format!("there is no tenant with the slug `{slug}`"),
    })
}
