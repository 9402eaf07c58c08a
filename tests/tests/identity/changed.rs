//! What is changed behind our back.

use super::*;

#[tokio::test]
async fn what_is_changed_behind_our_back_is_found_put_right_and_nothing_else_touched()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let open = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}"#;
    let all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let power = "arn:aws:iam::aws:policy/PowerUserAccess";
    iam.create_role()
        .role_name("theirs")
        .assume_role_policy_document(open)
        .send()
        .await?;
    iam.attach_role_policy()
        .role_name("theirs")
        .policy_arn(power)
        .send()
        .await?;
    iam.attach_role_policy()
        .role_name(names::AUDITOR)
        .policy_arn(power)
        .send()
        .await?;
    iam.put_role_policy()
        .role_name(names::AUDITOR)
        .policy_name("extra")
        .policy_document(all)
        .send()
        .await?;
    iam.update_assume_role_policy()
        .role_name(names::REMOVER)
        .policy_document(open)
        .send()
        .await?;
    iam.delete_role_permissions_boundary()
        .role_name(names::DEVELOPER)
        .send()
        .await?;
    iam.attach_role_policy()
        .role_name(names::READ_ONLY)
        .policy_arn(power)
        .send()
        .await?;
    iam.untag_role()
        .role_name(names::READ_ONLY)
        .tag_keys(names::TAG_BLUEPRINT)
        .send()
        .await?;
    iam.create_account_alias()
        .account_alias("something-else")
        .send()
        .await?;
    iam.update_account_password_policy()
        .minimum_password_length(6)
        .max_password_age(90)
        .send()
        .await?;
    iam.remove_role_from_instance_profile()
        .instance_profile_name(names::INSTANCE)
        .role_name(names::INSTANCE)
        .send()
        .await?;

    let outcomes = scene.audit(&BOTH).await?;
    let expected = [
        "alias.name",
        "instance-profile.tenant-instance.role",
        "password-policy.capitals",
        "password-policy.digits",
        "password-policy.expiresAfter",
        "password-policy.mayChange",
        "password-policy.minimumLength",
        "password-policy.reusePrevention",
        "password-policy.smallLetters",
        "password-policy.symbols",
        "role.tenant-developer.boundary",
        "role.tenant-read-only.attached.arn:aws:iam::aws:policy/PowerUserAccess",
        "role.tenant-read-only.tags",
        "role.tenantry-auditor.attached.arn:aws:iam::aws:policy/PowerUserAccess",
        "role.tenantry-auditor.inline.extra",
        "role.tenantry-remover.trust",
    ];
    assert_eq!(keys(&outcomes), expected);
    let critical = outcomes.iter().flat_map(|outcome| &outcome.remaining);
    assert_eq!(
        critical
            .filter(|difference| difference.severity == Severity::Critical)
            .count(),
        4
    );

    let repaired = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&repaired);
    ready(&scene.audit(&BOTH).await?);
    let theirs = iam
        .list_attached_role_policies()
        .role_name("theirs")
        .send()
        .await?;
    assert_eq!(theirs.attached_policies().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_limit_that_is_met_where_something_was_just_taken_out_is_tried_again()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;
    let make = iam.create_role().role_name("theirs");
    make.assume_role_policy_document(trust).send().await?;
    let profile = names::INSTANCE;
    let out = iam.remove_role_from_instance_profile();
    let out = out.instance_profile_name(profile).role_name(profile);
    out.send().await?;
    let put = iam.add_role_to_instance_profile();
    let put = put.instance_profile_name(profile).role_name("theirs");
    put.send().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("AddRoleToInstanceProfile".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::Refuse {
            code: "LimitExceeded".into(),
            status: 409,
            message: "one role".into(),
            reason: None,
        },
        ..Fault::default()
    });
    let passed = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    let failures: Vec<_> = passed
        .iter()
        .flat_map(|outcome| &outcome.failures)
        .collect();
    let [failure] = failures.as_slice() else {
        return Err(format!("{passed:#?}").into());
    };
    assert!(
        failure.retry_after_secs().is_some_and(|secs| secs <= 15),
        "{failure:#?}"
    );
    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    ready(&scene.audit(&BOTH).await?);
    Ok(())
}
