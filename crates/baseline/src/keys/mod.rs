//! The tenant's KMS keys: one in each Region of its spec, for the tenant's own data and for the AWS services that encrypt for the
//! account. With `encryption: tenant-key` the trail, its bucket and the log groups of ours use it too; the trail stays in the Region it was
//! made in, so there is a key in that Region also where the spec no longer has it.
//!
//! # Guarantees
//! One key in a Region, whatever is lost on the way: its creation is noted first, and a key of ours is known by its recorded id, by our
//! alias, or by its tag. A scheduled deletion is a critical finding, and cancelled. A key that is no longer wanted is scheduled for
//! deletion; that can be cancelled for thirty days, and the key is shown until it is deleted. It goes after what used it: a spec
//! without keys first takes trail, bucket and log groups off the key, and a key that only the trail needed goes in a pass after the one that
//! took the trail off it.
//! # Assumptions
//! AWS bills a key by the month, even if it is disabled; one that waits for its deletion is free.
//! # Caveats
//! What was encrypted with the key cannot be decrypted after its deletion: the tenant's data, and the log files and log events that were
//! written under it. Whoever needs them longer copies them within the thirty days. Other keys of the tenant are its own.
//! # Cost
//! 1 dollar a month for each Region, that of an encrypted trail included, and 0.03 dollars for 10,000 uses.

mod policy;
#[cfg(test)]
pub(crate) mod tests;
mod watched;

use std::collections::BTreeSet;

use tenancy::{AccountId, ComponentName, EffectiveSpec, Region, names};

use crate::{
    component::Wait,
    declared::{Declared, Observation, Resources, Wanted, owned},
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grant, Grants, Scope},
    resources::KmsKey,
    trail_home,
    watched::Properties,
};

/// The tenant's KMS keys.
pub struct Keys;

impl Keys {
    /// The output with the ARN of the key in a Region.
    pub const ARN: &'static str = "arn";

    /// The Regions in which the tenant is to have a key: those of its spec, and those in which its trail needs one.
    pub fn regions(desired: &Desired) -> BTreeSet<Region> {
        let of_spec = desired.spec.regions.iter().cloned();
        of_spec.chain(trail_home::needs_key_in(desired)).collect()
    }

    /// The key by which what we make in a Region is to be encrypted, or what to wait for; neither where AWS's own key encrypts, and on
    /// the way out.
    pub fn encrypting(desired: &Desired, region: &Region) -> (Option<String>, Option<Wait>) {
        if desired.leaving() || !desired.spec.encrypts_with_keys() {
            return (None, None);
        }
        let observed = desired.outputs.get(Self::NAME, Self::ARN, Some(region));
        let recorded = || {
            let id = desired.recorded.id_of(Self::NAME, &KmsKey::key(region))?;
            Some(arn(desired.account.as_ref(), region, &format!("key/{id}")))
        };
        let known = observed.map(str::to_owned).or_else(recorded);
        let unknown = || Wait {
            waiting_for: format!("the tenant's key in `{region}`"),
            after_secs: 30,
        };
        let wait = known.is_none().then(unknown);
        (known, wait)
    }
}

/// The account is unknown only in a preview of a new tenant.
fn arn(account: Option<&AccountId>, region: &Region, key: &str) -> String {
    let account = account.map_or("account", AccountId::as_str);
    format!("arn:aws:kms:{region}:{account}:{key}")
}

impl Declared for Keys {
    const NAME: ComponentName = ComponentName::KEYS;
    const RECORDED: bool = true;
    const LINGERS: bool = true;
    const WATCHED: &'static [&'static [Properties]] = &[watched::WATCHED];

    fn enabled(spec: &EffectiveSpec) -> bool {
        spec.keys
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        let account = desired.account.as_ref().ok_or_else(|| Wait {
            waiting_for: "the account to be known".into(),
            after_secs: 30,
        })?;
        let keys = Self::regions(desired).into_iter().map(|region| {
            let policy = policy::key_policy(account, &region);
            let key = KmsKey::wanted(desired.tags(Self::NAME), policy);
            (
                KmsKey::key(&region),
                Wanted::of(&key).called(format!("{region}.key")),
            )
        });
        Ok(keys.collect())
    }

    fn teach(seen: &Observation, desired: &mut Desired) {
        for region in Self::regions(desired) {
            let key = owned::<KmsKey>(Self::NAME, desired, seen, &KmsKey::key(&region));
            let Some(key) = key else { continue };
            // One that is only imagined has no id yet.
            let id = key.id.map(|id| format!("key/{id}"));
            let id = id.unwrap_or_else(|| names::KEY_ALIAS.to_owned());
            let arn = arn(desired.account.as_ref(), &region, &id);
            desired
                .outputs
                .set(Self::NAME, Self::ARN, Some(&region), arn);
        }
    }

    fn grants(scope: &Scope) -> Grants {
        let account = &scope.account;
        let keys = || vec![format!("arn:aws:kms:*:{account}:key/*")];
        let alias = vec![format!("arn:aws:kms:*:{account}:{}", names::KEY_ALIAS)];
        // Only a tenant with keys has its log groups encrypted by one.
        let logs = [scope.flow_log_groups(), scope.trail_log_groups()].concat();
        Grants {
            reads: vec![Grant::on_all("ReadKeys", READS)],
            writes: vec![
                Grant::on_all("MakeKeys", &["kms:CreateKey"]).when(scope.made_ours()),
                Grant::on("TagKeys", &["kms:TagResource", "kms:UntagResource"], keys()),
                Grant::on("KeepKeys", WRITES, keys()).when(scope.ours()),
                Grant::on("NameKeys", &["kms:CreateAlias", "kms:UpdateAlias"], alias),
                Grant::on("EncryptLogs", &["logs:AssociateKmsKey"], logs),
            ],
            removals: vec![
                Grant::on("RemoveKeys", &["kms:ScheduleKeyDeletion"], keys()).when(scope.ours()),
            ],
        }
    }

    fn drift_controls() -> &'static [DriftControl] {
        watched::DRIFT
    }
}

const READS: &[&str] = &[
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeys",
    "kms:ListResourceTags",
];

/// A key of a Region that the spec no longer has, and the trail does not need, is removed by the provisioner.
const WRITES: &[&str] = &[
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:UpdateAlias",
];
