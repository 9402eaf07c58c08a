//! What a repair of drift asks of AWS that nothing else does.

use super::*;

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
    policies::leave_a_policy_of_an_earlier_release(&ready).await?;
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
