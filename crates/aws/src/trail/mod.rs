//! Observes, and works on, the trail of a tenant, and observes the organization's.

mod events;
mod organization;
mod others;
mod own;

use std::sync::{Arc, Mutex, Weak};

use aws_sdk_cloudtrail::{Client, operation::get_trail_status::GetTrailStatusOutput, types::Trail};
use baseline::{
    Desired,
    declared::{DeclaredPort, kind_port},
    trail::home,
};
use tenancy::{Failure, Region, names};
use tokio::sync::OnceCell;

use crate::{
    calls::{checked, present},
    identities::TenantIam,
    pass::{PassContext, account, lock},
    resources::{BucketPort, LogGroupPort, RolePort, is_open},
};

/// The port of the component `trail`.
pub(crate) fn port(pass: &Arc<PassContext>, iam: &Arc<TenantIam>) -> DeclaredPort {
    let trails = Arc::new(Trails::default());
    let port = |pass: &Arc<PassContext>| (Arc::clone(pass), Arc::clone(&trails));
    let (own, organization, others) = (port(pass), port(pass), port(pass));
    DeclaredPort(vec![
        kind_port(BucketPort(Arc::clone(pass))),
        kind_port(LogGroupPort(Arc::clone(pass))),
        kind_port(RolePort {
            iam: Arc::clone(iam),
            sessions_at: None,
        }),
        kind_port(own::Port(own.0, own.1)),
        kind_port(organization::Port(organization.0, organization.1)),
        kind_port(others::Port(others.0, others.1)),
    ])
}

/// CloudTrail in the Region where the tenant's trail is, or is to be made.
async fn at_home(pass: &PassContext, desired: &Desired) -> Result<(Client, Region), Failure> {
    let none = || Failure::bug("working on the trail", "the tenant has no Region");
    let home = home(desired).ok_or_else(none)?;
    Ok((pass.clients.cloudtrail(desired, &home).await?, home))
}

/// CloudTrail where all trails are listed: at home, which shows ours whatever somebody made of it, or else, where that Region is closed, in
/// the tenant's first.
async fn listing(pass: &PassContext, desired: &Desired) -> Result<(Client, Region), Failure> {
    let none = || Failure::bug("listing the trails", "the tenant has no Region");
    let home = home(desired).filter(|home| is_open(pass, desired, home));
    let at = home.or_else(|| desired.home_region().cloned());
    let at = at.ok_or_else(none)?;
    Ok((pass.clients.cloudtrail(desired, &at).await?, at))
}

/// The ARN of our trail in its home Region.
fn own_arn(desired: &Desired, home: &Region) -> Result<String, Failure> {
    let (account, name) = (account(desired)?, names::TRAIL);
    Ok(format!("arn:aws:cloudtrail:{home}:{account}:trail/{name}"))
}

/// A read of all trails that is under way, shared by the kinds that are observed side by side; dropped when they have it.
#[derive(Default)]
struct Trails(Mutex<Weak<OnceCell<Vec<Trail>>>>);

impl Trails {
    async fn read(&self, client: &Client) -> Result<Vec<Trail>, Failure> {
        let cell = self.join();
        let trails = cell.get_or_try_init(|| describe(client)).await?;
        Ok(trails.clone())
    }

    fn join(&self) -> Arc<OnceCell<Vec<Trail>>> {
        let mut under_way = lock(&self.0);
        under_way.upgrade().unwrap_or_else(|| {
            let cell = Arc::new(OnceCell::new());
            *under_way = Arc::downgrade(&cell);
            cell
        })
    }
}

/// All trails the account sees, shadows of other Regions and of the organization included. There is one page: a Region has at
/// most five trails.
async fn describe(client: &Client) -> Result<Vec<Trail>, Failure> {
    let call = client.describe_trails().include_shadow_trails(true);
    let answer = checked(call.send().await, || "reading the trails".into())?;
    Ok(answer.trail_list.unwrap_or_default())
}

/// Whether it is logging and delivering; nothing where the trail is not found.
async fn status(client: &Client, name: &str) -> Result<Option<GetTrailStatusOutput>, Failure> {
    present(client.get_trail_status().name(name).send().await, || {
        format!("reading whether trail `{name}` is logging")
    })
}

/// Since when nothing was recorded, as far as CloudTrail tells; nothing while it is logging.
fn gap(status: &GetTrailStatusOutput) -> Option<String> {
    if status.is_logging() == Some(true) {
        return None;
    }
    let told = |time: Option<&aws_sdk_cloudtrail::primitives::DateTime>| {
        time.map_or_else(|| "never".to_owned(), ToString::to_string)
    };
    Some(format!(
        "stopped {}, last delivery {}",
        told(status.stop_logging_time()),
        told(status.latest_delivery_time())
    ))
}
