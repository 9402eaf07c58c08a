//! An installation whose people do not sign in: no portal, no key, and everything else as ever.

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::{Site, creation};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_without_sign_in_has_no_portal_and_serves_machines_as_ever()
-> Result<(), AnyError> {
    let site = Site::open(&json!({ "SignIn": "false" }))?;
    for output in ["PortalUrl", "PortalApiId", "PortalRoleArn"] {
        assert_eq!(site.stack.output(output), "", "{output}");
    }
    let keys = aws_sdk_kms::Client::new(&site.management());
    let keys = keys.list_keys().send().await?;
    assert_eq!(keys.keys().len(), 0, "{keys:?}");

    site.ask(&creation("acme", &["--wait"]));
    let shown = site.ask(&["tenant", "show", "acme"]);
    assert_eq!(shown["phase"], "active");
    assert_eq!(shown["portalUrl"], Value::Null);

    let set = ["identity-provider", "set", "acme", "--client-id", "x"];
    let issuer = ["--issuer", "https://id.acme.example"];
    let refused = site.begin(&[&set[..], &issuer].concat())?;
    let refused = refused.wait_with_output()?;
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(told.contains("SignIn"), "{told}");
    Ok(())
}
