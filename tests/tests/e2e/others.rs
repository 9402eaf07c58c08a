//! What others did to a tenant's account does not keep a change or a departure from its end.

use aws_config::Region;
use aws_sdk_ec2::{
    Client as Ec2,
    types::{IpPermission, UserIdGroupPair},
};
use aws_sdk_iam::Client as Iam;
use scenarios::{machine::AnyError, proxy::Record};
use serde_json::{Value, json};
use tenancy::names;

use crate::site::{Site, creation, text};

const DROPPED: &str = "eu-central-1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_region_and_a_departure_get_to_their_end_whatever_others_attached()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    let regions = format!("us-east-1,{DROPPED}");
    site.ask(&creation("acme", &["--region", &regions, "--wait"]));
    let tenant = site.ask(&["tenant", "show", "acme"]);
    let root = site.root(text(&tenant, "accountId"));
    let there = root.to_builder().region(Region::new(DROPPED)).build();
    let ec2 = Ec2::new(&there);
    admit_workloads(&ec2, &tenant).await?;

    site.ask(&[
        "tenant",
        "update",
        "acme",
        "--region",
        "us-east-1",
        "--wait",
    ]);
    let deleted = |call: &&Record| {
        call.operation == "DeleteLogGroup" && call.region == DROPPED && call.error.is_none()
    };
    let calls = site.product_calls();
    let by: Vec<&str> = calls
        .iter()
        .filter(deleted)
        .map(|call| call.role.as_str())
        .collect();
    assert_eq!(by, [names::PROVISIONER]);
    let ours = format!("tag:{}", names::TAG_TENANT);
    let ours = aws_sdk_ec2::types::Filter::builder()
        .name(ours)
        .values(text(&tenant, "id"));
    let vpcs = ec2.describe_vpcs().filters(ours.build()).send().await?;
    assert_eq!(vpcs.vpcs().len(), 0, "{vpcs:?}");

    let iam = Iam::new(&root);
    let call = iam.attach_role_policy().role_name(names::FLOW_LOGS_ROLE);
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    call.policy_arn(administrator).send().await?;
    let call = iam.put_role_policy().role_name(names::FLOW_LOGS_ROLE);
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let call = call.policy_name("foreign").policy_document(all.to_string());
    call.send().await?;
    site.ask(&["tenant", "delete", "acme", "--yes", "--wait"]);
    assert_eq!(
        site.ask(&["tenant", "show", text(&tenant, "id")])["phase"],
        "closed"
    );
    Ok(())
}

/// Lets the default group of our VPC admit our workload group, which so cannot be deleted.
async fn admit_workloads(ec2: &Ec2, tenant: &Value) -> Result<(), AnyError> {
    let groups = ec2.describe_security_groups().send().await?;
    let groups = groups.security_groups().iter();
    let workload = groups
        .clone()
        .find(|group| group.group_name() == Some("tenantry-workload"))
        .ok_or_else(|| format!("no workload group: {tenant:#}"))?;
    let default = groups
        .clone()
        .find(|group| group.vpc_id() == workload.vpc_id() && group.group_name() == Some("default"));
    let pair = UserIdGroupPair::builder().set_group_id(workload.group_id.clone());
    let https = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(443)
        .to_port(443)
        .user_id_group_pairs(pair.build());
    let call = ec2.authorize_security_group_ingress();
    let call = call.set_group_id(default.and_then(|group| group.group_id.clone()));
    call.ip_permissions(https.build()).send().await?;
    Ok(())
}
