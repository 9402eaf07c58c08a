//! The resource groups of a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use account_support::{ACCOUNT, Scene};
use aws_sdk_resourcegroups::{
    Client,
    types::{QueryType, ResourceQuery},
};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use tenancy::{ComponentName, ComponentState, Verb, names};

const GROUPS: ComponentName = ComponentName::new("resource-group");
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];
const NAME: &str = "tenantry-acme";

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.resource_group = true;
    scene.desired.spec.regions = REGIONS.map(|name| name.parse().unwrap()).to_vec();
    Ok(scene)
}

/// A tenant with a group in each of two Regions.
async fn grouped() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    scene.settle(GROUPS).await?;
    Ok(scene)
}

fn groups(scene: &Scene, region: &'static str) -> Result<Client, AnyError> {
    Ok(Client::new(&scene.root_in(region)?))
}

async fn count(client: &Client) -> Result<usize, AnyError> {
    Ok(client.list_groups().send().await?.group_identifiers().len())
}

fn query(text: &str) -> Result<ResourceQuery, AnyError> {
    let query = ResourceQuery::builder().r#type(QueryType::TagFilters10);
    Ok(query.query(text).build()?)
}

fn arn(region: &str) -> String {
    format!("arn:aws:resource-groups:{region}:{ACCOUNT}:group/{NAME}")
}

#[tokio::test]
async fn each_region_has_a_group_that_lists_what_is_the_tenants_and_a_second_pass_reads_twice()
-> Result<(), AnyError> {
    let mut scene = grouped().await?;
    let outcome = scene.pass_over(GROUPS, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let reads = calls
        .iter()
        .filter(|call| call.service == "resource-groups");
    assert_eq!(reads.count(), 2 * REGIONS.len(), "{calls:#?}");
    let client = groups(&scene, REGIONS[0])?;
    let listed = client.list_group_resources().group(NAME).send().await?;
    let arns: Vec<_> = listed
        .resources()
        .iter()
        .filter_map(|one| one.identifier()?.resource_arn())
        .collect();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/tenantry/{}", names::AUDITOR);
    assert!(arns.contains(&role.as_str()), "{arns:?}");
    Ok(())
}

#[tokio::test]
async fn a_changed_query_tags_taken_off_and_a_deleted_group_are_found_and_put_back()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    scene.settle(GROUPS).await?;
    let (first, second) = (groups(&scene, REGIONS[0])?, groups(&scene, REGIONS[1])?);
    let other =
        query(r#"{"ResourceTypeFilters":["AWS::AllSupported"],"TagFilters":[{"Key":"a"}]}"#)?;
    let call = first.update_group_query().group(NAME).resource_query(other);
    call.send().await?;
    let call = first.untag().arn(arn(REGIONS[0])).keys(names::TAG_TENANT);
    call.send().await?;
    second.delete_group().group(NAME).send().await?;

    let outcome = scene.audit_of(GROUPS).await?;
    let found: Vec<&str> = outcome.remaining.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(
        found,
        [
            "eu-central-1.resource-group.query",
            "eu-central-1.resource-group.tags",
            "us-east-1.resource-group",
        ]
    );
    // A tag that the spec no longer has comes off in the same pass.
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    scene.settle(GROUPS).await?;
    let outcome = scene.audit_of(GROUPS).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let tags = first.get_tags().arn(arn(REGIONS[0])).send().await?;
    let tags = tags.tags.unwrap_or_default();
    assert!(tags.contains_key(names::TAG_TENANT) && !tags.contains_key("team"));
    Ok(())
}

#[tokio::test]
async fn a_group_of_somebody_else_at_our_name_is_named_and_left_alone() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    let client = groups(&scene, REGIONS[0])?;
    let theirs =
        query(r#"{"ResourceTypeFilters":["AWS::S3::Bucket"],"TagFilters":[{"Key":"a"}]}"#)?;
    let call = client.create_group().name(NAME).resource_query(theirs);
    call.send().await?;
    let outcome = scene.pass_over(GROUPS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    let kept = client.get_group_query().group(NAME).send().await?;
    let kept = kept.group_query.and_then(|group| group.resource_query);
    assert!(kept.is_some_and(|query| query.query.contains("AWS::S3::Bucket")));
    Ok(())
}

#[tokio::test]
async fn a_group_whose_creation_was_not_answered_is_found_and_taken() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("resource-groups".into()),
            operation: Some("CreateGroup".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    scene.pass_over(GROUPS, Verb::Onboard).await?;
    scene.settle(GROUPS).await?;
    for region in REGIONS {
        assert_eq!(count(&groups(&scene, region)?).await?, 1, "{region}");
    }
    Ok(())
}

#[tokio::test]
async fn the_group_of_a_dropped_region_goes_and_a_leaving_tenants_groups_go_all()
-> Result<(), AnyError> {
    let mut scene = grouped().await?;
    scene.desired.spec.regions.truncate(1);
    scene.settle(GROUPS).await?;
    assert_eq!(count(&groups(&scene, REGIONS[1])?).await?, 0);
    assert_eq!(count(&groups(&scene, REGIONS[0])?).await?, 1);
    let leaving = scene.leaving();
    let left = scene.reconcile(Verb::Offboard, &leaving, &[GROUPS]).await?;
    assert_eq!(left[0].state, ComponentState::Absent, "{left:#?}");
    assert_eq!(count(&groups(&scene, REGIONS[0])?).await?, 0);
    Ok(())
}

#[tokio::test]
async fn nothing_is_asked_for_a_tenant_whose_blueprint_has_no_groups() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.resource_group = false;
    let outcome = scene.pass_over(GROUPS, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    let calls = scene.calls();
    let asked = calls.iter().any(|call| call.service == "resource-groups");
    assert!(!asked, "{calls:#?}");
    Ok(())
}
