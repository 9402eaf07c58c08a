//! The boundary of the tenant's roles.

use super::*;

#[tokio::test]
async fn the_tenants_administrator_does_not_get_across_the_boundary() -> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.opened(names::ADMINISTRATOR).await?);
    let boundary = baseline::policy::boundary_arn(&ACCOUNT.parse()?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let unbounded = iam
        .create_role()
        .role_name("own")
        .assume_role_policy_document(trust);
    assert!(unbounded.clone().send().await.is_err());
    unbounded.permissions_boundary(&boundary).send().await?;
    assert!(
        iam.delete_role_permissions_boundary()
            .role_name("own")
            .send()
            .await
            .is_err()
    );
    let install = iam
        .put_role_policy()
        .role_name(names::PROVISIONER)
        .policy_name("x");
    assert!(install.policy_document(trust).send().await.is_err());
    let widen = iam
        .create_policy_version()
        .policy_arn(&boundary)
        .set_as_default(true);
    assert!(widen.policy_document(trust).send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_boundary_the_tenant_uses_itself_stays_and_does_not_hold_the_departure_up()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let theirs = iam
        .create_role()
        .role_name("theirs")
        .assume_role_policy_document(trust);
    let boundary = baseline::policy::boundary_arn(&ACCOUNT.parse()?);
    theirs.permissions_boundary(&boundary).send().await?;
    let other =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let call = iam.create_policy_version().policy_arn(&boundary);
    call.policy_document(other).send().await?;
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    let held = &outcomes[0].resources["policy.tenant-boundary.held-by"];
    assert_eq!(held, "role `theirs`");
    // It stays whole.
    assert_eq!(versions(&iam, &boundary).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_boundary_with_five_versions_is_put_right_and_deleted() -> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let arn = baseline::policy::boundary_arn(&ACCOUNT.parse()?);
    let other =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    for _ in 0..4 {
        let call = iam
            .create_policy_version()
            .policy_arn(&arn)
            .policy_document(other);
        call.set_as_default(true).send().await?;
    }
    let found = scene.audit(&BOTH).await?;
    assert_eq!(keys(&found), ["policy.tenant-boundary.document"]);
    ready(
        &scene
            .reconcile(Verb::Onboard, &scene.desired, &BOTH)
            .await?,
    );
    ready(&scene.audit(&BOTH).await?);
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    let left = policies(&iam).await?;
    assert!(!left.contains(&names::BOUNDARY.to_owned()), "{left:?}");
    Ok(())
}
