//! Observes tenants and reports drift; its roles cannot write.
//!
//! Called with batches of its SQS queue and every day by a schedule, to sweep every tenant. The environment is set by
//! `infra/template.yaml` and listed in `tenantry_aws::settings`.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tenancy::Verb;
use tenantry_aws::{telemetry, worker::Worker};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let worker = Worker::from_env(Verb::Audit).await?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        worker.handle(event.payload).await.map_err(Error::from)
    }))
    .await
}
