use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::site::{Answer, Site, get, patch, post};

fn slugs(answer: &Answer) -> Vec<String> {
    let items = answer.body["items"].as_array().unwrap().iter();
    items
        .map(|item| item["slug"].as_str().unwrap().to_owned())
        .collect()
}

async fn every_page(site: &Site, question: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let answer = site.call(get(format!("{question}{cursor}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        items.extend(answer.body["items"].as_array().unwrap().iter().cloned());
        pages += 1;
        match answer.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (items, pages),
        }
    }
}

#[tokio::test]
async fn pages_hold_every_tenant_once_and_a_cursor_fits_its_question_only() {
    let site = Site::start().await;
    for number in 0..7 {
        site.tenant(&format!("acme-{number}")).await;
    }
    let (items, pages) = every_page(&site, "/v1/tenants?limit=3").await;
    let ids: BTreeSet<_> = items.iter().map(|item| item["id"].to_string()).collect();
    assert_eq!((items.len(), ids.len(), pages), (7, 7, 3));
    let first = site.call(get("/v1/tenants?limit=3")).await;
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let other = format!("/v1/tenants?limit=3&phase=active&cursor={cursor}");
    let other = site.call(get(other)).await;
    assert_eq!((other.status, other.fields()), (422, vec!["cursor"]));
}

#[tokio::test]
async fn tenants_are_found_by_phase_blueprint_tag_and_slug() {
    let site = Site::start().await;
    for (slug, blueprint, team) in [
        ("acme", "standard", "core"),
        ("beta", "sandbox", "core"),
        ("gamma", "sandbox", "x:y"),
    ] {
        let body =
            json!({ "slug": slug, "name": slug, "blueprint": blueprint, "tags": { "team": team } });
        site.call(post("/v1/tenants", &body)).await;
    }
    let colon =
        json!({ "slug": "delta", "name": "d", "blueprint": "standard", "tags": { "a:b": "v" } });
    site.call(post("/v1/tenants", &colon)).await;
    for (question, expected) in [
        ("phase=requested", vec!["acme", "beta", "delta", "gamma"]),
        ("phase=active", vec![]),
        ("blueprint=sandbox", vec!["beta", "gamma"]),
        ("blueprint=sandbox%401.0.0", vec!["beta", "gamma"]),
        ("blueprint=sandbox@9.0.0", vec![]),
        ("tag=team:core", vec!["acme", "beta"]),
        ("tag=team:x:y", vec!["gamma"]),
        ("tag=team=core", vec!["acme", "beta"]),
        ("tag=a:b=v", vec!["delta"]),
        ("tag=a%3Ab%3Dv", vec!["delta"]),
        ("slug=beta", vec!["beta"]),
        ("blueprint=sandbox&tag=team%3Acore", vec!["beta"]),
    ] {
        let answer = site.call(get(format!("/v1/tenants?{question}"))).await;
        let mut found = slugs(&answer);
        found.sort();
        assert_eq!(found, expected, "{question}");
    }
}

#[tokio::test]
async fn tenants_that_share_a_parent_are_found_by_their_group() {
    let site = Site::start().await;
    let body = |slug: &str| json!({ "slug": slug, "name": slug, "blueprint": "sandbox", "tags": { "team": "core" } });
    let mut grouped = body("acme");
    grouped["group"] = json!("contoso");
    for body in [grouped, body("beta")] {
        site.call(post("/v1/tenants", &body)).await;
    }
    let group = get("/v1/tenants?group=contoso");
    let answer = site.call(group).await;
    assert_eq!(slugs(&answer), ["acme"]);
    let item = &answer.body["items"][0];
    assert_eq!(item["group"], "contoso");
    assert_eq!(item["tags"], json!({ "team": "core" }));
    let to_beta = [
        ("acme", json!({ "group": null })),
        ("beta", json!({ "group": "contoso" })),
    ];
    for (slug, change) in to_beta {
        let answer = site
            .call(patch(format!("/v1/tenants/{slug}"), &change))
            .await;
        assert_eq!(answer.status, 202, "{slug}");
    }
    let answer = site.call(get("/v1/tenants?group=contoso")).await;
    assert_eq!(slugs(&answer), ["beta"]);
    let other = get("/v1/tenants?group=contoso&tag=team:edge");
    assert!(slugs(&site.call(other).await).is_empty());
}

#[tokio::test]
async fn a_history_is_paged_and_its_chain_can_be_checked() {
    let site = Site::start().await;
    site.tenant("acme").await;
    for number in 0..4 {
        let body = json!({ "name": format!("name {number}") });
        site.call(patch("/v1/tenants/acme", &body)).await;
    }
    let (items, pages) = every_page(&site, "/v1/tenants/acme/history?limit=2").await;
    assert_eq!((items.len(), pages), (5, 3));
    let whole = site.call(get("/v1/tenants/acme/history")).await.body;
    let entries: Vec<tenancy::history::HistoryEntry> =
        serde_json::from_value(whole["items"].clone()).unwrap();
    let head = whole["head"].as_str().unwrap();
    let length = whole["length"].as_u64().unwrap();
    assert_eq!(tenancy::history::verify(&entries, length, head), []);
    assert!(entries.iter().all(|entry| entry.actor == crate::site::ANN));
}

#[tokio::test]
async fn what_else_can_be_read_can_be_read() {
    let site = Site::start().await;
    site.tenant("acme").await;
    let operations = site.call(get("/v1/tenants/acme/operations")).await;
    assert_eq!(operations.body["items"][0]["kind"], "onboard");
    let findings = site
        .call(get("/v1/tenants/acme/findings?state=all&severity=high"))
        .await;
    assert_eq!(findings.body["items"], json!([]));
    assert_eq!(site.call(get("/v1/tenants/acme/plan")).await.status, 200);
    let blueprints = site.call(get("/v1/blueprints")).await;
    let items = blueprints.body["items"].as_array().unwrap();
    let names: Vec<&str> = items
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect();
    let wanted = ["regulated", "regulated", "sandbox", "standard", "standard"];
    assert_eq!(names, wanted);
    for (name, version) in [
        ("standard", "1.1.0"),
        ("standard@1.0.0", "1.0.0"),
        ("standard%401.0.0", "1.0.0"),
    ] {
        let answer = site.call(get(format!("/v1/blueprints/{name}"))).await;
        assert_eq!(answer.body["version"], version, "{name}");
    }
    let document = site.call(get("/v1/openapi.json")).await;
    assert_eq!(document.body["openapi"], "3.1.0");
    let health = site.call(get("/v1/health").by(None)).await;
    assert_eq!((health.status, &health.body["status"]), (200, &json!("ok")));
}

#[tokio::test]
async fn operations_are_paged_newest_first() {
    let site = Site::start().await;
    site.tenant("acme").await;
    for number in 0..4 {
        let body = json!({ "name": format!("name {number}") });
        site.call(patch("/v1/tenants/acme", &body)).await;
    }
    let (items, pages) = every_page(&site, "/v1/tenants/acme/operations?limit=2").await;
    assert_eq!((items.len(), pages), (5, 3));
    assert_eq!(items[4]["kind"], "onboard");
    let ids: BTreeSet<_> = items.iter().map(|item| item["id"].to_string()).collect();
    assert_eq!(ids.len(), 5);
}
