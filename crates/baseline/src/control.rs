//! Controls: what an audit checks and tenantry does not repair. One descriptor each.

use tenancy::{
    ComponentName, Severity,
    control::RepairedBy,
    finding::{Difference, Repair},
};

use crate::{covers::Covers, declaration::ControlWords, desired::Desired};

/// One thing an audit checks, with a stable id. Evaluated on what its component observed anyway.
pub struct Control<Observation> {
    /// Stable id, such as `TNT.ROOT.1`; also the key of its finding.
    pub id: &'static str,
    /// What is checked, as a property that should hold.
    pub title: &'static str,
    /// The resource in question, by its AWS name.
    pub resource: &'static str,
    /// What is right.
    pub wanted: &'static str,
    /// How bad it is when it does not hold.
    pub severity: Severity,
    /// The API calls it is read by, such as `iam GetAccountSummary`.
    pub reads: &'static str,
    /// What a person has to do, as a sentence.
    pub remedy: &'static str,
    /// Whose person: the tenant's, or one of whoever runs the organization.
    pub repaired_by: RepairedBy,
    /// Which published controls it covers.
    pub covers: Covers,
    /// Its verdict on what was observed. Pure.
    pub evaluate: fn(&Desired, &Observation) -> Verdict,
}

/// What a control came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Passed,
    /// It does not; what was found instead.
    Failed(String),
    /// It has no meaning here, and why.
    NotApplicable(&'static str),
    /// It could not be read, and why.
    NotVerifiable(String),
}

/// How many things a finding names.
const MOST_NAMED: usize = 10;

/// What a control found, in words: some of it by name, and how many more there are. Nothing where nothing was found.
pub(crate) fn listing(found: impl IntoIterator<Item = String>) -> Option<String> {
    let mut named: Vec<String> = found.into_iter().collect();
    let more = named.len().saturating_sub(MOST_NAMED);
    named.truncate(MOST_NAMED);
    if named.is_empty() {
        return None;
    }
    let rest = match more {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!("{}{rest}", named.join(", ")))
}

impl<Observation> Control<Observation> {
    /// What is said of it, as a control of this component.
    pub(crate) const fn words(&self, component: ComponentName) -> ControlWords {
        ControlWords {
            id: self.id,
            component,
            title: self.title,
            severity: self.severity,
            reads: self.reads,
            remedy: self.remedy,
            repaired_by: self.repaired_by,
            covers: self.covers,
        }
    }

    /// The finding, if it fails.
    pub(crate) fn finding(
        &self,
        component: ComponentName,
        desired: &Desired,
        seen: &Observation,
    ) -> Option<Difference> {
        let Verdict::Failed(found) = (self.evaluate)(desired, seen) else {
            return None;
        };
        Some(Difference {
            key: self.id.to_owned(),
            component,
            resource: self.resource.to_owned(),
            field: self.title.to_owned(),
            wanted: self.wanted.to_owned(),
            found,
            severity: self.severity,
            remedy: self.remedy.to_owned(),
            repair: Repair::Person,
        })
    }
}
