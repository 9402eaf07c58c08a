//! What each of our roles needs for the trail and its bucket.

use tenancy::names;

use crate::policy::{Grant, Grants, Scope};

pub(super) fn grants(scope: &Scope) -> Grants {
    let account = &scope.account;
    let trail = || {
        vec![format!(
            "arn:aws:cloudtrail:*:{account}:trail/{}",
            names::TRAIL
        )]
    };
    let bucket = || vec![format!("arn:aws:s3:::tenantry-trail-{account}-*")];
    let mut grants = Grants {
        reads: vec![
            Grant::on_all("ReadTrail", READS),
            Grant::on("ReadTrailBucket", BUCKET_READS, bucket()),
        ],
        writes: vec![
            Grant::on("BuildTrail", WRITES, trail()),
            Grant::on("BuildTrailBucket", BUCKET_WRITES, bucket()),
        ],
        removals: vec![Grant::on("RemoveTrail", REMOVALS, trail())],
    };
    if scope.extras.trail_copy {
        let copy = of_copy(scope);
        grants.reads.extend(copy.reads);
        grants.writes.extend(copy.writes);
        grants.removals.extend(copy.removals);
    }
    grants
}

/// For the copy in a log group, and the role by which CloudTrail writes it.
fn of_copy(scope: &Scope) -> Grants {
    let role = || scope.management_role(names::TRAIL_LOGS_ROLE);
    let groups = || scope.trail_log_groups();
    Grants {
        reads: vec![Grant::on_all("ReadTrailLogs", COPY_READS)],
        writes: vec![
            Grant::on("BuildTrailLogs", LOGS, groups()),
            Grant::pass("PassTrailLogsRole", role(), "cloudtrail.amazonaws.com"),
        ],
        removals: vec![
            Grant::on("RemoveTrailLogs", REMOVE_LOGS, groups()),
            Grant::on("RemoveTrailLogsRole", REMOVE_ROLE, vec![role()]),
        ],
    }
}

const READS: &[&str] = &[
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags",
];

const COPY_READS: &[&str] = &[
    "iam:GetAccountAuthorizationDetails",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
];

const BUCKET_READS: &[&str] = &[
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
];

const WRITES: &[&str] = &[
    "cloudtrail:AddTags",
    "cloudtrail:CreateTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:RemoveTags",
    "cloudtrail:StartLogging",
    "cloudtrail:UpdateTrail",
];

const BUCKET_WRITES: &[&str] = &[
    "s3:CreateBucket",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
];

const LOGS: &[&str] = &[
    "logs:CreateLogGroup",
    "logs:DisassociateKmsKey",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
];

/// A group that somebody protected is deleted only once it no longer is.
const REMOVE_LOGS: &[&str] = &["logs:DeleteLogGroup", "logs:PutLogGroupDeletionProtection"];

const REMOVE_ROLE: &[&str] = &[
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
];

const REMOVALS: &[&str] = &["cloudtrail:DeleteTrail"];
