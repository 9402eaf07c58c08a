//! Ports of resource kinds, each used by every component that declares the kind.

mod account_alias;
mod account_name;
mod alarm;
mod analyzer;
mod anomalies;
mod bucket;
mod budget;
mod contact;
mod dashboard;
mod details;
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
    resources::{Bucket, KmsKey},
    trail::{self, OwnTrail},
};
use futures::future::join_all;
use tenancy::{Failure, FailureKind, Region};

use crate::{
    errors,
    installation::never_entered,
    pass::{PassContext, is_open_to},
};

pub(crate) use account_alias::AccountAliasPort;
pub(crate) use account_name::AccountNamePort;
pub(crate) use alarm::AlarmPort;
pub(crate) use analyzer::AnalyzerPort;
pub(crate) use anomalies::{AnomalyMonitorPort, AnomalySubscriptionPort, Monitors};
pub(crate) use bucket::BucketPort;
pub(crate) use budget::BudgetPort;
pub(crate) use contact::ContactPort;
pub(crate) use dashboard::DashboardPort;
pub(crate) use details::{day, not_read, not_visible, with_details};
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
    let (open, closed) = open_and_closed(pass, desired, keys);
    let reads = open.into_iter().map(|key| {
        let read = read(key);
        async move {
            let observed = match read.await {
                Ok(Some(found)) => Observed::Present(found),
                Ok(None) => Observed::Absent,
                Err(failure) => not_read(failure),
            };
            (key.clone(), observed)
        }
    });
    let mut all = by_region(desired, join_all(reads).await);
    all.extend(closed);
    Ok(all)
}

/// What can be asked about, and what is in a Region that is closed to whoever observes.
fn open_and_closed<'a, R>(
    pass: &PassContext,
    desired: &Desired,
    keys: &'a [Key],
) -> (Vec<&'a Key>, Observations<R>) {
    let is_open = |key: &&Key| asked_in(desired, key).is_none_or(|at| is_open(pass, desired, &at));
    let (open, closed): (Vec<&Key>, Vec<&Key>) = keys.iter().partition(is_open);
    let closed = closed
        .into_iter()
        .map(|key| (key.clone(), Observed::Closed));
    (open, closed.collect())
}

/// Whether whoever makes this pass may ask in a Region: one that is not the tenant's and that the guardrail closes is closed to the role of
/// audits as to the tenant. A pass that repairs may look there, and removes what a dropped Region still has.
pub(crate) fn is_open(pass: &PassContext, desired: &Desired, region: &Region) -> bool {
    let allowed = &desired.deployment.allowed_regions;
    desired.spec.regions.contains(region) || is_open_to(pass.verb, allowed, region)
}

/// The Region in which a resource is asked about, where the guardrail may close it: it leaves KMS open everywhere, and trail and bucket are
/// where the trail was made.
fn asked_in(desired: &Desired, key: &Key) -> Option<Region> {
    if key.kind == KmsKey::KIND.name {
        return None;
    }
    let of_the_trail = || [OwnTrail::KIND.name, Bucket::KIND.name].contains(&key.kind);
    let home = || trail::home(desired).filter(|_| of_the_trail());
    key.region().cloned().or_else(home)
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
    in_these_regions(pass, desired, (keys, &[]), read).await
}

/// The same, and reads some Regions for what others have there, whether or not anything of ours has to be.
pub(crate) async fn in_these_regions<'a, R: Resource, F>(
    pass: &PassContext,
    desired: &Desired,
    (keys, regions): (&'a [Key], &'a [Region]),
    read: impl Fn(&'a Region, Vec<&'a Key>) -> F,
) -> Result<Observations<R>, Failure>
where
    F: Future<Output = Result<Observations<R>, Failure>>,
{
    if (keys.is_empty() && regions.is_empty()) || never_entered(pass) {
        return Ok(Observations::new());
    }
    pass.sessions.tenant(desired).await?;
    let open = regions.iter().filter(|at| is_open(pass, desired, at));
    let each = open.map(|region| (region, Vec::new()));
    let mut regions: BTreeMap<&Region, Vec<&Key>> = each.collect();
    let (open, closed) = open_and_closed(pass, desired, keys);
    for key in open {
        if let Some(region) = key.region() {
            regions.entry(region).or_default().push(key);
        }
    }
    let reads = regions.into_iter().map(|(region, keys)| {
        let found = read(region, keys.clone());
        async move { (region, keys, found.await) }
    });
    let mut all = Vec::new();
    for (region, keys, found) in join_all(reads).await {
        let mut found = found;
        if let (true, Err(failure)) = (keys.is_empty(), &found) {
            // Nothing is known of others there: that is no reason to say that there are none.
            let whatever = Key::in_region(R::KIND.name, region.clone(), String::new());
            all.push((whatever, Observed::Unreadable(failure.clone())));
        }
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
    let mut all = by_region(desired, all);
    all.extend(closed);
    Ok(all)
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
    match observed.remove(key) {
        Some(Observed::Present(found)) => Ok(found),
        Some(Observed::Unreadable(failure)) => Err(failure),
        Some(Observed::Absent | Observed::Pending(_) | Observed::Left(_) | Observed::Closed)
        | None => Err(not_visible(key)),
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
