//! Analyzers of IAM Access Analyzer: what is open to others, in each Region, and by blueprint what nobody uses.
//!
//! # Guarantees
//! In each Region of the spec an analyzer finds what is shared outside the account (CIS AWS Foundations 1.20). Where the blueprint
//! says after how many days, one more in the first Region finds roles, keys and permissions that nobody used. An account has room for
//! one of each type in a Region: one that is not ours counts as what it is. It is good if it works as ours would, otherwise a finding
//! for a person, and is never changed or deleted.
//! # Caveats
//! What the analyzers find is read by the tenant's people; to archive findings, by hand or by a rule, is closed to them by the guardrail.
//! Archive rules are not watched. Another number of days takes another analyzer: the old one is deleted with its findings. An analyzer of
//! the organization is in another account and is not seen here.
//! # Cost
//! External access: nothing. Unused access: 0.20 dollars a month for each role and user of the account (price of August 2026). One
//! read in each Region.

mod analyzer;
#[cfg(test)]
mod asks;
pub(crate) mod protected;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::json;
use tenancy::{ComponentName, EffectiveSpec, names};

pub use self::analyzer::Analyzer;
use crate::{
    component::Wait,
    declared::{Declared, Observation, Resources, Wanted, resources},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grant, Grants, Scope},
    watched::Properties,
};

/// The analyzers of the account.
pub struct AccessAnalyzers;

/// Who analyzes for AWS, and by which role.
const SERVICE: &str = "access-analyzer.amazonaws.com";
const SERVICE_ROLE: &str = "AWSServiceRoleForAccessAnalyzer";

impl Declared for AccessAnalyzers {
    const NAME: ComponentName = ComponentName::ACCESS_ANALYZER;
    const RECORDED: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[analyzer::WATCHED];

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.access_analyzer || spec.unused_access_days.is_some()
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let tags = || desired.tags(Self::NAME);
        let spec = &desired.spec;
        let external = spec.regions.iter().filter(|_| spec.access_analyzer);
        let external = external.map(|region| {
            let wanted = Wanted::of(&Analyzer::external(tags()));
            let key = Analyzer::key(names::EXTERNAL_ACCESS, region);
            (key, wanted.called(format!("{region}.external-access")))
        });
        let unused = desired.home_region().zip(spec.unused_access_days);
        let unused = unused.map(|(region, days)| {
            let wanted = Wanted::of(&Analyzer::unused(days, tags()));
            let key = Analyzer::key(names::UNUSED_ACCESS, region);
            (key, wanted.called(format!("{region}.unused-access")))
        });
        Ok(external.chain(unused).collect())
    }

    fn grants(scope: &Scope) -> Grants {
        let account = &scope.account;
        let analyzers = || {
            vec![format!(
                "arn:aws:access-analyzer:*:{account}:analyzer/tenantry-*"
            )]
        };
        let role = format!("arn:aws:iam::{account}:role/aws-service-role/{SERVICE}/{SERVICE_ROLE}");
        let of_service = json!({ "StringEquals": { "iam:AWSServiceName": SERVICE } });
        Grants {
            reads: vec![Grant::on_all(
                "ReadAnalyzers",
                &["access-analyzer:ListAnalyzers"],
            )],
            writes: vec![
                Grant::on("KeepAnalyzers", WRITES, analyzers()),
                Grant::on("LetAnalyze", &["iam:CreateServiceLinkedRole"], vec![role])
                    .when(of_service),
            ],
            removals: vec![Grant::on(
                "RemoveAnalyzers",
                &["access-analyzer:DeleteAnalyzer"],
                analyzers(),
            )],
        }
    }

    fn drift_controls() -> &'static [DriftControl] {
        analyzer::DRIFT
    }

    /// One that is not ours is named as what it is.
    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let mut all = resources(<Self as Declared>::NAME, desired, seen);
        for key in seen.0.keys() {
            let found: Option<Analyzer> = seen.present(key);
            if let Some(other) = found.and_then(|found| found.other) {
                all.insert(key.to_string(), other);
            }
        }
        all
    }
}

/// The analyzer of a Region that the spec no longer has is removed by the provisioner.
const WRITES: &[&str] = &[
    "access-analyzer:CreateAnalyzer",
    "access-analyzer:DeleteAnalyzer",
    "access-analyzer:TagResource",
    "access-analyzer:UntagResource",
    "access-analyzer:UpdateAnalyzer",
];
