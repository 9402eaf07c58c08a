//! The record of what happens in the account: its own trail in its own bucket, by blueprint with a copy in a log group, or the
//! organization's trail.
//!
//! # Guarantees
//! A trail is made in the tenant's first Region. That is its home for good: it, its bucket and the log group of its copy stay there,
//! whatever becomes of the spec's Regions. With `encryption: tenant-key` all three are encrypted with the tenant's key of the home Region,
//! which stays as long; where the key is to encrypt no more, it goes after they were taken off it.
//! The bucket is never deleted and nothing in it either: on the way out the trail goes, for trails outlive their account, and the
//! record stays until AWS removes the closed account; encrypted with the tenant's key, it can be read until that is deleted, thirty
//! days after a departure. A blueprint that changes to the organization's trail leaves the tenant's own where it is, since repair never
//! deletes. What is wrong with the organization's trail is a finding, which parks nobody.
//! Trails that others made are reported and left alone. A log group that a blueprint no longer asks for stays with what it holds, and
//! the trail stops copying to it; both it and its role go with the tenant, after the trail.
//! # Cost
//! The copy: what Logs bills for what comes in, 0.50 dollars a GB, and 0.03 a GB and month for what it keeps.

#[cfg(test)]
mod asks;
mod copy;
mod grants;
mod organization;
mod others;
mod own;
pub(crate) mod protected;
#[cfg(test)]
mod tests;
mod watched;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenancy::{AccountId, ComponentName, EffectiveSpec, Region, blueprint::TrailKind, names};

pub(crate) use self::copy::{is_wanted as is_copied, needs_rights as needs_copy_rights};
pub use self::{organization::OrganizationTrail, others::OtherTrails, own::OwnTrail};
pub use crate::trail_home::home;
use crate::{
    component::{Departure, Wait},
    control::Control,
    declared::{self, Declared, Key, Observation, Observed, Resources, Wanted, owned},
    desired::Desired,
    drift_control::DriftControl,
    keys::Keys,
    policy::{Grants, Scope},
    resources::{Bucket, Lifecycle, LogGroup},
    trail_home::{ARN, KEY},
    watched::Properties,
};

/// The record of what happens in the account.
pub struct Trail;

impl Trail {
    /// The output that the log group of the trail's copy is there, in the Region of this output: its name.
    pub const LOG_GROUP: &'static str = "log-group";
}

impl Declared for Trail {
    const NAME: ComponentName = ComponentName::TRAIL;
    const NEEDS: &'static [ComponentName] = &[ComponentName::ACCESS, ComponentName::KEYS];
    const DEPARTURE: Departure = Departure::Recorder;
    const WATCHED: &'static [&'static [Properties]] = &[watched::WATCHED];

    fn waits_for(spec: &EffectiveSpec, need: ComponentName) -> bool {
        need != ComponentName::KEYS || spec.encrypts_with_keys()
    }

    fn wanted(desired: &Desired) -> Result<Resources, Wait> {
        if desired.spec.trail == TrailKind::Organization && !desired.leaving() {
            let observed = Wanted::of(&OrganizationTrail::default());
            let mut wanted = BTreeMap::from([
                (OrganizationTrail::KEY, observed),
                (OtherTrails::KEY, Wanted::of(&OtherTrails::default())),
            ]);
            wanted.extend(left_encrypted(desired));
            return Ok(wanted);
        }
        let (Some(account), Some(home)) = (&desired.account, home(desired)) else {
            return Err(Wait {
                waiting_for: "the account to be known".into(),
                after_secs: 30,
            });
        };
        Ok(own(desired, account, &home))
    }

    fn teach(seen: &Observation, desired: &mut Desired) {
        let trail = owned::<OwnTrail>(Self::NAME, desired, seen, &OwnTrail::key());
        if let Some(trail) = trail {
            desired.outputs.set(Self::NAME, ARN, None, trail.arn);
        }
        copy::teach(seen, desired);
    }

    fn grants(scope: &Scope) -> Grants {
        grants::grants(scope)
    }

    fn drift_controls() -> &'static [DriftControl] {
        watched::DRIFT
    }

    fn controls() -> &'static [Control<Observation>] {
        organization::CONTROLS
    }

    fn resources(desired: &Desired, seen: &Observation) -> BTreeMap<String, String> {
        let named = |name: &str, value| (name.to_owned(), value);
        let own = owned::<OwnTrail>(Self::NAME, desired, seen, &OwnTrail::key());
        let own = own.into_iter().flat_map(|trail| {
            [
                named("trail", trail.arn),
                named("bucket", trail.delivers_to),
            ]
        });
        let key = encrypted_by(desired, seen).or_else(|| may_be_encrypted_by(desired, seen));
        let key = key.map(|key| named(KEY, key));
        let shared = seen.present::<OrganizationTrail>(&OrganizationTrail::KEY);
        let shared = shared.map(|trail| named("organization-trail", trail.arn));
        let ids = declared::ids(Self::NAME, desired, seen);
        let copy = copy::recorded(desired, seen);
        let left = left_behind(desired, seen);
        let all = left.into_iter().chain(own).chain(key).chain(shared);
        all.chain(copy).chain(ids).collect()
    }
}

/// The key of KMS that encrypts the trail, or still its bucket or its log group.
fn encrypted_by(desired: &Desired, seen: &Observation) -> Option<String> {
    let (account, home) = (desired.account.as_ref()?, home(desired)?);
    let trail = owned::<OwnTrail>(ComponentName::TRAIL, desired, seen, &OwnTrail::key());
    let bucket = || {
        let key = Bucket::key(names::trail_bucket(account, &home));
        owned::<Bucket>(ComponentName::TRAIL, desired, seen, &key)?.encryption_key
    };
    let group = || {
        let key = copy::group_key(&home);
        owned::<LogGroup>(ComponentName::TRAIL, desired, seen, &key)?.key
    };
    let of_trail = trail.and_then(|trail| trail.key);
    of_trail.or_else(bucket).or_else(group)
}

/// What was recorded of a trail that a blueprint left, so that it is not observed, or that could not be read: by this it is known for the
/// tenant's own.
fn left_behind(desired: &Desired, seen: &Observation) -> Vec<(String, String)> {
    match seen.0.get(&OwnTrail::key()) {
        Some(Observed::Present(_) | Observed::Absent | Observed::Left(_)) => Vec::new(),
        Some(Observed::Pending(_) | Observed::Unreadable(_) | Observed::Closed) | None => desired
            .recorded
            .roles_of(ComponentName::TRAIL, &OwnTrail::key()),
    }
}

/// The key that was recorded to encrypt trail, bucket or log group, where one of them is not known to be off it: by this it stays until they
/// are.
fn may_be_encrypted_by(desired: &Desired, seen: &Observation) -> Option<String> {
    let is_unknown = |key: &Key| {
        matches!(
            seen.0.get(key),
            Some(Observed::Unreadable(_) | Observed::Pending(_) | Observed::Closed)
        )
    };
    let (account, home) = (desired.account.as_ref()?, home(desired)?);
    let bucket = Bucket::key(names::trail_bucket(account, &home));
    let trail = OwnTrail::key();
    let any = [&trail, &bucket, &copy::group_key(&home)];
    let unknown = any.into_iter().any(is_unknown) || !seen.0.contains_key(&trail);
    let recorded = desired.recorded.id(ComponentName::TRAIL, KEY);
    recorded.filter(|_| unknown).map(str::to_owned)
}

/// The tenant's own trail that a blueprint left, and its bucket, while a key of the tenant's encrypts them that may go: the bucket is
/// taken off it before the trail, by which it is known that there is something to do.
fn left_encrypted(desired: &Desired) -> Resources {
    let encrypted = desired.recorded.id(ComponentName::TRAIL, KEY).is_some();
    match (&desired.account, home(desired)) {
        (Some(account), Some(home)) if encrypted && !desired.spec.encrypts_with_keys() => {
            let mut left = own(desired, account, &home);
            if let Some(trail) = left.get_mut(&OwnTrail::key()) {
                let bucket = Bucket::key(names::trail_bucket(account, &home));
                trail.once.push((bucket, "encryption"));
            }
            left
        }
        _ => Resources::new(),
    }
}

/// The bucket, and the trail into it. CloudTrail tries the bucket's policy before it makes or moves a trail.
fn own(desired: &Desired, account: &AccountId, home: &Region) -> Resources {
    let (key, unknown) = Keys::encrypting(desired, home);
    let name = names::trail_bucket(account, home);
    let known = desired.outputs.get(ComponentName::TRAIL, ARN, None);
    let arn = known.map_or_else(
        || format!("arn:aws:cloudtrail:{home}:{account}:trail/{}", names::TRAIL),
        str::to_owned,
    );
    let copy = copy::copy(desired, account);
    let tags = || desired.tags(ComponentName::TRAIL);
    let lifecycle = Lifecycle {
        objects: Some(desired.spec.trail_retention_days),
        old_versions: Some(30),
        unfinished: Some(7),
        others: None,
    };
    let policy = bucket_policy(account, &name, &arn);
    let bucket = Bucket::private(tags(), policy, lifecycle, key.clone());
    let trail = OwnTrail {
        arn,
        home: home.clone(),
        delivers_to: name.clone(),
        multi_region: true,
        global_events: true,
        validation: true,
        prefix: None,
        key,
        topic: None,
        copies_to: copy.as_ref().map(|copy| copy.group_arn.clone()),
        copies_by: copy.as_ref().map(|copy| copy.role_arn.clone()),
        events: OwnTrail::ALL_EVENTS.into(),
        logging: OwnTrail::LOGGING.into(),
        delivery_error: None,
        digest_error: None,
        copy_error: None,
        tags: tags(),
    };
    let key = Bucket::key(name);
    let trail = Wanted::of(&trail)
        .called("trail")
        .once(key.clone(), "policy")
        .unknown(unknown.clone());
    let bucket = Wanted::of(&bucket).called("bucket").unknown(unknown);
    let mut all = BTreeMap::from([
        (key, bucket),
        (OtherTrails::KEY, Wanted::of(&OtherTrails::default())),
    ]);
    all.extend(copy::wanted(desired, account));
    all.insert(OwnTrail::key(), copy::named_by(desired, trail));
    all
}

/// The bucket's policy: CloudTrail may deliver for this one trail, and nobody may speak to the bucket without TLS.
/// Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
fn bucket_policy(account: &AccountId, bucket: &str, trail_arn: &str) -> Value {
    let bucket = format!("arn:aws:s3:::{bucket}");
    let cloudtrail = json!({ "Service": "cloudtrail.amazonaws.com" });
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                // Another name would be drift in every tenant that exists, until its next pass.
                "Sid": "CloudTrailLooks",
                "Effect": "Allow",
                "Principal": cloudtrail,
                "Action": "s3:GetBucketAcl",
                "Resource": bucket,
                "Condition": { "StringEquals": { "aws:SourceArn": trail_arn } }
            },
            {
                "Sid": "CloudTrailDelivers",
                "Effect": "Allow",
                "Principal": cloudtrail,
                "Action": "s3:PutObject",
                "Resource": format!("{bucket}/AWSLogs/{account}/*"),
                "Condition": { "StringEquals": {
                    "aws:SourceArn": trail_arn,
                    "s3:x-amz-acl": "bucket-owner-full-control"
                } }
            },
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket, format!("{bucket}/*")],
                "Condition": { "Bool": { "aws:SecureTransport": "false" } }
            }
        ]
    })
}
