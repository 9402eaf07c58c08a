//! What has to be made of what all tenants share, under which names, and by what it is known again. Pure.

use std::collections::BTreeMap;

use tenancy::{ComponentName, Failure, FailureKind, names};

use super::{Organization, Placement, PlacementChange, wanted};
use crate::{
    component::{Component, Plan},
    desired::{Deployment, Desired, Home},
};

/// How many names are tried before a person is asked.
const MOST_NAMES: usize = 9;

/// The names something of ours may get, the first choice first: others may have some of them.
pub fn candidates(deployment: &Deployment, name: &str) -> Vec<String> {
    let first = format!("{}{name}", deployment.name_prefix);
    let others = (2..=MOST_NAMES).map(|number| format!("{first}-{number}"));
    std::iter::once(first.clone()).chain(others).collect()
}

/// Whether a unit or policy with these tags is what this installation has for `name`, and whether its tags say of which
/// installation it is. One of an earlier release does not, and has its first name.
pub fn is_ours(
    deployment: &Deployment,
    name: &str,
    called: &str,
    tags: &BTreeMap<String, String>,
) -> Option<bool> {
    let tag = |key: &str| tags.get(key).map(String::as_str);
    if tag(names::TAG_COMPONENT) != Some(ComponentName::PLACEMENT.as_str()) {
        return None;
    }
    match (tag(names::TAG_INSTALLATION), tag(names::TAG_PART)) {
        (Some(installation), Some(part)) => {
            (installation == deployment.installation && part == name).then_some(true)
        }
        (None, None) => (called == name).then_some(false),
        _ => None,
    }
}

/// The tag by which something of ours, known by its id, says that it is something else.
pub fn relabelled(
    deployment: &Deployment,
    name: &str,
    tags: &BTreeMap<String, String>,
) -> Option<String> {
    let wanted = [
        (names::TAG_INSTALLATION, deployment.installation.as_str()),
        (names::TAG_PART, name),
    ];
    let differs = |(key, wanted): (&str, &str)| {
        let found = tags.get(key).filter(|found| *found != wanted)?;
        Some(format!("{key}={found}"))
    };
    wanted.into_iter().find_map(differs)
}

/// Units and policies that are not there, to be made under names that nobody has.
pub(super) fn missing(desired: &Desired, organization: &Organization) -> Plan<PlacementChange> {
    let mut plan = Plan::default();
    for unit in [Home::Tenants, Home::Quarantine, Home::Suspended].map(Home::unit) {
        if !organization.units.contains_key(unit) {
            let make = |called| PlacementChange::MakeUnit {
                name: unit.to_owned(),
                called,
            };
            named(desired, organization, unit, &mut plan, make);
        }
    }
    for (name, content, _) in wanted(desired) {
        if !organization.policies.contains_key(name) {
            let make = |called| PlacementChange::MakePolicy {
                name: name.to_owned(),
                called,
                content,
            };
            named(desired, organization, name, &mut plan, make);
        }
    }
    plan
}

fn named(
    desired: &Desired,
    organization: &Organization,
    name: &str,
    plan: &mut Plan<PlacementChange>,
    make: impl FnOnce(String) -> PlacementChange,
) {
    let mut names = candidates(&desired.deployment, name).into_iter();
    match names.find(|name| !organization.taken.contains(name)) {
        Some(free) => plan.changes.push(make(free)),
        None => plan.obstacles.push(names_taken(desired, name)),
    }
}

fn names_taken(desired: &Desired, name: &str) -> Failure {
    let first = format!("{}{name}", desired.deployment.name_prefix);
    Failure::park(
        FailureKind::Conflict,
        format!(
            "making `{first}` in the organization, for {}",
            Placement::NAME
        ),
        format!("others have the names `{first}` to `{first}-{MOST_NAMES}`"),
        "organization-names-taken",
        "Give the parameter NamePrefix of the deployment a value that nobody's organizational units and policies begin with, then retry the tenant.",
    )
}
