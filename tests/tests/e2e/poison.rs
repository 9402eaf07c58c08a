//! Messages nobody can work on, and those that were given up.

use std::time::Duration;

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::{Site, creation, text, wait_until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_blocks_nobody_ends_among_the_dead_letters_and_stays_there_while_others_go_back()
-> Result<(), AnyError> {
    // A message that failed is visible again at once, so that five failures do not take an hour.
    let site = Site::open(&json!({ "WorkVisibilitySeconds": "2" }))?;
    send(&site, "OnboardQueueUrl", "nobody can read this").await;
    let tenant = site.ask(&creation("acme", &["--wait"]));
    assert_eq!(tenant["tenant"]["phase"], "active");
    wait_until("poison to be given up", Duration::from_secs(90), || {
        letters(&site).len() == 1
    });
    assert!(letters(&site)[0]["unreadable"].is_string());

    let about_acme = json!({ "tenantId": tenant["tenant"]["id"] }).to_string();
    send(&site, "OnboardDeadLettersUrl", &about_acme).await;
    assert_eq!(letters(&site).len(), 2);
    let sent = site.ask(&["dead-letters", "retry", "--all"]);
    assert_eq!(sent["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(sent["items"][0]["tenantId"], tenant["tenant"]["id"]);
    let left = letters(&site);
    assert_eq!(
        (left.len(), text(&left[0], "body")),
        (1, "nobody can read this")
    );
    wait_until(
        "the tenant to be worked on",
        Duration::from_secs(60),
        || site.ask(&["tenant", "show", "acme"])["phase"] == "active",
    );
    Ok(())
}

fn letters(site: &Site) -> Vec<Value> {
    let listed = site.ask(&["dead-letters", "list"]);
    listed["items"].as_array().cloned().unwrap_or_default()
}

async fn send(site: &Site, queue: &str, body: &str) {
    let call = aws_sdk_sqs::Client::new(&site.management())
        .send_message()
        .queue_url(site.stack.output(queue))
        .message_body(body);
    call.send().await.unwrap();
}
