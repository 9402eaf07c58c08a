//! One property of each kind of resource, changed by plain calls in one account: all are found at once, and one repair puts all back.

use aws_sdk_ec2::types::{AttributeBooleanValue, IpPermission, IpRange};
use aws_sdk_s3::types::{
    BucketVersioningStatus, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, VersioningConfiguration,
};

use super::*;

const OPEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::999999999999:root"}}]}"#;
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// One finding each. The default route of the public table, deleted as well, is planned once its gateway is attached again.
const FOUND: &[&str] = &[
    "TNT.IAM.2",
    "guard.public-access-block.blockPublicAcls",
    "guard.public-access-block.blockPublicPolicy",
    "guard.public-access-block.ignorePublicAcls",
    "guard.public-access-block.restrictPublicBuckets",
    "guard.us-east-1.ebs-encryption.on",
    "guard.us-east-1.image-block.state",
    "guard.us-east-1.instance-metadata.httpTokens",
    "guard.us-east-1.serial-console.on",
    "guard.us-east-1.snapshot-block.state",
    "identity.alias",
    "identity.password-policy.capitals",
    "identity.password-policy.digits",
    "identity.password-policy.mayChange",
    "identity.password-policy.minimumLength",
    "identity.password-policy.reusePrevention",
    "identity.password-policy.smallLetters",
    "identity.password-policy.symbols",
    "identity.policy.tenant-boundary.document",
    "identity.role.tenant-developer.trust",
    "identity.role.tenant-read-only.boundary",
    "network.us-east-1.endpoint-s3.route-tables",
    "network.us-east-1.flow-log",
    "network.us-east-1.flow-log-group.retention",
    "network.us-east-1.igw.attachment",
    "network.us-east-1.sg-workload.ingress.extra",
    "network.us-east-1.vpc.dns-hostnames",
    "trail.bucket.encryption",
    "trail.bucket.lifecycle",
    "trail.bucket.object-ownership",
    "trail.bucket.policy",
    "trail.bucket.public-access-block",
    "trail.bucket.tags",
    "trail.bucket.versioning",
    "trail.logging",
    "trail.multiRegion",
    "trail.validation",
];

#[tokio::test]
async fn a_property_of_every_kind_changed_by_hand_is_found_with_all_others_and_put_back()
-> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    change_the_network(&ready).await?;
    change_identities(&ready).await?;
    change_the_trail(&ready).await?;
    change_switches(&ready).await?;
    found_and_repaired(&ready, FOUND).await
}

async fn change_the_network(ready: &Ready) -> Result<(), AnyError> {
    let ec2 = ready.ec2();
    let vpc = ready.part("vpc").await?;
    let off = AttributeBooleanValue::builder().value(false).build();
    let call = ec2.modify_vpc_attribute().vpc_id(&vpc);
    call.enable_dns_hostnames(off).send().await?;
    let gateway = ready.part("igw").await?;
    let table = ready.part("rt-public").await?;
    let call = ec2.delete_route().route_table_id(table);
    call.destination_cidr_block("0.0.0.0/0").send().await?;
    let call = ec2.detach_internet_gateway().vpc_id(&vpc);
    call.internet_gateway_id(gateway).send().await?;
    let endpoint = ready.part("endpoint-s3").await?;
    let call = ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint);
    let private = ready.part("rt-private-b").await?;
    call.remove_route_table_ids(private).send().await?;
    let world = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let ssh = IpPermission::builder().ip_protocol("tcp");
    let ssh = ssh.from_port(22).to_port(22).ip_ranges(world).build();
    let group = ready.part("sg-workload").await?;
    let call = ec2.authorize_security_group_ingress().group_id(group);
    call.ip_permissions(ssh).send().await?;
    let log = ready.part("flow-log").await?;
    ec2.delete_flow_logs().flow_log_ids(log).send().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&ready.root);
    let call = logs.put_retention_policy().retention_in_days(1);
    call.log_group_name(names::flow_log_group()).send().await?;
    Ok(())
}

async fn change_identities(ready: &Ready) -> Result<(), AnyError> {
    let iam = aws_sdk_iam::Client::new(&ready.root);
    let call = iam.update_assume_role_policy().role_name(names::DEVELOPER);
    call.policy_document(OPEN).send().await?;
    let boundary = names::policy_arn(&ready.account.parse()?, names::BOUNDARY);
    let call = iam.create_policy_version().policy_arn(boundary);
    call.policy_document(ALL)
        .set_as_default(true)
        .send()
        .await?;
    let call = iam.update_account_password_policy();
    call.minimum_password_length(6).send().await?;
    let aliases = iam.list_account_aliases().send().await?.account_aliases;
    let alias = aliases.first().ok_or("no alias")?;
    iam.delete_account_alias()
        .account_alias(alias)
        .send()
        .await?;
    let call = iam.delete_role_permissions_boundary();
    call.role_name(names::READ_ONLY).send().await?;
    Ok(())
}

async fn change_the_trail(ready: &Ready) -> Result<(), AnyError> {
    let s3 = aws_sdk_s3::Client::new(&ready.root);
    let bucket = ready.bucket();
    // Deleted, it would be what S3 sets by itself, which is what is wanted.
    let by_key = ServerSideEncryptionByDefault::builder().sse_algorithm("aws:kms".into());
    let rule = ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(by_key.build()?);
    let rules = ServerSideEncryptionConfiguration::builder().rules(rule.build());
    let call = s3.put_bucket_encryption().bucket(&bucket);
    call.server_side_encryption_configuration(rules.build()?)
        .send()
        .await?;
    s3.delete_bucket_ownership_controls()
        .bucket(&bucket)
        .send()
        .await?;
    s3.delete_bucket_lifecycle().bucket(&bucket).send().await?;
    s3.delete_bucket_tagging().bucket(&bucket).send().await?;
    s3.delete_bucket_policy().bucket(&bucket).send().await?;
    s3.delete_public_access_block()
        .bucket(&bucket)
        .send()
        .await?;
    let suspended = VersioningConfiguration::builder();
    let suspended = suspended.status(BucketVersioningStatus::Suspended).build();
    let call = s3.put_bucket_versioning().bucket(&bucket);
    call.versioning_configuration(suspended).send().await?;
    let trail = aws_sdk_cloudtrail::Client::new(&ready.root);
    let call = trail.update_trail().name(names::TRAIL);
    call.enable_log_file_validation(false)
        .is_multi_region_trail(false)
        .send()
        .await?;
    trail.stop_logging().name(names::TRAIL).send().await?;
    Ok(())
}

async fn change_switches(ready: &Ready) -> Result<(), AnyError> {
    let ec2 = ready.ec2();
    ec2.disable_ebs_encryption_by_default().send().await?;
    ec2.enable_serial_console_access().send().await?;
    ec2.disable_snapshot_block_public_access().send().await?;
    ec2.disable_image_block_public_access().send().await?;
    let call = ec2.modify_instance_metadata_defaults();
    call.http_tokens("optional".into()).send().await?;
    let s3 = aws_sdk_s3control::Client::new(&ready.root);
    let call = s3.delete_public_access_block();
    call.account_id(&ready.account).send().await?;
    Ok(())
}
