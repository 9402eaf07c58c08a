//! Controls: what an audit checks, as people and programs are told of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{component::ComponentName, finding::Severity, id::ControlId, stored::Word};

/// One thing an audit checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Control {
    /// Its id, which is given once and never again.
    pub id: ControlId,
    /// The component that checks it.
    pub component: ComponentName,
    /// What is checked.
    pub title: String,
    /// How bad it is when it fails.
    pub severity: Severity,
    /// Which API calls it is read by.
    pub reads: String,
    /// What to do when it fails.
    pub remedy: String,
    /// Who repairs it.
    pub repaired_by: RepairedBy,
    /// Which published controls it covers.
    pub standards: Standards,
}

/// Who repairs what a control finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RepairedBy {
    /// tenantry, at the next repair.
    Tenantry,
    /// The tenant, in its account.
    Tenant,
    /// Whoever runs the organization.
    Organization,
    /// What another release says.
    #[serde(untagged)]
    Other(Word),
}

impl RepairedBy {
    /// The word for people and programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenantry => "tenantry",
            Self::Tenant => "tenant",
            Self::Organization => "organization",
            Self::Other(word) => word.as_str(),
        }
    }
}

/// The published controls that a control covers, by their ids there. Empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Standards {
    /// Recommendations of the CIS AWS Foundations Benchmark 3.0.0.
    pub cis_3: Vec<String>,
    /// Recommendations of the CIS AWS Foundations Benchmark 5.0.0.
    pub cis_5: Vec<String>,
    /// Controls of AWS Security Hub CSPM.
    pub security_hub: Vec<String>,
}

impl Standards {
    /// Each with the name of its standard, such as `CIS AWS Foundations Benchmark v5.0.0 3.1`.
    pub fn in_words(&self) -> Vec<String> {
        let of = |standard: &str, ids: &[String]| -> Vec<String> {
            let named = ids.iter().map(|id| format!("{standard} {id}"));
            named.collect()
        };
        let mut all = of("CIS AWS Foundations Benchmark v3.0.0", &self.cis_3);
        all.extend(of("CIS AWS Foundations Benchmark v5.0.0", &self.cis_5));
        all.extend(of("AWS Security Hub", &self.security_hub));
        all
    }
}

/// What a control came to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ControlState {
    /// It holds.
    Passed,
    /// It does not: there is an open finding of it.
    Failed,
    /// It has no meaning for this tenant.
    NotApplicable,
    /// It could not be read.
    NotVerifiable,
    /// What another release says.
    #[serde(untagged)]
    #[schemars(skip)]
    Other(Word),
}

impl ControlState {
    /// The word for people and programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable => "not-applicable",
            Self::NotVerifiable => "not-verifiable",
            Self::Other(word) => word.as_str(),
        }
    }
}
