//! What the installation's bus says, heard by a queue.

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::Site;

const QUEUE: &str = "what-the-bus-says";

/// A queue that gets every event of the installation's bus.
pub async fn listen(site: &Site) -> Result<String, AnyError> {
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
pub async fn next(site: &Site, queue: &str, kind: &str) -> Result<Value, AnyError> {
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
