//! The copy of a tenant's trail in CloudWatch Logs, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use account_support::{ACCOUNT, Scene};
use aws_config::Region as SdkRegion;
use baseline::{Outcome, Recorded};
use scenarios::machine::AnyError;
use tenancy::{ComponentName, ComponentState, Verb, names};

const TRAIL: ComponentName = ComponentName::TRAIL;

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.trail_log_retention_days = Some(365);
    Ok(scene)
}

async fn pass(scene: &mut Scene, verb: Verb) -> Result<Outcome, AnyError> {
    let names = [ComponentName::ACCESS, TRAIL];
    let desired = match verb {
        Verb::Offboard => scene.leaving(),
        _ => scene.desired.clone(),
    };
    let names = match verb {
        Verb::Offboard => &names[1..],
        _ => &names[..],
    };
    let outcomes = scene.reconcile(verb, &desired, names).await?;
    let outcome = outcomes.into_iter().last().ok_or("no outcome")?;
    scene.desired.recorded = Recorded::new([(TRAIL, outcome.resources.clone())]);
    Ok(outcome)
}

async fn settle(scene: &mut Scene) -> Result<(), AnyError> {
    for _ in 0..3 {
        let outcome = pass(scene, Verb::Onboard).await?;
        if outcome.state == ComponentState::Ready {
            // What AWS gave ids to is recorded by the next observation.
            pass(scene, Verb::Onboard).await?;
            scene.machine.aws.proxy.forget_calls();
            return Ok(());
        }
        scene.machine.advance(60);
    }
    Err("the trail is not settled".into())
}

async fn audit(scene: &Scene) -> Result<Outcome, AnyError> {
    let outcomes = scene.audit(&[TRAIL]).await?;
    Ok(outcomes.into_iter().next().ok_or("no outcome")?)
}

struct Account {
    cloudtrail: aws_sdk_cloudtrail::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    region: String,
}

/// The account's root user, in the trail's Region.
fn root(scene: &Scene) -> Result<Account, AnyError> {
    let region = scene.desired.home_region().ok_or("no Region")?.to_string();
    let root = scene.machine.account_root(ACCOUNT)?.to_builder();
    let root = root.region(SdkRegion::new(region.clone())).build();
    Ok(Account {
        cloudtrail: aws_sdk_cloudtrail::Client::new(&root),
        logs: aws_sdk_cloudwatchlogs::Client::new(&root),
        iam: aws_sdk_iam::Client::new(&root),
        kms: aws_sdk_kms::Client::new(&root),
        region,
    })
}

impl Account {
    async fn trail(&self) -> Result<Option<aws_sdk_cloudtrail::types::Trail>, AnyError> {
        let answer = self.cloudtrail.describe_trails().send().await?;
        Ok(answer.trail_list.unwrap_or_default().into_iter().next())
    }

    async fn group(&self) -> Result<Option<aws_sdk_cloudwatchlogs::types::LogGroup>, AnyError> {
        let call = self.logs.describe_log_groups();
        let call = call.log_group_name_prefix(names::trail_log_group());
        let groups = call.send().await?.log_groups;
        Ok(groups.unwrap_or_default().into_iter().next())
    }

    fn group_arn(&self) -> String {
        let group = names::trail_log_group();
        format!("arn:aws:logs:{}:{ACCOUNT}:log-group:{group}", self.region)
    }
}

#[tokio::test]
async fn the_trail_delivers_to_a_log_group_by_a_role_of_its_own_and_a_second_pass_only_reads()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    let account = root(&scene)?;
    let trail = account.trail().await?.ok_or("no trail")?;
    assert_eq!(
        trail.cloud_watch_logs_log_group_arn().unwrap_or_default(),
        format!("{}:*", account.group_arn())
    );
    let role = trail.cloud_watch_logs_role_arn().unwrap_or_default();
    assert!(
        role.ends_with("role/tenantry/tenantry-trail-logs"),
        "{role}"
    );
    let group = account.group().await?.ok_or("no group")?;
    assert_eq!(group.retention_in_days(), Some(365));

    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let mut calls = scene.calls();
    calls.retain(|call| call.app == "tenantry");
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let logs = calls.iter().filter(|call| call.service == "logs").count();
    assert_eq!(logs, 2, "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn what_somebody_does_to_the_copy_is_found_with_its_values_and_put_back()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    settle(&mut scene).await?;
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    let account = root(&scene)?;
    let call = account.cloudtrail.update_trail().name(names::TRAIL);
    let call = call.cloud_watch_logs_log_group_arn("");
    call.cloud_watch_logs_role_arn("").send().await?;
    let group = names::trail_log_group();
    let call = account.logs.delete_retention_policy();
    call.log_group_name(group).send().await?;
    let call = account.logs.untag_resource();
    let call = call.resource_arn(account.group_arn());
    call.tag_keys(names::TAG_COMPONENT).send().await?;
    let open_to_all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*",
        "Principal":{"AWS":"*","Service":"logs.us-east-1.amazonaws.com"}}]}"#;
    let key = account.kms.create_key().policy(open_to_all).send().await?;
    let key = key.key_metadata.and_then(|key| key.arn).ok_or("no key")?;
    let call = account.logs.associate_kms_key().log_group_name(group);
    call.kms_key_id(key).send().await?;
    let open = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}"#;
    let call = account.iam.update_assume_role_policy();
    let call = call.role_name(names::TRAIL_LOGS_ROLE).policy_document(open);
    call.send().await?;
    let call = account.iam.delete_role_policy();
    let call = call.role_name(names::TRAIL_LOGS_ROLE);
    call.policy_name(names::MANAGEMENT_POLICY).send().await?;

    let outcome = audit(&scene).await?;
    let found: Vec<&str> = outcome.remaining.iter().map(|d| d.key.as_str()).collect();
    for key in [
        "trail.copiesTo",
        "trail.copiesBy",
        "log-group.retention",
        "log-group.tags",
        "log-group.key",
        "log-group-role.trust",
        "log-group-role.inline.tenantry",
    ] {
        assert!(found.contains(&key), "{key} in {found:?}");
    }
    settle(&mut scene).await?;
    let outcome = audit(&scene).await?;
    assert!(outcome.remaining.is_empty(), "{outcome:#?}");
    Ok(())
}

#[tokio::test]
async fn a_blueprint_without_the_copy_stops_it_and_the_tenant_s_departure_takes_all_of_it_away()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    scene.desired.spec.trail_log_retention_days = None;
    let outcome = pass(&mut scene, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let account = root(&scene)?;
    let trail = account.trail().await?.ok_or("no trail")?;
    assert_eq!(trail.cloud_watch_logs_log_group_arn(), None);
    assert!(account.group().await?.is_some());

    scene.desired.spec.trail_log_retention_days = Some(30);
    settle(&mut scene).await?;
    for _ in 0..3 {
        pass(&mut scene, Verb::Offboard).await?;
        scene.machine.advance(60);
    }
    assert!(account.trail().await?.is_none());
    assert!(account.group().await?.is_none());
    let role = account.iam.get_role().role_name(names::TRAIL_LOGS_ROLE);
    assert!(role.send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_log_group_that_somebody_protected_from_deletion_goes_with_its_tenant()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    settle(&mut scene).await?;
    let account = root(&scene)?;
    let call = account.logs.put_log_group_deletion_protection();
    let call = call.log_group_identifier(names::trail_log_group());
    call.deletion_protection_enabled(true).send().await?;
    let call = account.logs.delete_log_group();
    let refused = call.log_group_name(names::trail_log_group()).send().await;
    assert!(refused.is_err());
    for _ in 0..3 {
        pass(&mut scene, Verb::Offboard).await?;
        scene.machine.advance(60);
    }
    assert!(account.trail().await?.is_none());
    assert!(account.group().await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_trail_of_others_in_a_further_region_of_the_spec_is_reported() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.regions = vec!["eu-central-1".parse()?, "us-east-1".parse()?];
    settle(&mut scene).await?;
    let root = scene.machine.account_root(ACCOUNT)?.to_builder();
    let root = root.region(SdkRegion::new("us-east-1")).build();
    let theirs = aws_sdk_cloudtrail::Client::new(&root);
    let make = theirs.create_trail().name("theirs");
    make.s3_bucket_name("theirs").send().await?;
    let outcome = audit(&scene).await?;
    let found: Vec<String> = outcome
        .findings
        .iter()
        .map(|one| one.found.clone())
        .collect();
    assert!(
        found
            .iter()
            .any(|one| one.contains("us-east-1") && one.contains("theirs")),
        "{outcome:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_audit_of_a_trail_whose_home_was_dropped_and_closed_asks_nothing_there_and_does_not_call_it_good()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    let region = |name: &str| name.parse::<tenancy::Region>();
    scene.desired.spec.regions = vec![region("eu-central-1")?, region("us-east-1")?];
    settle(&mut scene).await?;
    let left = vec![region("us-east-1")?];
    scene.desired.spec.regions = left.clone();
    let mut deployment = (*scene.desired.deployment).clone();
    deployment.allowed_regions = left;
    scene.desired.deployment = std::sync::Arc::new(deployment);
    scene.machine.aws.proxy.forget_calls();

    let audited = audit(&scene).await?;
    let calls = scene.calls();
    let asked = calls.iter().any(|call| call.region == "eu-central-1");
    assert!(!calls.is_empty() && !asked, "{calls:#?}");
    assert_eq!(audited.failures, []);
    assert!(audited.remaining.is_empty(), "{audited:#?}");
    assert!(audited.unseen, "{audited:#?}");
    // It is on record as it was, and is nobody else's.
    let trail = |outcomes: &Outcome| outcomes.resources.get("trail.tenantry-trail.id").cloned();
    let recorded = scene.desired.recorded.id(TRAIL, "trail.tenantry-trail.id");
    assert_eq!(trail(&audited).as_deref(), recorded);
    assert!(audited.findings.is_empty(), "{audited:#?}");
    Ok(())
}
