use futures::future::join_all;
use serde_json::{Value, json};

use crate::site::{Site, get, patch, post, request, spec};

#[tokio::test]
async fn a_tenant_is_requested_polled_changed_and_deleted() {
    let site = Site::start().await;
    let made = site.call(post("/v1/tenants", &spec("acme"))).await;
    assert_eq!(made.status, 202);
    let id = made.body["tenant"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made.body["tenant"]["phase"], "requested");
    assert_eq!(made.body["tenant"]["spec"]["blueprint"], "standard@1.0.0");
    assert_eq!(made.body["tenant"]["createdBy"], crate::site::ANN);
    let operation = site.call(get(made.headers["location"].as_str())).await;
    assert_eq!(operation.body["kind"], "onboard");
    assert_eq!(operation.body["state"], "pending");

    let by_slug = site.call(get("/v1/tenants/acme")).await;
    assert_eq!(by_slug.headers["etag"], "\"1\"");
    assert_eq!(by_slug.body["id"], id.as_str());
    assert_eq!(by_slug.body["effectiveSpec"]["availabilityZones"], 2);

    let change = json!({ "egress": "single-nat", "tags": { "team": "core" } });
    let changed = patch(format!("/v1/tenants/{id}"), &change).header("if-match", "\"1\"");
    let changed = site.call(changed).await;
    assert_eq!(
        (changed.status, changed.headers["etag"].as_str()),
        (202, "\"2\"")
    );
    assert_eq!(changed.body["operation"]["kind"], "update");
    let same = site.call(patch("/v1/tenants/acme", &change)).await;
    assert_eq!((same.status, &same.body["operation"]), (200, &Value::Null));
    let back = json!({ "egress": null, "tags": { "team": null } });
    let back = site.call(patch("/v1/tenants/acme", &back)).await;
    assert_eq!(back.body["tenant"]["spec"], made.body["tenant"]["spec"]);

    let deleted = site.call(request("DELETE", "/v1/tenants/acme")).await;
    assert_eq!(
        (deleted.status, &deleted.body["operation"]["kind"]),
        (202, &json!("offboard"))
    );
    let again = site
        .call(request("DELETE", format!("/v1/tenants/{id}")))
        .await;
    assert_eq!(
        again.body["operation"]["id"],
        deleted.body["operation"]["id"]
    );
    let late = site.call(patch("/v1/tenants/acme", &change)).await;
    assert_eq!((late.status, late.kind()), (409, "tenant-leaving"));
    let repair = site.call(request("POST", "/v1/tenants/acme/repair")).await;
    assert_eq!((repair.status, repair.kind()), (409, "tenant-leaving"));
}

#[tokio::test]
async fn one_key_makes_one_tenant_however_often_it_is_sent() {
    let site = Site::start().await;
    let requests = (0..6).map(|_| site.call(post("/v1/tenants", &spec("acme")).key("order-1")));
    let answers = join_all(requests).await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    assert!(
        answers
            .iter()
            .all(|a| a.body["operation"]["id"] == answers[0].body["operation"]["id"])
    );
    let first = answers
        .iter()
        .filter(|a| !a.headers.contains_key("idempotent-replayed"));
    assert_eq!(first.count(), 1);
    let spaced = request("POST", "/v1/tenants")
        .header("content-type", "application/json; charset=UTF-8")
        .text("{ \"slug\": \"acme\",\n \"name\": \"acme\", \"blueprint\": \"standard@1.0.0\" }")
        .key("order-1");
    let spaced = site.call(spaced).await;
    assert_eq!(spaced.headers["idempotent-replayed"], "true");
    let other = site
        .call(post("/v1/tenants", &spec("other")).key("order-1"))
        .await;
    assert_eq!(
        (other.status, other.kind()),
        (422, "idempotency-key-reused")
    );
    let ben = post("/v1/tenants", &spec("other")).key("order-1");
    let ben = site
        .call(ben.by(Some("arn:aws:iam::111111111111:user/ben")))
        .await;
    assert_eq!(ben.status, 202, "another caller's key is another key");
    let tenants = site.call(get("/v1/tenants")).await;
    assert_eq!(tenants.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn of_many_requests_for_one_slug_one_succeeds() {
    let site = Site::start().await;
    let requests = (0..6).map(|_| site.call(post("/v1/tenants", &spec("acme"))));
    let answers = join_all(requests).await;
    assert_eq!(answers.iter().filter(|a| a.status == 202).count(), 1);
    let refused: Vec<_> = answers.iter().filter(|a| a.status == 409).collect();
    assert_eq!(refused.len(), 5);
    assert!(
        refused
            .iter()
            .all(|a| a.kind() == "slug-taken" && a.fields() == ["slug"])
    );
    let dry = site
        .call(post("/v1/tenants?dry-run=true", &spec("acme")))
        .await;
    assert_eq!((dry.status, dry.kind()), (409, "slug-taken"));
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_created_and_writes_nothing() {
    let site = Site::start().await;
    let before = site.rows().await;
    let request = post("/v1/tenants?dry-run=true", &spec("acme")).key("k");
    let answer = site.call(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body["effectiveSpec"]["regions"],
        json!(["us-east-1"])
    );
    assert_eq!(site.rows().await, before);
}

#[tokio::test]
async fn changes_from_one_version_happen_once_and_changes_of_different_fields_all_happen() {
    let site = Site::start().await;
    site.tenant("acme").await;
    let rename = |name: String| {
        let body = json!({ "name": name });
        site.call(patch("/v1/tenants/acme", &body).header("if-match", "\"1\""))
    };
    let answers = join_all((0..4).map(|i| rename(format!("name {i}")))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 202).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.status == 412).count(), 3);
    let tags = (0..3).map(|i| {
        let body = json!({ "tags": { format!("k{i}"): "v" } });
        site.call(patch("/v1/tenants/acme", &body))
    });
    for answer in join_all(tags).await {
        assert_eq!(answer.status, 202, "{}", answer.body);
    }
    let tenant = site.call(get("/v1/tenants/acme")).await.body;
    assert_eq!(tenant["spec"]["tags"].as_object().unwrap().len(), 3);
    assert_eq!(tenant["specVersion"], 5);
}

#[tokio::test]
async fn a_repeated_change_is_answered_as_before_though_its_version_is_stale() {
    let site = Site::start().await;
    site.tenant("acme").await;
    let change = || {
        patch("/v1/tenants/acme", &json!({ "name": "New" }))
            .header("if-match", "\"1\"")
            .key("change-1")
    };
    let first = site.call(change()).await;
    let again = site.call(change()).await;
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(first.body["operation"]["id"], again.body["operation"]["id"]);
}

#[tokio::test]
async fn a_change_that_changed_nothing_is_remembered_and_undoes_nothing_when_it_is_repeated() {
    let site = Site::start().await;
    site.tenant("acme").await;
    let path = "/v1/tenants/acme";
    let nothing = || patch(path, &json!({ "mode": "repair" })).key("nothing-1");
    let first = site.call(nothing()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let changed = site
        .call(patch(path, &json!({ "mode": "observe-only" })))
        .await;
    assert_eq!(changed.status, 202, "{}", changed.body);

    let again = site.call(nothing()).await;
    assert!(
        again.headers.contains_key("idempotent-replayed"),
        "{}",
        again.body
    );
    let tenant = site.call(get(path)).await;
    assert_eq!(tenant.body["spec"]["mode"], "observe-only");
    let other = patch(path, &json!({ "mode": "observe-only" })).key("nothing-1");
    assert_eq!(site.call(other).await.status, 422);
}

#[tokio::test]
async fn audits_repairs_and_retries_are_operations() {
    let site = Site::start().await;
    let tenant = site.tenant("acme").await;
    let audit = site.call(request("POST", "/v1/tenants/acme/audits")).await;
    assert_eq!(
        (audit.status, &audit.body["operation"]["kind"]),
        (202, &json!("audit"))
    );
    assert_eq!(audit.body["operation"]["tenantId"], tenant["id"]);
    let same = site
        .call(request("POST", "/v1/tenants/acme/audits").text("{}"))
        .await;
    assert_eq!(same.body["operation"]["id"], audit.body["operation"]["id"]);
    let repair = site
        .call(request("POST", "/v1/tenants/acme/repair").key("r"))
        .await;
    let replay = site
        .call(request("POST", "/v1/tenants/acme/repair").key("r"))
        .await;
    assert_eq!(replay.headers["idempotent-replayed"], "true");
    assert_eq!(
        replay.body["operation"]["id"],
        repair.body["operation"]["id"]
    );
    let retry = site.call(request("POST", "/v1/tenants/acme/retry")).await;
    assert_eq!(retry.status, 202);
    assert!(retry.body["tenant"]["dueAt"].is_string(), "{}", retry.body);
    let history = site.call(get("/v1/tenants/acme/history")).await;
    let actions: Vec<_> = history.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "tenant-requested",
            "audit-requested",
            "repair-requested",
            "retry-requested"
        ]
    );
}

#[tokio::test]
async fn the_sessions_of_a_role_share_their_keys() {
    let site = Site::start().await;
    let session = |name: &str| format!("arn:aws:sts::111111111111:assumed-role/platform/{name}");
    let create = |session: String| {
        let create = post("/v1/tenants", &spec("acme")).key("order-1");
        site.call(create.by(Some(&session)))
    };
    let first = create(session("monday")).await;
    let second = create(session("tuesday")).await;
    assert_eq!((first.status, second.status), (202, 202), "{}", second.body);
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert_eq!(
        first.body["tenant"]["createdBy"],
        session("monday").as_str()
    );
    let other = "arn:aws:sts::111111111111:assumed-role/other/monday".to_owned();
    assert_eq!(
        create(other).await.status,
        409,
        "another role's key is another key"
    );
}

#[tokio::test]
async fn a_retry_happens_once_however_often_the_request_is_repeated() {
    let site = Site::start().await;
    site.tenant("acme").await;
    let retry = || request("POST", "/v1/tenants/acme/retry").key("again-1");
    let first = site.call(retry()).await;
    let second = site.call(retry()).await;
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(first.headers.get("idempotent-replayed"), None);
    assert_eq!(second.headers["idempotent-replayed"], "true");
    let history = site.call(get("/v1/tenants/acme/history")).await;
    let items = history.body["items"].as_array().unwrap().iter();
    let retries = items.filter(|entry| entry["action"] == "retry-requested");
    assert_eq!(retries.count(), 1);
    let audit = request("POST", "/v1/tenants/acme/audits").key("again-1");
    assert_eq!(site.call(audit).await.kind(), "idempotency-key-reused");
}

#[tokio::test]
async fn of_twelve_changes_at_once_each_is_made_or_told_to_try_again() {
    let site = Site::start().await;
    site.tenant("acme").await;
    let changes = (0..12).map(|i| {
        let body = json!({ "tags": { format!("k{i}"): "v" } });
        site.call(patch("/v1/tenants/acme", &body))
    });
    let answers = join_all(changes).await;
    for answer in &answers {
        match answer.status {
            202 => {}
            409 => {
                assert_eq!(answer.kind(), "concurrent-change");
                assert_eq!(answer.body["retryable"], true);
                assert!(answer.headers.contains_key("retry-after"));
            }
            status => panic!("{status}: {}", answer.body),
        }
    }
    let tenant = site.call(get("/v1/tenants/acme")).await.body;
    let made = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(tenant["spec"]["tags"].as_object().unwrap().len(), made);
}
