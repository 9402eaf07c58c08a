//! The worker functions in this process, against a local AWS behind the proxy: every call is real, time is ours.
//!
//! For scenarios that lose power, throttle or wait for days. The deployed machine, with API Gateway and the function binaries, is
//! in `stack`.

mod setup;

use std::{error::Error, sync::Arc};

use aws_config::{
    AppName, BehaviorVersion, Region as SdkRegion, SdkConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use tenancy::{
    DesiredState, Operation, OperationId, OperationKind, OperationState, Spec, Tenant, TenantId,
    Timestamp, blueprint::Catalog,
};
use tenantry_aws::{
    ledger::{Ledger, Request},
    session::Aws,
    settings::Settings,
    visit::Clock,
    worker::{Verb, Worked, Worker},
};

use crate::{
    emulator::{LocalAws, MANAGEMENT_ACCOUNT},
    proxy::Config,
};

pub use setup::create_table;

use setup::{create_role, settings};

/// Errors of the set-up and of scenarios: anything.
pub type AnyError = Box<dyn Error + Send + Sync>;

/// The Region everything is in.
pub const REGION: &str = "us-east-1";
/// What the workers call themselves in their user agent, so that a fault can be for them alone.
pub const APP: &str = "tenantry";

/// The ledger's table.
pub const TABLE: &str = "tenantry";

/// The machine.
pub struct Machine {
    /// The local AWS it works in.
    pub aws: LocalAws,
    /// Its ledger, past the proxy's faults for workers.
    pub ledger: Ledger,
    /// The settings of its workers.
    pub settings: Settings,
    root: SdkConfig,
}

impl Machine {
    /// Starts a local AWS with IAM enforced, and sets up what the template would: table, bus, queues, roles.
    ///
    /// # Errors
    /// The emulator is not installed or refuses something.
    pub async fn start(config: Config) -> Result<Self, AnyError> {
        Self::start_in(config, &[]).await
    }

    /// As [`Machine::start`], in an AWS of these Regions only; of all if none is named.
    ///
    /// # Errors
    /// As [`Machine::start`].
    pub async fn start_in(config: Config, regions: &[&str]) -> Result<Self, AnyError> {
        let aws = local_aws(config, regions).await?;
        let root = root(&aws)?;
        create_table(&root).await?;
        aws_sdk_eventbridge::Client::new(&root)
            .create_event_bus()
            .name("tenantry")
            .send()
            .await?;
        let sqs = aws_sdk_sqs::Client::new(&root);
        let mut queues = Vec::new();
        for verb in ["onboard", "audit", "offboard"] {
            let made = sqs
                .create_queue()
                .queue_name(format!("tenantry-{verb}"))
                .send()
                .await?;
            queues.push(made.queue_url.unwrap_or_default());
            create_role(&root, &format!("tenantry-{verb}")).await?;
        }
        create_role(&root, "tenantry-broker").await?;
        let organization = aws_sdk_organizations::Client::new(&root)
            .describe_organization()
            .send()
            .await?;
        let organization_id = organization
            .organization()
            .and_then(|o| o.id())
            .unwrap_or_default()
            .to_owned();
        let settings = settings(&queues, organization_id)?;
        let ledger = Ledger::new(aws_sdk_dynamodb::Client::new(&root), TABLE);
        Ok(Self {
            aws,
            ledger,
            settings,
            root,
        })
    }

    /// Another of this kind in a local AWS of its own, with nothing set up: a world this one kept is to be put into it.
    ///
    /// # Errors
    /// The emulator does not start.
    pub async fn twin(&self, config: Config, regions: &[&str]) -> Result<Self, AnyError> {
        let aws = local_aws(config, regions).await?;
        let root = root(&aws)?;
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&root), TABLE),
            settings: self.settings.clone(),
            aws,
            root,
        })
    }

    /// The management account's own credentials, through the proxy.
    pub fn root(&self) -> &SdkConfig {
        &self.root
    }

    /// The root of an account, through the proxy: what somebody behind our back would use.
    ///
    /// # Errors
    /// None in practice.
    pub fn account_root(&self, account: &str) -> Result<SdkConfig, AnyError> {
        configuration(
            &self.aws.proxy.url(),
            Credentials::new(account, "test", None, None, "root"),
            "scenarios",
        )
    }

    /// A worker function with its own role.
    ///
    /// # Errors
    /// The role cannot be assumed.
    pub async fn worker(&self, verb: Verb) -> Result<Worker, AnyError> {
        let sts = aws_sdk_sts::Client::new(&self.root);
        let arn = format!(
            "arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/tenantry-{}",
            verb.as_str()
        );
        let given = sts
            .assume_role()
            .role_arn(arn)
            .role_session_name("function")
            .send()
            .await?
            .credentials
            .ok_or("no credentials")?;
        let credentials = Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            None,
            "function",
        );
        let own = configuration(&self.aws.proxy.url(), credentials, APP)?;
        Ok(Worker::new(
            verb,
            Aws::new(own),
            self.settings.clone(),
            self.clock(),
        )?)
    }

    /// Now, as the workers see it.
    pub fn now(&self) -> Timestamp {
        (self.clock())()
    }

    /// Lets time pass, for the workers and in the simulated parts of AWS.
    pub fn advance(&self, secs: i64) {
        #[expect(clippy::cast_precision_loss, reason = "some days of seconds")]
        self.aws.proxy.advance(secs as f64);
    }

    fn clock(&self) -> Clock {
        let time = self.aws.proxy.time();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "microseconds of this century"
        )]
        Arc::new(move || Timestamp::from_microsecond((time() * 1e6) as i64).unwrap_or_default())
    }

    /// Asks for a tenant as the API does.
    ///
    /// # Errors
    /// The spec is no spec, or the ledger refuses.
    pub async fn request_tenant(&self, spec: serde_json::Value) -> Result<Tenant, AnyError> {
        self.request_tenant_as(TenantId::from_random(rand::random()), spec)
            .await
    }

    /// Asks for a tenant with a given id.
    ///
    /// # Errors
    /// As [`Machine::request_tenant`].
    pub async fn request_tenant_as(
        &self,
        id: TenantId,
        spec: serde_json::Value,
    ) -> Result<Tenant, AnyError> {
        let mut spec: Spec = serde_json::from_value(spec)?;
        let catalog = Catalog::built_in()?;
        spec.blueprint = catalog
            .find(&spec.blueprint)
            .ok_or("no such blueprint")?
            .reference();
        let now = self.now();
        let tenant = Tenant {
            account_email: self.settings.email_template.address(&id, 1)?,
            generation: 1,
            spec,
            spec_version: 1,
            desired_state: DesiredState::Present,
            account_id: None,
            cidrs: Default::default(),
            components: Default::default(),
            open_operations: Vec::new(),
            open_findings: 0,
            created_at: now,
            created_by: "arn:aws:iam::111111111111:user/scenario".into(),
            updated_at: now,
            ready_at: None,
            audited_at: None,
            due_at: Some(now),
            closed_at: None,
            history_length: 0,
            history_head: String::new(),
            other: Default::default(),
            id,
        };
        let operation = self.operation(&tenant.id, OperationKind::Onboard);
        Ok(self
            .ledger
            .create_tenant(&tenant, &operation, &self.request())
            .await?
            .tenant)
    }

    /// A new operation, as the API makes them.
    pub fn operation(&self, tenant: &TenantId, kind: OperationKind) -> Operation {
        let now = self.now();
        Operation {
            id: OperationId::from_random(tenant, rand::random()),
            tenant_id: tenant.clone(),
            kind,
            state: OperationState::Pending,
            spec_version: 1,
            requested_by: "arn:aws:iam::111111111111:user/scenario".into(),
            created_at: now,
            updated_at: now,
            obstacles: Vec::new(),
            outcome: None,
            other: Default::default(),
        }
    }

    /// Who asks, in scenarios.
    pub fn request(&self) -> Request {
        Request {
            actor: "arn:aws:iam::111111111111:user/scenario".into(),
            request_id: "scenario".into(),
            at: self.now(),
            idempotency: None,
        }
    }

    /// Makes passes over a tenant, letting time pass as it asks for, until it is not due again; gives back how many.
    ///
    /// # Errors
    /// The tenant is still due after `most` passes, or a pass failed outright.
    pub async fn settle(
        &self,
        worker: &Worker,
        tenant: &TenantId,
        most: usize,
    ) -> Result<usize, AnyError> {
        for pass in 1..=most {
            let worked = worker.work(tenant).await;
            if !matches!(
                worked,
                Ok(Worked::Passed | Worked::Nothing | Worked::Yielded)
            ) {
                self.advance(30);
                continue;
            }
            let Some(due) = self.ledger.tenant(tenant).await?.due_at else {
                return Ok(pass);
            };
            self.advance((due.as_second() - self.now().as_second()).max(0) + 1);
        }
        let tenant = self.ledger.tenant(tenant).await?;
        Err(format!(
            "tenant is still due after {most} passes: {:#?}",
            tenant.components
        )
        .into())
    }
}

async fn local_aws(config: Config, regions: &[&str]) -> Result<LocalAws, AnyError> {
    let regions = ("TENANTRY_REGIONS".to_owned(), regions.join(","));
    Ok(LocalAws::start_with(true, config, vec![regions]).await?)
}

fn root(aws: &LocalAws) -> Result<SdkConfig, AnyError> {
    let credentials = Credentials::new("test", "test", None, None, "root");
    configuration(&aws.proxy.url(), credentials, "scenarios")
}

fn configuration(
    endpoint: &str,
    credentials: Credentials,
    app: &'static str,
) -> Result<SdkConfig, AnyError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(std::time::Duration::from_secs(2))
        .operation_attempt_timeout(std::time::Duration::from_secs(10))
        .build();
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(tenantry_aws::session::http_client())
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
            aws_smithy_async::rt::sleep::TokioSleep::new(),
        ))
        .region(SdkRegion::new(REGION))
        .endpoint_url(endpoint)
        .app_name(AppName::new(app)?)
        .timeout_config(timeouts)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(std::time::Duration::from_millis(20)),
        )
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}
