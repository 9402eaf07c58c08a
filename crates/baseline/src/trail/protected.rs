//! What of the record only we write to.

use tenancy::names;

use crate::{desired::Deployment, protected::Protected};

/// The trail.
pub(crate) const TRAIL: Protected = Protected::of(
    "OurTrail",
    &[
        "cloudtrail:Describe*",
        "cloudtrail:Get*",
        "cloudtrail:List*",
        "cloudtrail:Lookup*",
    ],
    trail,
);

fn trail(account: &str, _: &Deployment) -> Vec<String> {
    vec![format!(
        "arn:aws:cloudtrail:*:{account}:trail/{}",
        names::TRAIL
    )]
}

/// Its bucket.
pub(crate) const BUCKET: Protected =
    Protected::of("OurTrailBucket", &["s3:Get*", "s3:List*"], bucket);

fn bucket(account: &str, _: &Deployment) -> Vec<String> {
    // In any account: `tenantry-trail-*`, for a name that ends in stars twice would be no narrower.
    let place = if account == "*" {
        "*".to_owned()
    } else {
        format!("{account}-*")
    };
    let bucket = format!("arn:aws:s3:::tenantry-trail-{place}");
    vec![bucket.clone(), format!("{bucket}/*")]
}
