//! The three roles of ours by which passes enter the account: planted once by the role Organizations made there, then looked
//! after through the provisioner itself.

use std::collections::{BTreeMap, BTreeSet};

use tenancy::{AccountId, ComponentName, Severity, Verb, finding::Difference, names};

use crate::{
    component::{Change, Component, Departure, Plan},
    desired::Desired,
    policy,
    policy::{Grants, Scope},
};

mod grants;
mod role;
mod words;

pub use role::{
    Deed, RoleChange, RoleSeen, RoleWanted, Roles, farewell, missing_tags, name_taken,
    plan as plan_role,
};
pub use words::{brief, list};

/// The three roles of ours by which passes enter the account.
pub struct Access;

/// What a role of ours is for, as its description says.
const fn purpose(verb: Verb) -> &'static str {
    match verb {
        Verb::Onboard => "tenantry: builds and repairs",
        Verb::Audit => "tenantry: looks, changes nothing",
        Verb::Offboard => "tenantry: takes away",
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

fn scope(desired: &Desired, account: &AccountId) -> Scope {
    Scope {
        tenant: desired.tenant.clone(),
        account: account.clone(),
    }
}

/// A role of ours as it is wanted in `account`.
pub fn wanted(desired: &Desired, account: &AccountId, verb: Verb) -> RoleWanted {
    RoleWanted {
        name: verb.role(),
        path: names::MANAGEMENT_PATH,
        description: purpose(verb),
        trust: policy::management_trust(verb, &desired.tenant, &desired.deployment),
        inline: BTreeMap::from([(
            names::MANAGEMENT_POLICY.to_owned(),
            policy::management(verb, &scope(desired, account), desired.components.0),
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
            repair: tenancy::finding::Repair::Tenantry,
        }
    }
}

impl Component for Access {
    const NAME: ComponentName = ComponentName::ACCESS;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCOUNT];
    const DEPARTURE: Departure = Departure::WithAccount;
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
        for role in Verb::ALL {
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

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn resources(seen: &Seen) -> BTreeMap<String, String> {
        let named = |role: Verb| {
            let word = role.role().trim_start_matches("tenantry-");
            (word.to_owned(), role.role().to_owned())
        };
        Verb::ALL
            .into_iter()
            .filter(|role| seen.roles.contains_key(role.role()))
            .map(named)
            .collect()
    }
}
