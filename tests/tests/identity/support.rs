//! The role for cases with AWS Support, by blueprint.

use baseline::Recorded;

use super::*;

const SUPPORT_ACCESS: &str = "arn:aws:iam::aws:policy/AWSSupportAccess";

/// A pass, and what it leaves in the ledger.
async fn pass(scene: &mut Scene) -> Result<(), AnyError> {
    let outcomes = scene
        .reconcile(Verb::Onboard, &scene.desired, &BOTH)
        .await?;
    ready(&outcomes);
    let recorded = outcomes
        .iter()
        .map(|one| (one.component, one.resources.clone()));
    scene.desired.recorded = Recorded::new(recorded);
    scene.machine.aws.proxy.forget_calls();
    Ok(())
}

#[tokio::test]
async fn a_role_for_support_comes_and_goes_with_the_blueprint_and_stays_while_a_profile_holds_it()
-> Result<(), AnyError> {
    let mut scene = built().await?;
    scene.desired.spec.support_role = true;
    pass(&mut scene).await?;
    let iam = Client::new(&scene.machine.account_root(ACCOUNT)?);
    assert_eq!(attached(&iam, names::SUPPORT).await?, [SUPPORT_ACCESS]);

    // Somebody puts it into a profile: it cannot be deleted, is shown, and stays whole.
    iam.create_instance_profile()
        .instance_profile_name("theirs")
        .send()
        .await?;
    let put = iam
        .add_role_to_instance_profile()
        .instance_profile_name("theirs");
    put.role_name(names::SUPPORT).send().await?;
    scene.desired.spec.support_role = false;
    pass(&mut scene).await?;
    let shown = scene
        .desired
        .recorded
        .id(ComponentName::IDENTITY, "role.tenant-support.held-by");
    assert_eq!(shown, Some("instance profile `theirs`"));
    assert_eq!(attached(&iam, names::SUPPORT).await?, [SUPPORT_ACCESS]);
    ready(&scene.audit(&BOTH).await?);

    let out = iam
        .remove_role_from_instance_profile()
        .instance_profile_name("theirs");
    out.role_name(names::SUPPORT).send().await?;
    pass(&mut scene).await?;
    let absent = iam.get_role().role_name(names::SUPPORT).send().await;
    assert!(absent.is_err(), "{absent:?}");
    Ok(())
}
