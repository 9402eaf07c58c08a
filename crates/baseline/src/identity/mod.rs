//! The tenant's own roles, their permissions boundary, the instance profile, and the account's password policy and alias.
//!
//! Names are ours under our path; whatever else the tenant makes in IAM is never touched.

use std::collections::{BTreeMap, BTreeSet};

use tenancy::{ComponentName, finding::Difference};

use crate::{
    access::{RoleSeen, Roles},
    component::{Change, Component, Departure, Plan},
    desired::Desired,
    policy::{Grants, Scope},
};

mod change;
mod grants;
mod plan;
mod wanted;

pub use change::IdentityChange;
pub use wanted::{
    TENANT_ROLES, alias_candidates, boundary_arn, managed_policies, password_wanted, role_wanted,
};

/// The tenant's own roles, boundary, password policy and alias.
pub struct Identity;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Roles that have one of our names, by name.
    pub roles: Roles,
    /// The permissions boundary.
    pub boundary: Option<BoundarySeen>,
    /// The instance profile that has our name.
    pub profile: Option<ProfileSeen>,
    /// The account's password policy.
    pub password: Option<PasswordSeen>,
    /// The account's alias.
    pub alias: Option<String>,
    /// Aliases that another AWS customer has, as learned in this pass.
    pub taken_aliases: BTreeSet<String>,
    /// Names of what cannot be deleted because something of the tenant's own making uses it, as learned in this pass.
    pub held: BTreeSet<String>,
}

/// The permissions boundary as IAM shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoundarySeen {
    /// The document in force.
    pub document: serde_json::Value,
    /// Versions that are not in force, oldest first.
    pub old_versions: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// The instance profile as IAM shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileSeen {
    /// Its path.
    pub path: String,
    /// The role in it; there can be one.
    pub role: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// The password policy as IAM shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PasswordSeen {
    /// Characters at least.
    pub minimum_length: i32,
    /// How many earlier passwords may not be used again.
    pub reuse_prevention: i32,
    /// Whether symbols, digits, capital and small letters must all be there.
    pub all_kinds: bool,
    /// Whether people may change their own.
    pub may_change: bool,
    /// Days until a password expires; 0 is never.
    pub expires_after_days: i32,
}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// It was done.
    Done(IdentityChange),
    /// The role was there already.
    Found(String, RoleSeen),
    /// Another AWS customer has the alias.
    AliasTaken(String),
    /// Something of the tenant's own making uses what has this name, so it cannot be deleted and goes with the account.
    Held(String),
}

impl Change for IdentityChange {
    fn key(&self) -> String {
        self.name()
    }

    fn difference(&self) -> Difference {
        self.words()
    }
}

impl Component for Identity {
    const NAME: ComponentName = ComponentName::IDENTITY;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS];
    const DEPARTURE: Departure = Departure::ByNeed;
    type Seen = Seen;
    type Change = IdentityChange;
    type Fact = Fact;

    fn plan(desired: &Desired, seen: &Seen) -> Plan<IdentityChange> {
        if desired.leaving() {
            plan::leave(desired, seen)
        } else {
            plan::build(desired, seen)
        }
    }

    fn learn(seen: &mut Seen, fact: Fact) {
        match fact {
            Fact::Done(change) => change.learn(seen),
            Fact::Found(name, role) => {
                seen.roles.insert(name, role);
            }
            Fact::AliasTaken(alias) => {
                seen.taken_aliases.insert(alias);
            }
            Fact::Held(name) => {
                seen.held.insert(name);
            }
        }
    }

    fn imagine(_desired: &Desired, change: &IdentityChange) -> Fact {
        Fact::Done(change.clone())
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn resources(seen: &Seen) -> BTreeMap<String, String> {
        let roles = seen
            .roles
            .keys()
            .map(|name| (format!("role.{name}"), name.clone()));
        let boundary = seen
            .boundary
            .iter()
            .map(|_| ("boundary".to_owned(), tenancy::names::BOUNDARY.to_owned()));
        let profile = seen.profile.iter().map(|_| {
            (
                "instance-profile".to_owned(),
                tenancy::names::INSTANCE.to_owned(),
            )
        });
        let alias = seen
            .alias
            .iter()
            .map(|alias| ("alias".to_owned(), alias.clone()));
        let sign_in = seen.alias.iter().map(|alias| {
            let url = format!("https://{alias}.signin.aws.amazon.com/console");
            ("sign-in".to_owned(), url)
        });
        roles
            .chain(boundary)
            .chain(profile)
            .chain(alias)
            .chain(sign_in)
            .collect()
    }
}
