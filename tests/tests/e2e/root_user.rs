//! What only a person can repair: an access key of the account's root user.

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::{Site, creation, text};

const QUEUE: &str = "what-the-bus-says";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_access_key_is_told_by_event_api_and_command_line_until_it_is_deleted_and_holds_nothing_up()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    let queue = listen(&site).await?;
    site.ask(&creation("acme", &["--wait"]));
    let tenant = site.ask(&["tenant", "show", "acme"]);
    assert_eq!(findings(&site), json!([]));

    root_has(&site, &tenant, &json!({"access_keys": 1}));
    site.ask(&["audit", "acme", "--wait"]);
    let found = findings(&site);
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found:#}");
    let finding = &found[0];
    assert_eq!(finding["key"], "TNT.ROOT.1");
    assert_eq!(finding["severity"], "critical");
    assert_eq!(finding["repair"], "person");
    assert_eq!(finding["found"], "access keys are there");
    assert!(text(finding, "remedy").contains("Delete the access keys"));
    let event = next(&site, &queue, "TenantDriftFound").await?;
    assert_eq!(event["keys"], json!(["TNT.ROOT.1"]));
    assert_eq!(event["severity"], "critical");

    // A repair can do nothing about it, and does not pretend to.
    site.ask(&["repair", "acme", "--wait"]);
    assert_eq!(findings(&site)[0]["key"], "TNT.ROOT.1");
    assert_active(&site);

    root_has(&site, &tenant, &json!({}));
    site.ask(&["audit", "acme", "--wait"]);
    assert_eq!(findings(&site), json!([]));
    let event = next(&site, &queue, "TenantDriftResolved").await?;
    assert_eq!(event["keys"], json!(["TNT.ROOT.1"]));
    assert_active(&site);
    Ok(())
}

fn findings(site: &Site) -> Value {
    assert_active(site);
    site.ask(&["findings", "acme"])["items"].clone()
}

#[track_caller]
fn assert_active(site: &Site) {
    let tenant = site.ask(&["tenant", "show", "acme"]);
    assert_eq!(tenant["phase"], "active", "{tenant:#}");
}

/// Sets the credentials of the account's root user, which no call to AWS could.
fn root_has(site: &Site, tenant: &Value, credentials: &Value) {
    let path = format!("/_proxy/root-user?account={}", text(tenant, "accountId"));
    site.stack.control("POST", &path, credentials).unwrap();
}

/// A queue that gets every event of the installation's bus.
async fn listen(site: &Site) -> Result<String, AnyError> {
    let management = site.management();
    let queues = aws_sdk_sqs::Client::new(&management);
    let made = queues.create_queue().queue_name(QUEUE).send().await?;
    let url = made.queue_url.ok_or("no queue")?;
    let events = aws_sdk_eventbridge::Client::new(&management);
    let rule = events.put_rule().name(QUEUE).event_bus_name("tenantry");
    let rule = rule.event_pattern(json!({"source": ["tenantry"]}).to_string());
    rule.send().await?;
    let arn = format!(
        "arn:aws:sqs:{}:111111111111:{QUEUE}",
        scenarios::machine::REGION
    );
    let target = aws_sdk_eventbridge::types::Target::builder()
        .id("queue")
        .arn(arn)
        .build()?;
    let targets = events.put_targets().rule(QUEUE).event_bus_name("tenantry");
    targets.targets(target).send().await?;
    Ok(url)
}

/// The detail of the next event of a type; those before it are dropped.
async fn next(site: &Site, queue: &str, kind: &str) -> Result<Value, AnyError> {
    let queues = aws_sdk_sqs::Client::new(&site.management());
    for _ in 0..60 {
        let receive = queues
            .receive_message()
            .queue_url(queue)
            .wait_time_seconds(1);
        for message in receive.send().await?.messages.unwrap_or_default() {
            let event: Value = serde_json::from_str(message.body().unwrap_or_default())?;
            let receipt = message.receipt_handle().unwrap_or_default();
            let delete = queues
                .delete_message()
                .queue_url(queue)
                .receipt_handle(receipt);
            delete.send().await?;
            if event["detail-type"] == kind {
                return Ok(event["detail"].clone());
            }
        }
    }
    Err(format!("no {kind} came").into())
}
