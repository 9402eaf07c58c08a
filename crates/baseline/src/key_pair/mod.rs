//! The tenant's EC2 key pair: one in each Region of its spec (ED25519), by which its people sign in to machines.
//!
//! # Guarantees
//! The private half is made once, by us, and kept only in the tenant's own Secrets Manager: no log, event, answer or ledger row has it.
//! It is written first, and the public half that EC2 gets is derived from what was written: whatever is lost on the way, there is one
//! secret and one key pair, and they fit. Neither can be made twice, for both are known by their names; so nothing is noted first. With
//! `encryption: tenant-key` the secret is encrypted by the tenant's key of the Region.
//! A version of the secret that we write is named after the fingerprint of its key. So an audit sees which key it holds, and whether the
//! key pair fits, without reading it: the value is read by the provisioner only, to import its public half.
//! The function `credentials` hands the private key out: by a role of its own in the account, which may read these secrets and nothing else.
//! A rotation retires the fingerprint that a key pair has: what holds a retired key is not as wanted and gets a new one, once, whatever is lost.
//! # Assumptions
//! Secrets Manager takes no other value under the name of a version that it has (API reference, `PutSecretValue`).
//! # Caveats
//! Machines trust the key that they were launched with: a rotation does not change that. The last 32 retired fingerprints are known; Secrets Manager
//! deletes versions without a label, so older ones cannot be put back for long.
//! A private key that somebody deleted for good is replaced, and with it the key pair: machines that were launched before keep
//! trusting the old one. A secret that is no longer wanted can be had back for thirty days, after a departure for seven: the account is
//! closed, and a private key should not outlast it longer than Secrets Manager demands.
//! # Cost
//! 0.40 dollars a month for each Region; key pairs are free. Two reads of the secret and one of the key pair; the role is read with all others.

mod grants;
pub(crate) mod protected;
mod reader;
#[cfg(test)]
mod tests;
mod watched;

use std::collections::BTreeMap;

use tenancy::{ComponentName, EffectiveSpec, Region, names};

use crate::{
    component::Wait,
    declared::{Declared, Key, Observation, Observed, Resources, Wanted, owned, resources},
    desired::Desired,
    drift_control::DriftControl,
    keys::Keys,
    policy::{Grants, Scope},
    resources::{KeyPair, Secret},
    watched::Properties,
};

/// The tenant's EC2 key pairs, and the secrets with their private halves.
pub struct KeyPairs;

impl KeyPairs {
    /// The output with the fingerprint of the private key in a Region.
    pub const FINGERPRINT: &'static str = "fingerprint";

    /// Under which name the ledger records the fingerprint of the private key in a Region.
    pub fn recorded_fingerprint(region: &Region) -> String {
        format!("{region}.private-key.{}", Self::FINGERPRINT)
    }
}

impl Declared for KeyPairs {
    const NAME: ComponentName = ComponentName::KEY_PAIR;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS, ComponentName::KEYS];
    const RECORDED: bool = true;
    const LINGERS: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[watched::WATCHED];

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.key_pair
    }

    fn waits_for(spec: &EffectiveSpec, need: ComponentName) -> bool {
        need != ComponentName::KEYS || spec.encrypts_with_keys()
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let account = desired.account.as_ref().ok_or_else(|| Wait {
            waiting_for: "the account to be known".into(),
            after_secs: 30,
        })?;
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
        let reader = (reader::key(), reader::wanted(desired, account));
        let all = desired.spec.regions.iter().flat_map(in_region);
        Ok(all.chain([reader]).collect())
    }

    fn teach(seen: &Observation, desired: &mut Desired) {
        for region in desired.spec.regions.clone() {
            let key = Secret::key(&region, names::KEY_PAIR_SECRET);
            if let Some(fingerprint) = fingerprint(desired, seen, &region, &key) {
                desired
                    .outputs
                    .set(Self::NAME, Self::FINGERPRINT, Some(&region), fingerprint);
            }
        }
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        watched::DRIFT
    }

    /// With the fingerprints of the private keys, by which a rotation says which of them it replaces.
    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let mut resources = resources(Self::NAME, desired, seen);
        for region in &desired.spec.regions {
            let key = Secret::key(region, names::KEY_PAIR_SECRET);
            let fingerprint = match seen.0.get(&key) {
                Some(Observed::Unreadable(_) | Observed::Pending(_) | Observed::Closed) => {
                    recorded(desired, region)
                }
                Some(Observed::Present(_) | Observed::Absent | Observed::Left(_)) | None => {
                    fingerprint(desired, seen, region, &key)
                }
            };
            let role = Self::recorded_fingerprint(region);
            resources.extend(fingerprint.map(|fingerprint| (role, fingerprint)));
        }
        resources
    }
}

/// The fingerprint of the private key in a Region: what the secret holds, if that is ours, and otherwise the one on record.
fn fingerprint(
    desired: &Desired,
    seen: &Observation,
    region: &Region,
    key: &Key,
) -> Option<String> {
    let secret = owned::<Secret>(KeyPairs::NAME, desired, seen, key)?;
    let kept = || recorded(desired, region).or_else(|| secret.fingerprint.clone());
    match secret.value == Secret::OURS {
        true => secret.fingerprint,
        false => kept(),
    }
}

fn recorded(desired: &Desired, region: &Region) -> Option<String> {
    let role = KeyPairs::recorded_fingerprint(region);
    let known = desired.recorded.id(KeyPairs::NAME, &role);
    known.map(str::to_owned)
}
