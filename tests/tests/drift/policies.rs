//! Policies that others put on roles of ours, and old ones of ours that a role of theirs holds.

use super::*;

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

/// An earlier release needed more policies for the same rights.
pub(super) async fn leave_a_policy_of_an_earlier_release(ready: &Ready) -> Result<(), AnyError> {
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
