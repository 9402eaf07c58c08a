//! What of the resource groups only we write to.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// The groups.
pub(crate) const GROUPS: Protected = Protected::of(
    "OurGroups",
    &[
        "resource-groups:Get*",
        "resource-groups:List*",
        "resource-groups:Search*",
    ],
    groups,
);

fn groups(account: &str, _: &Deployment) -> Vec<String> {
    let prefix = names::RESOURCE_GROUP;
    vec![format!(
        "arn:aws:resource-groups:*:{account}:group/{prefix}*"
    )]
}
