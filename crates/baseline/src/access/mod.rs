//! The three roles of ours by which passes enter the account: installed once by the role Organizations made there, then kept
//! up to date through the provisioner itself.
//!
//! Roles and their policies are declared resources; entering and proving them is this component's own.
//!
//! # Guarantees
//! While rights are changed, no role has less than it needs: what gives rights comes before what takes them away.

use std::collections::BTreeMap;

use tenancy::{ComponentName, Severity, finding::Difference, names};

use crate::{
    component::{Change, Component, Departure, Plan},
    declared::{self, ResourceChange, owned, resources},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    resources::Role,
};

mod excess;
mod grants;
mod lag;
mod order;
#[cfg(test)]
mod tests;
mod wanted;

pub use excess::without_excess_rights;
pub use lag::{lags, not_verifiable_yet};
pub use wanted::{keys, wanted};
#[cfg(test)]
pub(crate) use wanted::{policies, scope};

/// The three roles of ours by which passes enter the account.
pub struct Access;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// The three roles and their policies.
    pub resources: declared::Observation,
    /// Whether the provisioner has let us in. A read through it says so.
    pub entered: bool,
    /// Whether what the provisioner may do has been seen to be in force.
    pub proved: bool,
}

/// One effect.
#[derive(Debug, Clone)]
pub enum AccessChange {
    /// On a role or a policy.
    Resource(ResourceChange),
    /// Assume the provisioner for the first time.
    Enter,
    /// See that it may do what it must: a new policy takes seconds to be in force everywhere.
    Prove,
}

/// What an effect taught.
#[derive(Debug, Clone)]
pub enum AccessFact {
    /// How a role or a policy is now.
    Resource(declared::ResourceFact),
    /// The provisioner let us in.
    Entered,
    /// What it may do is in force.
    Proved,
}

impl Change for AccessChange {
    fn key(&self) -> String {
        match self {
            Self::Resource(change) => change.key(),
            Self::Enter => "entry".into(),
            Self::Prove => "entry.proof".into(),
        }
    }

    fn difference(&self) -> Difference {
        let (field, wanted, remedy) = match self {
            Self::Resource(change) => return change.difference(),
            Self::Enter => ("entry", "can be assumed", "Assume it to enter the account."),
            Self::Prove => (
                "permissions",
                "in force",
                "Read IAM and EC2 with it until both answer.",
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

    fn differences(&self) -> Vec<Difference> {
        match self {
            Self::Resource(change) => change.differences(),
            Self::Enter | Self::Prove => vec![self.difference()],
        }
    }
}

impl Component for Access {
    const NAME: ComponentName = ComponentName::ACCESS;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCOUNT];
    const DEPARTURE: Departure = Departure::WithAccount;
    type Observation = Observation;
    type Change = AccessChange;
    type Fact = AccessFact;

    /// The roles go with the account: nothing is to do for a tenant that is leaving.
    fn plan(desired: &Desired, seen: &Observation) -> Plan<AccessChange> {
        let mut plan = Plan::default();
        if desired.leaving() {
            return plan;
        }
        let Some(account) = &desired.account else {
            plan.wait("the account to be known", 30);
            return plan;
        };
        let declared = wanted(desired, account, &seen.resources);
        let planned = declared::plan(Self::NAME, desired, &declared, &seen.resources);
        let installed = planned.is_settled();
        let changes = order::give_before_take(planned.changes, &seen.resources);
        let mut plan = Plan {
            changes: changes.into_iter().map(AccessChange::Resource).collect(),
            waits: planned.waits,
            obstacles: planned.obstacles,
            findings: planned.findings,
            pending: planned.pending,
            unreadable: planned.unreadable,
        };
        // A role of somebody else's that has the provisioner's name is not entered.
        let key = Role::key(names::PROVISIONER);
        let provisioner = owned::<Role>(Self::NAME, desired, &seen.resources, &key);
        if !seen.entered && provisioner.is_some() {
            plan.changes.push(AccessChange::Enter);
        } else if seen.entered && !seen.proved && installed {
            plan.changes.push(AccessChange::Prove);
        }
        plan
    }

    fn learn(seen: &mut Observation, fact: AccessFact) {
        match fact {
            AccessFact::Resource(fact) => fact.learn(&mut seen.resources),
            AccessFact::Entered => seen.entered = true,
            AccessFact::Proved => seen.proved = true,
        }
    }

    fn imagine(_desired: &Desired, change: &AccessChange) -> AccessFact {
        match change {
            AccessChange::Resource(change) => {
                AccessFact::Resource(declared::ResourceFact::expected(change))
            }
            AccessChange::Enter => AccessFact::Entered,
            AccessChange::Prove => AccessFact::Proved,
        }
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        DRIFT
    }

    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        resources(Self::NAME, desired, &seen.resources)
    }
}

/// Of which kind of resource a finding is.
const DRIFT: &[DriftControl] = &[
    DriftControl::of(
        101,
        &["role"],
        "roles by which tenantry enters",
        DriftControl::ROLES,
    ),
    DriftControl::of(
        102,
        &["policy"],
        "policies of those roles",
        DriftControl::ROLES,
    ),
    DriftControl::of(103, &["entry"], "entry into the account", "sts AssumeRole"),
];
