//! What is declared of components, their types erased: what needs neither AWS nor a tenant.

use std::fmt::{self, Debug, Formatter};

use tenancy::{ComponentName, EffectiveSpec, Severity, control::RepairedBy};

use crate::{
    covers::Covers,
    drift_control::DriftControl,
    grants::{Grants, Scope},
    watched::Properties,
};

/// How a component takes part in a departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Removed as soon as nothing that needs it is left.
    ByNeed,
    /// It records what happens in the account, so it is removed after everything but what records too, or is
    /// needed for that.
    Recorder,
    /// Goes with the account; never removed alone.
    WithAccount,
    /// The account itself and where it is: handled by the engine's departure steps.
    Frame,
}

/// What is declared of a component: everything that needs no AWS.
pub trait Declaration: Send + Sync {
    /// Its name.
    fn name(&self) -> ComponentName;
    /// What must be as wanted before this one can be worked on, and goes after it.
    fn needs(&self) -> &'static [ComponentName];
    /// Whether it is built only after this one of its needs, with this spec.
    fn waits_for(&self, spec: &EffectiveSpec, need: ComponentName) -> bool;
    /// How it leaves.
    fn departure(&self) -> Departure;
    /// Whether what was removed of it stays for days, scheduled for its deletion.
    fn lingers(&self) -> bool {
        false
    }
    /// Whether this spec asks for it.
    fn enabled(&self, spec: &EffectiveSpec) -> bool;
    /// What each of our roles needs for it.
    fn grants(&self, scope: &Scope) -> Grants;
    /// What is watched of what it makes.
    fn watched(&self) -> &'static [&'static [Properties]] {
        &[]
    }
    /// Of which kind of resource a finding of drift is.
    fn drift_controls(&self) -> &'static [DriftControl] {
        &[]
    }
    /// What is said of its controls.
    fn controls(&self) -> Vec<ControlWords>;
}

/// What is said of a control, whatever it is evaluated on.
#[derive(Debug, Clone, Copy)]
pub struct ControlWords {
    /// Its id.
    pub id: &'static str,
    /// The component that evaluates it.
    pub component: ComponentName,
    /// What is checked.
    pub title: &'static str,
    /// How bad it is when it does not hold.
    pub severity: Severity,
    /// The API calls it is read by.
    pub reads: &'static str,
    /// What a person has to do.
    pub remedy: &'static str,
    /// Who repairs it.
    pub repaired_by: RepairedBy,
    /// Which published controls it covers.
    pub covers: Covers,
}

/// The components of this release, in the order they are built.
#[derive(Clone, Copy)]
pub struct Components(pub &'static [&'static dyn Declaration]);

impl Debug for Components {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|line| line.name()))
            .finish()
    }
}

/// The same if they have the same names: a release has one component of a name.
impl PartialEq for Components {
    fn eq(&self, other: &Self) -> bool {
        let names = |all: &Self| all.0.iter().map(|line| line.name()).collect::<Vec<_>>();
        names(self) == names(other)
    }
}

impl Eq for Components {}
