//! What of the analyzers only we write to.

use crate::{desired::Deployment, protected::Protected};

/// The analyzers.
pub(crate) const ANALYZERS: Protected = Protected::of(
    "OurAnalyzers",
    &[
        "access-analyzer:Get*",
        "access-analyzer:List*",
        "access-analyzer:Start*",
    ],
    analyzers,
);

fn analyzers(account: &str, _: &Deployment) -> Vec<String> {
    // Findings and archive rules are below the analyzer.
    vec![format!(
        "arn:aws:access-analyzer:*:{account}:analyzer/tenantry-*"
    )]
}
