//! The EC2 key pairs of a tenant's account and the secrets with their private halves, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use std::{collections::BTreeSet, io::Write as _, process::Command};

use account_support::{ACCOUNT, Scene};
use aws_config::Region as SdkRegion;
use aws_sdk_ec2::{
    primitives::Blob,
    types::{KeyPairInfo, Tag as Ec2Tag},
};
use aws_sdk_secretsmanager::{
    operation::describe_secret::DescribeSecretOutput,
    types::{ReplicaRegionType, RotationRulesType, Tag},
};
use baseline::{Desired, Outcome, Recorded, key_pair::KeyPairs};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match, Moment},
};
use tenancy::{ComponentName, ComponentState, Region, Verb, blueprint::Encryption, names};

const KEY_PAIR: ComponentName = ComponentName::KEY_PAIR;
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];

fn regions(names: &[&str]) -> Vec<Region> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// A tenant that is to have a key pair in each of two Regions.
async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.key_pair = true;
    scene.desired.spec.regions = regions(&REGIONS);
    Ok(scene)
}

/// One that has them.
async fn with_key_pairs() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    Ok(scene)
}

/// A pass after which everything is as wanted.
async fn settle(scene: &mut Scene) -> Result<(), AnyError> {
    let outcome = pass(scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    scene.machine.aws.proxy.forget_calls();
    Ok(())
}

/// A pass, and what it leaves in the ledger.
async fn pass(scene: &mut Scene, verb: Verb) -> Result<Outcome, AnyError> {
    let desired = scene.desired.clone();
    pass_of(scene, verb, &desired).await
}

async fn pass_of(scene: &mut Scene, verb: Verb, desired: &Desired) -> Result<Outcome, AnyError> {
    let keys = desired.spec.keys.then_some(ComponentName::KEYS);
    let access = Some(ComponentName::ACCESS).filter(|_| verb == Verb::Onboard);
    let names = [access, keys, Some(KEY_PAIR)].into_iter().flatten();
    let names: Vec<ComponentName> = names.collect();
    let outcomes = scene.reconcile(verb, desired, &names).await?;
    let recorded = outcomes
        .iter()
        .map(|outcome| (outcome.component, outcome.resources.clone()));
    scene.desired.recorded = Recorded::new(recorded);
    Ok(outcomes.into_iter().last().ok_or("no outcome")?)
}

async fn audit(scene: &Scene) -> Result<Outcome, AnyError> {
    let outcomes = scene.audit(&[KEY_PAIR]).await?;
    Ok(outcomes.into_iter().next().ok_or("no outcome")?)
}

/// EC2 and Secrets Manager of a Region as the account's root user.
struct Root {
    ec2: aws_sdk_ec2::Client,
    secrets: aws_sdk_secretsmanager::Client,
}

impl Root {
    fn of(scene: &Scene, region: &'static str) -> Result<Self, AnyError> {
        let root = scene.machine.account_root(ACCOUNT)?;
        let root = root.to_builder().region(SdkRegion::new(region)).build();
        Ok(Self {
            ec2: aws_sdk_ec2::Client::new(&root),
            secrets: aws_sdk_secretsmanager::Client::new(&root),
        })
    }

    async fn pairs(&self) -> Result<Vec<KeyPairInfo>, AnyError> {
        let call = self.ec2.describe_key_pairs().include_public_key(true);
        Ok(call.send().await?.key_pairs.unwrap_or_default())
    }

    async fn secret(&self) -> Result<DescribeSecretOutput, AnyError> {
        let call = self.secrets.describe_secret();
        Ok(call.secret_id(names::KEY_PAIR_SECRET).send().await?)
    }

    async fn private(&self) -> Result<String, AnyError> {
        let call = self.secrets.get_secret_value();
        let answer = call.secret_id(names::KEY_PAIR_SECRET).send().await?;
        Ok(answer.secret_string.ok_or("no private key")?)
    }

    async fn replace(&self, value: &str) -> Result<(), AnyError> {
        let call = self.secrets.put_secret_value();
        let call = call.secret_id(names::KEY_PAIR_SECRET).secret_string(value);
        call.send().await?;
        Ok(())
    }

    /// There is one secret and one key pair, and OpenSSH says that they fit. Gives back the public half.
    async fn fitting(&self) -> Result<String, AnyError> {
        let secrets = self.secrets.list_secrets().include_planned_deletion(true);
        assert_eq!(secrets.send().await?.secret_list().len(), 1);
        let pairs = self.pairs().await?;
        let [pair] = pairs.as_slice() else {
            return Err(format!("{pairs:?}").into());
        };
        let imported = pair.public_key().ok_or("no public key")?;
        let derived = public_half(&self.private().await?)?;
        let both = |text: &str| {
            text.split(' ')
                .take(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(both(imported.trim()), both(derived.trim()));
        Ok(derived)
    }
}

/// What `ssh-keygen -y` derives from a private key in a file that only its owner can read.
fn public_half(private: &str) -> Result<String, AnyError> {
    let directory = scenarios::trial::temporary::TemporaryDirectory::new()?;
    let path = directory.path().join("acme.pem");
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(&path)?;
    file.write_all(private.as_bytes())?;
    let mut keygen = Command::new("ssh-keygen");
    let said = keygen.arg("-y").arg("-f").arg(&path).output()?;
    assert!(said.status.success(), "{said:?}");
    Ok(String::from_utf8(said.stdout)?)
}

fn keys_of(outcome: &Outcome) -> BTreeSet<&str> {
    let all = outcome.remaining.iter().chain(&outcome.findings);
    all.map(|one| one.key.as_str()).collect()
}

#[tokio::test]
async fn each_region_has_a_key_pair_that_fits_its_secret_and_a_second_pass_reads_three_times()
-> Result<(), AnyError> {
    let mut scene = with_key_pairs().await?;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let own = ["DescribeKeyPairs", "DescribeSecret", "GetResourcePolicy"];
    let reads = calls.iter();
    let reads = reads.filter(|call| own.contains(&call.operation.as_str()));
    assert_eq!(reads.count(), 3 * REGIONS.len(), "{calls:#?}");
    assert!(calls.iter().all(|call| call.operation != "GetSecretValue"));
    let mut publics = BTreeSet::new();
    for region in REGIONS {
        publics.insert(Root::of(&scene, region)?.fitting().await?);
    }
    assert_eq!(publics.len(), REGIONS.len());
    Ok(())
}

#[tokio::test]
async fn whatever_is_lost_on_the_way_there_is_one_secret_and_one_key_pair_and_they_fit()
-> Result<(), AnyError> {
    let dark = |when| Effect::PowerLoss {
        when,
        whose: Box::new(Match {
            account: Some(ACCOUNT.into()),
            ..Match::default()
        }),
    };
    for operation in ["CreateSecret", "ImportKeyPair"] {
        for effect in [
            Effect::DropAnswer,
            dark(Moment::Before),
            dark(Moment::After),
        ] {
            let mut scene = begin().await?;
            scene.desired.spec.regions.truncate(1);
            scene.machine.aws.proxy.add_fault(Fault {
                matching: Match {
                    operation: Some(operation.into()),
                    ..Match::default()
                },
                times: Some(1),
                effect,
                ..Fault::default()
            });
            let _ = pass(&mut scene, Verb::Onboard).await?;
            scene.machine.aws.proxy.clear_faults();
            scene.machine.advance(60);
            settle(&mut scene).await?;
            Root::of(&scene, REGIONS[0])?.fitting().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_somebody_does_to_secret_or_key_pair_is_found_with_its_values_and_put_back()
-> Result<(), AnyError> {
    let mut scene = with_key_pairs().await?;
    let root = Root::of(&scene, REGIONS[0])?;
    let public = root.fitting().await?;
    root.replace("hunter2").await?;
    let open = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}"#;
    let call = root.secrets.put_resource_policy().resource_policy(open);
    call.secret_id(names::KEY_PAIR_SECRET).send().await?;
    let call = root
        .secrets
        .tag_resource()
        .secret_id(names::KEY_PAIR_SECRET);
    let tag = Tag::builder().key(names::TAG_COST_CENTER).value("theirs");
    call.tags(tag.build()).send().await?;
    let pair = root.pairs().await?.remove(0);
    let theirs = Ec2Tag::builder().key(names::TAG_COST_CENTER).value("x");
    let call = root.ec2.create_tags().tags(theirs.build());
    call.resources(pair.key_pair_id().ok_or("no id")?)
        .send()
        .await?;
    let second = Root::of(&scene, REGIONS[1])?;
    let call = second.secrets.delete_secret().recovery_window_in_days(7);
    call.secret_id(names::KEY_PAIR_SECRET).send().await?;

    let outcome = audit(&scene).await?;
    let found = keys_of(&outcome);
    for key in [
        "eu-central-1.private-key.value",
        "eu-central-1.private-key.policy",
        "eu-central-1.private-key.tags",
        "eu-central-1.key-pair.tags",
        "us-east-1.private-key.deletion",
    ] {
        assert!(found.contains(key), "{key} in {found:?}");
    }
    settle(&mut scene).await?;
    assert_eq!(
        root.fitting().await?,
        public,
        "the version that was ours is current again"
    );
    assert!(
        root.secret()
            .await?
            .tags()
            .iter()
            .all(|tag| tag.value() != Some("theirs"))
    );
    second.fitting().await?;
    assert!(keys_of(&audit(&scene).await?).is_empty());
    Ok(())
}

#[tokio::test]
async fn a_private_key_that_is_deleted_for_good_is_made_anew_and_its_key_pair_with_it()
-> Result<(), AnyError> {
    let mut scene = with_key_pairs().await?;
    let root = Root::of(&scene, REGIONS[0])?;
    let public = root.fitting().await?;
    // Secrets Manager forgets versions without a label; here two others have them.
    root.replace("hunter2").await?;
    root.replace("hunter3").await?;
    settle(&mut scene).await?;
    let second = root.fitting().await?;
    assert_ne!(second, public);

    let call = root
        .secrets
        .delete_secret()
        .force_delete_without_recovery(true);
    call.secret_id(names::KEY_PAIR_SECRET).send().await?;
    let outcome = audit(&scene).await?;
    assert!(
        keys_of(&outcome).contains("eu-central-1.private-key"),
        "{outcome:#?}"
    );
    settle(&mut scene).await?;
    assert_ne!(root.fitting().await?, second);
    Ok(())
}

#[tokio::test]
async fn a_public_key_that_somebody_put_in_the_place_of_ours_is_replaced() -> Result<(), AnyError> {
    let mut scene = with_key_pairs().await?;
    let root = Root::of(&scene, REGIONS[0])?;
    let public = root.fitting().await?;
    let theirs = Root::of(&scene, REGIONS[1])?.fitting().await?;
    let tags = root.pairs().await?.remove(0).tags.unwrap_or_default();
    let call = root.ec2.delete_key_pair().key_name(names::KEY_PAIR);
    call.send().await?;
    let tags = aws_sdk_ec2::types::TagSpecification::builder()
        .resource_type("key-pair".into())
        .set_tags(Some(tags));
    let call = root.ec2.import_key_pair().key_name(names::KEY_PAIR);
    let call = call.public_key_material(Blob::new(theirs));
    call.tag_specifications(tags.build()).send().await?;

    let outcome = audit(&scene).await?;
    let found = keys_of(&outcome);
    assert_eq!(found, BTreeSet::from(["eu-central-1.key-pair.fingerprint"]));
    let said = &outcome.remaining[0];
    assert!(
        said.found.starts_with("SHA256:") && said.wanted.starts_with("SHA256:"),
        "{said:?}"
    );
    settle(&mut scene).await?;
    assert_eq!(root.fitting().await?, public);
    Ok(())
}

#[tokio::test]
async fn copies_and_a_rotation_of_the_secret_are_findings_for_a_person() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.regions.truncate(1);
    settle(&mut scene).await?;
    let root = Root::of(&scene, REGIONS[0])?;
    let call = root.secrets.replicate_secret_to_regions();
    let copy = ReplicaRegionType::builder().region("eu-west-1").build();
    let call = call
        .secret_id(names::KEY_PAIR_SECRET)
        .add_replica_regions(copy);
    call.send().await?;
    let call = root
        .secrets
        .rotate_secret()
        .secret_id(names::KEY_PAIR_SECRET);
    let call = call.rotation_lambda_arn("arn:aws:lambda:eu-central-1:444455556666:function:theirs");
    let rules = RotationRulesType::builder().automatically_after_days(30);
    let call = call.rotation_rules(rules.build()).rotate_immediately(false);
    call.send().await?;
    let outcome = audit(&scene).await?;
    let found = keys_of(&outcome);
    for key in ["rotation", "replicas"] {
        let key = format!("eu-central-1.private-key.{key}");
        assert!(found.contains(key.as_str()), "{key} in {found:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_secret_that_somebody_copied_to_another_region_goes_with_its_copies()
-> Result<(), AnyError> {
    // Its Region is dropped from the spec, or the tenant leaves.
    for leaves in [false, true] {
        let mut scene = with_key_pairs().await?;
        let root = Root::of(&scene, REGIONS[1])?;
        let call = root.secrets.replicate_secret_to_regions();
        let copy = ReplicaRegionType::builder().region("eu-west-1").build();
        let call = call.secret_id(names::KEY_PAIR_SECRET);
        call.add_replica_regions(copy).send().await?;
        let outcome = match leaves {
            false => {
                scene.desired.spec.regions.truncate(1);
                pass(&mut scene, Verb::Onboard).await?
            }
            true => {
                let leaving = scene.leaving();
                pass_of(&mut scene, Verb::Offboard, &leaving).await?
            }
        };
        assert!(outcome.failures.is_empty(), "{outcome:#?}");
        let secret = root.secret().await?;
        assert!(secret.deleted_date().is_some(), "{secret:?}");
        let copy = Root::of(&scene, "eu-west-1")?.secret().await;
        assert!(copy.is_err(), "{copy:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_key_pair_or_a_secret_of_somebody_else_with_our_name_is_left_alone()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.regions.truncate(1);
    let root = Root::of(&scene, REGIONS[0])?;
    let call = root.secrets.create_secret().name(names::KEY_PAIR_SECRET);
    call.secret_string("theirs").send().await?;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    assert_eq!(root.private().await?, "theirs");
    assert!(root.pairs().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_key_pair_that_the_spec_drops_goes_and_its_secret_can_be_had_back_for_thirty_days()
-> Result<(), AnyError> {
    let mut scene = with_key_pairs().await?;
    let root = Root::of(&scene, REGIONS[1])?;
    let public = root.fitting().await?;
    scene.desired.spec.regions = regions(&REGIONS[..1]);
    settle(&mut scene).await?;
    assert!(root.pairs().await?.is_empty());
    let outcome = audit(&scene).await?;
    let mut shown = outcome.resources.iter();
    let shown = shown.find(|(role, _)| role.starts_with("us-east-1.secret"));
    assert!(
        shown.is_some_and(|(_, what)| what.contains("scheduled for")),
        "{outcome:#?}"
    );

    scene.desired.spec.regions = regions(&REGIONS);
    settle(&mut scene).await?;
    assert_eq!(root.fitting().await?, public);

    scene.desired.spec.key_pair = false;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    assert!(root.pairs().await?.is_empty());
    assert!(root.secret().await?.deleted_date.is_some());
    Ok(())
}

#[tokio::test]
async fn on_the_way_out_the_key_pair_is_deleted_and_its_secret_scheduled_for_deletion()
-> Result<(), AnyError> {
    let mut scene = with_key_pairs().await?;
    let mut leaving = scene.leaving();
    leaving.recorded = scene.desired.recorded.clone();
    let outcome = pass_of(&mut scene, Verb::Offboard, &leaving).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    for region in REGIONS {
        let root = Root::of(&scene, region)?;
        assert!(root.pairs().await?.is_empty());
        let deleted = root.secret().await?.deleted_date.ok_or("not deleted")?;
        let days = (deleted.secs() - jiff::Timestamp::now().as_second()) / 86_400;
        assert!((6..=7).contains(&days), "{days}");
    }
    Ok(())
}

#[tokio::test]
async fn the_tenants_key_encrypts_the_secret_where_the_blueprint_says_so_and_no_more_where_not()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.keys = true;
    settle(&mut scene).await?;
    let root = Root::of(&scene, REGIONS[0])?;
    let public = root.fitting().await?;
    assert_eq!(root.secret().await?.kms_key_id, None);
    scene.desired.spec.encryption = Encryption::TenantKey;
    settle(&mut scene).await?;
    let id = scene.desired.recorded.id(
        ComponentName::KEYS,
        "eu-central-1.kms-key.alias/tenantry.id",
    );
    let arn = format!(
        "arn:aws:kms:eu-central-1:{ACCOUNT}:key/{}",
        id.ok_or("no key")?
    );
    assert_eq!(root.secret().await?.kms_key_id, Some(arn.clone()));

    let call = root
        .secrets
        .update_secret()
        .secret_id(names::KEY_PAIR_SECRET);
    call.kms_key_id("alias/aws/secretsmanager").send().await?;
    let outcome = audit(&scene).await?;
    assert_eq!(
        keys_of(&outcome),
        BTreeSet::from(["eu-central-1.private-key.key"])
    );
    let said = &outcome.remaining[0];
    assert_eq!(
        (said.found.as_str(), said.wanted.as_str()),
        ("AWS's own", arn.as_str())
    );
    settle(&mut scene).await?;
    assert_eq!(root.secret().await?.kms_key_id, Some(arn));

    scene.desired.spec.encryption = Encryption::AwsKey;
    settle(&mut scene).await?;
    assert_eq!(root.secret().await?.kms_key_id, None);
    assert_eq!(root.fitting().await?, public);
    Ok(())
}

#[tokio::test]
async fn a_retired_tag_comes_off_secret_and_key_pair() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.regions.truncate(1);
    scene.desired.spec.tags.insert("team".into(), "core".into());
    settle(&mut scene).await?;
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    settle(&mut scene).await?;
    let root = Root::of(&scene, REGIONS[0])?;
    let tags = root.secret().await?.tags.unwrap_or_default();
    assert!(tags.iter().all(|tag| tag.key() != Some("team")), "{tags:?}");
    let pair = root.pairs().await?.remove(0);
    assert!(
        pair.tags().iter().all(|tag| tag.key() != Some("team")),
        "{pair:?}"
    );
    Ok(())
}

#[tokio::test]
async fn nothing_is_asked_about_key_pairs_for_a_tenant_whose_blueprint_has_none()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.key_pair = false;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    let calls = scene.calls();
    assert!(
        calls.iter().all(|call| call.service != "secretsmanager"),
        "{calls:#?}"
    );
    assert!(
        calls
            .iter()
            .all(|call| call.operation != "DescribeKeyPairs"),
        "{calls:#?}"
    );
    Ok(())
}

/// The fingerprint that was recorded of a Region's private key.
fn fingerprint(outcome: &Outcome, region: &str) -> String {
    let role = KeyPairs::recorded_fingerprint(&region.parse().unwrap());
    outcome.resources[&role].clone()
}

#[tokio::test]
async fn a_retired_private_key_is_replaced_once_whatever_is_lost_on_the_way_and_never_put_back()
-> Result<(), AnyError> {
    let dark = |when| Effect::PowerLoss {
        when,
        whose: Box::new(Match {
            account: Some(ACCOUNT.into()),
            ..Match::default()
        }),
    };
    for operation in ["PutSecretValue", "DeleteKeyPair", "ImportKeyPair"] {
        for effect in [
            Effect::DropAnswer,
            dark(Moment::Before),
            dark(Moment::After),
        ] {
            let mut scene = begin().await?;
            scene.desired.spec.regions.truncate(1);
            settle(&mut scene).await?;
            let outcome = pass(&mut scene, Verb::Onboard).await?;
            let old = fingerprint(&outcome, REGIONS[0]);
            let root = Root::of(&scene, REGIONS[0])?;
            let before = root.fitting().await?;
            let old_version = root.secret().await?;
            scene.desired.retired_keys = vec![old.clone()];
            let case = format!("{operation}, {effect:?}");
            scene.machine.aws.proxy.add_fault(Fault {
                matching: Match {
                    operation: Some(operation.into()),
                    ..Match::default()
                },
                times: Some(1),
                effect,
                ..Fault::default()
            });
            let _ = pass(&mut scene, Verb::Onboard).await?;
            scene.machine.aws.proxy.clear_faults();
            scene.machine.advance(60);
            settle(&mut scene).await?;
            let outcome = pass(&mut scene, Verb::Onboard).await?;
            assert_ne!(fingerprint(&outcome, REGIONS[0]), old, "{case}");
            assert_ne!(root.fitting().await?, before, "{case}");
            let versions = root
                .secret()
                .await?
                .version_ids_to_stages
                .unwrap_or_default();
            let ours = versions.keys().filter(|version| version.len() == 64);
            assert_eq!(ours.count(), 2, "{case}: {versions:?}");

            // Somebody puts the old one back: that is drift, and it does not stay.
            let labels = old_version.version_ids_to_stages.unwrap_or_default();
            let old_id = labels.keys().next().ok_or("no version")?;
            let now = versions
                .iter()
                .find(|(_, labels)| labels.iter().any(|label| label == "AWSCURRENT"));
            let (current, _) = now.ok_or("no current version")?;
            let call = root.secrets.update_secret_version_stage();
            call.secret_id(names::KEY_PAIR_SECRET)
                .version_stage("AWSCURRENT")
                .move_to_version_id(old_id)
                .remove_from_version_id(current)
                .send()
                .await?;
            let audit = audit(&scene).await?;
            let keys: Vec<&str> = keys_of(&audit).into_iter().collect();
            assert!(
                keys.iter().any(|key| key.contains("private-key")),
                "{case}: {audit:#?}"
            );
            settle(&mut scene).await?;
            assert_ne!(root.fitting().await?, before, "{case}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_audit_asks_nothing_in_a_dropped_region_that_was_closed_and_keeps_what_is_recorded()
-> Result<(), AnyError> {
    let mut scene = with_key_pairs().await?;
    let left = regions(&REGIONS[1..]);
    scene.desired.spec.regions = left.clone();
    let mut deployment = (*scene.desired.deployment).clone();
    deployment.allowed_regions = left;
    scene.desired.deployment = std::sync::Arc::new(deployment);
    scene.machine.aws.proxy.forget_calls();

    let audited = scene.audit_of(ComponentName::KEY_PAIR).await?;
    let calls = scene.calls();
    let asked = calls.iter().any(|call| call.region == REGIONS[0]);
    assert!(!calls.is_empty() && !asked, "{calls:#?}");
    assert_eq!(audited.failures, []);
    let mut roles = audited.resources.keys();
    assert!(
        roles.any(|role| role.starts_with(REGIONS[0])),
        "{audited:#?}"
    );
    // Whoever repairs may look there, and removes it.
    let repaired = pass(&mut scene, Verb::Onboard).await?;
    assert!(!repaired.applied.is_empty(), "{repaired:#?}");
    let repaired = pass(&mut scene, Verb::Onboard).await?;
    // The secret can be had back for thirty days, and is named until then.
    let pair = format!("{}.key-pair", REGIONS[0]);
    let mut roles = repaired.resources.keys();
    assert!(!roles.any(|role| role.starts_with(&pair)), "{repaired:#?}");
    Ok(())
}
