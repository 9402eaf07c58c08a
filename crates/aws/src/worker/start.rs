//! How a worker starts: from the environment, or with what it is given.

use std::sync::{Arc, atomic::AtomicBool};

use tenancy::{Timestamp, Verb};

use super::{Worker, creating::Creating};
use crate::{
    blueprints::Blueprints,
    bus::Bus,
    clock::Clock,
    ledger::Ledger,
    provider_secrets::ProviderSecrets,
    queue::Queues,
    session::Aws,
    settings::{Settings, SettingsError},
};

/// Why a worker could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment is not as the template sets it.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A built-in blueprint cannot be read.
    #[error("reading the built-in blueprints")]
    Blueprints(#[from] serde_json::Error),
}

impl Worker {
    /// A worker with the environment's settings.
    ///
    /// # Errors
    /// A setting is missing or malformed.
    pub async fn from_env(verb: Verb) -> Result<Self, StartError> {
        let settings = Settings::from_env()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "this is where the clock of the process comes from"
        )]
        let clock: Clock = Arc::new(Timestamp::now);
        Ok(Self::new(verb, Aws::from_env().await, settings, clock)?)
    }

    /// A worker with the given way into AWS, settings and clock.
    ///
    /// # Errors
    /// A built-in blueprint cannot be read.
    pub fn new(
        verb: Verb,
        aws: Aws,
        settings: Settings,
        clock: Clock,
    ) -> Result<Self, serde_json::Error> {
        let dynamodb = aws_sdk_dynamodb::Client::new(&aws.own);
        let events = aws_sdk_eventbridge::Client::new(&aws.own);
        let secrets = aws_sdk_secretsmanager::Client::new(&aws.own);
        Ok(Self {
            verb,
            ledger: Ledger::new(dynamodb, settings.table.clone()).at_rates(settings.rates),
            bus: Bus::new(events, settings.bus.clone()),
            queues: Queues::new(aws_sdk_sqs::Client::new(&aws.own), &settings),
            blueprints: Blueprints::new()?,
            secrets: ProviderSecrets::new(secrets, settings.provider_secrets.clone()),
            settings: Arc::new(settings),
            aws,
            clock,
            organization: Arc::default(),
            swept: AtomicBool::new(false),
            creating: Creating::default(),
        })
    }
}
