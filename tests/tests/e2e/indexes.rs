//! A ledger of the release before is updated in two steps, as docs/operations.md says, while everything runs.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use scenarios::{
    machine::AnyError,
    proxy::Config,
    stack::Stack,
    stored::{self, PREVIOUS_RELEASE},
};
use serde_json::{Value, json};

use crate::site::Site;

/// Where the template declares the index of this release, and where the next one.
const TENANTS: &str = "        # Every tenant and every account, with what a list shows of it.";
const LISTING: &str = "        # Read by the release before.";
/// Rows of tenants. Those that all share would let nobody be created: creations are stopped in that ledger.
const KEPT: [&str; 4] = ["T#", "SLUG#", "EMAIL#", "ACCOUNT#"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_of_the_release_before_is_updated_in_two_steps_while_everything_runs()
-> Result<(), AnyError> {
    let template = earlier_template()?;
    let earlier = json!({ "LedgerIndexes": "both" });
    let stack = Stack::start_of(&earlier, &Config::default(), Some(&template));
    std::fs::remove_file(&template)?;
    let mut site = Site { stack: stack? };
    let client = Client::new(&site.management());
    let table = site.stack.output("TableName").to_owned();
    assert_eq!(indexes(&client, &table).await, ["due", "listing"]);
    let rows: Vec<Value> = serde_json::from_str(PREVIOUS_RELEASE)?;
    let kept = |row: &&Value| {
        let pk = row["pk"]["S"].as_str().unwrap_or_default();
        KEPT.iter().any(|prefix| pk.starts_with(prefix))
    };
    let rows: Vec<&Value> = rows.iter().filter(kept).collect();
    stored::load(&client, &table, &serde_json::to_string(&rows)?).await;

    site.stack.update(&json!({ "LedgerIndexes": "both" }))?;
    assert_eq!(
        indexes(&client, &table).await,
        ["due", "listing", "tenants"]
    );
    let shown = ["acme", "bolt", "crux", "dune"];
    assert_eq!(listed(&site), shown);
    site.ask(&["tenant", "retry", "dune"]);
    wait_until_migrated(&site, &client, &table, "dune").await?;
    assert_eq!(listed(&site), shown);

    site.stack.update(&json!({ "LedgerIndexes": "updated" }))?;
    assert_eq!(indexes(&client, &table).await, ["due", "tenants"]);
    assert_eq!(listed(&site), shown);
    // The lease of a tenant that is due is found in the index that stays as the release before declared it.
    site.ask(&["tenant", "retry", "acme"]);
    wait_until_migrated(&site, &client, &table, "acme").await
}

/// The template without what this release adds to the ledger.
fn earlier_template() -> Result<PathBuf, AnyError> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/template.yaml");
    let text = std::fs::read_to_string(ours)?;
    let (before, rest) = text.split_once(TENANTS).ok_or("no index `tenants`")?;
    let (_, after) = rest.split_once(LISTING).ok_or("no index `listing`")?;
    let path = std::env::temp_dir().join(format!("tenantry-earlier-{}.yaml", std::process::id()));
    std::fs::write(&path, format!("{before}{LISTING}{after}"))?;
    Ok(path)
}

/// The indexes that can be queried.
async fn indexes(client: &Client, table: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (index, keys) in [
        ("due", "due"),
        ("listing", "listing"),
        ("tenants", "listing"),
    ] {
        let call = client.query().table_name(table).index_name(index);
        let call = call.key_condition_expression(format!("{keys}_pk = :pk"));
        let call = call.expression_attribute_values(":pk", AttributeValue::S("none".into()));
        if call.send().await.is_ok() {
            found.push(index);
        }
    }
    found
}

/// The slugs of all tenants in the list.
fn listed(site: &Site) -> Vec<String> {
    let page = site.ask(&["tenant", "list"]);
    let items = page.as_array().or(page["items"].as_array());
    let slugs = items.into_iter().flatten();
    let mut slugs: Vec<String> = slugs
        .filter_map(|tenant| tenant["slug"].as_str().map(str::to_owned))
        .collect();
    slugs.sort();
    slugs
}

/// Waits until a pass has given the tenant a lease row.
async fn wait_until_migrated(
    site: &Site,
    client: &Client,
    table: &str,
    slug: &str,
) -> Result<(), AnyError> {
    let tenant = site.ask(&["tenant", "show", slug]);
    let pk = format!("T#{}", tenant["id"].as_str().unwrap_or_default());
    for _ in 0..120 {
        let call = client.get_item().table_name(table);
        let call = call.key("pk", AttributeValue::S(pk.clone()));
        let call = call.key("sk", AttributeValue::S("LEASE".into()));
        if call.send().await?.item.is_some() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(format!("tenant `{slug}` was not migrated in a minute").into())
}
