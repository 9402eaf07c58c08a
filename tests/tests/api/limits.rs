use serde_json::{Value, json};
use tenancy::{TenantId, Timestamp};
use tenantry_aws::ledger::{Attempt, CreationBudget, CreationOutcome, Semaphore};

use crate::site::{ANN, Request, Site, get, request};

const BOB: &str = "arn:aws:iam::111111111111:user/bob";

fn set(body: &Value) -> Request {
    request("PUT", "/v1/limits/creations").json(body)
}

fn stop(reason: &str) -> Value {
    json!({ "on": false, "reason": reason })
}

fn id(tenant: &Value) -> TenantId {
    tenant["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn untouched_limits_are_on_and_empty_and_name_every_rate() {
    let site = Site::start().await;
    let answer = site.call(get("/v1/limits")).await;
    assert_eq!(
        (answer.status, answer.headers["etag"].as_str()),
        (200, "\"0\"")
    );
    let creations = &answer.body["creations"];
    assert_eq!(creations["on"], true);
    assert_eq!(creations["switchEvents"], json!([]));
    assert_eq!(creations["capacity"], 5);
    assert_eq!(creations["budget"]["hour"]["allowed"], 100);
    assert_eq!(creations["budget"]["day"]["allowed"], 300);
    assert_eq!(creations["queue"], json!({ "total": 0, "items": [] }));
    assert_eq!(answer.body["closures"]["capacity"], 3);
    let calls = answer.body["calls"].as_array().unwrap();
    let create = calls
        .iter()
        .find(|call| call["call"] == "CreateAccount")
        .unwrap();
    assert_eq!(create["secondsPerCall"], 10.0);
    assert_eq!(
        (&create["available"], &create["aws"]["burst"]),
        (&json!(2), &json!(3))
    );
}

#[tokio::test]
async fn creations_are_stopped_and_started_with_who_when_and_why() {
    let site = Site::start().await;
    let answer = site.call(set(&stop(" quota, ticket 4711 "))).await;
    assert_eq!((answer.status, &answer.body["on"]), (200, &json!(false)));
    assert_eq!(answer.headers["etag"], "\"1\"");
    let event = &answer.body["switchEvents"][0];
    assert_eq!(
        (&event["reason"], &event["by"]),
        (&json!("quota, ticket 4711"), &json!(ANN))
    );
    let rows = site.rows().await;
    let again = site.call(set(&stop("quota, ticket 4711"))).await;
    assert_eq!(
        (again.status, again.headers["etag"].as_str()),
        (200, "\"1\"")
    );
    assert_eq!(site.rows().await, rows, "the same again writes nothing");
    let on = json!({ "on": true, "reason": "raised" });
    let answer = site.call(set(&on).by(Some(BOB))).await;
    assert_eq!((answer.status, &answer.body["on"]), (200, &json!(true)));
    let who: Vec<_> = answer.body["switchEvents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["by"].clone())
        .collect();
    assert_eq!(
        who,
        [json!(BOB), json!(ANN)],
        "newest first, and nothing is lost"
    );
}

#[tokio::test]
async fn a_switch_that_has_changed_since_is_not_set_from_a_stale_view() {
    let site = Site::start().await;
    let seen = site.call(get("/v1/limits")).await.headers["etag"].clone();
    site.call(set(&stop("incident")).by(Some(BOB))).await;
    let rows = site.rows().await;
    let on = json!({ "on": true, "reason": "seems fine to me" });
    let answer = site.call(set(&on).header("if-match", seen)).await;
    assert_eq!((answer.status, answer.kind()), (412, "limits-changed"));
    assert_eq!(answer.fields(), ["If-Match"]);
    assert_eq!(site.rows().await, rows);
    let now = site.call(get("/v1/limits")).await.headers["etag"].clone();
    assert_eq!(
        site.call(set(&on).header("if-match", now)).await.status,
        200
    );
}

#[tokio::test]
async fn another_budget_applies_until_it_is_reset() {
    let site = Site::start().await;
    let started = |budget: Value| json!({ "on": true, "reason": "big customer", "budget": budget });
    let more = site
        .call(set(&started(json!({ "perHour": 7, "perDay": 9 }))))
        .await;
    assert_eq!(more.body["budget"]["hour"]["allowed"], 7);
    assert_eq!(more.body["budget"]["isOverride"], true);
    assert_eq!(
        more.body["switchEvents"][0]["budget"],
        json!({ "perHour": 7, "perDay": 9 })
    );
    let kept = site.call(set(&stop("unrelated"))).await;
    assert_eq!(
        kept.body["budget"]["hour"]["allowed"], 7,
        "absent changes nothing"
    );
    let usual = CreationBudget {
        per_hour: 100,
        per_day: 300,
    };
    let spending = site
        .app
        .ledger
        .spending(Timestamp::now(), usual)
        .await
        .unwrap();
    assert_eq!(spending.left(), 7);
    let back = site.call(set(&started(Value::Null))).await;
    assert_eq!(back.body["budget"]["day"]["allowed"], 300);
    assert_eq!(back.body["budget"]["isOverride"], false);
}

#[tokio::test]
async fn a_waiting_tenant_has_a_position_and_an_expected_time() {
    let site = Site::start().await;
    let ledger = &site.app.ledger;
    let now = Timestamp::now();
    let mut tenants = Vec::new();
    for number in 0..8 {
        let tenant = id(&site.tenant(&format!("acme-{number}")).await);
        let hour = jiff::SignedDuration::from_hours(1);
        ledger
            .acquire_slot(Semaphore::Creations, &tenant, now, hour, usize::MAX)
            .await
            .unwrap();
        tenants.push(tenant);
    }
    let limits = site.call(get("/v1/limits?limit=2")).await.body;
    let creations = &limits["creations"];
    assert_eq!(creations["inFlight"].as_array().unwrap().len(), 5);
    assert_eq!(creations["queue"]["total"], 3);
    let shown = creations["queue"]["items"].as_array().unwrap();
    let waiting: Vec<_> = shown
        .iter()
        .map(|entry| entry["tenantId"].as_str().unwrap())
        .collect();
    assert_eq!(waiting, [tenants[5].as_str(), tenants[6].as_str()]);
    let last = site.call(get("/v1/tenants/acme-7")).await.body["queue"].clone();
    assert_eq!((&last["position"], &last["length"]), (&json!(3), &json!(3)));
    assert_eq!(last["waitsFor"], "creation");
    let expected: Timestamp = last["expectedAt"].as_str().unwrap().parse().unwrap();
    let wait = expected.duration_since(now).as_secs();
    assert!((108..=168).contains(&wait), "three slots of 36 s: {wait}");
    let inside = site.call(get("/v1/tenants/acme-0")).await;
    assert_eq!(inside.body.get("queue"), None);
    site.call(set(&stop("incident"))).await;
    let last = site.call(get("/v1/tenants/acme-7")).await.body["queue"].clone();
    assert_eq!(
        (last.get("expectedAt"), &last["position"]),
        (None, &json!(3))
    );
}

#[tokio::test]
async fn starting_creations_makes_the_first_in_the_queue_due() {
    let site = Site::start().await;
    let ledger = &site.app.ledger;
    let tenant = id(&site.tenant("acme").await);
    let now = Timestamp::now();
    ledger
        .enqueue(Semaphore::Creations, &tenant, now, 300)
        .await
        .unwrap();
    let lease = ledger
        .acquire_lease(&tenant, "pass", now, jiff::SignedDuration::from_mins(1))
        .await
        .unwrap()
        .unwrap();
    let later = now + jiff::SignedDuration::from_mins(5);
    ledger
        .release_lease(&lease, Some(later), now)
        .await
        .unwrap();
    site.call(set(&json!({ "on": true, "reason": "raised" })))
        .await;
    let due = ledger.tenant(&tenant).await.unwrap().due_at.unwrap();
    assert!(due < later, "{due}");
}

#[tokio::test]
async fn the_breakers_window_is_shown_and_starts_over_when_creations_are_started() {
    let site = Site::start().await;
    let now = Timestamp::now();
    for number in 1..=3u8 {
        let attempt = Attempt {
            tenant: TenantId::from_random([number; 10]),
            number: 1,
            at: now - jiff::SignedDuration::from_secs(i64::from(10 - number)),
            outcome: match number {
                1 => CreationOutcome::Made,
                2 => CreationOutcome::Unknown,
                _ => CreationOutcome::Failed("INTERNAL_FAILURE".into()),
            },
        };
        site.app
            .ledger
            .record_attempt(&attempt, now, None)
            .await
            .unwrap();
    }
    let breaker = site.call(get("/v1/limits")).await.body["creations"]["breaker"].clone();
    let wanted = json!({ "succeeded": 1, "failed": 1, "unknown": 1, "consecutiveFailures": 2, "reasons": { "INTERNAL_FAILURE": 1 } });
    assert_eq!(breaker, wanted);
    let on = site
        .call(set(&json!({ "on": true, "reason": "well again" })))
        .await;
    assert_eq!(on.body["breaker"]["failed"], 0);
}
