//! What a tenant's identities are to be: a table of roles, and the account's settings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenancy::{AccountId, ComponentName, Severity, names};

use super::PasswordSeen;
use crate::{access::RoleWanted, desired::Desired, policy};

const HOUR: i32 = 3600;

/// A role of the tenant, before it is bounded and tagged.
pub struct TenantRole {
    name: &'static str,
    description: &'static str,
    managed: &'static [&'static str],
    trust: fn(&AccountId) -> Value,
    session_secs: i32,
}

/// The tenant's roles. What they may do are policies AWS keeps up to date; what they may not is the boundary.
pub const TENANT_ROLES: [TenantRole; 4] = [
    TenantRole {
        name: names::ADMINISTRATOR,
        description: "The tenant's administrators, within the boundary",
        managed: &["arn:aws:iam::aws:policy/AdministratorAccess"],
        trust: policy::people_trust,
        session_secs: HOUR,
    },
    TenantRole {
        name: names::DEVELOPER,
        description: "The tenant's developers, within the boundary",
        managed: &["arn:aws:iam::aws:policy/PowerUserAccess"],
        trust: policy::people_trust,
        session_secs: 8 * HOUR,
    },
    TenantRole {
        name: names::READ_ONLY,
        description: "The tenant's readers, within the boundary",
        managed: &["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        trust: policy::people_trust,
        session_secs: 8 * HOUR,
    },
    TenantRole {
        name: names::INSTANCE,
        description: "The tenant's machines, within the boundary",
        managed: &["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        trust: policy::machine_trust,
        session_secs: HOUR,
    },
];

/// ARNs of every managed policy our roles of the tenant have.
pub fn managed_policies() -> BTreeSet<&'static str> {
    TENANT_ROLES
        .iter()
        .flat_map(|role| role.managed.iter().copied())
        .collect()
}

/// ARN of the permissions boundary.
pub fn boundary_arn(account: &AccountId) -> String {
    format!(
        "arn:aws:iam::{account}:policy{}{}",
        names::TENANT_PATH,
        names::BOUNDARY
    )
}

/// A role of the tenant as it is wanted in `account`.
pub fn role_wanted(desired: &Desired, account: &AccountId, role: &TenantRole) -> RoleWanted {
    RoleWanted {
        name: role.name,
        path: names::TENANT_PATH,
        description: role.description,
        trust: (role.trust)(account),
        inline: BTreeMap::new(),
        attached: role.managed.iter().map(|arn| (*arn).to_owned()).collect(),
        boundary: Some(boundary_arn(account)),
        tags: desired.tags(ComponentName::IDENTITY),
        session_secs: Some(role.session_secs),
        severity: Severity::High,
    }
}

/// The password policy. Passwords do not expire: NIST SP 800-63B, and CIS since version 1.3 of its AWS benchmark, ask for length
/// and no reuse instead.
pub fn password_wanted(desired: &Desired) -> PasswordSeen {
    PasswordSeen {
        minimum_length: desired.spec.password_policy.minimum_length,
        reuse_prevention: desired.spec.password_policy.reuse_prevention,
        all_kinds: true,
        may_change: true,
        expires_after_days: 0,
    }
}

/// The aliases the account may have, the best first: the slug, and where another AWS customer has that, the slug and the end of
/// the tenant's id.
pub fn alias_candidates(desired: &Desired) -> [String; 2] {
    let id = desired.tenant.as_str();
    let end = id.get(id.len().saturating_sub(6)..).unwrap_or(id);
    [desired.slug.to_string(), format!("{}-{end}", desired.slug)]
}
