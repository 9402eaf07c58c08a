//! The account-wide switches and the root user in a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use account_support::{ACCOUNT, Scene};
use aws_config::Region as SdkRegion;
use aws_sdk_ec2::types::{ImageCriterionRequest, InternetGatewayBlockMode};
use baseline::Outcome;
use scenarios::{
    machine::AnyError,
    proxy::{Config, Effect, Fault, Match, RootUser},
};
use tenancy::{ComponentName, ComponentState, Region, Verb, blueprint::VpcBlock};

const GUARD: ComponentName = ComponentName::new("guard");
const ROOT_USER: ComponentName = ComponentName::new("root-user");
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];

fn regions() -> Vec<Region> {
    REGIONS.map(|region| region.parse().unwrap()).to_vec()
}

/// A tenant in two Regions whose switches are set.
async fn guarded() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.regions = regions();
    let names = [ComponentName::ACCESS, GUARD];
    let outcomes = scene.reconcile(Verb::Onboard, &scene.desired, &names);
    for outcome in outcomes.await? {
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    }
    scene.machine.aws.proxy.forget_calls();
    Ok(scene)
}

async fn audit(scene: &Scene, name: ComponentName) -> Result<Outcome, AnyError> {
    let outcomes = scene.audit(&[name]).await?;
    Ok(outcomes.into_iter().next().ok_or("no outcome")?)
}

/// Every switch in every Region, as somebody in the account sets it otherwise.
async fn undo(scene: &Scene) -> Result<(), AnyError> {
    let root = scene.machine.account_root(ACCOUNT)?;
    for region in REGIONS {
        let region = root.to_builder().region(SdkRegion::new(region)).build();
        let ec2 = aws_sdk_ec2::Client::new(&region);
        ec2.disable_ebs_encryption_by_default().send().await?;
        ec2.enable_serial_console_access().send().await?;
        ec2.disable_snapshot_block_public_access().send().await?;
        ec2.disable_image_block_public_access().send().await?;
        let optional = aws_sdk_ec2::types::MetadataDefaultHttpTokensState::Optional;
        let call = ec2.modify_instance_metadata_defaults();
        call.http_tokens(optional).send().await?;
    }
    let s3 = aws_sdk_s3control::Client::new(&root);
    let call = s3.delete_public_access_block();
    call.account_id(ACCOUNT).send().await?;
    Ok(())
}

#[tokio::test]
async fn every_switch_is_set_in_every_region_and_left_alone_by_a_second_pass()
-> Result<(), AnyError> {
    let scene = guarded().await?;
    let again = scene.reconcile(Verb::Onboard, &scene.desired, &[GUARD]);
    for outcome in again.await? {
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
        assert!(outcome.applied.is_empty(), "{outcome:#?}");
    }
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let reads = calls.iter().filter(|call| call.service != "sts").count();
    assert!(reads <= 1 + 5 * REGIONS.len(), "{reads} reads");
    Ok(())
}

#[tokio::test]
async fn drift_of_every_switch_in_every_region_is_found_with_its_values_and_repaired()
-> Result<(), AnyError> {
    let scene = guarded().await?;
    undo(&scene).await?;
    let outcome = audit(&scene, GUARD).await?;
    let found: Vec<String> = outcome
        .remaining
        .iter()
        .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
        .collect();
    for region in REGIONS {
        for line in [
            "ebs-encryption.on: off not on",
            "serial-console.on: on not off",
            "snapshot-block.state: unblocked not block-all-sharing",
            "image-block.state: unblocked not block-new-sharing",
            "instance-metadata.httpTokens: optional not required",
        ] {
            let line = format!("{region}.{line}");
            assert!(found.contains(&line), "{line} in {found:#?}");
        }
    }
    let blocks = found
        .iter()
        .filter(|line| line.starts_with("public-access-block."));
    assert_eq!(blocks.count(), 4, "{found:#?}");
    assert_eq!(found.len(), 4 + 5 * REGIONS.len(), "{found:#?}");

    let repaired = scene.reconcile(Verb::Onboard, &scene.desired, &[GUARD]);
    assert_eq!(repaired.await?[0].state, ComponentState::Ready);
    let outcome = audit(&scene, GUARD).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    Ok(())
}

#[tokio::test]
async fn a_region_that_cannot_be_read_is_named_and_the_others_are_still_observed()
-> Result<(), AnyError> {
    let scene = guarded().await?;
    undo(&scene).await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("ec2".into()),
            region: Some("us-east-1".into()),
            ..Match::default()
        },
        effect: Effect::Refuse {
            code: "ServiceUnavailable".into(),
            status: 503,
            message: String::new(),
            reason: None,
        },
        ..Fault::default()
    });
    let outcome = audit(&scene, GUARD).await?;
    let keys: Vec<&str> = outcome.remaining.iter().map(|d| d.key.as_str()).collect();
    assert!(keys.contains(&"eu-central-1.ebs-encryption.on"), "{keys:?}");
    assert!(
        !keys.iter().any(|key| key.starts_with("us-east-1")),
        "{keys:?}"
    );
    assert_eq!(outcome.failures.len(), 5, "{outcome:#?}");
    for failure in &outcome.failures {
        assert!(failure.to_string().contains("us-east-1"), "{failure}");
    }
    Ok(())
}

#[tokio::test]
async fn a_tenant_that_leaves_keeps_its_switches_until_its_account_goes() -> Result<(), AnyError> {
    let scene = guarded().await?;
    let leaving = scene.leaving();
    let left = scene.reconcile(Verb::Onboard, &leaving, &[GUARD]).await?;
    assert_eq!(left[0].state, ComponentState::Absent, "{left:#?}");
    assert!(scene.calls().iter().all(|call| call.is_read()));
    Ok(())
}

#[tokio::test]
async fn a_root_access_key_is_a_finding_that_holds_nothing_up_and_is_resolved_when_it_is_deleted()
-> Result<(), AnyError> {
    let scene = guarded().await?;
    let keys = async |root: RootUser| -> Result<Vec<String>, AnyError> {
        scene.machine.aws.proxy.set_root_user(ACCOUNT, root).await?;
        let outcome = audit(&scene, ROOT_USER).await?;
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
        assert!(outcome.failures.is_empty() && outcome.remaining.is_empty());
        Ok(outcome.findings.into_iter().map(|f| f.key).collect())
    };
    let root = |access_keys, password, mfa| RootUser {
        access_keys,
        password,
        mfa,
    };
    assert_eq!(keys(root(1, false, false)).await?, ["TNT.ROOT.1"]);
    assert_eq!(
        keys(root(1, true, false)).await?,
        ["TNT.ROOT.1", "TNT.ROOT.2"]
    );
    assert_eq!(keys(root(0, true, true)).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn the_block_of_vpcs_and_allowed_images_are_set_by_blueprint_found_and_put_back()
-> Result<(), AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.regions = regions();
    scene.desired.spec.vpc_block_public_access = Some(VpcBlock::BlockIngress);
    scene.desired.spec.allowed_images = Some(vec!["amazon".into()]);
    let names = [ComponentName::ACCESS, GUARD];
    for outcome in scene
        .reconcile(Verb::Onboard, &scene.desired, &names)
        .await?
    {
        assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    }
    let root = scene.machine.account_root(ACCOUNT)?;
    let root = root.to_builder().region(SdkRegion::new(REGIONS[1])).build();
    let ec2 = aws_sdk_ec2::Client::new(&root);
    let call = ec2.modify_vpc_block_public_access_options();
    call.internet_gateway_block_mode(InternetGatewayBlockMode::Off)
        .send()
        .await?;
    let named = ImageCriterionRequest::builder().image_providers("amazon");
    let named = named.image_names("golden-*").build();
    let call = ec2.replace_image_criteria_in_allowed_images_settings();
    call.image_criteria(named).send().await?;
    ec2.disable_allowed_images_settings().send().await?;

    let outcome = audit(&scene, GUARD).await?;
    let found: Vec<String> = outcome
        .remaining
        .iter()
        .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
        .collect();
    assert_eq!(
        found,
        [
            "us-east-1.allowed-images.state: disabled not enabled",
            "us-east-1.allowed-images.providers: amazon, names golden-* not amazon",
            "us-east-1.vpc-block.mode: off not block-ingress",
        ]
    );
    let repaired = scene.reconcile(Verb::Onboard, &scene.desired, &[GUARD]);
    assert_eq!(repaired.await?[0].state, ComponentState::Ready);
    scene.machine.aws.proxy.forget_calls();
    let outcome = audit(&scene, GUARD).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let reads = scene
        .calls()
        .iter()
        .filter(|call| call.service == "ec2")
        .count();
    assert_eq!(reads, 7 * REGIONS.len());

    // Where the blueprint no longer says how, they stay as they are and nobody asks.
    scene.desired.spec.vpc_block_public_access = None;
    scene.desired.spec.allowed_images = None;
    scene.machine.aws.proxy.forget_calls();
    audit(&scene, GUARD).await?;
    let reads = scene
        .calls()
        .iter()
        .filter(|call| call.service == "ec2")
        .count();
    assert_eq!(reads, 5 * REGIONS.len());
    Ok(())
}

#[tokio::test]
async fn a_block_of_images_that_does_not_show_yet_is_no_drift_and_not_set_again()
-> Result<(), AnyError> {
    let late = Config {
        image_block_secs: 600.0,
        ..Config::default()
    };
    let mut scene = Scene::begin_with(late).await?;
    scene.desired.spec.regions = vec!["us-east-1".parse()?];
    let names = [ComponentName::ACCESS, GUARD];
    let pass = async |scene: &Scene| scene.reconcile(Verb::Onboard, &scene.desired, &names).await;
    let open = async |scene: &Scene| -> Result<(), AnyError> {
        let ec2 = aws_sdk_ec2::Client::new(&scene.root_in("us-east-1")?);
        ec2.disable_image_block_public_access().send().await?;
        scene.machine.advance(601);
        Ok(())
    };
    let set = |scene: &Scene| {
        let calls = scene.calls();
        let enable =
            |call: &&scenarios::proxy::Record| call.operation == "EnableImageBlockPublicAccess";
        calls.iter().filter(enable).count()
    };
    pass(&scene).await?;
    open(&scene).await?;
    let found = audit(&scene, GUARD).await?;
    assert_eq!(found.remaining.len(), 1, "{found:#?}");
    pass(&scene).await?;
    assert_eq!(set(&scene), 1);

    // EC2 still shows what was there before.
    scene.machine.advance(300);
    let meanwhile = audit(&scene, GUARD).await?;
    assert_eq!(meanwhile.state, ComponentState::Ready, "{meanwhile:#?}");
    pass(&scene).await?;
    assert_eq!(set(&scene), 1);

    // It has to show by now: whoever opens it afterwards is found.
    open(&scene).await?;
    let found = audit(&scene, GUARD).await?;
    assert_eq!(found.remaining.len(), 1, "{found:#?}");
    Ok(())
}

#[tokio::test]
async fn whoever_opens_a_block_of_images_once_it_has_shown_is_found_at_once() -> Result<(), AnyError>
{
    let late = Config {
        image_block_secs: 100.0,
        ..Config::default()
    };
    let mut scene = Scene::begin_with(late).await?;
    scene.desired.spec.regions = vec!["us-east-1".parse()?];
    let names = [ComponentName::ACCESS, GUARD];
    let open = async |scene: &Scene| -> Result<(), AnyError> {
        let ec2 = aws_sdk_ec2::Client::new(&scene.root_in("us-east-1")?);
        ec2.disable_image_block_public_access().send().await?;
        scene.machine.advance(101);
        Ok(())
    };
    let pass = async |scene: &Scene| scene.reconcile(Verb::Onboard, &scene.desired, &names).await;
    pass(&scene).await?;
    open(&scene).await?;
    pass(&scene).await?;
    scene.machine.advance(101);
    let shown = audit(&scene, GUARD).await?;
    assert_eq!(shown.state, ComponentState::Ready, "{shown:#?}");

    open(&scene).await?;
    let found = audit(&scene, GUARD).await?;
    assert_eq!(found.remaining.len(), 1, "{found:#?}");
    Ok(())
}
