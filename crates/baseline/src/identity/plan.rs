//! What has to change now, on the way in and on the way out.

use serde_json::Value;
use tenancy::{ComponentName, Failure, FailureKind, names};

use super::{IdentityChange, Seen, TENANT_ROLES, alias_candidates, password_wanted, role_wanted};
use crate::{
    access::{Deed, farewell, missing_tags, name_taken, plan_role},
    component::Plan,
    desired::Desired,
    policy::{self, same},
};

/// IAM keeps this many versions of a managed policy.
const MOST_OLD_VERSIONS: usize = 4;

/// What is missing or different.
pub fn build(desired: &Desired, seen: &Seen) -> Plan<IdentityChange> {
    let mut plan = Plan::default();
    let Some(account) = &desired.account else {
        plan.wait("the account to be known", 30);
        return plan;
    };
    let boundary = policy::boundary(account, &desired.deployment);
    plan.changes
        .extend(boundary_changes(desired, seen, boundary));
    for role in &TENANT_ROLES {
        match plan_role(&role_wanted(desired, account, role), &seen.roles) {
            Ok(changes) => plan
                .changes
                .extend(changes.into_iter().map(IdentityChange::Role)),
            Err(failure) => plan.obstacles.push(failure),
        }
    }
    if seen.boundary.is_none() {
        // Nothing can be bounded by what is not there yet.
        plan.changes.retain(|change| {
            !matches!(change, IdentityChange::Role(role)
                if matches!(role.deed, Deed::Create(_) | Deed::SetBoundary { .. }))
        });
    }
    profile(desired, seen, &mut plan);
    settings(desired, seen, &mut plan);
    plan
}

fn boundary_changes(desired: &Desired, seen: &Seen, wanted: Value) -> Vec<IdentityChange> {
    let tags = desired.tags(ComponentName::IDENTITY);
    let Some(found) = &seen.boundary else {
        return vec![IdentityChange::CreateBoundary {
            document: wanted,
            tags,
        }];
    };
    let mut changes = Vec::new();
    if !same(&wanted, &found.document) {
        let full = found.old_versions.len() >= MOST_OLD_VERSIONS;
        changes.push(match found.old_versions.first().filter(|_| full) {
            Some(oldest) => IdentityChange::DropBoundaryVersion(oldest.clone()),
            None => IdentityChange::UpdateBoundary {
                wanted,
                found: found.document.clone(),
            },
        });
    }
    let missing = missing_tags(&tags, &found.tags);
    if !missing.is_empty() {
        changes.push(IdentityChange::TagBoundary(missing));
    }
    changes
}

fn profile(desired: &Desired, seen: &Seen, plan: &mut Plan<IdentityChange>) {
    let tags = desired.tags(ComponentName::IDENTITY);
    let Some(found) = &seen.profile else {
        plan.changes.push(IdentityChange::CreateProfile(tags));
        return;
    };
    if found.path != names::TENANT_PATH {
        let taken = name_taken(
            "instance profile",
            names::INSTANCE,
            &found.path,
            names::TENANT_PATH,
        );
        plan.obstacles.push(taken);
        return;
    }
    match &found.role {
        Some(role) if role == names::INSTANCE => {}
        Some(other) => plan
            .changes
            .push(IdentityChange::EmptyProfile(other.clone())),
        None if seen.roles.contains_key(names::INSTANCE) => {
            plan.changes.push(IdentityChange::FillProfile);
        }
        None => {}
    }
    let missing = missing_tags(&tags, &found.tags);
    if !missing.is_empty() {
        plan.changes.push(IdentityChange::TagProfile(missing));
    }
}

fn settings(desired: &Desired, seen: &Seen, plan: &mut Plan<IdentityChange>) {
    let wanted = password_wanted(desired);
    if seen.password != Some(wanted) {
        plan.changes.push(IdentityChange::SetPassword {
            wanted,
            found: seen.password,
        });
    }
    let candidates = alias_candidates(desired);
    if seen
        .alias
        .as_ref()
        .is_some_and(|alias| candidates.contains(alias))
    {
        return;
    }
    let free = candidates
        .iter()
        .find(|alias| !seen.taken_aliases.contains(*alias));
    match free {
        Some(alias) => plan.changes.push(IdentityChange::SetAlias {
            wanted: alias.clone(),
            found: seen.alias.clone(),
        }),
        None => plan.obstacles.push(alias_taken(&candidates)),
    }
}

fn alias_taken([slug, fallback]: &[String; 2]) -> Failure {
    Failure::park(
        FailureKind::Conflict,
        format!("giving the account the alias `{slug}`"),
        format!("other AWS customers have both `{slug}` and `{fallback}`"),
        "alias-taken",
        "Aliases are unique among all AWS customers. Find out whether an account of yours holds one of the two and free it, then \
         retry the tenant.",
    )
}

/// What is ours by tag, from the leaves inwards: alias and memberships, then roles and profile, then the boundary.
pub fn leave(desired: &Desired, seen: &Seen) -> Plan<IdentityChange> {
    let mut plan = Plan::default();
    let ours = |path: &str, tags| path == names::TENANT_PATH && desired.owns(tags);
    if let Some(alias) = &seen.alias
        && alias_candidates(desired).contains(alias)
    {
        plan.changes.push(IdentityChange::DropAlias(alias.clone()));
    }
    let profile = seen
        .profile
        .as_ref()
        .filter(|found| ours(&found.path, &found.tags));
    match profile.map(|found| &found.role) {
        Some(Some(role)) => plan
            .changes
            .push(IdentityChange::EmptyProfile(role.clone())),
        Some(None) => plan.changes.push(IdentityChange::DeleteProfile),
        None => {}
    }
    // A role cannot go while it is in a profile.
    let stays = |name: &str| {
        let in_profile = profile.is_some_and(|found| found.role.as_deref() == Some(name));
        in_profile || seen.held.contains(name)
    };
    let roles = seen
        .roles
        .iter()
        .filter(|(_, role)| ours(&role.path, &role.tags));
    let going: Vec<_> = roles
        .clone()
        .flat_map(|(name, role)| farewell(name, role))
        .collect();
    plan.changes.extend(
        going
            .into_iter()
            .filter(|change| change.deed != Deed::Delete || !stays(&change.role))
            .map(IdentityChange::Role),
    );
    if let Some(found) = &seen.boundary
        && roles.count() == 0
        && desired.owns(&found.tags)
        && !seen.held.contains(names::BOUNDARY)
    {
        plan.changes.push(match found.old_versions.first() {
            Some(version) => IdentityChange::DropBoundaryVersion(version.clone()),
            None => IdentityChange::DeleteBoundary,
        });
    }
    plan
}
