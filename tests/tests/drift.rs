//! What a person can change in the resources of ours, found by an audit with its values and corrected by a repair, with IAM
//! enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[path = "drift/every_kind.rs"]
mod every_kind;

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_ec2::types::{AttributeBooleanValue, Tag};
use scenarios::{
    machine::{AnyError, Machine},
    proxy::{Config, analysis::writes},
};
use serde_json::json;
use tenancy::{
    ComponentName, ComponentState, Finding, OperationKind, Severity, Tenant, Verb,
    finding::FindingState, names,
};

const BUCKET: &str = "tenantry-trail";
const REGION: &str = "us-east-1";

/// A tenant that is ready, and its account as its root sees it.
struct Ready {
    machine: Machine,
    tenant: Tenant,
    account: String,
    root: SdkConfig,
}

impl Ready {
    async fn start(egress: &str) -> Result<Self, AnyError> {
        let machine = Machine::start(Config::default()).await?;
        let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "standard", "regions": [REGION],
            "egress": egress, "availabilityZones": 2});
        let tenant = machine.request_tenant(spec).await?;
        let worker = machine.worker(Verb::Onboard).await?;
        machine.settle(&worker, &tenant.id, 40).await?;
        let known = machine.ledger.tenant(&tenant.id).await?;
        let states = known.components.values().map(|status| status.state);
        assert!(
            states.clone().all(|state| state == ComponentState::Ready),
            "{:#?}",
            known.components
        );
        let account = known.account_id.ok_or("no account")?.to_string();
        let root = machine.account_root(&account)?;
        Ok(Self {
            machine,
            tenant,
            account,
            root,
        })
    }

    /// The id of a resource, as the ledger has it.
    async fn id(&self, component: ComponentName, role: &str) -> Result<String, AnyError> {
        let tenant = self.machine.ledger.tenant(&self.tenant.id).await?;
        let resources = &tenant.components[&component].resources;
        let id = resources
            .get(role)
            .ok_or_else(|| format!("{role} in {resources:#?}"))?;
        Ok(id.clone())
    }

    async fn part(&self, part: &str) -> Result<String, AnyError> {
        self.id(ComponentName::NETWORK, &format!("{REGION}.{part}"))
            .await
    }

    /// What an audit finds.
    async fn audit(&self) -> Result<BTreeMap<String, Finding>, AnyError> {
        let worker = self.machine.worker(Verb::Audit).await?;
        worker.work(&self.tenant.id).await?;
        let ledger = &self.machine.ledger;
        let open = ledger
            .findings(&self.tenant.id, Some(FindingState::Open), None, 100, None)
            .await?;
        let keyed = open.items.into_iter();
        Ok(keyed
            .map(|finding| (finding.difference.key.clone(), finding))
            .collect())
    }

    async fn repair(&self) -> Result<(), AnyError> {
        let operation = self
            .machine
            .operation(&self.tenant.id, OperationKind::Repair);
        let ledger = &self.machine.ledger;
        ledger
            .request_operation(&operation, &self.machine.request())
            .await?;
        let worker = self.machine.worker(Verb::Onboard).await?;
        self.machine.settle(&worker, &self.tenant.id, 20).await?;
        Ok(())
    }

    fn ec2(&self) -> aws_sdk_ec2::Client {
        aws_sdk_ec2::Client::new(&self.root)
    }

    fn bucket(&self) -> String {
        format!("{BUCKET}-{}-{REGION}", self.account)
    }
}

/// Finds each of these, repairs, and finds nothing.
async fn found_and_repaired(ready: &Ready, expected: &[&str]) -> Result<(), AnyError> {
    let found = ready.audit().await?;
    let keys: Vec<&String> = found.keys().collect();
    for key in expected {
        assert!(found.contains_key(*key), "{key} in {keys:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{keys:#?}");
    ready.repair().await?;
    let left = ready.audit().await?;
    assert!(left.is_empty(), "{:#?}", left.keys());
    Ok(())
}

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
    let key = format!(
        "arn:aws:kms:{REGION}:{}:key/00000000-0000-0000-0000-000000000000",
        ready.account
    );
    let call = logs.associate_kms_key().kms_key_id(key);
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
async fn policies_of_others_on_our_roles_are_found_and_repaired() -> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    let iam = aws_sdk_iam::Client::new(&ready.root);
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let allow =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let roles = [
        names::FLOW_LOGS_ROLE,
        names::PROVISIONER,
        names::AUDITOR,
        names::REMOVER,
        names::DEVELOPER,
        names::READ_ONLY,
    ];
    for role in roles {
        let call = iam.attach_role_policy().role_name(role);
        call.policy_arn(administrator).send().await?;
        let call = iam.put_role_policy().role_name(role).policy_name("extra");
        call.policy_document(allow).send().await?;
    }
    let keys = roles.map(|role| match role {
        names::FLOW_LOGS_ROLE => "network.flow-logs-role".to_owned(),
        names::DEVELOPER | names::READ_ONLY => format!("identity.role.{role}"),
        other => format!("access.role.{other}"),
    });
    let keys: Vec<String> = keys
        .iter()
        .flat_map(|role| {
            [
                format!("{role}.attached.{administrator}"),
                format!("{role}.inline.extra"),
            ]
        })
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    found_and_repaired(&ready, &keys).await
}

#[tokio::test]
async fn what_stops_or_hides_the_trail_is_found_and_repaired() -> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    let trail = aws_sdk_cloudtrail::Client::new(&ready.root);
    let call = trail.update_trail().name(names::TRAIL);
    let call = call.s3_key_prefix("theirs").kms_key_id(format!(
        "arn:aws:kms:{REGION}:{}:key/00000000-0000-0000-0000-000000000000",
        ready.account
    ));
    call.cloud_watch_logs_log_group_arn("arn:aws:logs:us-east-1:000000000000:log-group:theirs:*")
        .cloud_watch_logs_role_arn("arn:aws:iam::000000000000:role/theirs")
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

/// What a repair of drift asks of AWS that nothing else does.
#[tokio::test]
async fn connections_rules_selectors_and_roles_that_were_changed_are_found_and_repaired()
-> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    let ec2 = ready.ec2();
    let group = ready.part("sg-workload").await?;
    let seen = ec2.describe_security_groups().group_ids(&group);
    let seen = seen.send().await?.security_groups.unwrap_or_default();
    let rules = seen.first().ok_or("no group")?.ip_permissions_egress();
    let call = ec2.revoke_security_group_egress().group_id(&group);
    call.set_ip_permissions(Some(rules.to_vec())).send().await?;
    let (table, public) = (
        ready.part("rt-private-a").await?,
        ready.part("rt-public").await?,
    );
    let tables = ec2.describe_route_tables().route_table_ids(&table);
    let tables = tables.send().await?.route_tables.unwrap_or_default();
    let association = tables.iter().flat_map(|table| table.associations()).next();
    let association = association.and_then(|one| one.route_table_association_id());
    let call = ec2.replace_route_table_association().route_table_id(public);
    let call = call.association_id(association.ok_or("no association")?);
    call.send().await?;
    record_writes_only(&ready).await?;
    change_roles(&ready).await?;
    leave_a_policy_of_an_earlier_release(&ready).await?;
    found_and_repaired(
        &ready,
        &[
            "access.policy.tenantry-writes-9",
            "access.role.tenantry-auditor.boundary",
            "identity.instance-profile.tenant-instance.role",
            "identity.role.tenant-developer.session",
            "network.us-east-1.private-a.route-table",
            "network.us-east-1.sg-workload.egress.missing",
            "trail.events",
        ],
    )
    .await
}

async fn record_writes_only(ready: &Ready) -> Result<(), AnyError> {
    use aws_sdk_cloudtrail::types::{EventSelector, ReadWriteType};
    let trails = aws_sdk_cloudtrail::Client::new(&ready.root);
    let writes = EventSelector::builder()
        .read_write_type(ReadWriteType::WriteOnly)
        .include_management_events(true)
        .build();
    let call = trails.put_event_selectors().trail_name(names::TRAIL);
    call.event_selectors(writes).send().await?;
    Ok(())
}

async fn change_roles(ready: &Ready) -> Result<(), AnyError> {
    let iam = aws_sdk_iam::Client::new(&ready.root);
    let call = iam
        .put_role_permissions_boundary()
        .role_name(names::AUDITOR);
    let call = call.permissions_boundary("arn:aws:iam::aws:policy/ReadOnlyAccess");
    call.send().await?;
    let call = iam.update_role().role_name("tenant-developer");
    call.max_session_duration(7200).send().await?;
    let profile = "tenant-instance";
    let call = iam.remove_role_from_instance_profile();
    let call = call.instance_profile_name(profile).role_name(profile);
    call.send().await?;
    let call = iam.add_role_to_instance_profile();
    let call = call
        .instance_profile_name(profile)
        .role_name("tenant-developer");
    call.send().await?;
    Ok(())
}

/// An earlier release needed more policies for the same rights.
async fn leave_a_policy_of_an_earlier_release(ready: &Ready) -> Result<(), AnyError> {
    let iam = aws_sdk_iam::Client::new(&ready.root);
    let arn = format!(
        "arn:aws:iam::{}:policy/tenantry/tenantry-writes-1",
        ready.account
    );
    let tags = iam.list_policy_tags().policy_arn(arn).send().await?.tags;
    let call = iam.create_policy().policy_name("tenantry-writes-9");
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "*"}]});
    let call = call
        .path("/tenantry/")
        .policy_document(document.to_string());
    call.set_tags(Some(tags)).send().await?;
    Ok(())
}

#[tokio::test]
async fn an_old_policy_of_ours_that_a_role_of_the_tenant_holds_on_to_is_left_with_it()
-> Result<(), AnyError> {
    let ready = Ready::start("none").await?;
    leave_a_policy_of_an_earlier_release(&ready).await?;
    let iam = aws_sdk_iam::Client::new(&ready.root);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = iam.create_role().role_name("theirs");
    role.assume_role_policy_document(trust).send().await?;
    let arn = format!(
        "arn:aws:iam::{}:policy/tenantry/tenantry-writes-9",
        ready.account
    );
    let attach = iam.attach_role_policy().role_name("theirs");
    attach.policy_arn(&arn).send().await?;
    ready.repair().await?;
    let kept = iam.list_attached_role_policies().role_name("theirs");
    let kept = kept.send().await?.attached_policies.unwrap_or_default();
    assert_eq!(
        kept.first().and_then(|policy| policy.policy_arn()),
        Some(arn.as_str())
    );
    let tenant = ready.machine.ledger.tenant(&ready.tenant.id).await?;
    let access = &tenant.components[&ComponentName::ACCESS];
    assert_eq!(access.state, ComponentState::Ready, "{access:#?}");
    Ok(())
}
