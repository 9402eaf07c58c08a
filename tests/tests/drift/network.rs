//! What opens or closes a network.

use aws_sdk_ec2::types::AttributeBooleanValue;

use super::*;

#[tokio::test]
async fn what_opens_or_closes_a_network_is_found_and_repaired() -> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    let ec2 = ready.ec2();
    let vpc = ready.part("vpc").await?;
    let gateway = ready.part("igw").await?;
    let table = ready.part("rt-private-a").await?;
    let route = ec2.create_route().route_table_id(&table);
    let route = route
        .destination_cidr_block("0.0.0.0/1")
        .gateway_id(&gateway);
    route.send().await?;
    let subnet = ready.part("private-b").await?;
    let on = AttributeBooleanValue::builder().value(true).build();
    let call = ec2.modify_subnet_attribute().subnet_id(&subnet);
    call.map_public_ip_on_launch(on).send().await?;
    let endpoint = ready.part("endpoint-s3").await?;
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]});
    let call = ec2.modify_vpc_endpoint().vpc_endpoint_id(&endpoint);
    call.policy_document(deny.to_string()).send().await?;
    let acls = ec2.describe_network_acls().send().await?;
    let mut acls = acls.network_acls().iter();
    let acl = acls
        .find(|acl| acl.vpc_id() == Some(&vpc))
        .ok_or("no network ACL")?;
    let acl = acl.network_acl_id().unwrap_or_default();
    let deny = ec2.create_network_acl_entry().network_acl_id(acl);
    let deny = deny.rule_number(10).egress(true).protocol("-1");
    let deny = deny.rule_action("deny".into()).cidr_block("0.0.0.0/0");
    deny.send().await?;
    let call = ec2.replace_network_acl_entry().network_acl_id(acl);
    let call = call.rule_number(100).egress(true).protocol("-1");
    let call = call.rule_action("deny".into()).cidr_block("0.0.0.0/0");
    call.send().await?;
    let call = ec2.delete_network_acl_entry().network_acl_id(acl);
    call.rule_number(100).egress(false).send().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&ready.root);
    let call = logs.associate_kms_key();
    let call = call.kms_key_id(ready.foreign_key().await?);
    call.log_group_name(names::flow_log_group()).send().await?;
    found_and_repaired(
        &ready,
        &[
            "network.us-east-1.rt-private-a.route.0.0.0.0/1.removed",
            "network.us-east-1.private-b.public-addresses",
            "network.us-east-1.endpoint-s3.policy",
            "network.us-east-1.network-acl.egress.denied",
            "network.us-east-1.network-acl.egress.allowed",
            "network.us-east-1.network-acl.ingress.allowed",
            "network.us-east-1.flow-log-group.key",
        ],
    )
    .await
}

#[tokio::test]
async fn a_subnet_that_was_deleted_is_found_by_an_audit_and_made_anew_in_its_zone()
-> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    let ec2 = ready.ec2();
    let deleted = ready.part("private-b").await?;
    let zone = async |id: &str| -> Result<String, AnyError> {
        let subnets = ec2.describe_subnets().subnet_ids(id).send().await?;
        let zone = subnets
            .subnets()
            .first()
            .and_then(|it| it.availability_zone());
        Ok(zone.ok_or("no zone")?.to_owned())
    };
    let before = zone(&deleted).await?;
    ec2.delete_subnet().subnet_id(&deleted).send().await?;
    found_and_repaired(&ready, &["network.us-east-1.private-b"]).await?;
    let made = ready.part("private-b").await?;
    assert_ne!(made, deleted);
    assert_eq!(zone(&made).await?, before);
    Ok(())
}
