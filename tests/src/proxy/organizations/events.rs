//! CreateAccountResult and CloseAccountResult on the management account's default bus, in us-east-1, names masked
//! (Organizations User Guide, "Logging and monitoring"). The emulator lets nobody put events of `aws.*`, so they
//! are delivered to the targets of the rules that match.

use serde_json::{Value, json};

use super::super::config::Delivery;
use super::super::state::State;
use super::super::upstream::AnyError;
use super::closing::Closing;
use super::creation::Creation;
use super::{member, members};

const REGION: &str = "us-east-1";

/// Tells of the end of a creation.
pub async fn creation_result(state: &State, management: &str, creation: &Creation) {
    let Some(config) = &state.config.organizations else {
        return;
    };
    let mut status = json!({
        "id": creation.id,
        "state": if creation.failure.is_some() { "FAILED" } else { "SUCCEEDED" },
        "accountName": "****",
        "requestedTimestamp": american(state, creation.requested),
        "completedTimestamp": american(state, creation.completes),
    });
    if let Some(status) = status.as_object_mut() {
        match &creation.failure {
            Some(reason) => status.insert("failureReason".to_owned(), json!(reason)),
            None => status.insert("accountId".to_owned(), json!(creation.account)),
        };
    }
    let details = json!({ "createAccountStatus": status });
    publish(
        state,
        management,
        "CreateAccountResult",
        &details,
        config.created_event,
        creation.completes,
    )
    .await;
}

/// Tells of the end of a closure.
pub async fn closing_result(state: &State, management: &str, account: &str, closing: Closing) {
    let Some(config) = &state.config.organizations else {
        return;
    };
    let details = json!({ "closeAccountStatus": {
        "accountId": account, "state": "SUCCEEDED",
        "requestedTimestamp": american(state, closing.requested),
        "completedTimestamp": american(state, closing.completes),
    } });
    publish(
        state,
        management,
        "CloseAccountResult",
        &details,
        config.closed_event,
        closing.completes,
    )
    .await;
}

/// `Sep 16, 2020 9:20:50 PM`: these timestamps are not ISO 8601.
fn american(state: &State, moment: f64) -> String {
    let second = state.clock.epoch_of(moment) as i64;
    jiff::Timestamp::from_second(second)
        .map(|time| time.strftime("%b %-d, %Y %-I:%M:%S %p").to_string())
        .unwrap_or_default()
}

async fn publish(
    state: &State,
    management: &str,
    name: &str,
    details: &Value,
    delivery: Delivery,
    moment: f64,
) {
    if delivery.copies == 0 || !state.clock.reach(moment + delivery.delay_secs).await {
        return;
    }
    let time = jiff::Timestamp::from_second(state.clock.epoch_of(moment) as i64)
        .map(|time| time.to_string())
        .unwrap_or_default();
    // Both copies carry one id, as at-least-once delivery has it.
    let id = format!(
        "00000000-feed-4000-9000-{:012x}",
        (moment * 1_000_000.0) as u64
    );
    let event = json!({
        "version": "0", "id": id, "detail-type": "AWS Service Event via CloudTrail", "source": "aws.organizations",
        "account": management, "time": time, "region": REGION, "resources": [],
        "detail": {
            "eventVersion": "1.08", "userIdentity": { "accountId": management, "invokedBy": "AWS Internal" },
            "eventTime": time, "eventSource": "organizations.amazonaws.com", "eventName": name, "awsRegion": REGION,
            "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal", "requestParameters": null, "responseElements": null,
            "eventID": id, "readOnly": false, "eventType": "AwsServiceEvent", "managementEvent": true,
            "recipientAccountId": management, "serviceEventDetails": details, "eventCategory": "Management",
        },
    });
    for _ in 0..delivery.copies {
        if let Err(error) = deliver(state, management, &event).await {
            tracing::warn!(%error, name, "event not delivered");
        }
    }
}

/// A bus of an account in a Region.
#[derive(Clone, Copy)]
struct Bus<'a> {
    account: &'a str,
    region: &'a str,
    name: &'a str,
}

/// Sends the event to every target of every matching rule of the default bus; to those of another bus, if it is sent on there.
async fn deliver(state: &State, management: &str, event: &Value) -> Result<(), AnyError> {
    let default = Bus {
        account: management,
        region: REGION,
        name: "default",
    };
    for target in targets(state, default, event).await? {
        let arn = member(&target, "Arn").to_owned();
        let Some(bus) = other_bus(&arn) else {
            send(state, management, &target, event).await?;
            continue;
        };
        // An event is sent on once: a rule does not forward what was forwarded (EventBridge User Guide, "Sending and
        // receiving events between event buses").
        for target in targets(state, bus, event).await? {
            send(state, bus.account, &target, event).await?;
        }
    }
    Ok(())
}

fn other_bus(arn: &str) -> Option<Bus<'_>> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let [_, _, "events", region, account, resource] = parts.as_slice() else {
        return None;
    };
    Some(Bus {
        account,
        region,
        name: resource.strip_prefix("event-bus/")?,
    })
}

/// The targets of all rules of a bus that match.
async fn targets(state: &State, bus: Bus<'_>, event: &Value) -> Result<Vec<Value>, AnyError> {
    let mut found = Vec::new();
    let on_bus = json!({ "EventBusName": bus.name });
    for rule in members(&ask(state, bus, "ListRules", &on_bus).await?, "Rules") {
        let pattern: Value =
            serde_json::from_str(member(&rule, "EventPattern")).unwrap_or_default();
        if member(&rule, "State") == "DISABLED" || !pattern.is_object() || !matches(&pattern, event)
        {
            continue;
        }
        let body = json!({ "Rule": member(&rule, "Name"), "EventBusName": bus.name });
        let answer = ask(state, bus, "ListTargetsByRule", &body).await?;
        found.extend(members(&answer, "Targets"));
    }
    Ok(found)
}

async fn ask(
    state: &State,
    bus: Bus<'_>,
    operation: &str,
    body: &Value,
) -> Result<Value, AnyError> {
    let target = format!("AWSEvents.{operation}");
    let answer = state
        .upstream
        .json(bus.account, "events", bus.region, &target, body);
    Ok(answer.await?.value())
}

async fn send(
    state: &State,
    management: &str,
    target: &Value,
    event: &Value,
) -> Result<(), AnyError> {
    let arn: Vec<_> = member(target, "Arn").splitn(6, ':').collect();
    let [_, _, service, region, account, resource] = arn.as_slice() else {
        return Ok(());
    };
    let constant = member(target, "Input");
    let body = if constant.is_empty() {
        event.to_string()
    } else {
        constant.to_owned()
    };
    let answer = match *service {
        "sqs" => {
            let mut message = json!({ "QueueUrl": format!("{}/{account}/{resource}", state.config.upstream), "MessageBody": body });
            if let (Some(message), Some(group)) = (
                message.as_object_mut(),
                target.pointer("/SqsParameters/MessageGroupId"),
            ) {
                message.insert("MessageGroupId".to_owned(), group.clone());
            }
            state
                .upstream
                .json(account, "sqs", region, "AmazonSQS.SendMessage", &message)
                .await?
        }
        "lambda" => {
            let name = resource.strip_prefix("function:").unwrap_or(resource);
            let path = format!("/2015-03-31/functions/{name}/invocations");
            state
                .upstream
                .signed(
                    account,
                    "lambda",
                    region,
                    &path,
                    &[("x-amz-invocation-type", "Event")],
                    body,
                )
                .await?
        }
        other => return Err(format!("a target of `{other}` is beyond the proxy").into()),
    };
    if answer.status.is_success() {
        Ok(())
    } else {
        Err(format!(
            "target in {management}: {} {}",
            answer.status,
            answer.text()
        )
        .into())
    }
}

/// Event patterns: exact values, `prefix`, `exists`, `anything-but`.
fn matches(pattern: &Value, event: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields.iter().all(|(name, wanted)| match event.get(name) {
            Some(found) => matches(wanted, found),
            None => wanted.as_array().is_some_and(|any| {
                any.iter()
                    .any(|test| test.get("exists") == Some(&json!(false)))
            }),
        }),
        Value::Array(any) => any.iter().any(|test| fits(test, event)),
        other => other == event,
    }
}

fn fits(test: &Value, found: &Value) -> bool {
    let text = found.as_str().unwrap_or_default();
    if let Some(prefix) = test.get("prefix").and_then(Value::as_str) {
        return text.starts_with(prefix);
    }
    if let Some(exists) = test.get("exists") {
        return exists == &json!(true);
    }
    match test.get("anything-but") {
        Some(Value::Array(others)) => !others.contains(found),
        Some(other) => other != found,
        None => test == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_on_the_bus() {
        let event = json!({ "source": "aws.organizations", "detail": { "eventName": "CreateAccountResult" } });
        let pattern = |name: &str| json!({ "source": ["aws.organizations"], "detail": { "eventName": [name, { "prefix": "Never" }] } });
        assert!(matches(&pattern("CreateAccountResult"), &event));
        assert!(!matches(&pattern("CloseAccountResult"), &event));
        assert!(matches(
            &json!({ "detail": { "other": [{ "exists": false }] } }),
            &event
        ));
        assert!(!matches(&json!({ "region": ["us-east-1"] }), &event));
    }
}
