//! In which order rights change, so that no role of ours has less than it needs in between.

use std::collections::BTreeSet;

use serde_json::Value;
use tenancy::names;

use crate::{
    declared::{Effect, FieldRef, Observation, Resource, ResourceChange, State},
    resources::{Policy, Role},
};

/// What a change does to rights. The later ones wait for the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    /// Gives the provisioner the right to change rights.
    Enable,
    /// Gives rights.
    Give,
    /// May take rights away.
    Take,
}

/// Of changes that concern rights only those of the first precedence among them; all others at once.
pub(super) fn give_before_take(
    mut changes: Vec<ResourceChange>,
    seen: &Observation,
) -> Vec<ResourceChange> {
    let first = changes.iter().filter_map(precedence).min();
    changes.retain(|change| {
        let now = precedence(change).is_none_or(|precedence| Some(precedence) == first);
        now && !is_attached(change, seen)
    });
    changes
}

fn precedence(change: &ResourceChange) -> Option<Precedence> {
    match &change.effect {
        Effect::Create { .. } => {
            (change.kind.name == Policy::KIND.name).then_some(Precedence::Give)
        }
        Effect::Delete { .. } => Some(Precedence::Take),
        Effect::Set {
            fields,
            wanted,
            found,
        } => {
            let all = fields
                .iter()
                .filter_map(|field| precedence_of_field(field, wanted, found));
            all.max()
        }
    }
}

fn precedence_of_field(field: &FieldRef, wanted: &State, found: &State) -> Option<Precedence> {
    let is_wanted = !field.value(wanted).is_null();
    match (field.field.name, field.entry.as_deref()) {
        ("inline", Some(names::MANAGEMENT_POLICY)) if is_wanted => Some(Precedence::Enable),
        ("inline", Some(names::MANAGEMENT_POLICY)) => Some(Precedence::Take),
        ("attached", _) if is_wanted => Some(Precedence::Give),
        ("attached", Some(arn)) if arn.contains(OURS) => Some(Precedence::Take),
        ("document", _) => {
            let lost = &sids(&field.value(found)) - &sids(&field.value(wanted));
            Some(if lost.is_empty() {
                Precedence::Give
            } else {
                Precedence::Take
            })
        }
        // Whatever else is there is not what a role needs.
        _ => None,
    }
}

/// In the ARNs of our policies.
const OURS: &str = ":policy/tenantry/";

/// Names of the statements in a policy document.
fn sids(document: &Value) -> BTreeSet<String> {
    let statements = document["Statement"].as_array().into_iter().flatten();
    statements.map(|one| one["Sid"].to_string()).collect()
}

/// Whether a policy that is to go is still attached to a role of ours.
fn is_attached(change: &ResourceChange, seen: &Observation) -> bool {
    match &change.effect {
        Effect::Create { .. } | Effect::Set { .. } => false,
        Effect::Delete { .. } => {
            let arn_end = format!("{OURS}{}", change.key.name);
            let roles = seen.0.keys().filter(|key| key.kind == Role::KIND.name);
            let mut roles = roles.filter_map(|key| seen.present::<Role>(key));
            roles.any(|role| role.attached.iter().any(|arn| arn.ends_with(&arn_end)))
        }
    }
}
