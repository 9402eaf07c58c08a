//! What an account costs: unusual costs are told, and an idle tenant that costs more is a finding. With IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use account_support::{ACCOUNT, Scene};
use aws_sdk_costexplorer::{
    Client,
    types::{
        AnomalyMonitor, AnomalySubscription, AnomalySubscriptionFrequency, MonitorDimension,
        MonitorType, Subscriber, SubscriberType,
    },
};
use scenarios::{
    machine::AnyError,
    proxy::{Effect, Fault, Match},
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, Verb, names};

const BILLING: ComponentName = ComponentName::new("billing");

async fn begin() -> Result<Scene, AnyError> {
    let mut scene = Scene::begin().await?;
    scene.desired.spec.anomalies = serde_json::from_value(json!({ "thresholdUsd": 49.5 }))?;
    scene.desired.spec.contacts = serde_json::from_value(
        json!({ "billing": { "name": "Ann", "email": "ann@acme.example" } }),
    )?;
    Ok(scene)
}

async fn watched() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    scene.settle(BILLING).await?;
    Ok(scene)
}

fn costs(scene: &Scene) -> Result<Client, AnyError> {
    Ok(Client::new(&scene.machine.account_root(ACCOUNT)?))
}

async fn monitors(client: &Client) -> Result<Vec<AnomalyMonitor>, AnyError> {
    Ok(client.get_anomaly_monitors().send().await?.anomaly_monitors)
}

async fn subscriptions(client: &Client) -> Result<Vec<AnomalySubscription>, AnyError> {
    let answer = client.get_anomaly_subscriptions().send().await?;
    Ok(answer.anomaly_subscriptions)
}

/// The one monitor and the one subscription, by their ARNs.
async fn arns(client: &Client) -> Result<[String; 2], AnyError> {
    let (monitors, subscriptions) = (monitors(client).await?, subscriptions(client).await?);
    let monitor = monitors.first().and_then(|one| one.monitor_arn.clone());
    let subscription = subscriptions.first();
    let subscription = subscription.and_then(|one| one.subscription_arn.clone());
    assert_eq!((monitors.len(), subscriptions.len()), (1, 1));
    Ok([monitor.ok_or("no ARN")?, subscription.ok_or("no ARN")?])
}

async fn tag_keys(client: &Client, arn: &str) -> Result<Vec<String>, AnyError> {
    let call = client.list_tags_for_resource().resource_arn(arn);
    let tags = call.send().await?.resource_tags.unwrap_or_default();
    Ok(tags.into_iter().map(|tag| tag.key).collect())
}

fn mailbox(address: &str) -> Subscriber {
    let subscriber = Subscriber::builder().r#type(SubscriberType::Email);
    subscriber.address(address).build()
}

fn told(subscription: &AnomalySubscription) -> Vec<&str> {
    let addresses = subscription.subscribers.iter();
    addresses.filter_map(|one| one.address.as_deref()).collect()
}

fn dropped_answer(operation: &str) -> Fault {
    Fault {
        matching: Match {
            service: Some("ce".into()),
            operation: Some(operation.into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    }
}

#[tokio::test]
async fn the_billing_contact_is_told_of_unusual_costs_and_a_second_pass_reads_four_times()
-> Result<(), AnyError> {
    let mut scene = watched().await?;
    let client = costs(&scene)?;
    let all = subscriptions(&client).await?;
    assert_eq!(told(&all[0]), ["ann@acme.example"]);
    for arn in arns(&client).await? {
        let keys = tag_keys(&client, &arn).await?;
        assert!(keys.iter().any(|key| key == names::TAG_TENANT), "{arn}");
    }
    scene.machine.aws.proxy.forget_calls();
    let outcome = scene.pass_over(BILLING, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let reads = calls.iter().filter(|call| call.service == "ce");
    assert_eq!(reads.count(), 4, "{calls:#?}");
    Ok(())
}

#[tokio::test]
#[expect(deprecated, reason = "it may still be set")]
async fn another_name_amount_frequency_and_another_who_is_told_are_found_and_put_back()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    scene.settle(BILLING).await?;
    let client = costs(&scene)?;
    let [monitor, subscription] = arns(&client).await?;
    let call = client.update_anomaly_monitor().monitor_arn(&monitor);
    call.monitor_name("mine").send().await?;
    let call = client.update_anomaly_subscription();
    let call = call.subscription_arn(&subscription).threshold(9000.0);
    let call = call.frequency(AnomalySubscriptionFrequency::Weekly);
    let call = call.subscribers(mailbox("eve@evil.example"));
    call.subscription_name("mine").send().await?;
    for arn in [&monitor, &subscription] {
        let call = client.untag_resource().resource_arn(arn);
        let call = call.resource_tag_keys(names::TAG_COMPONENT);
        call.send().await?;
    }

    let outcome = scene.audit_of(BILLING).await?;
    let mut found: Vec<String> = outcome
        .remaining
        .iter()
        .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
        .collect();
    found.retain(|one| !one.contains(".tags"));
    found.sort();
    assert_eq!(
        found,
        [
            "anomaly-monitor.name: mine not tenantry",
            "anomaly-subscription.frequency: WEEKLY not DAILY",
            "anomaly-subscription.name: mine not tenantry",
            "anomaly-subscription.threshold: 9000.00 USD not 49.50 USD",
            "anomaly-subscription.told: eve@evil.example not ann@acme.example",
        ]
    );
    assert_eq!(outcome.remaining.len(), 7, "{:#?}", outcome.remaining);
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    scene.settle(BILLING).await?;
    let outcome = scene.audit_of(BILLING).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    assert!(outcome.remaining.is_empty(), "{:#?}", outcome.remaining);
    for arn in arns(&client).await? {
        let keys = tag_keys(&client, &arn).await?;
        let has = |key: &str| keys.iter().any(|one| one == key);
        assert!(has(names::TAG_COMPONENT) && !has("team"), "{keys:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_made_without_an_answer_is_found_and_goes_when_nobody_asks_for_it()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    for operation in ["CreateAnomalyMonitor", "CreateAnomalySubscription"] {
        scene.machine.aws.proxy.add_fault(dropped_answer(operation));
    }
    for _ in 0..2 {
        scene.pass_over(BILLING, Verb::Onboard).await?;
    }
    scene.settle(BILLING).await?;
    let client = costs(&scene)?;
    arns(&client).await?;
    scene.desired.spec.anomalies = None;
    let outcome = scene.pass_over(BILLING, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    assert!(monitors(&client).await?.is_empty() && subscriptions(&client).await?.is_empty());
    scene.machine.aws.proxy.forget_calls();
    scene.pass_over(BILLING, Verb::Onboard).await?;
    let asked = scene.calls().iter().any(|call| call.service == "ce");
    assert!(!asked);
    Ok(())
}

#[tokio::test]
async fn a_tenant_that_leaves_takes_both_along() -> Result<(), AnyError> {
    let scene = watched().await?;
    let client = costs(&scene)?;
    let leaving = scene.leaving();
    let left = scene
        .reconcile(Verb::Offboard, &leaving, &[BILLING])
        .await?;
    assert_eq!(left[0].state, ComponentState::Absent, "{left:#?}");
    assert!(monitors(&client).await?.is_empty() && subscriptions(&client).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_monitor_that_aws_or_somebody_else_made_will_do_and_is_left_alone()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    let client = costs(&scene)?;
    let theirs = AnomalyMonitor::builder()
        .monitor_name("Default-Services-Monitor")
        .monitor_type(MonitorType::Dimensional)
        .monitor_dimension(MonitorDimension::Service);
    let call = client.create_anomaly_monitor();
    let made = call.anomaly_monitor(theirs.build()?).send().await?;
    scene.settle(BILLING).await?;
    let all = subscriptions(&client).await?;
    assert_eq!(
        all[0].monitor_arn_list,
        std::slice::from_ref(&made.monitor_arn)
    );
    let leaving = scene.leaving();
    scene
        .reconcile(Verb::Offboard, &leaving, &[BILLING])
        .await?;
    let kept = monitors(&client).await?;
    assert_eq!(kept[0].monitor_name, "Default-Services-Monitor");
    assert!(tag_keys(&client, &made.monitor_arn).await?.is_empty());
    assert!(subscriptions(&client).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_idle_tenant_that_costs_more_is_a_finding_by_its_budgets_own_figure()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.anomalies = None;
    scene.desired.spec.budget = serde_json::from_value(json!({ "monthlyUsd": 499 }))?;
    scene.desired.spec.expect_idle = true;
    scene.settle(BILLING).await?;
    assert_eq!(findings(&scene).await?, []);
    let proxy = &scene.machine.aws.proxy;
    proxy.set_spent(ACCOUNT, "912.34").await?;
    proxy.forget_calls();
    let found = findings(&scene).await?;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "TNT.BILLING.1");
    assert!(found[0].1.contains("912.34"), "{found:?}");
    let asked = scene.calls().iter().any(|call| call.service == "ce");
    assert!(!asked, "it costs no call");
    scene.desired.spec.expect_idle = false;
    assert_eq!(findings(&scene).await?, []);
    Ok(())
}

/// What an audit finds: the key, and what is found.
async fn findings(scene: &Scene) -> Result<Vec<(String, String)>, AnyError> {
    let outcome = scene.audit_of(BILLING).await?;
    assert!(outcome.remaining.is_empty(), "{:#?}", outcome.remaining);
    let findings = outcome.findings.into_iter();
    Ok(findings.map(|one| (one.key, one.found)).collect())
}
