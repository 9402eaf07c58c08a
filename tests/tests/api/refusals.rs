use serde_json::{Value, json};

use crate::site::{Request, Site, get, patch, post, request, spec};

fn with(field: &str, value: Value) -> Value {
    let mut body = spec("newcomer");
    body[field] = value;
    body
}

fn bad_spec(field: &str, value: Value) -> (Request, u16, String) {
    let place = match field {
        "regions" if value.is_array() => "regions[0]".to_owned(),
        other => other.to_owned(),
    };
    (post("/v1/tenants", &with(field, value)), 422, place)
}

fn bad_specs() -> Vec<(Request, u16, String)> {
    let mail = |email: &str| json!({ "billing": { "name": "Ann", "email": email } });
    let mut all = vec![
        bad_spec("slug", json!("New Comer")),
        bad_spec("slug", json!("ab")),
        bad_spec("slug", json!(17)),
        bad_spec("name", json!("")),
        bad_spec("name", json!("Zo\u{202e}e")),
        bad_spec("name", json!("x".repeat(101))),
        bad_spec("blueprint", json!("gold")),
        bad_spec("blueprint", json!("standard@99.0.0")),
        bad_spec("blueprint", json!("standard@one")),
        bad_spec("blueprint", json!(null)),
        bad_spec("regions", json!(["mars-north-1"])),
        bad_spec("regions", json!(["EU"])),
        bad_spec("regions", json!("us-east-1")),
        bad_spec("availabilityZones", json!(9)),
        bad_spec("availabilityZones", json!("two")),
        bad_spec("egress", json!("open")),
        bad_spec("cidrPrefix", json!(30)),
        bad_spec("cidrPrefix", json!("10.0.0.0/8")),
        bad_spec("budget", json!(500)),
        bad_spec("tags", json!([])),
        bad_spec("costCenter", json!("a\u{0}")),
        bad_spec("mode", json!("never")),
        bad_spec("blueprint", json!("standard@01.0.0")),
        bad_spec("blueprint", json!("standard@+1.0.0")),
        bad_spec("accountId", json!("123456789012")),
        bad_spec("color", json!("red")),
    ];
    for email in ["ann", "ann@", "@x.org", "a b@x.org", "änn@x.org", "a@x"] {
        let request = post("/v1/tenants", &with("contacts", mail(email)));
        all.push((request, 422, "contacts.billing.email".to_owned()));
    }
    for name in ["Ann\u{202e}", "An\u{200d}n", "\u{2066}Ann", "Ann\u{7f}"] {
        let contact = json!({ "billing": { "name": name, "email": "ann@x.org" } });
        let request = post("/v1/tenants", &with("contacts", contact));
        all.push((request, 422, "contacts.billing.name".to_owned()));
    }
    let tag = post("/v1/tenants", &with("tags", json!({ "aws:x": "y" })));
    all.push((tag, 422, r#"tags["aws:x"]"#.to_owned()));
    all
}

fn text(body: &str) -> Request {
    request("POST", "/v1/tenants")
        .header("content-type", "application/json")
        .text(body)
}

fn bad_bodies() -> Vec<(Request, u16, String)> {
    let body = "(body)";
    [
        (text("{"), 400, body),
        (text(""), 400, body),
        (text("slug: acme"), 400, body),
        (text("[]"), 422, body),
        (text("\"acme\""), 422, body),
        (
            text(r#"{"slug":"a-one","slug":"a-two","name":"A","blueprint":"standard"}"#),
            422,
            "slug",
        ),
        (text(&format!("\"{}\"", "x".repeat(65_536))), 413, body),
        (
            request("POST", "/v1/tenants")
                .header("content-type", "text/plain")
                .text("{}"),
            415,
            "Content-Type",
        ),
        (
            request("POST", "/v1/tenants").text("{}"),
            415,
            "Content-Type",
        ),
        (
            request("POST", "/v1/tenants")
                .header("content-type", "application/json; charset=latin1")
                .text("{}"),
            415,
            "Content-Type",
        ),
    ]
    .map(|(request, status, field)| (request, status, field.to_owned()))
    .into()
}

fn bad_limits() -> Vec<(Request, u16, String)> {
    let put = |body: Value| request("PUT", "/v1/limits/creations").json(&body);
    let budget = |budget: Value| put(json!({ "on": true, "reason": "r", "budget": budget }));
    let reason = |reason: Value| put(json!({ "on": true, "reason": reason }));
    let good = || json!({ "on": false, "reason": "incident" });
    [
        (put(json!({ "reason": "r" })), 422, "on"),
        (put(json!({ "on": "no", "reason": "r" })), 422, "on"),
        (put(json!({ "on": true })), 422, "reason"),
        (reason(json!("")), 422, "reason"),
        (reason(json!("   ")), 422, "reason"),
        (reason(json!(null)), 422, "reason"),
        (reason(json!(17)), 422, "reason"),
        (reason(json!("x".repeat(201))), 422, "reason"),
        (reason(json!("two\nlines")), 422, "reason"),
        (reason(json!("a\u{202e}b")), 422, "reason"),
        (reason(json!("a\u{200b}b")), 422, "reason"),
        (reason(json!("a\u{feff}b")), 422, "reason"),
        (budget(json!(5)), 422, "budget"),
        (budget(json!([])), 422, "budget"),
        (budget(json!({ "perHour": 5 })), 422, "budget.perDay"),
        (
            budget(json!({ "perHour": 0, "perDay": 5 })),
            422,
            "budget.perHour",
        ),
        (
            budget(json!({ "perHour": -1, "perDay": 5 })),
            422,
            "budget.perHour",
        ),
        (
            budget(json!({ "perHour": 1.5, "perDay": 5 })),
            422,
            "budget.perHour",
        ),
        (
            budget(json!({ "perHour": 5, "perDay": 10_001 })),
            422,
            "budget.perDay",
        ),
        (
            budget(json!({ "perHour": 5, "perDay": 5, "x": 1 })),
            422,
            "budget.x",
        ),
        (
            put(json!({ "on": true, "reason": "r", "by": "ann" })),
            422,
            "by",
        ),
        (put(json!([])), 422, "(body)"),
        (put(json!("off")), 422, "(body)"),
        (put(good()).header("if-match", "3"), 422, "If-Match"),
        (put(good()).header("if-match", "\"3\""), 412, "If-Match"),
        (
            request("PUT", "/v1/limits/creations?force=true").json(&good()),
            422,
            "force",
        ),
        (get("/v1/limits?limit=0"), 422, "limit"),
        (get("/v1/limits?limit=101"), 422, "limit"),
        (get("/v1/limits?cursor=x"), 422, "cursor"),
    ]
    .map(|(request, status, field)| (request, status, field.to_owned()))
    .into()
}

fn bad_headers_and_queries(id: &str) -> Vec<(Request, u16, String)> {
    let good = spec("newcomer");
    let tenant = format!("/v1/tenants/{id}");
    let rename = json!({ "name": "other" });
    [
        (post("/v1/tenants", &good).key(""), 422, "Idempotency-Key"),
        (
            post("/v1/tenants", &good).key(&"k".repeat(129)),
            422,
            "Idempotency-Key",
        ),
        (
            post("/v1/tenants", &good).key("two words"),
            422,
            "Idempotency-Key",
        ),
        (post("/v1/tenants?dry-run=maybe", &good), 422, "dry-run"),
        (post("/v1/tenants?force=true", &good), 422, "force"),
        (
            patch(tenant.as_str(), &rename).header("if-match", "1"),
            422,
            "If-Match",
        ),
        (
            patch(tenant.as_str(), &rename).header("if-match", "\"7\""),
            412,
            "If-Match",
        ),
        (
            request("DELETE", tenant.as_str()).header("if-match", "\"7\""),
            412,
            "If-Match",
        ),
        (
            request("DELETE", tenant.as_str()).header("if-match", "W/\"1\""),
            422,
            "If-Match",
        ),
        (
            patch(tenant.as_str(), &json!({ "slug": "x-y" })),
            422,
            "slug",
        ),
        (
            patch(tenant.as_str(), &json!({ "blueprint": "nowhere" })),
            422,
            "blueprint",
        ),
        (
            patch(tenant.as_str(), &json!({ "cidrPrefix": 99 })),
            422,
            "cidrPrefix",
        ),
        (patch(tenant.as_str(), &json!([])), 422, "(body)"),
        (
            request("POST", format!("{tenant}/repair")).text("{\"force\":true}"),
            422,
            "force",
        ),
        (get("/v1/tenants?limit=0"), 422, "limit"),
        (get("/v1/tenants?limit=101"), 422, "limit"),
        (get("/v1/tenants?limit=many"), 422, "limit"),
        (get("/v1/tenants?limit=+5"), 422, "limit"),
        (get("/v1/tenants?limit=%2B5"), 422, "limit"),
        (get("/v1/tenants?limit=05"), 422, "limit"),
        (
            get("/v1/tenants?blueprint=standard@01.0.0"),
            422,
            "blueprint",
        ),
        (
            get("/v1/tenants?blueprint=standard@%2B1.0.0"),
            422,
            "blueprint",
        ),
        (get("/v1/tenants?tag=aws:x=y"), 422, "tag"),
        (get("/v1/tenants?cursor=nonsense"), 422, "cursor"),
        (get("/v1/tenants?cursor="), 422, "cursor"),
        (get("/v1/tenants?phase=happy"), 422, "phase"),
        (get("/v1/tenants?blueprint=Standard!"), 422, "blueprint"),
        (get("/v1/tenants?tag=core"), 422, "tag"),
        (get("/v1/tenants?slug=A"), 422, "slug"),
        (get("/v1/tenants?group=A"), 422, "group"),
        (get("/v1/tenants?limit=1&limit=2"), 422, "limit"),
        (get("/v1/tenants?page=2"), 422, "page"),
        (get(format!("{tenant}/findings?state=new")), 422, "state"),
        (
            get(format!("{tenant}/findings?severity=bad")),
            422,
            "severity",
        ),
        (get(format!("{tenant}/history?cursor=x")), 422, "cursor"),
        (get("/v1/tenants/NOT-AN-ID"), 404, "id"),
        (
            patch(tenant.as_str(), &rename).header("if-match", "\"+1\""),
            422,
            "If-Match",
        ),
        (
            patch(tenant.as_str(), &rename).header("if-match", "\"01\""),
            422,
            "If-Match",
        ),
        (get("/v1/operations/none"), 404, "id"),
    ]
    .map(|(request, status, field)| (request, status, field.to_owned()))
    .into()
}

#[tokio::test]
async fn every_bad_request_names_its_field_and_leaves_the_ledger_as_it_was() {
    let site = Site::start().await;
    let tenant = site.tenant("acme").await;
    let before = site.rows().await;
    let id = tenant["id"].as_str().unwrap();
    let table = [
        bad_specs(),
        bad_bodies(),
        bad_limits(),
        bad_headers_and_queries(id),
    ]
    .concat_all();
    assert!(table.len() >= 86, "{}", table.len());
    for (number, (request, status, field)) in table.into_iter().enumerate() {
        let answer = site.call(request).await;
        assert_eq!(answer.status, status, "{number} {field}: {}", answer.body);
        assert!(
            answer.fields().contains(&field.as_str()),
            "{number} {field}: {}",
            answer.body
        );
        for error in answer.body["errors"].as_array().unwrap() {
            assert_ne!(error["allowed"], "", "{number} {error}");
        }
    }
    assert_eq!(site.rows().await, before);
}

trait ConcatAll<T> {
    fn concat_all(self) -> Vec<T>;
}

impl<T, const N: usize> ConcatAll<T> for [Vec<T>; N] {
    fn concat_all(self) -> Vec<T> {
        self.into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn all_faults_of_a_body_come_at_once() {
    let site = Site::start().await;
    let body = json!({ "slug": "A", "regions": ["mars"], "egress": 1, "contacts": { "billing": { "name": "" } }, "x": 1 });
    let answer = site.call(post("/v1/tenants", &body)).await;
    for field in [
        "slug",
        "name",
        "blueprint",
        "regions[0]",
        "egress",
        "contacts.billing.name",
        "contacts.billing.email",
        "x",
    ] {
        assert!(answer.fields().contains(&field), "{field}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let site = Site::start().await;
    for (request, status, kind) in [
        (get("/"), 404, "not-found"),
        (get("/v2/tenants"), 404, "not-found"),
        (get("/v1/tenants/"), 404, "not-found"),
        (get("/v1/tenants/nobody"), 404, "not-found"),
        (get("/v1/tenants/t-aaaaaaaaaaaaaaaa"), 404, "not-found"),
        (get("/v1/tenants/t-aaaaaaaaaaaaaaaa/plan"), 404, "not-found"),
        (get("/v1/blueprints/gold"), 404, "not-found"),
        (get("/v1/blueprints/%ff"), 404, "not-found"),
        (
            get("/v1/operations/t-aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb"),
            404,
            "not-found",
        ),
        (request("PUT", "/v1/tenants"), 405, "method-not-allowed"),
        (get("/v1/tenants").by(None), 401, "unauthenticated"),
        (get("/nowhere").by(None), 401, "unauthenticated"),
    ] {
        let answer = site.call(request).await;
        assert_eq!(
            (answer.status, answer.kind()),
            (status, kind),
            "{}",
            answer.body
        );
    }
    let answer = site.call(request("PUT", "/v1/tenants")).await;
    assert!(
        answer.headers["allow"].contains("GET"),
        "{:?}",
        answer.headers
    );
    assert!(
        answer.headers["allow"].contains("POST"),
        "{:?}",
        answer.headers
    );
}

#[tokio::test]
async fn however_much_is_wrong_the_answer_stays_small() {
    let site = Site::start().await;
    let tenant = site.tenant("acme").await;
    let many: serde_json::Map<String, Value> = (0..3_000)
        .map(|number| (format!("unknown-{number}"), json!(1)))
        .collect();
    let nulls: serde_json::Map<String, Value> = (0..3_000)
        .map(|number| (format!("unknown-{number}"), Value::Null))
        .collect();
    let deep = (0..120).fold(
        json!({ "a": 1 }),
        |inner, _| json!({ "k".repeat(80): inner }),
    );
    let twice = (0..2_000).fold(String::from("{"), |text, number| {
        format!("{text}\"a{}\":1,", number % 500)
    }) + "\"z\":1}";
    let query: String = (0..500)
        .map(|number| format!("{}{number}=1&", "q".repeat(60)))
        .collect();
    let doubled: String = (0..500).map(|_| format!("{}=1&", "q".repeat(60))).collect();
    let path = format!("/v1/tenants/{}", tenant["id"].as_str().unwrap());
    for request in [
        post("/v1/tenants", &json!(many)),
        post("/v1/tenants", &json!({ "tags": many })),
        post("/v1/tenants", &json!({ "contacts": { "billing": many } })),
        post("/v1/tenants", &deep),
        patch(path.as_str(), &json!(many)),
        patch(path.as_str(), &json!(nulls)),
        patch(path.as_str(), &json!({ "tags": many })),
        request("PUT", "/v1/limits/creations").json(&json!(many)),
        request("PUT", "/v1/limits/creations").json(&json!({ "budget": many })),
        request("POST", format!("{path}/repair")).json(&json!(many)),
        text(&twice),
        get(format!("/v1/tenants?{query}")),
        get(format!("/v1/tenants?{doubled}")),
    ] {
        let answer = site.call(request).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        let (errors, size) = (answer.fields().len(), answer.body.to_string().len());
        assert!(
            errors <= 100 && size < 100_000,
            "{errors} errors, {size} bytes"
        );
    }
}
