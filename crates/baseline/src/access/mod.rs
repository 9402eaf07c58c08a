//! The three roles of ours by which passes enter the account: planted once by the role Organizations made there, then looked
//! after through the provisioner itself.

use std::collections::{BTreeMap, BTreeSet};

use tenancy::{AccountId, ComponentName, Severity, finding::Difference, names};

use crate::{
    component::{Change, Component, Plan},
    desired::Desired,
    policy,
};

mod role;
mod words;

pub use role::{
    Deed, RoleChange, RoleSeen, RoleWanted, Roles, farewell, missing_tags, name_taken,
    plan as plan_role,
};
pub use words::{brief, list};

/// The three roles of ours by which passes enter the account.
pub struct Access;

/// One of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaneRole {
    /// Builds and repairs.
    Provisioner,
    /// Only looks.
    Auditor,
    /// Takes away.
    Remover,
}

impl PlaneRole {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Provisioner, Self::Auditor, Self::Remover];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provisioner => names::PROVISIONER,
            Self::Auditor => names::AUDITOR,
            Self::Remover => names::REMOVER,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Provisioner => "tenantry: builds and repairs",
            Self::Auditor => "tenantry: looks, changes nothing",
            Self::Remover => "tenantry: takes away",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The three roles, by name.
    pub roles: Roles,
    /// Whether the provisioner has let us in. A look through it says so.
    pub entered: bool,
    /// Whether what the provisioner may do has been seen to be in force.
    pub proved: bool,
}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChange {
    /// On a role.
    Role(RoleChange),
    /// Assume the provisioner for the first time.
    Enter,
    /// See that it may do what it must: a new policy takes seconds to be in force everywhere.
    Prove,
}

/// What an effect taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// It was done.
    Done(AccessChange),
    /// The role was there already.
    Found(String, RoleSeen),
}

/// A role of ours as it is wanted in `account`.
pub fn wanted(desired: &Desired, account: &AccountId, role: PlaneRole) -> RoleWanted {
    RoleWanted {
        name: role.name(),
        path: names::PLANE_PATH,
        description: role.description(),
        trust: policy::plane_trust(role, &desired.tenant, &desired.deployment),
        inline: BTreeMap::from([(
            names::PLANE_POLICY.to_owned(),
            policy::plane(role, &desired.tenant, account),
        )]),
        attached: BTreeSet::new(),
        boundary: None,
        tags: desired.tags(ComponentName::ACCESS),
        session_secs: None,
        severity: Severity::Critical,
    }
}

impl Change for AccessChange {
    fn key(&self) -> String {
        match self {
            Self::Role(change) => change.key(),
            Self::Enter => "entry".into(),
            Self::Prove => "entry.proof".into(),
        }
    }

    fn difference(&self) -> Difference {
        let (field, wanted, remedy) = match self {
            Self::Role(change) => return change.difference(ComponentName::ACCESS),
            Self::Enter => ("entry", "lets us in", "Enter the account by it."),
            Self::Prove => (
                "permissions",
                "in force",
                "Look at IAM and EC2 by it until they answer.",
            ),
        };
        Difference {
            key: self.key(),
            component: ComponentName::ACCESS,
            resource: names::PROVISIONER.into(),
            field: field.into(),
            wanted: wanted.into(),
            found: "not tried yet".into(),
            severity: Severity::High,
            remedy: remedy.into(),
        }
    }
}

impl Component for Access {
    const NAME: ComponentName = ComponentName::ACCESS;
    type Seen = Seen;
    type Change = AccessChange;
    type Fact = Fact;

    /// The roles go with the account: nothing is to do for a tenant that is leaving.
    fn plan(desired: &Desired, seen: &Seen) -> Plan<AccessChange> {
        let mut plan = Plan::default();
        if desired.leaving() {
            return plan;
        }
        let Some(account) = &desired.account else {
            plan.wait("the account to be known", 30);
            return plan;
        };
        for role in PlaneRole::ALL {
            match plan_role(&wanted(desired, account, role), &seen.roles) {
                Ok(changes) => plan
                    .changes
                    .extend(changes.into_iter().map(AccessChange::Role)),
                Err(failure) => plan.obstacles.push(failure),
            }
        }
        let planted = plan.changes.is_empty() && plan.obstacles.is_empty();
        if !seen.entered && seen.roles.contains_key(names::PROVISIONER) {
            plan.changes.push(AccessChange::Enter);
        } else if seen.entered && !seen.proved && planted {
            plan.changes.push(AccessChange::Prove);
        }
        plan
    }

    fn learn(seen: &mut Seen, fact: Fact) {
        match fact {
            Fact::Found(name, role) => {
                seen.roles.insert(name, role);
            }
            Fact::Done(AccessChange::Role(change)) => change.learn(&mut seen.roles),
            Fact::Done(AccessChange::Enter) => seen.entered = true,
            Fact::Done(AccessChange::Prove) => seen.proved = true,
        }
    }

    fn imagine(_desired: &Desired, change: &AccessChange) -> Fact {
        Fact::Done(change.clone())
    }

    fn resources(seen: &Seen) -> BTreeMap<String, String> {
        let named = |role: PlaneRole| {
            let word = role.name().trim_start_matches("tenantry-");
            (word.to_owned(), role.name().to_owned())
        };
        PlaneRole::ALL
            .into_iter()
            .filter(|role| seen.roles.contains_key(role.name()))
            .map(named)
            .collect()
    }
}
