//! The access analyzers of a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use std::collections::HashMap;

use account_support::{ACCOUNT, Scene};
use aws_sdk_accessanalyzer::{
    Client,
    types::{
        AnalysisRule, AnalysisRuleCriteria, AnalyzerConfiguration, Type, UnusedAccessConfiguration,
    },
};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use tenancy::{ComponentName, ComponentState, Region, Verb, names};

const ANALYZERS: ComponentName = ComponentName::new("access-analyzer");
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.access_analyzer = true;
    scene.desired.spec.unused_access_days = Some(90);
    scene.desired.spec.regions = REGIONS.map(|name| name.parse().unwrap()).to_vec();
    Ok(scene)
}

async fn analyzed() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    scene.settle(ANALYZERS).await?;
    Ok(scene)
}

fn client(scene: &Scene, region: &'static str) -> Result<Client, AnyError> {
    Ok(Client::new(&scene.root_in(region)?))
}

async fn named(client: &Client) -> Result<Vec<String>, AnyError> {
    let listed = client.list_analyzers().send().await?;
    let mut names: Vec<_> = listed.analyzers.into_iter().map(|one| one.name).collect();
    names.sort();
    Ok(names)
}

fn after_days(days: i32, exclusions: Vec<AnalysisRuleCriteria>) -> AnalyzerConfiguration {
    let rule = AnalysisRule::builder().set_exclusions(Some(exclusions));
    let unused = UnusedAccessConfiguration::builder().unused_access_age(days);
    AnalyzerConfiguration::UnusedAccess(unused.analysis_rule(rule.build()).build())
}

#[tokio::test]
async fn each_region_has_its_analyzers_and_a_second_pass_reads_once_in_each() -> Result<(), AnyError>
{
    let mut scene = analyzed().await?;
    let both = [names::EXTERNAL_ACCESS, names::UNUSED_ACCESS];
    assert_eq!(named(&client(&scene, REGIONS[0])?).await?, both);
    assert_eq!(named(&client(&scene, REGIONS[1])?).await?, both[..1]);
    scene.machine.aws.proxy.forget_calls();
    let outcome = scene.pass_over(ANALYZERS, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let reads = calls
        .iter()
        .filter(|call| call.service == "access-analyzer");
    assert_eq!(reads.count(), REGIONS.len(), "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn exclusions_tags_and_a_deleted_analyzer_are_found_and_put_back_and_a_period_is_changed()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    scene.settle(ANALYZERS).await?;
    let (first, second) = (client(&scene, REGIONS[0])?, client(&scene, REGIONS[1])?);
    let everybody = HashMap::from([("team".to_owned(), String::new())]);
    let everybody = AnalysisRuleCriteria::builder()
        .resource_tags(everybody)
        .build();
    let call = first.update_analyzer().analyzer_name(names::UNUSED_ACCESS);
    let call = call.configuration(after_days(90, vec![everybody]));
    call.send().await?;
    let arn =
        format!("arn:aws:access-analyzer:eu-central-1:{ACCOUNT}:analyzer/tenantry-external-access");
    let call = first.untag_resource().resource_arn(&arn);
    call.tag_keys(names::TAG_TENANT).send().await?;
    let call = second
        .delete_analyzer()
        .analyzer_name(names::EXTERNAL_ACCESS);
    call.send().await?;

    let outcome = scene.audit_of(ANALYZERS).await?;
    let found: Vec<&str> = outcome.remaining.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(
        found,
        [
            "eu-central-1.external-access.tags",
            "eu-central-1.unused-access.exclusions",
            "us-east-1.external-access",
        ]
    );
    scene.settle(ANALYZERS).await?;
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    scene.desired.spec.unused_access_days = Some(30);
    scene.settle(ANALYZERS).await?;
    let outcome = scene.audit_of(ANALYZERS).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let listed = first.list_analyzers().send().await?.analyzers;
    for one in &listed {
        let tags = one.tags.clone().unwrap_or_default();
        assert!(
            tags.contains_key(names::TAG_TENANT) && !tags.contains_key("team"),
            "{one:?}"
        );
    }
    let unused = listed
        .iter()
        .find(|one| one.r#type == Type::AccountUnusedAccess);
    let days = unused.and_then(|one| {
        one.configuration
            .as_ref()?
            .as_unused_access()
            .ok()?
            .unused_access_age
    });
    assert_eq!(days, Some(30));
    Ok(())
}

#[tokio::test]
async fn an_analyzer_that_was_there_counts_as_what_it_is_and_stays_for_ever() -> Result<(), AnyError>
{
    let mut scene = begin().await?;
    let first = client(&scene, REGIONS[0])?;
    let make = |name: &str, kind| first.create_analyzer().analyzer_name(name).r#type(kind);
    make("their-external", Type::Account).send().await?;
    let call = make("their-unused", Type::AccountUnusedAccess);
    call.configuration(after_days(180, Vec::new()))
        .send()
        .await?;

    let outcome = scene.settle(ANALYZERS).await?;
    assert_eq!(named(&first).await?, ["their-external", "their-unused"]);
    let keys: Vec<&str> = outcome.findings.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(keys, ["eu-central-1.unused-access.days"]);
    assert!(
        outcome.findings[0].remedy.contains("their-unused"),
        "{outcome:#?}"
    );

    // The Region is dropped, and the tenant leaves: only ours goes.
    scene.desired.spec.regions = vec![REGIONS[1].parse()?];
    scene.desired.spec.unused_access_days = None;
    scene.settle(ANALYZERS).await?;
    let leaving = scene.leaving();
    let left = scene
        .reconcile(Verb::Offboard, &leaving, &[ANALYZERS])
        .await?;
    assert_eq!(left[0].state, ComponentState::Absent, "{left:#?}");
    assert_eq!(named(&first).await?, ["their-external", "their-unused"]);
    assert_eq!(named(&client(&scene, REGIONS[1])?).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn an_analyzer_whose_creation_was_not_answered_is_found_and_that_of_a_dropped_region_goes()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("access-analyzer".into()),
            operation: Some("CreateAnalyzer".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    scene.pass_over(ANALYZERS, Verb::Onboard).await?;
    scene.settle(ANALYZERS).await?;
    assert_eq!(named(&client(&scene, REGIONS[0])?).await?.len(), 2);
    scene.desired.spec.regions.truncate(1);
    scene.settle(ANALYZERS).await?;
    assert_eq!(named(&client(&scene, REGIONS[1])?).await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn nothing_is_asked_for_a_tenant_whose_blueprint_has_no_analyzers() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.access_analyzer = false;
    scene.desired.spec.unused_access_days = None;
    let outcome = scene.pass_over(ANALYZERS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    let asked = scene
        .calls()
        .iter()
        .any(|call| call.service == "access-analyzer");
    assert!(!asked);
    Ok(())
}

#[tokio::test]
async fn an_audit_asks_nothing_in_a_dropped_region_that_was_closed_and_keeps_what_is_recorded()
-> Result<(), AnyError> {
    let mut scene = analyzed().await?;
    let left: Vec<Region> = vec![REGIONS[1].parse()?];
    scene.desired.spec.regions = left.clone();
    let mut deployment = (*scene.desired.deployment).clone();
    deployment.allowed_regions = left;
    scene.desired.deployment = std::sync::Arc::new(deployment);

    let audited = scene.audit_of(ANALYZERS).await?;
    let calls = scene.calls();
    let asked = calls.iter().any(|call| call.region == REGIONS[0]);
    assert!(!calls.is_empty() && !asked, "{calls:#?}");
    assert_eq!(audited.failures, []);
    let mut found = audited.remaining.iter();
    let in_it = found.any(|one| one.key.starts_with(REGIONS[0]));
    assert!(!in_it, "{audited:#?}");
    let mut roles = audited.resources.keys();
    let kept = roles.any(|role| role.starts_with(REGIONS[0]));
    assert!(kept, "{audited:#?}");
    // Whoever repairs may look there, and removes what is left.
    let repaired = scene.pass_over(ANALYZERS, Verb::Onboard).await?;
    assert!(!repaired.applied.is_empty(), "{repaired:#?}");
    assert_eq!(named(&client(&scene, REGIONS[0])?).await?, [""; 0]);
    Ok(())
}
