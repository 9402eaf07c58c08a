//! Who may use a tenant's key: its account, by its own policies, and the services of AWS that encrypt for it.

use serde_json::{Value, json};
use tenancy::{AccountId, Region, names};

/// The policy of the key in a Region. IAM decides within the account; a service may use the key for this account's resources only, which
/// it names in the encryption context: not every service that publishes to a topic names the account it acts for.
/// Sources: KMS Developer Guide, "Default key policy"; CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail";
/// CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS"; SNS Developer Guide, "Key management".
pub(super) fn key_policy(account: &AccountId, region: &Region) -> Value {
    let trails = format!("arn:aws:cloudtrail:*:{account}:trail/{}", names::TRAIL);
    let logs = format!("arn:aws:logs:{region}:{account}:log-group:*");
    let topics = format!("arn:aws:sns:{region}:{account}:*");
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Account",
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
                "Action": "kms:*",
                "Resource": "*"
            },
            {
                "Sid": "CloudTrail",
                "Effect": "Allow",
                "Principal": { "Service": "cloudtrail.amazonaws.com" },
                "Action": "kms:GenerateDataKey*",
                "Resource": "*",
                "Condition": {
                    "ArnLike": { "aws:SourceArn": trails },
                    "StringLike": { "kms:EncryptionContext:aws:cloudtrail:arn": trails }
                }
            },
            {
                // Another name would be drift in every tenant that exists, until its next pass.
                "Sid": "CloudTrailLooks",
                "Effect": "Allow",
                "Principal": { "Service": "cloudtrail.amazonaws.com" },
                // It must also decrypt where the trail's bucket has a bucket key.
                "Action": ["kms:Decrypt", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": { "ArnLike": { "aws:SourceArn": trails } }
            },
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Principal": { "Service": format!("logs.{region}.amazonaws.com") },
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                "Resource": "*",
                "Condition": { "ArnLike": { "kms:EncryptionContext:aws:logs:arn": logs } }
            },
            {
                "Sid": "Notifications",
                "Effect": "Allow",
                "Principal": { "Service": ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"] },
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": { "ArnLike": { "kms:EncryptionContext:aws:sns:topicArn": topics } }
            }
        ]
    })
}
