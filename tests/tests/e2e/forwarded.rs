//! What happens in a tenant's account arrives at the installation, and what others say does not.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use scenarios::machine::{AnyError, REGION};
use serde_json::{Value, json};
use tenancy::names;

use crate::site::{Site, text};

const RECORD: &str = "/aws/events/tenantry-tenant-events";
const STRANGER: &str = "999988887777";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_of_a_tenants_alarm_arrives_at_the_installations_bus_and_a_strangers_does_not()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    let mut words = vec!["tenant", "create", "--slug", "acme", "--name", "acme"];
    words.extend(["--blueprint", "standard", "--wait"]);
    site.ask(&words);
    let tenant = site.ask(&["tenant", "show", "acme"]);
    let account = text(&tenant, "accountId");
    assert_eq!(tenant["spec"]["blueprint"], "standard@1.1.0");

    a_stranger_forwards_as_we_do(&site, account).await?;
    goes_off(&site.root(STRANGER), "tenantry-root-use").await?;
    goes_off(&site.root(account), "tenantry-root-use").await?;
    let event = arrived(&site, account).await?;
    assert_eq!(event["source"], "aws.cloudwatch");
    assert_eq!(event["detail-type"], "CloudWatch Alarm State Change");
    assert_eq!(event["region"], REGION);
    assert_eq!(event["detail"]["alarmName"], "tenantry-root-use");
    assert_eq!(event["detail"]["state"]["value"], "ALARM");
    let all = record(&site).await?;
    assert!(
        all.iter().all(|event| event["account"] == account),
        "{all:#?}"
    );

    // What the tenant's people publish is not forwarded, whatever they call it.
    let events = aws_sdk_eventbridge::Client::new(&site.root(account));
    let entry = aws_sdk_eventbridge::types::PutEventsRequestEntry::builder();
    let entry = entry
        .source("tenantry")
        .detail_type("TenantOffboardingRequested");
    let entry = entry.detail(json!({"tenantId": tenant["id"]}).to_string());
    events.put_events().entries(entry.build()).send().await?;
    goes_off(&site.root(account), "tenantry-iam-changes").await?;
    let mut names = Vec::new();
    for _ in 0..50 {
        names = record(&site).await?;
        if names.len() > all.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let forged = names.iter().any(|event| event["source"] == "tenantry");
    assert!(!forged && names.len() > all.len(), "{names:#?}");
    Ok(())
}

/// An account that is not of the organization, with a role and a rule as ours are.
async fn a_stranger_forwards_as_we_do(site: &Site, account: &str) -> Result<(), AnyError> {
    let (ours, theirs) = (site.root(account), site.root(STRANGER));
    let iam = aws_sdk_iam::Client::new(&theirs);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "events.amazonaws.com"}}]});
    let call = iam.create_role().role_name(names::FORWARDER);
    let call = call.path(names::MANAGEMENT_PATH);
    call.assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let call = iam.put_role_policy().role_name(names::FORWARDER);
    let call = call.policy_name("all").policy_document(all.to_string());
    call.send().await?;
    let events = aws_sdk_eventbridge::Client::new(&ours);
    let rule = events.describe_rule().name(names::FORWARDING_RULE);
    let rule = rule.send().await?;
    let target = events.list_targets_by_rule().rule(names::FORWARDING_RULE);
    let target = target.send().await?.targets().first().cloned();
    let mut target = target.ok_or("no target")?;
    target.role_arn = target.role_arn.map(|arn| arn.replace(account, STRANGER));
    let events = aws_sdk_eventbridge::Client::new(&theirs);
    let call = events.put_rule().name("mine");
    call.set_event_pattern(rule.event_pattern).send().await?;
    let call = events.put_targets().rule("mine").targets(target);
    call.send().await?;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&theirs);
    let call = cloudwatch
        .put_metric_alarm()
        .alarm_name("tenantry-root-use")
        .metric_name("m")
        .namespace("n")
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(1)
        .threshold(1.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold);
    call.send().await?;
    Ok(())
}

async fn goes_off(account: &SdkConfig, alarm: &str) -> Result<(), AnyError> {
    let cloudwatch = aws_sdk_cloudwatch::Client::new(account);
    let call = cloudwatch.set_alarm_state().alarm_name(alarm);
    let call = call.state_value(StateValue::Alarm).state_reason("a trial");
    call.send().await?;
    Ok(())
}

/// Everything that was recorded of tenants' accounts.
async fn record(site: &Site) -> Result<Vec<Value>, AnyError> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&site.management());
    let call = logs.filter_log_events().log_group_name(RECORD);
    let answer = call.send().await?;
    let lines = answer.events().iter().filter_map(|event| event.message());
    let events: Result<Vec<Value>, _> = lines.map(serde_json::from_str).collect();
    Ok(events?)
}

/// The first event of an account that comes.
async fn arrived(site: &Site, account: &str) -> Result<Value, AnyError> {
    for _ in 0..100 {
        let mut all = record(site).await?.into_iter();
        if let Some(event) = all.find(|event| event["account"] == account) {
            return Ok(event);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err("nothing arrived".into())
}
