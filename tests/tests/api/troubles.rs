use api::App;
use aws_sdk_eventbridge::types::Target;
use events::Work;
use tenantry_aws::bus::Bus;

use crate::site::{Site, call, configuration, get, post, settings, spec};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn without_a_ledger_callers_are_told_to_retry_and_learn_nothing_of_aws() {
    let app = App::new(&configuration(NOWHERE), settings()).unwrap();
    for request in [
        get("/v1/tenants"),
        get("/v1/tenants/acme"),
        post("/v1/tenants", &spec("acme")),
        get("/v1/health"),
    ] {
        let answer = call(&app, request).await;
        assert_eq!((answer.status, answer.kind()), (503, "unavailable"));
        assert_eq!(answer.body["retryable"], true);
        assert!(answer.headers["retry-after"].parse::<u32>().unwrap() >= 1);
        let text = answer.body.to_string();
        for word in ["127.0.0.1", "dynamodb", "DynamoDB", "dispatch", "connect"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[tokio::test]
async fn without_a_bus_a_tenant_is_recorded_all_the_same() {
    let mut site = Site::start().await;
    let deaf = aws_sdk_eventbridge::Client::new(&configuration(NOWHERE));
    site.app.bus = Bus::new(deaf, "default");
    let answer = site.call(post("/v1/tenants", &spec("acme"))).await;
    assert_eq!(answer.status, 202);
    assert!(answer.body["tenant"]["dueAt"].is_string());
}

#[tokio::test]
async fn a_new_tenant_comes_over_the_bus_as_work_for_a_queue() {
    let site = Site::start().await;
    let queues = aws_sdk_sqs::Client::new(&site.aws);
    let queue = queues
        .create_queue()
        .queue_name("work")
        .send()
        .await
        .unwrap();
    let url = queue.queue_url().unwrap();
    let bus = aws_sdk_eventbridge::Client::new(&site.aws);
    bus.put_rule()
        .name("work")
        .event_pattern(r#"{"source":["tenantry"],"detail-type":["TenantRequested"]}"#)
        .send()
        .await
        .unwrap();
    let arn = "arn:aws:sqs:us-east-1:111111111111:work";
    let target = Target::builder().id("work").arn(arn).build().unwrap();
    bus.put_targets()
        .rule("work")
        .targets(target)
        .send()
        .await
        .unwrap();

    let tenant = site.tenant("acme").await;
    let received = queues
        .receive_message()
        .queue_url(url)
        .wait_time_seconds(10);
    let received = received.send().await.unwrap();
    let body = received.messages()[0].body().unwrap();
    let work = Work::parse(body).unwrap();
    assert_eq!(tenant["id"], work.tenant_id.as_str());
    let event: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(event["detail"]["version"], 1);
    assert!(event["detail"].get("spec").is_none(), "{event}");
}
