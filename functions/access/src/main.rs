//! The function `access`: opens sessions in tenants' accounts for people and machines, by the tenants' own roles, and has no other
//! right there.
//!
//! Called by API Gateway for one route of the API's table. The environment is set by `infra/template.yaml`.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

use api::{App, Settings, access_router, handle};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use tenantry_aws::{account_sessions::SessionOpener, session::Aws, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = Settings::from_env()?;
    let aws = Aws::from_env().await;
    let app = App::new(&aws.own, settings)?;
    let router = access_router(app, SessionOpener::new(aws));
    let answer = async |event: LambdaEvent<Value>| {
        Ok::<_, Error>(handle(router.clone(), event.payload).await)
    };
    run(service_fn(answer)).await
}
