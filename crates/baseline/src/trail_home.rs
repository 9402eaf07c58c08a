//! Where the tenant's trail is, with its bucket and the log group of its copy, and where a key must be because the trail is there. Apart from
//! both: the trail is encrypted by a key, and which keys there are depends on where the trail is.

use tenancy::{ComponentName, Region, blueprint::TrailKind, names};

use crate::{
    declared::{Key, Resource},
    desired::Desired,
    resources::{Bucket, KmsKey},
};

/// The kind of the trail as a declared resource.
pub(crate) const KIND: &str = "trail";

/// The output with the ARN of our trail as it was observed: its home stays where it was made, whatever becomes of the spec's Regions.
pub(crate) const ARN: &str = "arn";

/// The role under which the key that encrypts the trail is recorded.
pub(crate) const KEY: &str = "key";

/// The key of the one trail we make, as a declared resource.
pub(crate) fn own_trail() -> Key {
    Key::in_account(KIND, names::TRAIL.to_owned())
}

/// The Region of the trail: where it was made, and for a new one the tenant's first. Known before anything is observed, from what was
/// recorded of it, or of its bucket, which stays where a trail was deleted.
pub fn home(desired: &Desired) -> Option<Region> {
    let observed = desired.outputs.get(ComponentName::TRAIL, ARN, None);
    let recorded = || {
        let key = own_trail();
        desired.recorded.id_of(ComponentName::TRAIL, &key)
    };
    let of_trail = observed.or_else(recorded).and_then(region_of_arn);
    let of_bucket = || region_of_bucket(desired);
    let first = || desired.home_region().cloned();
    of_trail.or_else(of_bucket).or_else(first)
}

fn region_of_arn(arn: &str) -> Option<Region> {
    arn.split(':').nth(3)?.parse().ok()
}

/// The Region of the bucket that was recorded: its name ends with it.
fn region_of_bucket(desired: &Desired) -> Option<Region> {
    let account = desired.account.as_ref()?;
    let buckets = desired
        .recorded
        .keys(ComponentName::TRAIL, &[Bucket::KIND.name]);
    let region = |bucket: &Key| {
        let (_, end) = bucket.name.split_once(account.as_str())?;
        let region: Region = end.strip_prefix('-')?.parse().ok()?;
        (names::trail_bucket(account, &region) == bucket.name).then_some(region)
    };
    buckets.iter().find_map(region)
}

/// The Regions in which the trail needs the tenant's key, whichever the spec has: its home, where the key is to encrypt it; and that of the
/// key which was recorded to encrypt it, until it does so no more.
pub(crate) fn needs_key_in(desired: &Desired) -> impl Iterator<Item = Region> {
    let spec = &desired.spec;
    let is_encrypted = spec.trail == TrailKind::Tenant && spec.encrypts_with_keys();
    let wanted = home(desired).filter(|_| is_encrypted);
    wanted.into_iter().chain(region_of_key(desired))
}

/// The Region of the key that was recorded to encrypt the trail, if it is the one that we made there: it goes after the trail was taken off
/// it.
fn region_of_key(desired: &Desired) -> Option<Region> {
    let arn = desired.recorded.id(ComponentName::TRAIL, KEY)?;
    let region = region_of_arn(arn)?;
    let own = KmsKey::key(&region);
    let id = desired.recorded.id_of(ComponentName::KEYS, &own)?;
    arn.ends_with(&format!(":key/{id}")).then_some(region)
}
