//! What a tenant's identities are to be: a table of roles, and the account's settings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenancy::{AccountId, ComponentName, EffectiveSpec, Severity, names};

use super::OtherWaysIn;
use crate::{
    declared::{Key, Resources, Wanted},
    desired::Desired,
    policy::{self, boundary_arn},
    resources::{AccountAlias, AccountName, InstanceProfile, PasswordPolicy, Policy, Role},
};

const HOUR: i32 = 3600;

/// A role of the tenant, before it is bounded and tagged.
pub struct TenantRole {
    /// Its name.
    pub name: &'static str,
    description: &'static str,
    managed: &'static str,
    trust: fn(&Desired, &AccountId) -> Value,
    /// Whether the function `access` opens sessions in it.
    entered: bool,
    session: i32,
    asked: fn(&EffectiveSpec) -> bool,
}

/// Every tenant has it.
const fn always(_: &EffectiveSpec) -> bool {
    true
}

/// The tenant's roles. What they may do are policies AWS keeps up to date; what they may not is the boundary.
pub const TENANT_ROLES: [TenantRole; 5] = [
    TenantRole {
        name: names::ADMINISTRATOR,
        description: "The tenant's administrators, within the boundary",
        managed: "arn:aws:iam::aws:policy/AdministratorAccess",
        trust: policy::sessions_trust,
        entered: true,
        session: HOUR,
        asked: always,
    },
    TenantRole {
        name: names::DEVELOPER,
        description: "The tenant's developers, within the boundary",
        managed: "arn:aws:iam::aws:policy/PowerUserAccess",
        trust: policy::sessions_trust,
        entered: true,
        session: 8 * HOUR,
        asked: always,
    },
    TenantRole {
        name: names::READ_ONLY,
        description: "The tenant's readers, within the boundary",
        managed: "arn:aws:iam::aws:policy/ReadOnlyAccess",
        trust: policy::sessions_trust,
        entered: true,
        session: 8 * HOUR,
        asked: always,
    },
    TenantRole {
        name: names::SUPPORT,
        description: "Whoever opens cases with AWS Support, within the boundary",
        managed: "arn:aws:iam::aws:policy/AWSSupportAccess",
        trust: policy::people_trust,
        entered: false,
        session: HOUR,
        asked: |spec| spec.support_role,
    },
    TenantRole {
        name: names::INSTANCE,
        description: "The tenant's machines, within the boundary",
        managed: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        trust: policy::machine_trust,
        entered: false,
        session: HOUR,
        asked: always,
    },
];

/// ARNs of every managed policy our roles of the tenant have.
pub fn managed_policies() -> BTreeSet<&'static str> {
    TENANT_ROLES.iter().map(|role| role.managed).collect()
}

/// Everything, in `account`.
pub(super) fn wanted(desired: &Desired, account: &AccountId) -> Resources {
    let boundary = Policy::key(names::BOUNDARY);
    let asked = TENANT_ROLES.iter().filter(|one| (one.asked)(&desired.spec));
    let roles = asked.map(|one| {
        // Nothing can be bounded by what is not there yet.
        let wanted = Wanted::of(&role(desired, account, one))
            .after([boundary.clone()])
            .refers("boundary", None, boundary.clone());
        (Role::key(one.name), wanted)
    });
    let instance = Role::key(names::INSTANCE);
    let profile = Wanted::of(&profile(desired)).refers("role", None, instance);
    let settings = [
        (boundary.clone(), policy_wanted(desired, account)),
        (InstanceProfile::key(names::INSTANCE), profile),
        (PasswordPolicy::KEY, Wanted::of(&password_policy(desired))),
        (
            AccountAlias::KEY,
            Wanted::of(&AccountAlias::wanted(desired)),
        ),
        (AccountName::KEY, Wanted::of(&account_name(desired))),
        (OtherWaysIn::KEY, Wanted::of(&OtherWaysIn::default())),
    ];
    roles.chain(settings).collect::<BTreeMap<Key, Wanted>>()
}

/// Asked of the account itself: elsewhere a new name can take four hours to be seen. An audit asks only where it is another there.
/// Source: Account Management Reference, "Update your AWS account name".
fn account_name(desired: &Desired) -> AccountName {
    AccountName {
        name: desired.name.clone(),
    }
}

fn role(desired: &Desired, account: &AccountId, role: &TenantRole) -> Role {
    Role {
        path: names::TENANT_PATH.to_owned(),
        description: role.description.to_owned(),
        trust: (role.trust)(desired, account),
        inline: refusals(desired)
            .filter(|_| role.entered)
            .into_iter()
            .collect(),
        attached: BTreeSet::from([role.managed.to_owned()]),
        boundary: Some(boundary_arn(account)),
        tags: desired.tags(ComponentName::IDENTITY),
        session: Some(role.session),
        ..Role::default()
    }
}

/// The inline policy of roles in which sessions are refused; none where none is.
fn refusals(desired: &Desired) -> Option<(String, Value)> {
    let refused = &desired.refused_sessions;
    let policy = || policy::refused_sessions(refused);
    (!refused.is_empty()).then(|| (names::REFUSED_SESSIONS.to_owned(), policy()))
}

fn policy_wanted(desired: &Desired, account: &AccountId) -> Wanted {
    let boundary = Policy {
        path: names::TENANT_PATH.to_owned(),
        description: "What no role of the tenant gets across".to_owned(),
        document: policy::boundary(account, &desired.deployment),
        tags: desired.tags(ComponentName::IDENTITY),
        ..Policy::default()
    };
    Wanted::of(&boundary).raised_to(Severity::Critical)
}

fn profile(desired: &Desired) -> InstanceProfile {
    InstanceProfile {
        path: names::TENANT_PATH.to_owned(),
        role: Some(names::INSTANCE.to_owned()),
        tags: desired.tags(ComponentName::IDENTITY),
        id: None,
        other_case: None,
    }
}

/// Passwords do not expire: NIST SP 800-63B, and CIS since version 1.3 of its AWS benchmark, ask for length and no reuse instead.
fn password_policy(desired: &Desired) -> PasswordPolicy {
    PasswordPolicy {
        minimum_length: desired.spec.password_policy.minimum_length,
        reuse_prevention: desired.spec.password_policy.reuse_prevention,
        symbols: true,
        digits: true,
        uppercase: true,
        lowercase: true,
        may_change: true,
        expires_after: None,
    }
}
