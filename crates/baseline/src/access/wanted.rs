//! Our three roles and their policies as they are wanted.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, Severity, Verb, names};

use super::grants::grants;
use crate::{
    billing,
    declared::{Key, Observation, Resources, Wanted},
    desired::Desired,
    policy::{self, Extras, Rights, Scope, management_policies, management_trust},
    resources::{Policy, Role},
    trail,
};

/// What a role of ours is for, as its description says.
const fn purpose(verb: Verb) -> &'static str {
    match verb {
        Verb::Onboard => "tenantry: builds and repairs",
        Verb::Audit => "tenantry: reads, changes nothing",
        Verb::Offboard => "tenantry: removes",
    }
}

/// Where to search for our roles and policies.
pub fn keys(desired: &Desired, account: &AccountId) -> Vec<Key> {
    wanted(desired, account, &Observation::default())
        .into_keys()
        .collect()
}

/// Our roles and policies as they are wanted in `account` next: what was seen of a role that an earlier release made decides how
/// it gets from there to here.
pub fn wanted(desired: &Desired, account: &AccountId, seen: &Observation) -> Resources {
    let scope = scope(desired, account);
    let policies = policies(desired, account);
    let roles = Verb::ALL.map(|verb| {
        let of_role = policies
            .iter()
            .filter(|(rights, ..)| Rights::of(verb).contains(rights));
        let names: Vec<&String> = of_role.map(|(_, name, _)| name).collect();
        let mut role = role(desired, verb);
        role.attached = names
            .iter()
            .map(|name| scope.management_policy(name))
            .collect();
        if verb == Verb::Onboard {
            role.inline = of_earlier_release(&role, &scope, seen);
        }
        let wanted = Wanted::of(&role).raised_to(Severity::Critical);
        let wanted = names.into_iter().fold(wanted, |wanted, name| {
            let arn = scope.management_policy(name);
            wanted.refers("attached", Some(&arn), Policy::key(name))
        });
        (Role::key(verb.role()), wanted)
    });
    let policies = policies
        .iter()
        .map(|(_, name, document)| (Policy::key(name), policy(desired, document.clone())));
    roles.into_iter().chain(policies).collect()
}

/// The policies of our roles, for the components and parts of them that the tenant has or had.
pub(crate) fn policies(desired: &Desired, account: &AccountId) -> Vec<(Rights, String, Value)> {
    management_policies(&scope(desired, account), &desired.components_in_use())
}

/// Whose account our roles are in, and which parts of components they need rights for.
pub(crate) fn scope(desired: &Desired, account: &AccountId) -> Scope {
    Scope {
        tenant: desired.tenant.clone(),
        account: account.clone(),
        extras: extras(desired),
    }
}

/// The parts of components that our roles need rights for.
pub(super) fn extras(desired: &Desired) -> Extras {
    let spec = &desired.spec;
    Extras {
        trail_copy: trail::needs_copy_rights(desired),
        switches: spec.vpc_block_public_access.is_some() || spec.allowed_images.is_some(),
        anomalies: billing::needs_anomaly_rights(desired),
    }
}

fn role(desired: &Desired, verb: Verb) -> Role {
    Role {
        path: names::MANAGEMENT_PATH.to_owned(),
        description: purpose(verb).to_owned(),
        trust: management_trust(verb, &desired.tenant, &desired.deployment),
        tags: desired.tags(ComponentName::ACCESS),
        ..Role::default()
    }
}

fn policy(desired: &Desired, document: Value) -> Wanted {
    let policy = Policy {
        path: names::MANAGEMENT_PATH.to_owned(),
        description: "tenantry: what its roles may do".to_owned(),
        document,
        tags: desired.tags(ComponentName::ACCESS),
        ..Policy::default()
    };
    Wanted::of(&policy).raised_to(Severity::Critical)
}

/// Earlier releases gave each role one inline policy. Until the provisioner has its managed ones it lives on that, with the right
/// to make them added to it: it has to give itself what it needs for the change.
fn of_earlier_release(wanted: &Role, scope: &Scope, seen: &Observation) -> BTreeMap<String, Value> {
    let found: Option<Role> = seen.present(&Role::key(names::PROVISIONER));
    let living_on_it = found
        .filter(|found| !wanted.attached.is_subset(&found.attached))
        .and_then(|mut found| found.inline.remove(names::MANAGEMENT_POLICY));
    let Some(document) = living_on_it else {
        return BTreeMap::new();
    };
    let added: Vec<Value> = policy::statements(grants(scope).writes);
    let sid = |statement: &Value| statement["Sid"].clone();
    let replaced = |kept: &Value| added.iter().any(|added| sid(added) == sid(kept));
    let kept = document.get("Statement").and_then(Value::as_array).cloned();
    let mut statements = kept.unwrap_or_default();
    statements.retain(|statement| !replaced(statement));
    statements.extend(added);
    let document = policy::document(statements);
    BTreeMap::from([(names::MANAGEMENT_POLICY.to_owned(), json!(document))])
}
