//! Access and identity in a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;
#[path = "identity/boundary.rs"]
mod boundary;
#[path = "identity/changed.rs"]
mod changed;
#[path = "identity/management_roles.rs"]
mod management_roles;
#[path = "identity/others.rs"]
mod others;
#[path = "identity/refused.rs"]
mod refused;
#[path = "identity/support.rs"]
mod support;

use std::collections::BTreeMap;

use account_support::{ACCOUNT, Scene};
use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_iam::Client;
use baseline::{
    BASELINE, Outcome,
    policy::{Extras, Rights, Scope, management_policies},
    resources::AccountAlias,
};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match, Record},
};
use tenancy::{ComponentName, ComponentState, Severity, TenantId, Verb, names};

const BOTH: [ComponentName; 2] = [ComponentName::ACCESS, ComponentName::IDENTITY];

async fn built() -> Result<Scene, AnyError> {
    let scene = Scene::begin().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&outcomes);
    scene.machine.aws.proxy.forget_calls();
    Ok(scene)
}

/// The account's own policies, by name.
async fn policies(iam: &Client) -> Result<Vec<String>, AnyError> {
    let listed = iam.list_policies().scope("Local".into()).send().await?;
    let names = listed.policies.unwrap_or_default().into_iter();
    let mut names: Vec<String> = names.filter_map(|policy| policy.policy_name).collect();
    names.sort();
    Ok(names)
}

/// The policies that our three roles have for a `standard` tenant, and how often one of them is attached to a role.
fn expected_policies() -> (Vec<String>, usize) {
    let scope = Scope {
        tenant: TenantId::from_random([1; 10]),
        account: ACCOUNT.parse().unwrap(),
        extras: Extras::NONE,
    };
    let in_use = BASELINE.iter().copied();
    let absent = [
        ComponentName::ACCESS_ANALYZER,
        ComponentName::ALERTING,
        ComponentName::KEYS,
        ComponentName::KEY_PAIR,
        ComponentName::new("billing"),
        ComponentName::new("resource-group"),
        ComponentName::new("event-forwarding"),
        ComponentName::new("dashboard"),
    ];
    let in_use = in_use.filter(|component| !absent.contains(&component.name()));
    let policies = management_policies(&scope, &in_use.collect::<Vec<_>>());
    let given = |verb: Verb| {
        let given = policies.iter();
        given.filter(move |(rights, ..)| Rights::of(verb).contains(rights))
    };
    let attached = Verb::ALL.into_iter().flat_map(given).count();
    let mut names: Vec<String> = policies.iter().map(|(_, name, _)| name.clone()).collect();
    names.sort();
    (names, attached)
}

/// ARNs of the managed policies that a role has.
async fn attached(iam: &Client, role: &str) -> Result<Vec<String>, AnyError> {
    let call = iam.list_attached_role_policies().role_name(role);
    let attached = call.send().await?.attached_policies.unwrap_or_default();
    let arns = attached.into_iter().filter_map(|one| one.policy_arn);
    Ok(arns.collect())
}

/// How many versions a policy has.
async fn versions(iam: &Client, arn: &str) -> Result<usize, AnyError> {
    let call = iam.list_policy_versions().policy_arn(arn);
    Ok(call.send().await?.versions().len())
}

#[track_caller]
fn ready(outcomes: &[Outcome]) {
    for outcome in outcomes {
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    }
}

fn keys(outcomes: &[Outcome]) -> Vec<String> {
    let mut keys: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.remaining)
        .map(|difference| difference.key.clone())
        .collect();
    keys.sort();
    keys
}

fn management(role: &str) -> String {
    names::management_role_arn(&ACCOUNT.parse().unwrap(), role)
}
