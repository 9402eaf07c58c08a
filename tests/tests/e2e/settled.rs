//! A settled tenant: nothing is written without need, what is not ours is left alone, and no role does more than it is for.

use aws_sdk_ec2::{
    Client as Ec2,
    types::{Filter, IpPermission, IpRange},
};
use scenarios::{machine::AnyError, proxy::Record};
use serde_json::{Value, json};
use tenancy::names;

use crate::{
    permissions,
    site::{OPERATOR, Site, creation, text},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settled_tenant_is_not_written_to_only_put_right_and_guarded() -> Result<(), AnyError> {
    let site = Site::open(&json!({ "Operators": OPERATOR }))?;
    site.ask(&creation("acme", &["--mode", "observe-only", "--wait"]));
    let tenant = site.ask(&["tenant", "show", "acme"]);
    assert_eq!(tenant["phase"], "active");
    a_second_pass_writes_nothing(&site, &tenant);
    an_audit_only_reads_and_only_as_the_auditor(&site, &tenant);
    what_is_not_ours_survives_repair_and_what_is_ours_is_put_right(&site, &tenant).await?;
    permissions::no_role_does_more_than_it_is_for(&site, &tenant).await?;
    permissions::no_broker_changes_what_others_made(&site).await?;
    permissions::every_policy_allowed_what_was_needed_and_names_no_wildcard(&site).await
}

/// The product's calls in the tenant's account while something is done.
fn meanwhile(site: &Site, tenant: &Value, done: impl FnOnce()) -> Vec<Record> {
    let before = site.calls().len();
    done();
    let mut calls = site.calls().split_off(before);
    calls.retain(|call| tenant["accountId"] == call.account.as_str());
    calls
}

fn writes(calls: &[Record]) -> Vec<String> {
    let writes = calls.iter().filter(|call| !call.is_read());
    writes
        .map(|call| format!("{} {}:{}", call.role, call.service, call.operation))
        .collect()
}

fn a_second_pass_writes_nothing(site: &Site, tenant: &Value) {
    let calls = meanwhile(site, tenant, || {
        site.ask(&["repair", "acme", "--wait"]);
    });
    println!("a second pass: {} calls in the account", calls.len());
    assert!(!calls.is_empty());
    assert_eq!(writes(&calls), Vec::<String>::new());
    assert!(calls.iter().all(|call| call.role == names::PROVISIONER));
}

fn an_audit_only_reads_and_only_as_the_auditor(site: &Site, tenant: &Value) {
    let calls = meanwhile(site, tenant, || {
        site.ask(&["audit", "acme", "--wait"]);
    });
    println!("an audit: {} calls in the account", calls.len());
    assert!(!calls.is_empty());
    assert_eq!(writes(&calls), Vec::<String>::new());
    assert!(calls.iter().all(|call| call.role == names::AUDITOR));
}

async fn what_is_not_ours_survives_repair_and_what_is_ours_is_put_right(
    site: &Site,
    tenant: &Value,
) -> Result<(), AnyError> {
    let ec2 = Ec2::new(&site.root(text(tenant, "accountId")));
    let vpc = site.vpcs(tenant).await.remove(0);
    let ours = our_group(&ec2, &vpc).await?;
    let made = ec2
        .create_security_group()
        .group_name("theirs")
        .vpc_id(&vpc);
    let made = made.description("a twin without our tags").send().await?;
    let theirs = made.group_id.ok_or("no group")?;
    let other = ec2.create_vpc().cidr_block("10.250.0.0/16").send().await?;
    let other = other.vpc.and_then(|vpc| vpc.vpc_id).ok_or("no VPC")?;
    let before = rules(&ec2, &ours).await?;
    for group in [&ours, &theirs] {
        open_to_the_world(&ec2, group).await?;
    }
    let opened = rules(&ec2, &theirs).await?;
    site.ask(&["audit", "acme", "--wait"]);
    let found = site.ask(&["findings", "acme"]);
    assert_eq!(
        found["items"].as_array().map(Vec::len),
        Some(1),
        "{found:#}"
    );
    let calls = meanwhile(site, tenant, || {
        site.ask(&["repair", "acme", "--wait"]);
    });
    println!("repair of one rule: {:?}", writes(&calls));
    assert_eq!(writes(&calls).len(), 1);
    assert_eq!(rules(&ec2, &ours).await?, before, "ours is repaired");
    assert_eq!(rules(&ec2, &theirs).await?, opened, "theirs is left alone");
    let left = ec2.describe_vpcs().vpc_ids(&other).send().await?;
    assert_eq!(left.vpcs().len(), 1);
    site.ask(&["audit", "acme", "--wait"]);
    let found = site.ask(&["findings", "acme"]);
    assert_eq!(found["items"], json!([]));
    Ok(())
}

async fn our_group(ec2: &Ec2, vpc: &str) -> Result<String, AnyError> {
    let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let seen = ec2
        .describe_security_groups()
        .filters(filter("vpc-id", vpc))
        .filters(filter("tag:tenantry:part", "sg-workload"))
        .send()
        .await?;
    let group = seen
        .security_groups()
        .first()
        .and_then(|group| group.group_id());
    Ok(group.ok_or("no workload group")?.to_owned())
}

async fn open_to_the_world(ec2: &Ec2, group: &str) -> Result<(), AnyError> {
    let anyone = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(22)
        .to_port(22)
        .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
        .build();
    let open = ec2.authorize_security_group_ingress().group_id(group);
    open.ip_permissions(anyone).send().await?;
    Ok(())
}

/// The inbound rules of a group, in an order of their own.
async fn rules(ec2: &Ec2, group: &str) -> Result<Vec<String>, AnyError> {
    let seen = ec2
        .describe_security_groups()
        .group_ids(group)
        .send()
        .await?;
    let group = seen.security_groups().first().ok_or("no group")?;
    let mut rules: Vec<_> = group
        .ip_permissions()
        .iter()
        .map(|rule| format!("{rule:?}"))
        .collect();
    rules.sort();
    Ok(rules)
}
