//! What of the forwarding only we write to.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// Rules.
pub(crate) const RULES: Protected =
    Protected::of("OurRules", &["events:Describe*", "events:List*"], rules);

fn rules(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!(
        "arn:aws:events:*:{account}:rule/{}",
        names::FORWARDING_RULE
    )]
}
