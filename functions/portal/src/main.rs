//! The function `portal`: the sign-in address of the installation and of every tenant.

use std::time::Duration;

use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use portal::{App, Settings, handle};
use serde_json::Value;
use tenantry_aws::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = Settings::from_env()?;
    // A person waits: an answer "try again" after some seconds is better than API Gateway's own time limit.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(6))
        .build();
    let aws = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(100)))
        .load()
        .await;
    let app = App::new(&aws, settings)?;
    let answer =
        async |event: LambdaEvent<Value>| Ok::<_, Error>(handle(&app, event.payload).await);
    run(service_fn(answer)).await
}
