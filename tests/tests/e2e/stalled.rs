//! A retry that has an end: what has failed for too long stalls, is told to people, and continues when the cause is removed.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use jiff::{SignedDuration, Timestamp};
use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::{
    events::{listen, next},
    site::{Site, creation, text, wait_until},
};

const LIMIT: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_failed_for_hours_stalls_is_listed_and_announced_and_ends_with_its_cause()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    let queue = listen(&site).await?;
    site.ask(&creation("acme", &["--wait"]));
    let tenant = site.ask(&["tenant", "show", "acme"]);
    site.arm(&json!({
        "name": "storm",
        "matching": { "operation": "DescribeSubnets", "account": text(&tenant, "accountId") },
        "effect": { "kind": "throttle" },
    }));
    site.ask(&["repair", "acme"]);
    wait_until("the network to fail", LIMIT, || {
        network(&site)["state"] == "failed"
    });
    assert_eq!(listed(&site), 0);

    fails_for_hours(&site, &tenant).await?;
    wait_until("the tenant to stall", LIMIT, || listed(&site) == 1);
    let obstacle = network(&site)["obstacle"].clone();
    assert_eq!(
        obstacle["next"]["reason"], "throttled-for-long",
        "{obstacle:#}"
    );
    let event = next(&site, &queue, "TenantStalled").await?;
    assert_eq!(event["component"], "network");
    assert_eq!(event["reason"], "throttled-for-long");
    assert!(text(&event, "remedy").contains("Service Quotas"));
    assert!(
        text(&event, "lastError").contains("RequestLimitExceeded"),
        "{event:#}"
    );

    site.disarm();
    site.ask(&["tenant", "retry", "acme"]);
    wait_until("the tenant to be active", LIMIT, || {
        site.ask(&["tenant", "show", "acme"])["phase"] == "active"
    });
    let event = next(&site, &queue, "TenantResumed").await?;
    assert_eq!(event["tenantId"], tenant["id"]);
    assert_eq!(listed(&site), 0);
    Ok(())
}

/// How many tenants the list shows as stalled.
#[track_caller]
fn listed(site: &Site) -> usize {
    let page = site.ask(&["tenant", "list", "--phase", "stalled"]);
    page["items"].as_array().map_or(0, Vec::len)
}

#[track_caller]
fn network(site: &Site) -> Value {
    site.ask(&["tenant", "show", "acme"])["components"]["network"].clone()
}

/// Lets the network have failed since three hours ago: what the ledger holds after three hours.
async fn fails_for_hours(site: &Site, tenant: &Value) -> Result<(), AnyError> {
    let ledger = Client::new(&site.management());
    let of = |text: &str| AttributeValue::S(text.to_owned());
    let key = HashMap::from([
        ("pk".to_owned(), of(&format!("T#{}", text(tenant, "id")))),
        ("sk".to_owned(), of("C#network")),
    ]);
    let read = ledger.get_item().table_name("tenantry-ledger");
    let row = read.set_key(Some(key)).send().await?.item;
    let mut row = row.ok_or("the component has no row")?;
    let doc = row["doc"].as_s().map_err(|_| "no text")?;
    let mut doc: Value = serde_json::from_str(doc)?;
    let ago = Timestamp::now() - SignedDuration::from_hours(3);
    doc["failingSince"] = json!(ago.to_string());
    row.insert("doc".to_owned(), of(&doc.to_string()));
    let put = ledger.put_item().table_name("tenantry-ledger");
    put.set_item(Some(row)).send().await?;
    Ok(())
}
