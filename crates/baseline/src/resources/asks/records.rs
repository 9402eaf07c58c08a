//! Log groups, with what filters them, alarms, and buckets.

use crate::{
    asks::{Ask, account, all, text},
    declared::{self, FieldRef, ResourceChange},
    desired::Desired,
};

pub(in crate::resources) fn log_group(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
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

pub(in crate::resources) fn metric_filter(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let group = text(change, "group");
    let arn = format!("arn:aws:logs:{region}:{account}:log-group:{group}");
    match change.effect {
        declared::Effect::Delete { .. } => all(&["logs:DeleteMetricFilter"], &arn),
        declared::Effect::Create { .. } | declared::Effect::Set { .. } => {
            all(&["logs:PutMetricFilter"], &arn)
        }
    }
}

pub(in crate::resources) fn alarm(desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let (region, account) = (change.key.region().unwrap(), account(desired));
    let name = &change.key.name;
    let arn = format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}");
    match &change.effect {
        declared::Effect::Create { .. } => all(
            &["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"],
            &arn,
        ),
        declared::Effect::Delete { .. } => all(&["cloudwatch:DeleteAlarms"], &arn),
        declared::Effect::Set { fields, .. } => {
            let of = |field: &FieldRef| match field.call() {
                "alarm" => all(&["cloudwatch:PutMetricAlarm"], &arn),
                "tags" => all(
                    &["cloudwatch:TagResource", "cloudwatch:UntagResource"],
                    &arn,
                ),
                other => panic!("the call `{other}` of an alarm has no row here"),
            };
            fields.iter().flat_map(of).collect()
        }
    }
}

pub(in crate::resources) fn bucket(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
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
