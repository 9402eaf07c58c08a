//! What only a person can repair: an access key of the account's root user.

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::{
    events::{listen, next},
    site::{Site, creation, text},
};

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
    assert_eq!(finding["found"], "it has access keys");
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
