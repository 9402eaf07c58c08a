//! The budget of a tenant's account, with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use account_support::{ACCOUNT, Scene};
use aws_sdk_budgets::{
    Client,
    primitives::DateTime,
    types::{
        Budget, BudgetType, ComparisonOperator, Notification, NotificationType, Spend, Subscriber,
        SubscriptionType, ThresholdType, TimePeriod, TimeUnit,
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
    scene.desired.spec.budget = serde_json::from_value(json!({ "monthlyUsd": 499.5 }))?;
    scene.desired.spec.contacts = serde_json::from_value(
        json!({ "billing": { "name": "Ann", "email": "ann@acme.example" } }),
    )?;
    Ok(scene)
}

async fn budgeted() -> Result<Scene, AnyError> {
    let mut scene = begin().await?;
    scene.settle(BILLING).await?;
    Ok(scene)
}

fn budgets(scene: &Scene) -> Result<Client, AnyError> {
    Ok(Client::new(&scene.machine.account_root(ACCOUNT)?))
}

async fn count(client: &Client) -> Result<usize, AnyError> {
    let listed = client.describe_budgets().account_id(ACCOUNT).send().await?;
    Ok(listed.budgets().len())
}

fn at(percent: f64) -> Result<Notification, AnyError> {
    let notification = Notification::builder()
        .notification_type(NotificationType::Actual)
        .comparison_operator(ComparisonOperator::GreaterThan)
        .threshold(percent)
        .threshold_type(ThresholdType::Percentage);
    Ok(notification.build()?)
}

fn mailbox(address: &str) -> Result<Subscriber, AnyError> {
    let subscriber = Subscriber::builder().subscription_type(SubscriptionType::Email);
    Ok(subscriber.address(address).build()?)
}

async fn told(client: &Client, percent: f64) -> Result<Vec<String>, AnyError> {
    let call = client.describe_subscribers_for_notification();
    let call = call.account_id(ACCOUNT).budget_name(names::BUDGET);
    let answer = call.notification(at(percent)?).send().await?;
    Ok(answer
        .subscribers()
        .iter()
        .map(|one| one.address.clone())
        .collect())
}

#[expect(deprecated, reason = "it may still be set")]
fn yearly(amount: &str) -> Result<Budget, AnyError> {
    let limit = Spend::builder().amount(amount).unit("USD").build()?;
    let budget = Budget::builder()
        .budget_name(names::BUDGET)
        .budget_limit(limit);
    let budget = budget
        .budget_type(BudgetType::Cost)
        .time_unit(TimeUnit::Annually);
    Ok(budget
        .cost_filters("Service", vec!["Amazon Simple Storage Service".into()])
        .build()?)
}

#[tokio::test]
async fn the_account_has_one_budget_of_which_the_contact_is_told_and_a_second_pass_reads_five_times()
-> Result<(), AnyError> {
    let mut scene = budgeted().await?;
    let client = budgets(&scene)?;
    assert_eq!(count(&client).await?, 1);
    assert_eq!(told(&client, 80.0).await?, ["ann@acme.example"]);
    scene.machine.aws.proxy.forget_calls();
    let outcome = scene.pass_over(BILLING, Verb::Onboard).await?;
    assert!(outcome.applied.is_empty(), "{outcome:#?}");
    let calls = scene.calls();
    assert!(calls.iter().all(|call| call.is_read()), "{calls:#?}");
    let reads = calls.iter().filter(|call| call.service == "budgets");
    assert_eq!(reads.count(), 5, "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn another_limit_period_filter_and_another_who_is_told_are_found_and_put_back()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.desired.spec.tags.insert("team".into(), "core".into());
    scene.settle(BILLING).await?;
    let client = budgets(&scene)?;
    let call = client.update_budget().account_id(ACCOUNT);
    call.new_budget(yearly("9000")?).send().await?;
    let call = client.create_subscriber().account_id(ACCOUNT);
    let call = call.budget_name(names::BUDGET).notification(at(80.0)?);
    call.subscriber(mailbox("eve@evil.example")?).send().await?;
    let call = client.delete_subscriber().account_id(ACCOUNT);
    let call = call.budget_name(names::BUDGET).notification(at(100.0)?);
    call.subscriber(mailbox("ann@acme.example")?).send().await?;
    let arn = format!("arn:aws:budgets::{ACCOUNT}:budget/{}", names::BUDGET);
    let call = client.untag_resource().resource_arn(&arn);
    call.resource_tag_keys(names::TAG_TENANT).send().await?;

    let outcome = scene.audit_of(BILLING).await?;
    let found: Vec<String> = outcome
        .remaining
        .iter()
        .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
        .collect();
    assert_eq!(
        found[..5],
        [
            "budget.limit: 9000.00 USD not 499.50 USD",
            "budget.period: COST ANNUALLY not COST MONTHLY",
            "budget.counts: only Service Amazon Simple Storage Service not all costs",
            "budget.notifications.actual-100: nobody not ann@acme.example",
            "budget.notifications.actual-80: ann@acme.example, eve@evil.example not ann@acme.example",
        ]
    );
    assert!(found[5].starts_with("budget.tags"), "{found:#?}");
    assert_eq!(found.len(), 6);
    scene.desired.spec.tags.clear();
    scene.desired.retired_tags.insert("team".into());
    scene.settle(BILLING).await?;
    let outcome = scene.audit_of(BILLING).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    assert_eq!(told(&client, 80.0).await?, ["ann@acme.example"]);
    let tags = client
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await?;
    let tags: Vec<&str> = tags
        .resource_tags()
        .iter()
        .map(|tag| tag.key.as_str())
        .collect();
    assert!(tags.contains(&names::TAG_TENANT) && !tags.contains(&"team"));
    Ok(())
}

#[tokio::test]
async fn a_budget_that_somebody_lets_begin_in_a_year_is_found_and_has_begun_after_a_repair()
-> Result<(), AnyError> {
    let mut scene = budgeted().await?;
    let client = budgets(&scene)?;
    let now = scene.machine.now().as_second();
    let limit = Spend::builder().amount("499.5").unit("USD").build()?;
    let later = TimePeriod::builder().start(DateTime::from_secs(now + 365 * 24 * 60 * 60));
    let idle = Budget::builder()
        .budget_name(names::BUDGET)
        .budget_limit(limit)
        .budget_type(BudgetType::Cost)
        .time_unit(TimeUnit::Monthly)
        .time_period(later.build());
    let call = client.update_budget().account_id(ACCOUNT);
    call.new_budget(idle.build()?).send().await?;

    let outcome = scene.audit_of(BILLING).await?;
    let [idle] = outcome.remaining.as_slice() else {
        return Err(format!("{outcome:#?}").into());
    };
    assert_eq!(idle.key, "budget.period");
    assert!(idle.found.starts_with("COST MONTHLY from 20"), "{idle:#?}");
    scene.settle(BILLING).await?;
    let outcome = scene.audit_of(BILLING).await?;
    assert_eq!(outcome.state, ComponentState::Ready, "{outcome:#?}");
    let call = client.describe_budget().account_id(ACCOUNT);
    let budget = call.budget_name(names::BUDGET).send().await?.budget;
    let period = budget.and_then(|budget| budget.time_period);
    let start = period.and_then(|period| period.start).ok_or("no start")?;
    assert!(start.secs() <= now, "{start:?}");
    Ok(())
}

#[tokio::test]
async fn another_amount_and_another_contact_are_set_and_the_former_contact_is_told_no_more()
-> Result<(), AnyError> {
    let mut scene = budgeted().await?;
    scene.desired.spec.budget = serde_json::from_value(json!({ "monthlyUsd": 750 }))?;
    scene.desired.spec.contacts = serde_json::from_value(
        json!({ "billing": { "name": "Bea", "email": "bea@acme.example" } }),
    )?;
    scene.settle(BILLING).await?;
    let client = budgets(&scene)?;
    assert_eq!(told(&client, 100.0).await?, ["bea@acme.example"]);
    let call = client.describe_budget().account_id(ACCOUNT);
    let budget = call.budget_name(names::BUDGET).send().await?.budget;
    let limit = budget
        .and_then(|budget| budget.budget_limit)
        .ok_or("no limit")?;
    assert_eq!(limit.amount, "750.0");
    Ok(())
}

#[tokio::test]
async fn a_budget_whose_creation_was_not_answered_is_found_and_goes_when_nobody_asks_for_it()
-> Result<(), AnyError> {
    let mut scene = begin().await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            service: Some("budgets".into()),
            operation: Some("CreateBudget".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    scene.pass_over(BILLING, Verb::Onboard).await?;
    scene.settle(BILLING).await?;
    let client = budgets(&scene)?;
    assert_eq!(count(&client).await?, 1);
    let leaving = scene.leaving();
    let left = scene
        .reconcile(Verb::Offboard, &leaving, &[BILLING])
        .await?;
    assert_eq!(left[0].state, ComponentState::Absent, "{left:#?}");
    assert_eq!(count(&client).await?, 0);
    scene.settle(BILLING).await?;
    scene.desired.spec.budget = None;
    let outcome = scene.pass_over(BILLING, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Absent, "{outcome:#?}");
    assert_eq!(count(&client).await?, 0);
    scene.machine.aws.proxy.forget_calls();
    scene.pass_over(BILLING, Verb::Onboard).await?;
    let asked = scene.calls().iter().any(|call| call.service == "budgets");
    assert!(!asked);
    Ok(())
}

#[tokio::test]
async fn a_budget_of_somebody_else_at_our_name_is_named_and_left_alone() -> Result<(), AnyError> {
    let mut scene = begin().await?;
    let client = budgets(&scene)?;
    let call = client.create_budget().account_id(ACCOUNT);
    call.budget(yearly("5")?).send().await?;
    let outcome = scene.pass_over(BILLING, Verb::Onboard).await?;
    assert_eq!(outcome.state, ComponentState::Parked, "{outcome:#?}");
    let call = client.describe_budget().account_id(ACCOUNT);
    let kept = call.budget_name(names::BUDGET).send().await?.budget;
    assert_eq!(kept.map(|one| one.time_unit), Some(TimeUnit::Annually));
    Ok(())
}
