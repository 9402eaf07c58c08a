//! Asking twice for the same thing gets it once.

use std::time::Duration;

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::{Site, answer, creation, text, wait_until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_twice_and_messages_that_come_twice_make_one_tenant_with_one_account()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    let tenant = the_same_key_at_the_same_time_makes_one_tenant(&site)?;
    two_more_messages_while_it_is_being_onboarded(&site, &tenant).await?;
    a_slug_that_is_taken_is_one_clear_conflict(&site)?;
    let tenant = onboarded(&site, &tenant);
    site.assert_one_of_each(&tenant).await;
    let made = |service, operation| site.count(service, operation);
    assert_eq!(made("organizations", "CreateAccount"), 2, "acme and globex");
    assert_eq!(
        site.ask(&["tenant", "list"])["items"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    Ok(())
}

fn the_same_key_at_the_same_time_makes_one_tenant(site: &Site) -> Result<Value, AnyError> {
    let words = creation("acme", &["--idempotency-key", "the-same-key-0001"]);
    let both = [site.begin(&words)?, site.begin(&words)?];
    let answers = both.map(|child| answer(child.wait_with_output().unwrap()));
    let third = site.ask(&words);
    assert_eq!(answers[0]["tenant"]["id"], answers[1]["tenant"]["id"]);
    assert_eq!(answers[0]["operation"]["id"], answers[1]["operation"]["id"]);
    assert_eq!(answers[0]["operation"]["id"], third["operation"]["id"]);
    let listed = site.ask(&["tenant", "list"]);
    assert_eq!(
        listed["items"].as_array().map(Vec::len),
        Some(1),
        "{listed:#}"
    );
    Ok(listed["items"][0].clone())
}

/// Both come while a pass works: they yield, or find the work done.
async fn two_more_messages_while_it_is_being_onboarded(
    site: &Site,
    tenant: &Value,
) -> Result<(), AnyError> {
    wait_until(
        "the account to be requested",
        Duration::from_secs(60),
        || site.count("organizations", "CreateAccount") > 0,
    );
    let sqs = aws_sdk_sqs::Client::new(&site.management());
    let send = sqs
        .send_message()
        .queue_url(site.stack.output("OnboardQueueUrl"))
        .message_body(json!({"tenantId": tenant["id"]}).to_string());
    let (one, other) = futures::join!(send.clone().send(), send.send());
    one?;
    other?;
    Ok(())
}

fn a_slug_that_is_taken_is_one_clear_conflict(site: &Site) -> Result<(), AnyError> {
    let first = creation("globex", &["--cost-center", "one"]);
    let other = creation("globex", &["--cost-center", "another"]);
    let both = [site.begin(&first)?, site.begin(&other)?];
    let outputs = both.map(|child| child.wait_with_output().unwrap());
    let refused: Vec<_> = outputs.iter().filter(|o| !o.status.success()).collect();
    assert_eq!(refused.len(), 1, "{outputs:#?}");
    assert_eq!(refused[0].status.code(), Some(4));
    let said = String::from_utf8_lossy(&refused[0].stderr);
    assert!(said.contains("409") && said.contains("`globex`"), "{said}");
    Ok(())
}

/// Waits for the tenant to be active and gives it back.
fn onboarded(site: &Site, tenant: &Value) -> Value {
    let id = text(tenant, "id");
    wait_until("the tenant to be active", Duration::from_secs(180), || {
        site.ask(&["tenant", "show", id])["phase"] == "active"
    });
    site.ask(&["tenant", "show", id])
}
