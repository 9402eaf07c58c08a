//! The worker functions in this process, against a local AWS behind the proxy: every call is real, and the clock can be advanced.
//!
//! For scenarios with loss of power, throttling or waits of days. The deployed machine, with API Gateway and the function binaries,
//! is in `stack`.

mod requests;
mod setup;

use std::{error::Error, sync::Arc};

use aws_config::{
    AppName, BehaviorVersion, Region as SdkRegion, SdkConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use tenancy::{TenantId, Timestamp, Verb};
use tenantry_aws::{
    clock::Clock,
    ledger::Ledger,
    session::Aws,
    settings::Settings,
    worker::{WorkOutcome, Worker},
};

use crate::{
    emulator::{LocalAws, MANAGEMENT_ACCOUNT, ServiceEndpoints},
    proxy::Config,
};

pub use setup::{SHOWN, create_table, create_table_named};

use setup::{create_role, settings};

/// Errors of the set-up and of scenarios: anything.
pub type AnyError = Box<dyn Error + Send + Sync>;

/// The Region everything is in.
pub const REGION: &str = "us-east-1";
/// The workers' application name in the user agent, so that a fault can match them alone.
pub const APP: &str = "tenantry";

/// The ledger's table.
pub const TABLE: &str = "tenantry";

/// The machine.
pub struct Machine {
    /// The local AWS it works in.
    pub aws: LocalAws,
    /// Its ledger, which faults for the workers do not affect.
    pub ledger: Ledger,
    /// The settings of its workers.
    pub settings: Settings,
    root: SdkConfig,
}

impl Machine {
    /// Starts a local AWS with IAM enforced, and creates what the template would: table, bus, queues, roles.
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
        create_role(&root, "tenantry-credentials").await?;
        create_role(&root, "tenantry-access").await?;
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

    /// Another machine in a local AWS of its own, with nothing created: a checkpoint of this one is to be restored into it.
    ///
    /// # Errors
    /// The emulator does not start.
    pub async fn empty_copy(&self, config: Config, regions: &[&str]) -> Result<Self, AnyError> {
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

    /// The root of an account, through the proxy: for changes made without tenantry.
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
        self.worker_by(verb, self.clock()).await
    }

    /// A worker function with its own role that goes by another clock.
    ///
    /// # Errors
    /// The role cannot be assumed.
    pub async fn worker_by(&self, verb: Verb, clock: Clock) -> Result<Worker, AnyError> {
        let aws = Aws::new(self.function(verb).await?);
        Ok(Worker::new(verb, aws, self.settings.clone(), clock)?)
    }

    /// What a worker function has from its environment: credentials of its own role, and the way to AWS.
    ///
    /// # Errors
    /// The role cannot be assumed.
    pub async fn function(&self, verb: Verb) -> Result<SdkConfig, AnyError> {
        self.function_named(verb.as_str()).await
    }

    /// The same of any function.
    ///
    /// # Errors
    /// The role cannot be assumed.
    pub async fn function_named(&self, name: &str) -> Result<SdkConfig, AnyError> {
        let sts = aws_sdk_sts::Client::new(&self.root);
        let arn = format!("arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/tenantry-{name}");
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
        configuration(&self.aws.proxy.url(), credentials, APP)
    }

    /// The workers' present time.
    pub fn now(&self) -> Timestamp {
        (self.clock())()
    }

    /// Lets time pass, for the workers and in the simulated parts of AWS.
    pub fn advance(&self, secs: i64) {
        #[expect(clippy::cast_precision_loss, reason = "some days of seconds")]
        self.aws.proxy.advance(secs as f64);
    }

    /// The workers' clock.
    pub fn clock(&self) -> Clock {
        let time = self.aws.proxy.time();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "microseconds of this century"
        )]
        Arc::new(move || Timestamp::from_microsecond((time() * 1e6) as i64).unwrap_or_default())
    }

    /// Makes passes over a tenant, each when it is due, until it is not due again; returns how many.
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
            match Box::pin(worker.work(tenant)).await {
                Ok(WorkOutcome::Passed | WorkOutcome::Nothing) => {}
                // A lease outlives the pass that died with it; its message comes back only after a delay.
                Ok(WorkOutcome::Yielded) => {
                    self.advance(15);
                    continue;
                }
                _ => {
                    self.advance(30);
                    continue;
                }
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

/// The configuration with the workers' application name: for calls that the product makes in a test of one component.
///
/// # Errors
/// None in practice.
pub fn as_worker(config: &SdkConfig) -> Result<SdkConfig, AnyError> {
    let app = AppName::new(APP)?;
    Ok(config.to_builder().app_name(app).build())
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
        .service_config(ServiceEndpoints::of(endpoint))
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
