//! The dashboard of a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod account_support;

use account_support::{ACCOUNT, Scene};
use aws_sdk_cloudwatch::Client;
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use serde_json::{Value, json};
use tenancy::{ComponentName, ComponentState, Egress, Verb, names};

const DASHBOARD: ComponentName = ComponentName::DASHBOARD;
const NAME: &str = "tenantry-acme";
const HOME: &str = "us-east-1";

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    let spec = &mut scene.desired.spec;
    (spec.dashboard, spec.alerting) = (true, true);
    spec.trail_log_retention_days = Some(90);
    spec.egress = Egress::SingleNat;
    Ok(scene)
}

async fn shown() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    scene.settle(DASHBOARD).await?;
    Ok(scene)
}

fn cloudwatch(scene: &Scene) -> Result<Client, AnyError> {
    Ok(Client::new(&scene.root_in(HOME)?))
}

async fn body(client: &Client) -> Result<Value, AnyError> {
    let found = client.get_dashboard().dashboard_name(NAME).send().await?;
    Ok(serde_json::from_str(
        found.dashboard_body().unwrap_or_default(),
    )?)
}

fn arn() -> String {
    format!("arn:aws:cloudwatch::{ACCOUNT}:dashboard/{NAME}")
}

#[tokio::test]
async fn the_dashboard_shows_what_the_tenant_has_and_a_second_pass_reads_twice()
-> Result<(), AnyError> {
    let mut scene = shown().await?;
    let client = cloudwatch(&scene)?;
    let text = body(&client).await?.to_string();
    for part in [
        "alarm:tenantry-root-use",
        "AWS/NATGateway",
        "/tenantry/trail",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    scene.machine.aws.proxy.forget_calls();
    let outcome = scene.pass_over(DASHBOARD, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    assert!(outcome.resources["console"].ends_with("/dashboard/tenantry-acme"));
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let own = calls.iter().filter(|call| call.service == "monitoring");
    assert_eq!(own.count(), 2, "{calls:#?}");
    // Another way out is another dashboard.
    scene.desired.spec.egress = Egress::None;
    scene.settle(DASHBOARD).await?;
    assert!(!body(&client).await?.to_string().contains("NATGateway"));
    Ok(())
}

#[tokio::test]
async fn changed_widgets_tags_taken_off_and_a_deleted_dashboard_are_found_and_put_back()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    scene.settle(DASHBOARD).await?;
    let client = cloudwatch(&scene)?;
    let widget = json!({"type": "text", "properties": {"markdown": "theirs"}});
    let other = json!({ "widgets": [widget] }).to_string();
    let call = client.put_dashboard().dashboard_name(NAME);
    call.dashboard_body(other).send().await?;
    let call = client.untag_resource().resource_arn(arn());
    call.tag_keys(names::TAG_TENANT).send().await?;
    let outcome = scene.audit_of(DASHBOARD).await?;
    let found: Vec<&str> = outcome.remaining.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(found, ["dashboard.body", "dashboard.tags"], "{outcome:#?}");
    assert!(outcome.remaining[0].found.contains("theirs"));
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    scene.settle(DASHBOARD).await?;
    let outcome = scene.audit_of(DASHBOARD).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let tags = client.list_tags_for_resource().resource_arn(arn());
    let tags = tags.send().await?;
    let keys: Vec<_> = tags.tags().iter().filter_map(|tag| tag.key()).collect();
    assert!(keys.contains(&names::TAG_TENANT) && !keys.contains(&"team"));

    scene.pass_over(DASHBOARD, Verb::Onboard).await?;
    let call = client.delete_dashboards().dashboard_names(NAME);
    call.send().await?;
    let outcome = scene.audit_of(DASHBOARD).await?;
    let found: Vec<&str> = outcome.remaining.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(found, ["dashboard"], "{outcome:#?}");
    scene.settle(DASHBOARD).await?;
    assert!(body(&client).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn one_of_somebody_else_at_our_name_is_named_and_left_alone() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    let client = cloudwatch(&scene)?;
    let theirs = json!({ "widgets": [] });
    let call = client.put_dashboard().dashboard_name(NAME);
    call.dashboard_body(theirs.to_string()).send().await?;
    let outcome = scene.pass_over(DASHBOARD, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    assert_eq!(body(&client).await?, theirs);
    let leaving = scene.leaving();
    let left = scene
        .reconcile(Verb::Offboard, &leaving, &[DASHBOARD])
        .await?;
    assert_eq!(left[0].state, ComponentState::Absent, "{left:#?}");
    assert_eq!(body(&client).await?, theirs);
    Ok(())
}

#[tokio::test]
async fn one_of_somebody_else_that_is_not_found_once_is_not_overwritten() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    let client = cloudwatch(&scene)?;
    let theirs = json!({ "widgets": [] });
    let call = client.put_dashboard().dashboard_name(NAME);
    call.dashboard_body(theirs.to_string()).send().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("monitoring".into()),
            operation: Some("GetDashboard".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::Refuse {
            code: "ResourceNotFound".into(),
            status: 404,
            message: format!("Dashboard {NAME} does not exist"),
            reason: None,
        },
        ..Fault::default()
    });
    for _ in 0..2 {
        scene.pass_over(DASHBOARD, Verb::Onboard).await?;
        scene.machine.advance(60);
    }
    let outcome = scene.pass_over(DASHBOARD, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    assert_eq!(body(&client).await?, theirs);
    Ok(())
}

#[tokio::test]
async fn one_whose_creation_was_not_answered_is_found_and_it_goes_with_its_blueprint_and_its_tenant()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("monitoring".into()),
            operation: Some("PutDashboard".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    scene.pass_over(DASHBOARD, Verb::Onboard).await?;
    scene.settle(DASHBOARD).await?;
    let client = cloudwatch(&scene)?;
    assert!(body(&client).await.is_ok());
    scene.pass_over(DASHBOARD, Verb::Onboard).await?;
    scene.desired.spec.dashboard = false;
    let outcome = scene.pass_over(DASHBOARD, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    assert!(body(&client).await.is_err());
    scene.desired.spec.dashboard = true;
    scene.settle(DASHBOARD).await?;
    let leaving = scene.leaving();
    let left = scene
        .reconcile(Verb::Offboard, &leaving, &[DASHBOARD])
        .await?;
    assert_eq!(left[0].state, ComponentState::Absent, "{left:#?}");
    assert!(body(&client).await.is_err());
    Ok(())
}
