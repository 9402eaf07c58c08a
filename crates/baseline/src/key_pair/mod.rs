//! The tenant's EC2 key pair: one in each Region of its spec (ED25519), by which its people sign in to machines.
//!
//! # Guarantees
//! The private half is made once, by us, and kept only in the tenant's own Secrets Manager: no log, event, answer or ledger row has it.
//! It is written first, and the public half that EC2 gets is derived from what was written: whatever is lost on the way, there is one
//! secret and one key pair, and they fit. Neither can be made twice, for both are known by their names; so nothing is noted first. With
//! `encryption: tenant-key` the secret is encrypted by the tenant's key of the Region.
//! A version of the secret that we write is named after the fingerprint of its key. So an audit sees which key it holds, and whether the
//! key pair fits, without reading it: the value is read by the provisioner only, to import its public half.
//! # Assumptions
//! Secrets Manager takes no other value under the name of a version that it has (API reference, `PutSecretValue`).
//! # Caveats
//! A private key that somebody deleted for good is replaced, and with it the key pair: machines that were launched before keep
//! trusting the old one. A secret that is no longer wanted can be had back for thirty days, after a departure for seven: the account is
//! closed, and a private key should not outlast it longer than Secrets Manager demands.
//! # Cost
//! 0.40 dollars a month for each Region; key pairs are free. Two reads of the secret and one of the key pair.

#[cfg(test)]
mod tests;
mod watched;

use serde_json::json;
use tenancy::{ComponentName, EffectiveSpec, names};

pub use self::watched::WATCHED;
use crate::{
    component::Wait,
    declared::{Declared, Observation, Resources, Wanted, owned},
    desired::Desired,
    keys::Keys,
    policy::{Grant, Grants, Scope},
    resources::{KeyPair, Secret},
};

/// The tenant's EC2 key pairs, and the secrets with their private halves.
pub struct KeyPairs;

impl KeyPairs {
    /// The output with the fingerprint of the private key in a Region.
    pub const FINGERPRINT: &'static str = "fingerprint";
}

impl Declared for KeyPairs {
    const NAME: ComponentName = ComponentName::KEY_PAIR;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS, ComponentName::KEYS];
    const RECORDED: bool = true;

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.key_pair
    }

    fn waits_for(spec: &EffectiveSpec, need: ComponentName) -> bool {
        need != ComponentName::KEYS || spec.encrypts_with_keys()
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let tags = || desired.tags(Self::NAME);
        let in_region = |region| {
            let secret = Secret::key(region, names::KEY_PAIR_SECRET);
            let (key, unknown) = Keys::encrypting(desired, region);
            let fits = desired
                .outputs
                .get(Self::NAME, Self::FINGERPRINT, Some(region));
            let pair = KeyPair {
                fingerprint: fits.map(str::to_owned),
                tags: tags(),
                id: None,
            };
            let pair = Wanted::of(&pair)
                .called(format!("{region}.key-pair"))
                .after([secret.clone()])
                .once(secret.clone(), "deletion")
                .once(secret.clone(), "value");
            let private = Wanted::of(&Secret::wanted(tags(), key))
                .called(format!("{region}.private-key"))
                .unknown(unknown);
            [
                (secret, private),
                (KeyPair::key(region, names::KEY_PAIR), pair),
            ]
        };
        Ok(desired.spec.regions.iter().flat_map(in_region).collect())
    }

    fn teach(seen: &Observation, desired: &mut Desired) {
        for region in desired.spec.regions.clone() {
            let key = Secret::key(&region, names::KEY_PAIR_SECRET);
            let secret = owned::<Secret>(Self::NAME, desired, seen, &key);
            if let Some(fingerprint) = secret.and_then(|secret| secret.fingerprint) {
                desired
                    .outputs
                    .set(Self::NAME, Self::FINGERPRINT, Some(&region), fingerprint);
            }
        }
    }

    fn grants(scope: &Scope) -> Grants {
        let account = &scope.account;
        let pair = || {
            vec![format!(
                "arn:aws:ec2:*:{account}:key-pair/{}",
                names::KEY_PAIR
            )]
        };
        // Secrets Manager chooses the end of the ARN.
        let secret = || {
            vec![format!(
                "arn:aws:secretsmanager:*:{account}:secret:{}*",
                names::KEY_PAIR_SECRET
            )]
        };
        let keys = vec![format!("arn:aws:kms:*:{account}:key/*")];
        let by_secrets =
            json!({ "StringLike": { "kms:ViaService": "secretsmanager.*.amazonaws.com" } });
        Grants {
            reads: vec![
                Grant::on_all("LookAtKeyPairs", &["ec2:DescribeKeyPairs"]),
                Grant::on("LookAtPrivateKeys", SECRET_READS, secret()),
            ],
            writes: vec![
                Grant::on("BuildKeyPairs", WRITES, pair()),
                Grant::on("KeepPrivateKeys", SECRET_WRITES, secret()),
                Grant::on("EncryptPrivateKeys", USES, keys).when(by_secrets),
            ],
            removals: vec![
                Grant::on("RemoveKeyPairs", &["ec2:DeleteKeyPair"], pair()),
                Grant::on(
                    "RemovePrivateKeys",
                    &["secretsmanager:DeleteSecret"],
                    secret(),
                ),
            ],
        }
    }
}

const SECRET_READS: &[&str] = &[
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
];

/// Those of a Region that the spec no longer has are removed by the provisioner.
const WRITES: &[&str] = &[
    "ec2:CreateTags",
    "ec2:DeleteKeyPair",
    "ec2:DeleteTags",
    "ec2:ImportKeyPair",
];

const SECRET_WRITES: &[&str] = &[
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:RestoreSecret",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
];

/// Source: Secrets Manager API reference, `CreateSecret` and `UpdateSecret`, required permissions.
const USES: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
