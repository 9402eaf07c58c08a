//! What others have by our names, and what holds what we made.

use scenarios::machine::APP;

use super::*;

#[tokio::test]
async fn a_role_that_has_our_name_elsewhere_is_in_the_way_and_left_alone() -> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let theirs = iam
        .create_role()
        .role_name(names::DEVELOPER)
        .assume_role_policy_document(trust);
    theirs.send().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    assert_eq!(outcomes[1].state, ComponentState::Parked, "{outcomes:#?}");
    let failure = serde_json::to_value(&outcomes[1].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "name-taken");
    let role = iam.get_role().role_name(names::DEVELOPER).send().await?;
    assert_eq!(role.role().unwrap().path(), "/");
    Ok(())
}

#[tokio::test]
async fn a_policy_with_our_name_that_is_not_ours_is_in_the_way_and_left_alone()
-> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let other =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let call = iam.create_policy().policy_name("tenantry-reads-1");
    call.policy_document(other).send().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &[ComponentName::ACCESS])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Parked, "{outcomes:#?}");
    let failure = serde_json::to_value(&outcomes[0].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "name-taken");
    Ok(())
}

/// IAM tells names apart by their letters, and not by upper and lower case.
#[tokio::test]
async fn what_has_our_names_in_other_letters_is_named_and_left_alone_and_nothing_is_made_in_its_place()
-> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let nobody = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let nothing =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    let role = iam.create_role().role_name("Tenant-Developer");
    role.assume_role_policy_document(nobody).send().await?;
    let policy = iam.create_policy().policy_name("Tenant-Boundary");
    policy.policy_document(nothing).send().await?;
    let profile = || "Tenant-Instance".to_owned();
    let make = iam.create_instance_profile();
    make.instance_profile_name(profile()).send().await?;
    let fill = iam
        .add_role_to_instance_profile()
        .role_name("Tenant-Developer");
    fill.instance_profile_name(profile()).send().await?;
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    assert_eq!(outcomes[1].state, ComponentState::Parked, "{outcomes:#?}");
    let said = serde_json::to_string(&outcomes[1].failures)?;
    for name in ["Tenant-Developer", "Tenant-Boundary", "Tenant-Instance"] {
        assert!(said.contains(&format!("`{name}`")), "{said}");
    }
    let calls = scene.calls().into_iter();
    let made = calls.filter(|call| call.app == APP && call.operation == "CreateInstanceProfile");
    assert_eq!(made.count(), 0);
    assert!(
        iam.get_role()
            .role_name(names::DEVELOPER)
            .send()
            .await
            .is_err()
    );
    Ok(())
}

/// Refuses the next so many aliases, as if other AWS customers had them.
fn others_have(scene: &Scene, aliases: u64) {
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("CreateAccountAlias".into()),
            ..Match::default()
        },
        times: Some(aliases),
        effect: Effect::Refuse {
            code: "EntityAlreadyExists".into(),
            status: 409,
            message: "The account alias already exists.".into(),
            reason: None,
        },
        ..Fault::default()
    });
}

#[tokio::test]
async fn an_alias_that_other_customers_have_gives_way_to_the_next_and_at_last_parks()
-> Result<(), AnyError> {
    let scene = Scene::begin().await?;
    others_have(&scene, 2);
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    assert_eq!(outcomes[1].state, ComponentState::Parked, "{outcomes:#?}");
    let failure = serde_json::to_value(&outcomes[1].failures)?;
    assert_eq!(failure[0]["next"]["reason"], "alias-taken");

    others_have(&scene, 1);
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&outcomes);
    let [_, fallback] = AccountAlias::candidates(&scene.desired);
    let url = format!("https://{fallback}.signin.aws.amazon.com/console");
    assert_eq!(outcomes[1].resources["sign-in"], url);
    Ok(())
}

#[tokio::test]
async fn a_role_in_a_profile_of_the_tenants_own_stays_with_its_boundary_and_is_named()
-> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let profile = iam
        .create_instance_profile()
        .instance_profile_name("theirs");
    profile.send().await?;
    iam.add_role_to_instance_profile()
        .instance_profile_name("theirs")
        .role_name(names::INSTANCE)
        .send()
        .await?;
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    let held = &outcomes[0].resources["role.tenant-instance.held-by"];
    assert_eq!(held, "instance profile `theirs`");
    // It stays whole.
    let has = attached(&iam, names::INSTANCE).await?;
    assert_eq!(has.len(), 1, "{has:?}");
    let left = policies(&iam).await?;
    assert!(left.contains(&names::BOUNDARY.to_owned()), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn a_role_that_iam_says_is_in_use_and_nobody_holds_is_deleted_by_the_next_pass()
-> Result<(), AnyError> {
    let scene = built().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("DeleteRole".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::Refuse {
            code: "DeleteConflict".into(),
            status: 409,
            message: "Cannot delete entity, must remove roles from instance profile first.".into(),
            reason: None,
        },
        ..Fault::default()
    });
    let (leaving, identity) = (scene.leaving(), [ComponentName::IDENTITY]);
    let first = scene.reconcile(Verb::Offboard, &leaving, &identity).await?;
    assert_eq!(first[0].state, ComponentState::Failed, "{first:#?}");
    let then = scene.reconcile(Verb::Offboard, &leaving, &identity).await?;
    assert_eq!(then[0].state, ComponentState::Absent, "{then:#?}");
    let left = policies(&Client::new(&scene.machine.account_root(ACCOUNT)?)).await?;
    assert!(!left.contains(&names::BOUNDARY.to_owned()), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn a_leaving_tenant_loses_what_we_made_and_keeps_what_it_made() -> Result<(), AnyError> {
    let scene = built().await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let theirs = iam
        .create_role()
        .role_name("theirs")
        .assume_role_policy_document(trust);
    theirs.send().await?;
    let outcomes = scene
        .reconcile(Verb::Offboard, &scene.leaving(), &[ComponentName::IDENTITY])
        .await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    println!("leaving: {} calls", scene.calls().len());
    let roles = iam.list_roles().send().await?;
    let mut left: Vec<&str> = roles.roles().iter().map(|role| role.role_name()).collect();
    left.sort_unstable();
    assert_eq!(
        left,
        [
            "OrganizationAccountAccessRole",
            names::AUDITOR,
            names::PROVISIONER,
            names::REMOVER,
            "theirs"
        ]
    );
    assert!(
        iam.list_account_aliases()
            .send()
            .await?
            .account_aliases()
            .is_empty()
    );
    // Those of our own roles go with the account.
    assert_eq!(policies(&iam).await?, expected_policies().0);
    Ok(())
}
