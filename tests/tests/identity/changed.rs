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
