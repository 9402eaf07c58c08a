//! The KMS keys of a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;
#[path = "keys/visible.rs"]
mod visible;

use account_support::Scene;
use aws_sdk_kms::{
    Client,
    types::{KeyState, Tag},
};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use tenancy::{ComponentName, ComponentState, Region, Verb, names};

const KEYS: ComponentName = ComponentName::KEYS;
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];

fn regions(names: &[&str]) -> Vec<Region> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// A tenant with a key in each of two Regions.
async fn with_keys() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    scene.settle(KEYS).await?;
    Ok(scene)
}

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.keys = true;
    scene.desired.spec.regions = regions(&REGIONS);
    Ok(scene)
}

/// KMS as the account's root user.
fn kms(scene: &Scene, region: &'static str) -> Result<Client, AnyError> {
    Ok(Client::new(&scene.root_in(region)?))
}

async fn key_of(client: &Client) -> Result<String, AnyError> {
    let answer = client
        .describe_key()
        .key_id(names::KEY_ALIAS)
        .send()
        .await?;
    Ok(answer.key_metadata.ok_or("no key")?.key_id)
}

async fn keys_in(client: &Client) -> Result<usize, AnyError> {
    Ok(client.list_keys().send().await?.keys().len())
}

#[tokio::test]
async fn each_region_has_one_key_and_a_second_pass_reads_four_times_in_each() -> Result<(), AnyError>
{
    let mut scene = with_keys().await?;
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let reads = calls.iter().filter(|call| call.service == "kms").count();
    assert_eq!(reads, 4 * REGIONS.len(), "{calls:#?}");
    for region in REGIONS {
        let client = kms(&scene, region)?;
        assert_eq!(keys_in(&client).await?, 1);
        let id = key_of(&client).await?;
        let rotation = client.get_key_rotation_status().key_id(id).send().await?;
        assert!(rotation.key_rotation_enabled);
    }
    Ok(())
}

#[tokio::test]
async fn what_somebody_does_to_a_key_is_found_with_its_values_and_put_back() -> Result<(), AnyError>
{
    let mut scene = with_keys().await?;
    let (first, second) = (kms(&scene, REGIONS[0])?, kms(&scene, REGIONS[1])?);
    let id = key_of(&first).await?;
    first.disable_key_rotation().key_id(&id).send().await?;
    first
        .delete_alias()
        .alias_name(names::KEY_ALIAS)
        .send()
        .await?;
    let open = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}"#;
    first
        .put_key_policy()
        .key_id(&id)
        .policy(open)
        .send()
        .await?;
    let tag = Tag::builder()
        .tag_key(names::TAG_TENANT)
        .tag_value("t-other")
        .build()?;
    first.tag_resource().key_id(&id).tags(tag).send().await?;
    let other = key_of(&second).await?;
    second
        .schedule_key_deletion()
        .key_id(&other)
        .pending_window_in_days(7)
        .send()
        .await?;

    let outcome = scene.audit_of(KEYS).await?;
    let found: Vec<&str> = outcome.remaining.iter().map(|d| d.key.as_str()).collect();
    for key in [
        "eu-central-1.key.rotation",
        "eu-central-1.key.alias",
        "eu-central-1.key.policy",
        "us-east-1.key.deletion",
    ] {
        assert!(found.contains(&key), "{key} in {found:?}");
    }
    assert!(
        found
            .iter()
            .any(|key| key.starts_with("eu-central-1.key.tags")),
        "{found:?}"
    );

    // What needs our tag on the key is allowed once that is back.
    for _ in 0..3 {
        scene.pass_over(KEYS, Verb::Onboard).await?;
        scene.machine.advance(200);
    }
    let outcome = scene.audit_of(KEYS).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    assert_eq!(key_of(&first).await?, id);
    assert_eq!(keys_in(&first).await?, 1);
    let restored = second.describe_key().key_id(&other).send().await?;
    let state = restored.key_metadata.and_then(|key| key.key_state);
    assert_eq!(state, Some(KeyState::Enabled));
    Ok(())
}

#[tokio::test]
async fn a_key_whose_creation_was_not_answered_is_found_by_its_tag_and_no_second_one_is_made()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("kms".into()),
            operation: Some("CreateKey".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    let first = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_ne!(first.state, ComponentState::Ready);
    scene.settle(KEYS).await?;
    for region in REGIONS {
        assert_eq!(keys_in(&kms(&scene, region)?).await?, 1, "{region}");
    }
    Ok(())
}

#[tokio::test]
async fn somebody_elses_key_at_our_alias_is_named_and_left_alone() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    let client = kms(&scene, REGIONS[0])?;
    let theirs = client
        .create_key()
        .send()
        .await?
        .key_metadata
        .ok_or("no key")?
        .key_id;
    client
        .create_alias()
        .alias_name(names::KEY_ALIAS)
        .target_key_id(&theirs)
        .send()
        .await?;
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    assert!(
        outcome.failures[0].to_string().contains(names::KEY_ALIAS),
        "{outcome:#?}"
    );
    assert_eq!(
        (key_of(&client).await?, keys_in(&client).await?),
        (theirs, 1)
    );
    Ok(())
}

#[tokio::test]
async fn the_key_of_a_dropped_region_is_scheduled_for_deletion_shown_and_had_back()
-> Result<(), AnyError> {
    let mut scene = with_keys().await?;
    let client = kms(&scene, REGIONS[1])?;
    let id = key_of(&client).await?;
    scene.desired.spec.regions = regions(&REGIONS[..1]);
    scene.settle(KEYS).await?;
    let outcome = scene.audit_of(KEYS).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let shown = outcome
        .resources
        .iter()
        .find(|(role, _)| role.starts_with("us-east-1.kms-key"));
    assert!(
        shown.is_some_and(|(_, what)| what.contains("scheduled for")),
        "{outcome:#?}"
    );

    scene.desired.spec.regions = regions(&REGIONS);
    scene.settle(KEYS).await?;
    assert_eq!(key_of(&client).await?, id);
    assert_eq!(keys_in(&client).await?, 1);
    Ok(())
}

#[tokio::test]
async fn nothing_is_asked_of_kms_for_a_tenant_whose_blueprint_has_no_keys() -> Result<(), AnyError>
{
    let mut scene = begin().await?;
    scene.desired.spec.keys = false;
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.service != "kms"), "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn keys_that_a_blueprint_no_longer_has_are_scheduled_for_deletion_once()
-> Result<(), AnyError> {
    let mut scene = with_keys().await?;
    scene.desired.spec.keys = false;
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_eq!(
        (outcome.state, outcome.applied.len()),
        (ComponentState::Absent, 2),
        "{outcome:#?}"
    );
    for _ in 0..2 {
        let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
        assert_eq!(
            (outcome.state, outcome.applied.len()),
            (ComponentState::Absent, 0),
            "{outcome:#?}"
        );
        assert!(!outcome.resources.is_empty(), "{outcome:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_alias_that_names_somebody_elses_key_is_not_taken_for_ours() -> Result<(), AnyError> {
    let mut scene = with_keys().await?;
    let client = kms(&scene, REGIONS[0])?;
    let made = client.create_key().send().await?.key_metadata;
    let theirs = made.ok_or("no key")?.key_id;
    let call = client.update_alias().alias_name(names::KEY_ALIAS);
    call.target_key_id(&theirs).send().await?;
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    assert_eq!(key_of(&client).await?, theirs);
    Ok(())
}

#[tokio::test]
async fn a_key_that_could_not_be_read_keeps_what_was_recorded_of_it() -> Result<(), AnyError> {
    let mut scene = with_keys().await?;
    let before = scene.desired.recorded.clone();
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("kms".into()),
            region: Some(REGIONS[1].into()),
            ..Match::default()
        },
        effect: Effect::Refuse {
            code: "KMSInternalException".into(),
            status: 500,
            message: String::new(),
            reason: None,
        },
        ..Fault::default()
    });
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Failed, "{outcome:#?}");
    assert_eq!(scene.desired.recorded, before);
    Ok(())
}

#[tokio::test]
async fn the_alias_comes_back_from_another_key_of_ours_and_a_retired_tag_comes_off()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    scene.settle(KEYS).await?;
    let client = kms(&scene, REGIONS[0])?;
    let id = key_of(&client).await?;
    let tag = Tag::builder().tag_key(names::TAG_TENANT);
    let tag = tag.tag_value(scene.tenant.id.as_str()).build()?;
    let other = client.create_key().tags(tag).send().await?.key_metadata;
    let call = client.update_alias().alias_name(names::KEY_ALIAS);
    let call = call.target_key_id(other.ok_or("no key")?.key_id);
    call.send().await?;

    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    scene.settle(KEYS).await?;
    assert_eq!(key_of(&client).await?, id);
    let tags = client.list_resource_tags().key_id(&id).send().await?;
    assert!(
        tags.tags().iter().all(|tag| tag.tag_key != "team"),
        "{tags:?}"
    );
    Ok(())
}

async fn give_to_another(client: &Client, id: &str) -> Result<(), AnyError> {
    let other = Tag::builder()
        .tag_key(names::TAG_TENANT)
        .tag_value("t-other")
        .build()?;
    let call = client.tag_resource().key_id(id).tags(other);
    call.send().await?;
    Ok(())
}

async fn state_of(client: &Client, id: &str) -> Result<Option<KeyState>, AnyError> {
    let answer = client.describe_key().key_id(id).send().await?;
    Ok(answer.key_metadata.and_then(|key| key.key_state))
}

#[tokio::test]
async fn a_key_of_ours_with_anothers_tags_holds_up_neither_a_dropped_region_nor_a_departure()
-> Result<(), AnyError> {
    let mut scene = with_keys().await?;
    let (home, dropped) = (kms(&scene, REGIONS[0])?, kms(&scene, REGIONS[1])?);
    let (kept, deleted) = (key_of(&home).await?, key_of(&dropped).await?);
    give_to_another(&dropped, &deleted).await?;
    scene.desired.spec.regions = regions(&REGIONS[..1]);
    let outcome = scene.pass_over(KEYS, Verb::Onboard).await?;
    assert_ne!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    scene.machine.advance(60);
    scene.settle(KEYS).await?;
    assert_eq!(
        state_of(&dropped, &deleted).await?,
        Some(KeyState::PendingDeletion)
    );

    give_to_another(&home, &kept).await?;
    let leaving = scene.leaving();
    let outcomes = scene.reconcile(Verb::Offboard, &leaving, &[KEYS]).await?;
    assert_eq!(outcomes[0].state, ComponentState::Absent, "{outcomes:#?}");
    assert_eq!(state_of(&home, &kept).await?, Some(KeyState::Enabled));
    Ok(())
}
