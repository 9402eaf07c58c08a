//! What stops, hides or shortens the records of the trail.

use super::*;

#[tokio::test]
async fn what_stops_or_hides_the_trail_is_found_and_repaired() -> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    let trail = aws_sdk_cloudtrail::Client::new(&ready.root);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&ready.root);
    let group = logs.create_log_group().log_group_name("theirs");
    group.send().await?;
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = aws_sdk_iam::Client::new(&ready.root).create_role();
    let role = role.role_name("theirs");
    role.assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    let call = trail.update_trail().name(names::TRAIL);
    let call = call.s3_key_prefix("theirs");
    let call = call.kms_key_id(ready.foreign_key().await?);
    let account = &ready.account;
    call.cloud_watch_logs_log_group_arn(format!(
        "arn:aws:logs:{REGION}:{account}:log-group:theirs:*"
    ))
    .cloud_watch_logs_role_arn(format!("arn:aws:iam::{account}:role/theirs"))
    .send()
    .await?;
    let s3 = aws_sdk_s3::Client::new(&ready.root);
    let call = s3.put_bucket_policy().bucket(ready.bucket());
    let theirs = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Theirs", "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{}/theirs/*", ready.bucket())}]});
    call.policy(theirs.to_string()).send().await?;
    found_and_repaired(
        &ready,
        &[
            "trail.prefix",
            "trail.key",
            "trail.copiesTo",
            "trail.copiesBy",
            "trail.bucket.policy",
        ],
    )
    .await?;
    let known = trail.describe_trails().send().await?;
    let known = known.trail_list().first().ok_or("no trail")?;
    assert_eq!(known.s3_key_prefix().unwrap_or_default(), "");
    assert_eq!(known.kms_key_id().unwrap_or_default(), "");
    Ok(())
}

/// A lifecycle of one rule, ours but for what `change` does to it.
fn lifecycle(
    change: impl FnOnce(
        aws_sdk_s3::types::builders::LifecycleRuleBuilder,
    ) -> aws_sdk_s3::types::builders::LifecycleRuleBuilder,
) -> Result<aws_sdk_s3::types::BucketLifecycleConfiguration, AnyError> {
    use aws_sdk_s3::types as s3;
    let rule = s3::LifecycleRule::builder()
        .id("tenantry")
        .status(s3::ExpirationStatus::Enabled)
        .expiration(s3::LifecycleExpiration::builder().days(365).build())
        .noncurrent_version_expiration(
            s3::NoncurrentVersionExpiration::builder()
                .noncurrent_days(30)
                .build(),
        )
        .abort_incomplete_multipart_upload(
            s3::AbortIncompleteMultipartUpload::builder()
                .days_after_initiation(7)
                .build(),
        );
    let rules = s3::BucketLifecycleConfiguration::builder().rules(change(rule).build()?);
    Ok(rules.build()?)
}

#[tokio::test]
async fn a_lifecycle_narrowed_by_size_or_prefix_or_that_moves_objects_is_found_and_repaired()
-> Result<(), AnyError> {
    use aws_sdk_s3::types as s3;
    let ready = Ready::start("none").await?;
    let client = aws_sdk_s3::Client::new(&ready.root);
    let filter = s3::LifecycleRuleFilter::builder;
    let narrowed = [
        lifecycle(|rule| rule.filter(filter().object_size_greater_than(1000).build()))?,
        lifecycle(|rule| rule.filter(filter().object_size_less_than(1000).build()))?,
        lifecycle(|rule| rule.filter(filter().prefix("elsewhere/").build()))?,
        lifecycle(|rule| {
            let moved = s3::Transition::builder().days(1);
            let moved = moved.storage_class(s3::TransitionStorageClass::DeepArchive);
            rule.filter(filter().prefix("").build())
                .transitions(moved.build())
        })?,
    ];
    for rules in narrowed {
        let call = client.put_bucket_lifecycle_configuration();
        let call = call.bucket(ready.bucket()).lifecycle_configuration(rules);
        call.send().await?;
        found_and_repaired(&ready, &["trail.bucket.lifecycle"]).await?;
    }
    Ok(())
}
