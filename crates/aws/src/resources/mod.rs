//! Ports of resource kinds, each used by every component that declares the kind.

mod account_alias;
mod account_name;
mod alarm;
mod analyzer;
mod bucket;
mod budget;
mod contact;
mod dashboard;
mod event_rule;
mod instance_profile;
mod key_pair;
mod kms_key;
mod log_group;
mod metric_filter;
mod password_policy;
mod policy;
mod resource_group;
mod role;
mod root_user;
mod secret;
mod subscription;
mod topic;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use baseline::{
    Desired, Wait,
    declared::{Key, Observations, Observed, Resource, ResourcePort},
};
use futures::future::join_all;
use tenancy::{Failure, FailureKind, Region};

use crate::{errors, installation::never_entered, pass::PassContext};

pub(crate) use account_alias::AccountAliasPort;
pub(crate) use account_name::AccountNamePort;
pub(crate) use alarm::AlarmPort;
pub(crate) use analyzer::AnalyzerPort;
pub(crate) use bucket::BucketPort;
pub(crate) use budget::BudgetPort;
pub(crate) use contact::ContactPort;
pub(crate) use dashboard::DashboardPort;
pub(crate) use event_rule::EventRulePort;
pub(crate) use instance_profile::InstanceProfilePort;
pub(crate) use key_pair::KeyPairPort;
pub(crate) use kms_key::KmsKeyPort;
pub(crate) use log_group::LogGroupPort;
pub(crate) use metric_filter::MetricFilterPort;
pub(crate) use password_policy::PasswordPolicyPort;
pub(crate) use policy::PolicyPort;
pub(crate) use resource_group::ResourceGroupPort;
pub(crate) use role::RolePort;
pub(crate) use root_user::RootUserPort;
pub(crate) use secret::{PrivateKey, SecretPort, private_key_of};
pub(crate) use subscription::SubscriptionPort;
pub(crate) use topic::TopicPort;

/// Reads resources concurrently, each by itself: one that fails is unreadable alone, or with the others of its Region. If the account
/// cannot be entered, all are unreadable; if it never could be, nothing of ours is in it.
pub(crate) async fn each<'a, R: Resource, F>(
    pass: &PassContext,
    desired: &Desired,
    keys: &'a [Key],
    read: impl Fn(&'a Key) -> F,
) -> Result<Observations<R>, Failure>
where
    F: Future<Output = Result<Option<R>, Failure>>,
{
    if keys.is_empty() || never_entered(pass) {
        return Ok(Observations::new());
    }
    pass.sessions.tenant(desired).await?;
    let reads = keys.iter().map(|key| {
        let read = read(key);
        async move {
            let observed = match read.await {
                Ok(Some(found)) => Observed::Present(found),
                Ok(None) => Observed::Absent,
                Err(failure) => Observed::Unreadable(failure),
            };
            (key.clone(), observed)
        }
    });
    Ok(by_region(desired, join_all(reads).await))
}

/// Reads the resources of each Region together, for AWS lists them, with what `read` says of others: a Region that fails is unreadable alone.
pub(crate) async fn in_regions<'a, R: Resource, F>(
    pass: &PassContext,
    desired: &Desired,
    keys: &'a [Key],
    read: impl Fn(&'a Region, Vec<&'a Key>) -> F,
) -> Result<Observations<R>, Failure>
where
    F: Future<Output = Result<Observations<R>, Failure>>,
{
    if keys.is_empty() || never_entered(pass) {
        return Ok(Observations::new());
    }
    pass.sessions.tenant(desired).await?;
    let mut regions: BTreeMap<&Region, Vec<&Key>> = BTreeMap::new();
    for key in keys {
        if let Some(region) = key.region() {
            regions.entry(region).or_default().push(key);
        }
    }
    let reads = regions.into_iter().map(|(region, keys)| {
        let found = read(region, keys.clone());
        async move { (keys, found.await) }
    });
    let mut all = Vec::new();
    for (keys, found) in join_all(reads).await {
        let mut found = found;
        all.extend(keys.into_iter().map(|key| {
            let observed = match &mut found {
                Ok(found) => found.remove(key).unwrap_or(Observed::Absent),
                Err(failure) => Observed::Unreadable(failure.clone()),
            };
            (key.clone(), observed)
        }));
        // What the list shows beside.
        all.extend(found.into_iter().flatten());
    }
    Ok(by_region(desired, all))
}

/// What was observed, where a Region says so itself that refuses while others answer, or, being the only one, where the resource was
/// there before.
pub(crate) fn by_region<R>(desired: &Desired, read: Vec<(Key, Observed<R>)>) -> Observations<R> {
    let works = |(_, observed): &(Key, Observed<R>)| !matches!(observed, Observed::Unreadable(_));
    let others_answer = read.iter().any(works);
    let regions: BTreeSet<&Region> = read.iter().filter_map(|(key, _)| key.region()).collect();
    let only = regions.len() == 1;
    let is_closed = |key: &Key| others_answer || (only && desired.recorded.has(key));
    let of_region = |(key, observed): (Key, Observed<R>)| match (observed, key.region()) {
        (Observed::Unreadable(failure), Some(region)) if is_closed(&key) => {
            let failure = errors::of_region(failure, region);
            (key, Observed::Unreadable(failure))
        }
        (observed, _) => (key, observed),
    };
    read.into_iter().map(of_region).collect()
}

/// Whether an earlier pass found the resource. Unless the tenant leaves, anything else of ours in its Region will do. Otherwise one
/// call asks for it first: in a new account nothing of ours is there, and the other calls could only say the same.
pub(crate) fn was_there(desired: &Desired, key: &Key) -> bool {
    let recorded = &desired.recorded;
    let region = key.region().or_else(|| desired.home_region());
    let expected = !desired.leaving() && region.is_some_and(|region| recorded.in_region(region));
    recorded.has(key) || expected
}

/// Where a resource is requested: its own Region, or the tenant's first for one of the whole account.
pub(crate) fn region<'a>(desired: &'a Desired, key: &'a Key) -> Result<&'a Region, Failure> {
    key.region()
        .or_else(|| desired.home_region())
        .ok_or_else(|| Failure::bug(format!("working on `{key}`"), "the tenant has no Region"))
}

/// What is being done to a resource.
pub(crate) fn doing<R: Resource>(verb: &str, key: &Key) -> String {
    format!("{verb} {} `{}`", R::KIND.title, key.resource())
}

/// A bug: a field that no call of this kind sets.
pub(crate) fn unknown_call(key: &Key, call: &str) -> Failure {
    Failure::bug(
        format!("working on `{key}`"),
        format!("no call sets `{call}`"),
    )
}

/// One failure for all of them.
fn unreadable<R>(keys: &[Key], failure: &Failure) -> Observations<R> {
    let observed = |key: &Key| (key.clone(), Observed::Unreadable(failure.clone()));
    keys.iter().map(observed).collect()
}

/// What is there already, by another read. A new resource may not be visible in every answer yet.
pub(crate) async fn visible<R: Resource, P: ResourcePort<R>>(
    port: &P,
    desired: &Desired,
    key: &Key,
) -> Result<R, Failure> {
    let mut observed = port.observe(desired, std::slice::from_ref(key)).await?;
    let wait = becoming_visible(key);
    match observed.remove(key) {
        Some(Observed::Present(found)) => Ok(found),
        Some(Observed::Unreadable(failure)) => Err(failure),
        _ => Err(Failure::wait(
            format!("reading `{key}`"),
            wait.waiting_for,
            wait.after_secs,
        )),
    }
}

fn becoming_visible(key: &Key) -> Wait {
    Wait {
        waiting_for: format!("`{key}` to be visible"),
        after_secs: 5,
    }
}

/// What was just taken off it is not visible everywhere yet.
fn still_in_use(doing: String) -> Failure {
    Failure::retry(
        FailureKind::Transient,
        doing,
        "IAM says it is still in use",
        10,
    )
}
