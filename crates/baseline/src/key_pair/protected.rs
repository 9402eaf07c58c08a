//! What of the key pairs only we write to.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// The secrets with their private halves.
pub(crate) const SECRETS: Protected = Protected::of(
    "OurSecrets",
    &[
        "secretsmanager:BatchGet*",
        "secretsmanager:Describe*",
        "secretsmanager:Get*",
        "secretsmanager:List*",
    ],
    secrets,
);

/// Secrets Manager chooses the end of the ARN.
fn secrets(account: &str, _: &Deployment) -> Vec<String> {
    let name = names::KEY_PAIR_SECRET;
    vec![format!(
        "arn:aws:secretsmanager:*:{account}:secret:{name}-*"
    )]
}

/// Their public halves. Machines are launched with them.
pub(crate) const KEY_PAIRS: Protected = Protected::of(
    "OurKeyPair",
    &[
        "ec2:*Fleet*",
        "ec2:*Instances",
        "ec2:Describe*",
        "ec2:Request*",
        // Tags of the tenant's own; ours are denied by their keys.
        "ec2:*Tags",
    ],
    key_pairs,
);

fn key_pairs(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!(
        "arn:aws:ec2:*:{account}:key-pair/{}",
        names::KEY_PAIR
    )]
}
