//! Observes, and works on, the trail of a tenant, and observes the organization's.

mod events;
mod organization;
mod own;

use std::sync::Arc;

use aws_sdk_cloudtrail::{Client, operation::get_trail_status::GetTrailStatusOutput, types::Trail};
use baseline::{
    Desired,
    declared::{DeclaredPort, kind_port},
};
use tenancy::{Failure, Region};

use crate::{
    calls::{checked, present},
    pass::PassContext,
    resources::BucketPort,
};

/// The port of the component `trail`.
pub(crate) fn port(pass: &Arc<PassContext>) -> DeclaredPort {
    DeclaredPort(vec![
        kind_port(BucketPort(Arc::clone(pass))),
        kind_port(own::Port(Arc::clone(pass))),
        kind_port(organization::Port(Arc::clone(pass))),
    ])
}

/// CloudTrail in the tenant's first Region, where its trail is expected.
async fn at_home<'a>(
    pass: &PassContext,
    desired: &'a Desired,
) -> Result<(Client, &'a Region), Failure> {
    let none = || Failure::bug("working on the trail", "the tenant has no Region");
    let home = desired.home_region().ok_or_else(none)?;
    Ok((pass.clients.cloudtrail(desired, home).await?, home))
}

/// All trails the account sees, shadows of other Regions and of the organization included. There is one page: a Region has at
/// most five trails.
async fn describe(client: &Client) -> Result<Vec<Trail>, Failure> {
    let call = client.describe_trails().include_shadow_trails(true);
    let answer = checked(call.send().await, || "reading the trails".into())?;
    Ok(answer.trail_list.unwrap_or_default())
}

async fn status(client: &Client, name: &str) -> Result<Option<GetTrailStatusOutput>, Failure> {
    present(client.get_trail_status().name(name).send().await, || {
        format!("reading whether trail `{name}` is logging")
    })
}

/// Since when nothing was recorded, as far as CloudTrail tells; nothing while it is logging.
fn gap(status: Option<&GetTrailStatusOutput>) -> Option<String> {
    if status.is_some_and(|status| status.is_logging() == Some(true)) {
        return None;
    }
    let told = |time: Option<&aws_sdk_cloudtrail::primitives::DateTime>| {
        time.map_or_else(|| "never".to_owned(), ToString::to_string)
    };
    Some(format!(
        "stopped {}, last delivery {}",
        told(status.and_then(GetTrailStatusOutput::stop_logging_time)),
        told(status.and_then(GetTrailStatusOutput::latest_delivery_time))
    ))
}
