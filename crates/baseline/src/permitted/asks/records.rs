//! What records the account: trail, bucket, log groups.

use super::{Ask, account, all, text, wanted_text};
use crate::{
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(super) fn log_group(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let region = change.key.region().unwrap();
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:logs:{region}:{account}:log-group:{name}");
    let create = ["logs:CreateLogGroup", "logs:TagResource"];
    match &change.effect {
        declared::Effect::Create { .. } => all(&create, &arn),
        declared::Effect::Delete { .. } => all(&["logs:DeleteLogGroup"], &arn),
        declared::Effect::Set { fields, wanted, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "retention" => "logs:PutRetentionPolicy",
                "tags" => "logs:TagResource",
                "key" if field.value(wanted).is_null() => "logs:DisassociateKmsKey",
                "key" => "logs:AssociateKmsKey",
                "protected" => "logs:PutLogGroupDeletionProtection",
                other => panic!("the call `{other}` of a log group has no row here"),
            };
            fields
                .iter()
                .map(|field| Ask::of(of(field), &arn))
                .collect()
        }
    }
}

pub(super) fn bucket(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let arn = format!("arn:aws:s3:::{}", change.key.name);
    match &change.effect {
        declared::Effect::Create { .. } => all(&["s3:CreateBucket"], &arn),
        declared::Effect::Delete { .. } => panic!("a bucket goes with its account"),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "tags" => "s3:PutBucketTagging",
                "versioning" => "s3:PutBucketVersioning",
                "encryption" => "s3:PutEncryptionConfiguration",
                "public-access-block" | "publicAccessBlock" => "s3:PutBucketPublicAccessBlock",
                "object-ownership" | "objectOwnership" => "s3:PutBucketOwnershipControls",
                "policy" => "s3:PutBucketPolicy",
                "lifecycle" => "s3:PutLifecycleConfiguration",
                other => panic!("the call `{other}` of a bucket has no row here"),
            };
            fields
                .iter()
                .map(|field| Ask::of(of(field), &arn))
                .collect()
        }
    }
}

pub(super) fn trail(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let home = text(change, "home");
    let (account, name) = (account(desired), &change.key.name);
    let arn = format!("arn:aws:cloudtrail:{home}:{account}:trail/{name}");
    match &change.effect {
        declared::Effect::Create { .. } => {
            all(&["cloudtrail:CreateTrail", "cloudtrail:AddTags"], &arn)
        }
        declared::Effect::Delete { .. } => all(&["cloudtrail:DeleteTrail"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "properties" => "cloudtrail:UpdateTrail",
                "events" => "cloudtrail:PutEventSelectors",
                "logging" => "cloudtrail:StartLogging",
                "tags" => "cloudtrail:AddTags",
                other => panic!("the call `{other}` of a trail has no row here"),
            };
            let passed = wanted_text(change, "copiesBy").map(|role| {
                Ask::of("iam:PassRole", role)
                    .with("iam:PassedToService", "cloudtrail.amazonaws.com")
            });
            let asks = fields.iter().map(|field| Ask::of(of(field), &arn));
            asks.chain(passed).collect()
        }
    }
}
