//! What the catalogue says of controls that are judged, beside what stands with them.

use tenancy::{Control, control::RepairedBy};

use super::{Covers, described};
use crate::declaration::ControlWords;

/// Id, what it is read by, who repairs it, and what it covers.
type Row = (&'static str, &'static str, RepairedBy, Covers);

const TRAILS: &str = "cloudtrail DescribeTrails, GetTrailStatus, GetEventSelectors";
const SUMMARY: &str = "iam GetAccountSummary";

const ROWS: &[Row] = &[
    (
        "TNT.ACCOUNT.1",
        "organizations DescribeAccount",
        RepairedBy::Organization,
        Covers::NONE,
    ),
    (
        "TNT.ALERTING.1",
        "sns ListSubscriptionsByTopic",
        RepairedBy::Tenant,
        Covers::NONE,
    ),
    (
        "TNT.IAM.1",
        "iam ListAccessKeys",
        RepairedBy::Tenant,
        Covers::NONE,
    ),
    (
        "TNT.IAM.2",
        "iam GetAccountAuthorizationDetails",
        RepairedBy::Tenant,
        Covers::NONE,
    ),
    (
        "TNT.IAM.3",
        "iam GetLoginProfile",
        RepairedBy::Tenant,
        Covers::NONE,
    ),
    (
        "TNT.NETWORK.1",
        "ec2 DescribeVpcs, DescribeInternetGateways",
        RepairedBy::Tenant,
        Covers::NONE,
    ),
    (
        "TNT.ROOT.1",
        SUMMARY,
        RepairedBy::Organization,
        Covers::of(&["IAM.4"], &["1.3"], &["1.4"]),
    ),
    (
        "TNT.ROOT.2",
        SUMMARY,
        RepairedBy::Organization,
        Covers::of(&["IAM.9"], &["1.4"], &["1.5"]),
    ),
    // Where the organization's trail records, these four together are what the benchmarks ask of a trail.
    (
        "TNT.TRAIL.1",
        TRAILS,
        RepairedBy::Organization,
        Covers::NONE,
    ),
    (
        "TNT.TRAIL.2",
        TRAILS,
        RepairedBy::Organization,
        Covers::of(&["CloudTrail.1"], &["3.1"], &["3.1"]),
    ),
    (
        "TNT.TRAIL.3",
        TRAILS,
        RepairedBy::Organization,
        Covers::of(&["CloudTrail.4"], &["3.2"], &["3.2"]),
    ),
    (
        "TNT.TRAIL.4",
        TRAILS,
        RepairedBy::Organization,
        Covers::NONE,
    ),
    (
        "TNT.TRAIL.5",
        TRAILS,
        RepairedBy::Organization,
        Covers::NONE,
    ),
    (
        "TNT.TRAIL.6",
        "cloudtrail DescribeTrails",
        RepairedBy::Tenant,
        Covers::NONE,
    ),
];

/// The control of these words. One without a row here is read and repaired by whoever its remedy names.
pub(crate) fn control(words: ControlWords) -> Option<Control> {
    let id = words.id.parse().ok()?;
    let row = ROWS.iter().find(|(id, ..)| *id == words.id);
    let (reads, repaired_by, covers) = match row {
        Some((_, reads, repaired_by, covers)) => (*reads, *repaired_by, *covers),
        None => ("what its component reads", RepairedBy::Tenant, Covers::NONE),
    };
    Some(described(
        id,
        words.component,
        (words.title.to_owned(), words.severity),
        (reads, words.remedy),
        (repaired_by, covers),
    ))
}

/// Ids with a row here.
#[cfg(test)]
pub(crate) fn ids() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(id, ..)| *id)
}
