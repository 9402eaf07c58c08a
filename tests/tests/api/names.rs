//! What a caller is told of a name that AWS does not take for an account.

use serde_json::{Value, json};

use crate::site::{Answer, Site, get, patch, post};

const NAMES: [(&str, &str); 2] = [
    ("mueller", "Müller & Söhne GmbH"),
    ("tenanto", "株式会社テナント"),
];

/// The notes of an answer.
fn notes(answer: &Answer) -> Vec<&str> {
    let notes = answer.body["notes"].as_array();
    notes
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The only note says what the account is named instead.
#[track_caller]
fn says_that_the_account_is_named(slug: &str, answer: &Answer) {
    let notes = notes(answer);
    assert_eq!(notes.len(), 1, "{}", answer.body);
    assert!(
        notes[0].contains("name") && notes[0].contains(&format!("`{slug}`")),
        "{}",
        notes[0]
    );
}

#[tokio::test]
async fn who_gives_a_tenant_a_name_that_aws_does_not_take_is_told_what_the_account_is_named() {
    let site = Site::start().await;
    for (slug, name) in NAMES {
        let body = json!({ "slug": slug, "name": name, "blueprint": "standard@1.0.0" });
        let dry = site.call(post("/v1/tenants?dry-run=true", &body)).await;
        assert_eq!(dry.status, 200, "{}", dry.body);
        says_that_the_account_is_named(slug, &dry);
        let made = site.call(post("/v1/tenants", &body)).await;
        assert_eq!(made.status, 202, "{}", made.body);
        says_that_the_account_is_named(slug, &made);
        assert_eq!(made.body["tenant"]["spec"]["name"], name);
        let shown = site.call(get(format!("/v1/tenants/{slug}"))).await;
        assert_eq!(shown.body["spec"]["name"], name);
    }

    let plain = json!({ "slug": "acme", "name": "Acme & Sons", "blueprint": "standard@1.0.0" });
    let plain = site.call(post("/v1/tenants", &plain)).await;
    assert_eq!(plain.status, 202, "{}", plain.body);
    assert_eq!(notes(&plain), [""; 0]);
    let (_, name) = NAMES[1];
    let renamed = patch("/v1/tenants/acme", &json!({ "name": name }));
    let renamed = site.call(renamed).await;
    assert_eq!(renamed.status, 202, "{}", renamed.body);
    says_that_the_account_is_named("acme", &renamed);
    let other = patch("/v1/tenants/acme", &json!({ "egress": "single-nat" }));
    let other = site.call(other).await;
    assert_eq!(other.status, 202, "{}", other.body);
    assert_eq!(notes(&other), [""; 0], "it was said when it was named");
}
