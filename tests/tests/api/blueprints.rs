//! Blueprints that somebody publishes, and the tenants of them.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::site::{ANN, Site, get, patch, post, request};

fn gold(version: &str) -> Value {
    json!({
        "name": "gold", "version": version, "description": "For customers of the gold tier.",
        "extends": "standard@1.0.0", "settings": { "availabilityZones": 3, "flowLogRetentionDays": 365 },
        "open": { "maxRegions": 2 },
    })
}

async fn publish(site: &Site, version: &str) {
    let answer = site.call(post("/v1/blueprints", &gold(version))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

async fn retire(site: &Site, reference: &str) -> crate::site::Answer {
    let path = format!("/v1/blueprints/{reference}/retire");
    site.call(request("POST", path)).await
}

fn fields(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().unwrap().iter();
    errors.filter_map(|error| error["field"].as_str()).collect()
}

#[tokio::test]
async fn a_published_blueprint_is_shown_listed_and_chosen_by_a_tenant() {
    let site = Site::start().await;
    let answer = site.call(post("/v1/blueprints", &gold("1.0.0"))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.headers["location"], "/v1/blueprints/gold@1.0.0");
    publish(&site, "1.10.0").await;
    publish(&site, "1.9.0").await;
    let shown = site.call(get("/v1/blueprints/gold")).await.body;
    assert_eq!(shown["version"], "1.10.0");
    assert_eq!(shown["settings"]["passwordPolicy"]["minimumLength"], 14);
    assert_eq!(
        (&shown["origin"], &shown["state"]),
        (&json!("published"), &json!("available"))
    );
    assert_eq!(
        (&shown["publishedBy"], &shown["extends"]),
        (&json!(ANN), &json!("standard@1.0.0"))
    );
    let mut names = Vec::new();
    let mut path = "/v1/blueprints?limit=2".to_owned();
    loop {
        let page = site.call(get(path)).await.body;
        let items = page["items"].as_array().unwrap().iter();
        names.extend(items.map(|it| format!("{}@{}", it["name"], it["version"]).replace('"', "")));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/v1/blueprints?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names[..3], ["gold@1.0.0", "gold@1.9.0", "gold@1.10.0"]);
    assert_eq!(names.len(), 8);
    let body = json!({ "slug": "acme", "name": "Acme", "blueprint": "gold" });
    let tenant = site.call(post("/v1/tenants", &body)).await.body["tenant"].clone();
    assert_eq!(tenant["spec"]["blueprint"], "gold@1.10.0");
    assert_eq!(tenant["effectiveSpec"]["availabilityZones"], 3);
    let listed = site.call(get("/v1/tenants?blueprint=gold")).await.body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        site.call(get("/v1/blueprints?cursor=AAAA")).await.status,
        422
    );
}

#[tokio::test]
async fn a_published_version_never_changes_also_not_by_two_at_once() {
    let site = Site::start().await;
    let bodies: Vec<Value> = (0..8)
        .map(|number| {
            let mut body = gold("1.0.0");
            body["description"] = json!(format!("number {number}"));
            body
        })
        .collect();
    let calls = bodies
        .iter()
        .map(|body| site.call(post("/v1/blueprints", body)));
    let answers = join_all(calls).await;
    let won: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(won.len(), 1);
    let others = answers.iter().filter(|answer| answer.status != 201);
    for other in others {
        assert_eq!(other.status, 409, "{}", other.body);
        assert!(
            other.body["type"]
                .as_str()
                .unwrap()
                .ends_with("/blueprint-exists")
        );
    }
    let shown = site.call(get("/v1/blueprints/gold@1.0.0")).await.body;
    assert_eq!(shown["description"], won[0].body["description"]);
    let same = bodies
        .iter()
        .find(|body| body["description"] == shown["description"]);
    let again = site.call(post("/v1/blueprints", same.unwrap())).await;
    assert_eq!((again.status, &again.body), (200, &shown));
}

#[tokio::test]
async fn publishing_and_retiring_are_repeated_under_their_keys() {
    let site = Site::start().await;
    let body = gold("1.0.0");
    let first = site.call(post("/v1/blueprints", &body).key("k1")).await;
    let again = site.call(post("/v1/blueprints", &body).key("k1")).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = site
        .call(post("/v1/blueprints", &gold("2.0.0")).key("k1"))
        .await;
    assert_eq!(other.status, 422);
    assert_eq!(fields(&other.body), ["Idempotency-Key"]);
    let retire = || request("POST", "/v1/blueprints/gold@1.0.0/retire").key("k2");
    let first = site.call(retire()).await;
    let again = site.call(retire()).await;
    assert_eq!(
        (first.status, again.status, &first.body),
        (200, 200, &again.body)
    );
    assert_eq!(again.headers["idempotent-replayed"], "true");
    // A key is used up also where there was nothing to do.
    let same = || post("/v1/blueprints", &body).key("k3");
    let statuses = [
        site.call(same()).await.status,
        site.call(same()).await.status,
    ];
    assert_eq!(statuses, [200, 200]);
    let retired = || request("POST", "/v1/blueprints/gold@1.0.0/retire").key("k4");
    assert_eq!(site.call(retired()).await.status, 200);
    for key in ["k3", "k4"] {
        let other = post("/v1/blueprints", &gold("3.0.0")).key(key);
        assert_eq!(site.call(other).await.status, 422, "{key}");
    }
}

#[tokio::test]
async fn a_built_in_blueprint_is_not_retired_and_the_refusal_says_what_to_do_instead() {
    let site = Site::start().await;
    let refused = retire(&site, "standard@1.0.0").await;
    assert_eq!(refused.status, 409);
    let remedy = refused.body["remedy"].as_str().unwrap();
    assert!(remedy.contains("publish a blueprint"), "{remedy}");
}

#[tokio::test]
async fn a_retired_blueprint_keeps_its_tenants_and_takes_none() {
    let site = Site::start().await;
    publish(&site, "1.0.0").await;
    publish(&site, "1.1.0").await;
    let body = json!({ "slug": "acme", "name": "Acme", "blueprint": "gold@1.1.0" });
    assert_eq!(site.call(post("/v1/tenants", &body)).await.status, 202);
    site.tenant("beta").await;
    let retired = retire(&site, "gold@1.1.0").await;
    assert_eq!(
        (retired.status, &retired.body["state"]),
        (200, &json!("retired"))
    );
    assert_eq!(retired.body["retired"]["by"], ANN);
    let before = site.rows().await;
    let later = retire(&site, "gold@1.1.0").await;
    assert_eq!(later.body, retired.body);
    let body = json!({ "slug": "gamma", "name": "Gamma", "blueprint": "gold@1.1.0" });
    for refused in [
        post("/v1/tenants", &body),
        post("/v1/tenants?dry-run=true", &body),
        patch("/v1/tenants/beta", &json!({ "blueprint": "gold@1.1.0" })),
        patch(
            "/v1/tenants/beta?dry-run=true",
            &json!({ "blueprint": "gold@1.1.0" }),
        ),
    ] {
        let answer = site.call(refused).await;
        assert_eq!(
            (answer.status, fields(&answer.body)),
            (422, vec!["blueprint"])
        );
        assert!(answer.body["detail"].as_str().unwrap().contains("retired"));
    }
    assert_eq!(site.rows().await, before);
    let kept = site
        .call(patch("/v1/tenants/acme", &json!({ "name": "Acme 2" })))
        .await;
    assert_eq!(kept.status, 202, "{}", kept.body);
    let bare = json!({ "slug": "delta", "name": "D", "blueprint": "gold" });
    let tenant = site.call(post("/v1/tenants", &bare)).await.body["tenant"].clone();
    assert_eq!(tenant["spec"]["blueprint"], "gold@1.0.0");
}

#[tokio::test]
async fn a_refused_blueprint_is_named_by_its_fields_and_changes_nothing() {
    let site = Site::start().await;
    publish(&site, "1.0.0").await;
    let before = site.rows().await;
    let with = |field: &str, value: Value| {
        let mut body = gold("2.0.0");
        body[field] = value;
        body
    };
    for (body, field) in [
        (json!([]), "(body)"),
        (with("name", json!("standard")), "name"),
        (with("extends", json!("gold@1.0.0")), "extends"),
        (with("extends", json!("nothing@1.0.0")), "extends"),
        (
            with("settings", json!({ "egress": "vpn" })),
            "settings.egress",
        ),
        (
            with("open", json!({ "availabilityZones": [1, 2] })),
            "open.availabilityZones",
        ),
        (with("color", json!("red")), "color"),
    ] {
        let answer = site.call(post("/v1/blueprints", &body)).await;
        assert_eq!(
            (answer.status, fields(&answer.body)),
            (422, vec![field]),
            "{body}"
        );
    }
    for (reference, status) in [
        ("gold", 422),
        ("gold@9.0.0", 404),
        ("silver@1.0.0", 404),
        ("standard@1.0.0", 409),
        ("standard@9.0.0", 404),
        ("Gold", 404),
    ] {
        assert_eq!(retire(&site, reference).await.status, status, "{reference}");
    }
    assert_eq!(site.rows().await, before);
}

#[tokio::test]
async fn a_move_is_previewed_and_then_done() {
    let site = Site::start().await;
    publish(&site, "1.0.0").await;
    site.tenant("acme").await;
    let before = site.rows().await;
    let body = json!({ "blueprint": "gold" });
    let preview = site
        .call(patch("/v1/tenants/acme?dry-run=true", &body))
        .await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    assert_eq!(site.rows().await, before);
    assert_eq!(preview.body["spec"]["blueprint"], "gold@1.0.0");
    assert!(!preview.body["plan"].as_array().unwrap().is_empty());
    let moved = site.call(patch("/v1/tenants/acme", &body)).await;
    assert_eq!(moved.status, 202, "{}", moved.body);
    assert_eq!(
        moved.body["tenant"]["effectiveSpec"],
        preview.body["effectiveSpec"]
    );
    let back = site
        .call(patch(
            "/v1/tenants/acme",
            &json!({ "blueprint": "sandbox" }),
        ))
        .await;
    assert_eq!(back.body["tenant"]["spec"]["blueprint"], "sandbox@1.0.0");
    let notes = back.body["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "{notes:?}");
}
