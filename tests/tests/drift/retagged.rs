//! Tags of another tenant on what is ours.

use aws_sdk_ec2::types::Tag;
use scenarios::proxy::analysis::writes;
use tenancy::Severity;

use super::*;

/// Gives a part of ours another tenant's tag.
async fn relabel(ready: &Ready, id: &str) -> Result<(), AnyError> {
    let tag = Tag::builder()
        .key(names::TAG_TENANT)
        .value("t-other")
        .build();
    let call = ready.ec2().create_tags().resources(id).tags(tag);
    call.send().await?;
    Ok(())
}

#[tokio::test]
async fn a_vpc_of_ours_retagged_is_critical_gets_its_tag_back_and_nothing_is_built_beside_it()
-> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    let vpc = ready.part("vpc").await?;
    relabel(&ready, &vpc).await?;
    let found = ready.audit().await?;
    let finding = found.get("network.us-east-1.vpc.tags").ok_or("not found")?;
    assert_eq!(finding.difference.severity, Severity::Critical);
    assert!(finding.difference.found.contains("t-other"));
    assert_eq!(found.len(), 1, "{:#?}", found.keys());
    ready.repair().await?;
    assert!(ready.audit().await?.is_empty());
    let all = ready.ec2().describe_vpcs().send().await?;
    let ids: Vec<&str> = all.vpcs().iter().filter_map(|vpc| vpc.vpc_id()).collect();
    assert_eq!(ids, [vpc.as_str()]);
    Ok(())
}

#[tokio::test]
async fn whatever_of_ours_is_retagged_is_critical_and_gets_its_tag_back() -> Result<(), AnyError> {
    let ready = Ready::start("single-nat").await?;
    // What AWS gave no id at creation is recorded by the first observation after it.
    ready.repair().await?;
    let tenant = ready.machine.ledger.tenant(&ready.tenant.id).await?;
    let network = &tenant.components[&ComponentName::NETWORK].resources;
    let parts = network.iter().filter(|(role, id)| {
        let kinds = [
            "vpc-",
            "subnet-",
            "igw-",
            "rtb-",
            "sg-",
            "nat-",
            "eipalloc-",
            "vpce-",
            "fl-",
        ];
        role.starts_with(REGION) && kinds.iter().any(|kind| id.starts_with(kind))
    });
    let mut expected: Vec<String> = Vec::new();
    for (role, id) in parts {
        relabel(&ready, id).await?;
        expected.push(format!("network.{role}.tags"));
    }
    assert!(expected.len() >= 15, "{expected:#?}");
    let iam = aws_sdk_iam::Client::new(&ready.root);
    let other = || {
        let tag = aws_sdk_iam::types::Tag::builder().key(names::TAG_TENANT);
        tag.value("t-other").build()
    };
    for role in [names::FLOW_LOGS_ROLE, names::ADMINISTRATOR, names::INSTANCE] {
        let call = iam.tag_role().role_name(role).tags(other()?);
        call.send().await?;
    }
    let account = ready.account.parse()?;
    let boundary = names::policy_arn(&account, names::BOUNDARY);
    iam.tag_policy()
        .policy_arn(boundary)
        .tags(other()?)
        .send()
        .await?;
    let call = iam
        .tag_instance_profile()
        .instance_profile_name(names::INSTANCE);
    call.tags(other()?).send().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&ready.root);
    let arn = format!(
        "arn:aws:logs:{REGION}:{}:log-group:{}",
        ready.account,
        names::flow_log_group()
    );
    let call = logs.tag_resource().resource_arn(arn);
    call.tags(names::TAG_TENANT, "t-other").send().await?;
    let s3 = aws_sdk_s3::Client::new(&ready.root);
    let tag = aws_sdk_s3::types::Tag::builder()
        .key(names::TAG_TENANT)
        .value("t-other");
    let tags = aws_sdk_s3::types::Tagging::builder()
        .tag_set(tag.build()?)
        .build()?;
    s3.put_bucket_tagging()
        .bucket(ready.bucket())
        .tagging(tags)
        .send()
        .await?;
    let trail = aws_sdk_cloudtrail::Client::new(&ready.root);
    let tag = aws_sdk_cloudtrail::types::Tag::builder()
        .key(names::TAG_TENANT)
        .value("t-other");
    let arn = ready.id(ComponentName::TRAIL, "trail").await?;
    trail
        .add_tags()
        .resource_id(arn)
        .tags_list(tag.build()?)
        .send()
        .await?;
    expected.extend(
        [
            "network.flow-logs-role.tags",
            "identity.role.tenant-administrator.tags",
            "identity.role.tenant-instance.tags",
            "identity.policy.tenant-boundary.tags",
            "identity.instance-profile.tenant-instance.tags",
            "network.us-east-1.flow-log-group.tags",
            "trail.bucket.tags",
            "trail.tags",
        ]
        .map(str::to_owned),
    );
    let found = ready.audit().await?;
    for key in &expected {
        let finding = found
            .get(key)
            .ok_or_else(|| format!("{key} in {:#?}", found.keys()))?;
        assert_eq!(finding.difference.severity, Severity::Critical, "{key}");
    }
    ready.machine.aws.proxy.forget_calls();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    found_and_repaired(&ready, &expected).await?;
    let calls = ready.machine.aws.proxy.calls();
    let made: Vec<String> = writes(&calls)
        .iter()
        .filter(|call| call.app == "tenantry" && call.account == ready.account)
        .map(|call| call.operation.clone())
        .filter(|operation| operation.starts_with("Create") && operation != "CreateTags")
        .collect();
    assert!(made.is_empty(), "{made:?}");
    Ok(())
}
