//! The roles we enter by: installed once, brought up to date, and each with no more than it is for.

use super::*;

#[tokio::test]
async fn roles_are_installed_once_and_the_bootstrap_role_is_never_used_again()
-> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&outcomes);
    let calls = scene.calls();
    println!("onboarding access and identity: {} calls", calls.len());
    for call in &calls {
        println!(
            "{:>9} {:>9} {} {}:{} {}",
            call.start_us, call.end_us, call.role, call.service, call.operation, call.status
        );
    }
    // What needs only our roles is observed meanwhile.
    let own = calls
        .iter()
        .filter(|call| ["iam", "account"].contains(&call.service.as_str()));
    let count = own.clone().count();
    assert!(count <= 40, "{count}");
    let by_bootstrap = calls
        .iter()
        .filter(|call| call.role == "OrganizationAccountAccessRole");
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for call in by_bootstrap {
        *made.entry(call.operation.as_str()).or_default() += 1;
    }
    let (policies, attached) = expected_policies();
    let expected = BTreeMap::from([
        ("CreateRole", 3),
        ("CreatePolicy", policies.len()),
        ("AttachRolePolicy", attached),
    ]);
    assert_eq!(made, expected);
    let refused = |call: &&Record| {
        let error = call.error.as_deref();
        error.is_some_and(|error| error != "NoSuchEntity")
    };
    assert!(!own.clone().any(|call| refused(&call)), "{calls:#?}");

    scene.machine.aws.proxy.forget_calls();
    let again = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&again);
    assert!(again.iter().all(|outcome| outcome.applied.is_empty()));
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    assert!(
        calls.iter().all(|call| call.role == names::PROVISIONER),
        "{calls:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_audit_of_a_settled_account_reads_a_little_and_finds_nothing() -> Result<(), AnyError> {
    let scene = built().await?;
    let outcomes = scene.audit(&BOTH).await?;
    ready(&outcomes);
    let calls = scene.calls();
    println!("audit of access and identity: {} calls", calls.len());
    assert!(calls.len() <= 11, "{calls:#?}");
    assert!(
        calls
            .iter()
            .all(|call| call.is_read() && call.role == names::AUDITOR),
        "{calls:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn each_role_does_what_it_is_for_and_no_more() -> Result<(), AnyError> {
    let scene = built().await?;
    let refused = async |config: &aws_config::SdkConfig| {
        let ec2 = aws_sdk_ec2::Client::new(config);
        ec2.describe_vpcs().send().await.unwrap();
        let answer = ec2.create_vpc().cidr_block("10.9.0.0/16").send().await;
        answer
            .err()
            .and_then(|error| error.code().map(str::to_owned))
    };
    let denied = Some("UnauthorizedOperation".to_owned());

    let reader = scene.opened(names::READ_ONLY).await?;
    assert_eq!(refused(&reader).await, denied);
    let administrator = scene.opened(names::ADMINISTRATOR).await?;
    assert_eq!(refused(&administrator).await, None);

    let audit = scene.function(Verb::Audit).await?;
    let auditor = scene
        .assume(&audit, &management(names::AUDITOR), Some(&scene.tenant.id))
        .await?;
    assert_eq!(refused(&auditor).await, denied);

    let stranger = TenantId::from_random([9; 10]);
    for external_id in [None, Some(&stranger)] {
        assert!(
            scene
                .assume(&audit, &management(names::AUDITOR), external_id)
                .await
                .is_err()
        );
    }
    for role in [names::PROVISIONER, names::REMOVER] {
        assert!(
            scene
                .assume(&audit, &management(role), Some(&scene.tenant.id))
                .await
                .is_err()
        );
    }
    Ok(())
}

#[tokio::test]
async fn when_our_role_no_longer_lets_us_in_the_tenant_is_parked_and_the_bootstrap_role_left_alone()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let closed = r#"{"Version":"2012-10-17","Statement":[]}"#;
    iam.update_assume_role_policy()
        .role_name(names::PROVISIONER)
        .policy_document(closed)
        .send()
        .await?;
    scene.machine.advance(3600);
    scene.machine.aws.proxy.forget_calls();
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &[ComponentName::ACCESS])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Parked);
    let failure = serde_json::to_value(&outcomes[0].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "access-lost");
    assert!(scene.calls().is_empty(), "{:#?}", scene.calls());
    Ok(())
}

/// Takes the roles back to what an earlier release left: one inline policy each.
async fn as_earlier_release(scene: &Scene, iam: &Client) -> Result<(), AnyError> {
    let documents = include_str!("../../../crates/baseline/tests/previous/roles.json")
        .replace("TENANT", scene.tenant.id.as_str())
        .replace("ACCOUNT", ACCOUNT);
    let documents: BTreeMap<String, serde_json::Value> = serde_json::from_str(&documents)?;
    for (role, document) in documents {
        let attached = iam.list_attached_role_policies().role_name(&role);
        for policy in attached.send().await?.attached_policies() {
            let call = iam.detach_role_policy().role_name(&role);
            call.set_policy_arn(policy.policy_arn.clone())
                .send()
                .await?;
        }
        let call = iam.put_role_policy().role_name(role);
        let call = call.policy_name(names::MANAGEMENT_POLICY);
        call.policy_document(document.to_string()).send().await?;
    }
    for policy in policies(iam).await? {
        if policy.starts_with("tenantry-") {
            let arn = names::policy_arn(&ACCOUNT.parse()?, &policy);
            iam.delete_policy().policy_arn(arn).send().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn roles_of_an_earlier_release_are_brought_up_to_date_without_a_refusal()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    as_earlier_release(&scene, &iam).await?;

    // Its auditor may not list roles: that is waited for, and parks nothing.
    let audited = scene.audit(&BOTH).await?;
    assert_eq!(audited[0].state, ComponentState::Drifted, "{audited:#?}");
    assert_eq!(audited[1].state, ComponentState::Waiting, "{audited:#?}");
    let waiting = &audited[1].waits[0].waiting_for;
    assert_eq!(waiting, "the auditor's policies to be brought up to date");

    scene.machine.aws.proxy.forget_calls();
    let access = [ComponentName::ACCESS];
    scene
        .reconcile(Verb::Onboard, &scene.desired, &access)
        .await?;
    let calls = scene.calls();
    // Only what is not there yet is not found.
    let is_well = |code: &Option<String>| code.as_deref().is_none_or(|code| code == "NoSuchEntity");
    assert!(calls.iter().all(|call| is_well(&call.error)), "{calls:#?}");
    let position = |operation: &str| calls.iter().position(|call| call.operation == operation);
    let last = |operation: &str| calls.iter().rposition(|call| call.operation == operation);
    assert!(position("PutRolePolicy") < position("CreatePolicy"));
    assert!(last("AttachRolePolicy") < position("DeleteRolePolicy"));

    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    ready(&scene.audit(&BOTH).await?);
    for verb in Verb::ALL {
        let inline = iam
            .list_role_policies()
            .role_name(verb.role())
            .send()
            .await?;
        assert!(inline.policy_names().is_empty(), "{verb:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_policy_of_ours_that_nothing_needs_stays_whole_and_is_no_drift_while_a_role_of_others_has_it()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}"#;
    let mut make = iam.create_policy().policy_name("tenantry-old-1");
    for (key, value) in scene.desired.tags(ComponentName::ACCESS) {
        let tag = aws_sdk_iam::types::Tag::builder().key(key).value(value);
        make = make.tags(tag.build()?);
    }
    let make = make.path(names::MANAGEMENT_PATH).policy_document(document);
    make.send().await?;
    let arn = names::policy_arn(&ACCOUNT.parse()?, "tenantry-old-1");
    let call = iam.create_policy_version().policy_arn(&arn);
    call.policy_document(document).send().await?;
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let theirs = iam.create_role().role_name("theirs");
    theirs.assume_role_policy_document(trust).send().await?;
    let attach = iam.attach_role_policy().role_name("theirs");
    attach.policy_arn(&arn).send().await?;

    let access = [ComponentName::ACCESS];
    ready(&scene.audit(&access).await?);
    scene.machine.aws.proxy.forget_calls();
    let passed = scene.reconcile(Verb::Onboard, &scene.desired, &access);
    let passed = passed.await?;
    ready(&passed);
    let held = &passed[0].resources["policy.tenantry-old-1.held-by"];
    assert_eq!(held, "role `theirs`");
    assert_eq!(versions(&iam, &arn).await?, 2);
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");

    let detach = iam.detach_role_policy().role_name("theirs");
    detach.policy_arn(&arn).send().await?;
    let passed = scene.reconcile(Verb::Onboard, &scene.desired, &access);
    ready(&passed.await?);
    let left = policies(&iam).await?;
    assert!(!left.contains(&"tenantry-old-1".to_owned()), "{left:?}");
    Ok(())
}
