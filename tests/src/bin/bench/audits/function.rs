//! The function `audit` in so far as tenants share something: lease, list of accounts, rates of Organizations, the last write. What it
//! reads in the tenant's account, which no two tenants share, is a pause.

use std::{sync::Arc, time::Duration};

use aws_config::SdkConfig;
use baseline::Desired;
use jiff::SignedDuration;
use scenarios::machine::AnyError;
use tenancy::{ComponentName, TenantId, Verb, blueprint::Catalog};
use tenantry_aws::{
    clock::Clock,
    ledger::{Begun, Ledger, Loaded, PassRecord},
    organization::OrganizationCache,
    pass::{PassContext, PassInputs},
    queue::Queues,
    rows::Components,
    session::Aws,
    settings::Settings,
    worker,
};

const SHARED: [ComponentName; 2] = [ComponentName::ACCOUNT, ComponentName::PLACEMENT];

/// A process of the function.
pub struct Function {
    aws: Aws,
    settings: Arc<Settings>,
    ledger: Ledger,
    queues: Queues,
    catalog: Catalog,
    organization: Arc<OrganizationCache>,
    clock: Clock,
    /// How long the reads in the account take.
    reads: Duration,
}

impl Function {
    /// A process that has just started.
    ///
    /// # Errors
    /// A built-in blueprint cannot be read.
    pub fn new(
        own: SdkConfig,
        settings: Settings,
        clock: Clock,
        reads: Duration,
    ) -> Result<Self, AnyError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&own);
        Ok(Self {
            ledger: Ledger::new(dynamodb, settings.table.clone()).at_rates(settings.rates),
            queues: Queues::new(aws_sdk_sqs::Client::new(&own), &settings),
            aws: Aws::new(own),
            settings: Arc::new(settings),
            catalog: Catalog::built_in()?,
            organization: Arc::default(),
            clock,
            reads,
        })
    }

    /// A scheduled audit. False if something differed, or another pass had the tenant.
    ///
    /// # Errors
    /// The ledger did not answer.
    pub async fn audit(&self, tenant: &TenantId) -> Result<bool, AnyError> {
        let now = (self.clock)();
        let holder = format!("audit-{:016x}", rand::random::<u64>());
        let ttl = SignedDuration::from_secs(i64::from(self.settings.lease_secs));
        let begun = self.ledger.begin(tenant, &holder, now, ttl, None).await?;
        let Begun::Pass(begun) = begun else {
            return Ok(false);
        };
        let (lease, loaded) = *begun;
        let pass = PassContext::new(PassInputs {
            aws: self.aws.clone(),
            settings: Arc::clone(&self.settings),
            ledger: self.ledger.clone(),
            queues: self.queues.clone(),
            lease: lease.clone(),
            verb: Verb::Audit,
            requester: "tenantry/audit".into(),
            intents: loaded.intents.clone(),
            changed_at: loaded.tenant.updated_at,
            asked_at: None,
            updating: false,
            settled: loaded.tenant.components.keys().copied().collect(),
            clock: Arc::clone(&self.clock),
        });
        let mut rows = Components::new(&pass, &self.organization).rows;
        rows.retain(|row| SHARED.contains(&row.name()));
        let desired = self.desired(&loaded)?;
        let (report, ()) = tokio::join!(
            baseline::audit(&rows, &desired),
            tokio::time::sleep(self.reads)
        );
        let record = PassRecord {
            components: loaded.tenant.components.clone(),
            audited_at: Some((self.clock)()),
            ..PassRecord::default()
        };
        self.ledger
            .save_pass(&lease, &record, (self.clock)())
            .await?;
        if !report.is_settled() {
            eprintln!("bench: tenant `{tenant}`: {:?}", report.outcomes);
        }
        Ok(report.is_settled())
    }

    fn desired(&self, loaded: &Loaded) -> Result<Desired, AnyError> {
        let tenant = &loaded.tenant;
        let spec = &tenant.spec;
        let blueprint = self.catalog.find(&spec.blueprint).ok_or("no blueprint")?;
        let (deployment, home) = (&self.settings.deployment, &self.settings.home_region);
        let resolved = blueprint.resolve(spec, &deployment.allowed_regions, home);
        let resolved = resolved.map_err(|errors| format!("{errors:?}"))?;
        Ok(worker::desired(loaded, resolved, deployment))
    }
}
