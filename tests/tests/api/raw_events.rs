//! Events as API Gateway would never send them, or not as anybody means them.

use api::{App, access_router, credentials_router, handle, router};
use aws_config::retry::RetryConfig;
use events::HttpResponse;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use tenantry_aws::{account_sessions::SessionOpener, key_reader::KeyReader, session::Aws};

use crate::site::{ANN, Request, Site, configuration, get, request, settings};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The functions that share the adapter.
#[derive(Clone, Copy)]
enum Function {
    Api,
    Access,
    Credentials,
}

fn aws() -> Aws {
    let once = configuration(NOWHERE).into_builder();
    Aws::new(once.retry_config(RetryConfig::disabled()).build())
}

fn app() -> App {
    App::new(&aws().own, settings()).unwrap()
}

impl Function {
    /// A request for a route of its own.
    fn event(self) -> Value {
        let (method, pattern) = match self {
            Self::Api => ("GET", "/v1/openapi.json"),
            Self::Access => ("POST", "/v1/tenants/{id}/sessions"),
            Self::Credentials => ("GET", "/v1/tenants/{id}/key-pair"),
        };
        let path = pattern.replace("{id}", "acme");
        json!({
            "version": "2.0", "routeKey": format!("{method} {pattern}"), "rawPath": path, "rawQueryString": "",
            "headers": {}, "isBase64Encoded": false,
            "requestContext": {
                "requestId": "request-1", "stage": "$default", "authorizer": { "iam": { "userArn": ANN } },
                "http": { "method": method, "path": path }
            }
        })
    }

    async fn answer(self, event: Value) -> HttpResponse {
        let router = match self {
            Self::Api => router(app()),
            Self::Access => access_router(app(), SessionOpener::new(aws())),
            Self::Credentials => credentials_router(app(), KeyReader::new(aws())),
        };
        handle(router, event).await
    }
}

fn event() -> Value {
    Function::Api.event()
}

async fn status(event: Value) -> u16 {
    status_of(Function::Api, event).await
}

async fn status_of(function: Function, event: Value) -> u16 {
    let response = function.answer(event).await;
    let body: Value = serde_json::from_str(&response.body).unwrap();
    if response.status_code >= 400 {
        assert_eq!(response.headers["content-type"], "application/problem+json");
        assert_eq!(body["status"], response.status_code);
    }
    response.status_code
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_a_bad_request() {
    assert_eq!(status(event()).await, 200);
    for (pointer, value, wanted) in [
        ("/headers", json!({ "x-forwarded-proto": "1" }), 400),
        ("/headers", json!({ "x-forwarded-proto": "a b:c" }), 400),
        ("/headers", json!({ "x-forwarded-proto": "https" }), 200),
        ("/headers", json!({ "X-Forwarded-Proto": "HTTP" }), 200),
        ("/headers", json!({ "host": "a b/c" }), 200),
        ("/headers", json!({ "two words": "x" }), 400),
        ("/headers", json!({ "x": "two\nlines" }), 400),
        ("/headers", json!([]), 400),
        ("/rawQueryString", json!("a b"), 400),
        ("/rawQueryString", json!("a=\u{0}"), 400),
        ("/rawQueryString", json!("ä=ö"), 400),
        ("/rawQueryString", json!("a=<b>"), 400),
        ("/rawQueryString", json!("a=\"b\""), 400),
        ("/rawQueryString", json!("a#b"), 400),
        ("/rawQueryString", json!("%"), 422),
        ("/rawQueryString", json!(7), 400),
        ("/rawPath", json!("/v1/openapi.json "), 404),
        ("/rawPath", json!(null), 400),
        ("/requestContext/http/method", json!("G T"), 400),
        ("/requestContext/http/method", json!(""), 400),
        ("/requestContext/http/path", json!("/v1/health"), 404),
        ("/requestContext/authorizer", json!(null), 401),
        ("/requestContext/authorizer", json!({ "iam": null }), 401),
        (
            "/requestContext/authorizer",
            json!({ "iam": { "userArn": "" } }),
            401,
        ),
        ("/version", json!("1.0"), 400),
    ] {
        let mut event = event();
        *event.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(status(event).await, wanted, "{pointer} {value}");
    }
    let mut encoded = event();
    encoded["body"] = json!("{ no base64 }");
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(status(encoded).await, 400);
    for odd in [
        json!(null),
        json!({}),
        json!([]),
        json!("x"),
        json!({ "Records": [] }),
    ] {
        assert_eq!(status(odd).await, 400);
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        ".{0,20}",
        "/v1/[a-z@./%#? -]{0,30}",
        Just("/v1/tenants".to_owned()),
        Just("GET".to_owned()),
        Just("2.0".to_owned()),
    ]
}

/// An event in which some of the texts are any other, and some of the members are missing or of another type.
fn any_event(function: Function) -> impl Strategy<Value = Value> {
    let pointers = prop::sample::select(vec![
        "/version",
        "/routeKey",
        "/rawPath",
        "/rawQueryString",
        "/headers",
        "/isBase64Encoded",
        "/requestContext",
        "/requestContext/requestId",
        "/requestContext/http/method",
        "/requestContext/http/path",
        "/requestContext/authorizer/iam/userArn",
    ]);
    let value = prop_oneof![
        8 => any_text().prop_map(Value::from),
        2 => prop::collection::btree_map(any_text(), any_text(), 0..4).prop_map(|map| json!(map)),
        1 => Just(Value::Null),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ];
    let changes = prop::collection::vec((pointers, value), 1..4);
    (changes, any_text()).prop_map(move |(changes, body)| {
        let mut event = function.event();
        event["body"] = json!(body);
        for (pointer, value) in changes {
            if let Some(place) = event.pointer_mut(pointer) {
                *place = value;
            }
        }
        if let Some(path) = event["rawPath"].as_str().map(str::to_owned)
            && let Some(place) = event.pointer_mut("/requestContext/http/path")
        {
            *place = json!(path);
        }
        event
    })
}

#[test]
fn every_event_has_an_answer() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (function, cases) in [
        (Function::Api, 2_000),
        (Function::Access, 500),
        (Function::Credentials, 500),
    ] {
        let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
        let ran = runner.run(&any_event(function), |event| {
            let status = runtime.block_on(status_of(function, event));
            prop_assert!(status == 503 || status < 500, "{}", status);
            Ok(())
        });
        ran.unwrap();
    }
}

/// Ways to send one path and mean another, each with the route for which API Gateway would check the caller's rights.
fn tricks(id: &str) -> Vec<Request> {
    let audits = "POST /v1/tenants/{id}/audits";
    let delete = "DELETE /v1/tenants/{id}";
    let show = "GET /v1/tenants/{id}";
    let mut tricks = vec![
        request("POST", "/v1/tenants/acme/repair%23/audits").authorized_as("$default"),
        request("POST", "/v1/tenants/acme%2Frepair%23/audits").authorized_as(audits),
        request("POST", "/v1/tenants/acme/repair%3F/audits").authorized_as("$default"),
        request("DELETE", "/v1/tenants/staging-x%2F..%2Facme").authorized_as(delete),
        request("DELETE", "/v1/tenants/staging-x%2f%2e%2e%2facme").authorized_as(delete),
        request("DELETE", "/v1/tenants/staging-x/../acme").authorized_as("$default"),
        request("DELETE", "/v1/tenants/staging-x%252F..%252Facme").authorized_as(delete),
        request("POST", "/v1/tenants/acme%2Frepair").authorized_as("$default"),
        request("POST", "/v1/tenants/acme/repair").authorized_as("$default"),
        request("POST", "/v1/tenants/acme/repair").authorized_as(audits),
        request("DELETE", format!("/v1/tenants/{id}")).authorized_as(show),
        request("DELETE", format!("/v1/tenants/{id}")).authorized_as(""),
        request("POST", "//v1/tenants/acme/repair").authorized_as("$default"),
        request("POST", "/v1/tenants//acme/repair").authorized_as("$default"),
        request("POST", "/v1/tenants/acme/repair/").authorized_as("$default"),
        request("POST", "/v1/./tenants/acme/repair").authorized_as("$default"),
        request("POST", "/v1/tenants/acme/repair%00").authorized_as("$default"),
        request("POST", "/v1/tenants/acme/repair%0A").authorized_as("$default"),
        request("POST", "/v1/tenants/acme/repair%20").authorized_as("$default"),
        request("POST", "/v1/tenants/acme/%E2%80%AErepair").authorized_as("$default"),
        get("/v1/tenants/acme%2Fplan").authorized_as(show),
    ];
    for path in [
        "/v1/health/../tenants",
        "/v1/health%2F..%2Ftenants",
        "/v1/health#/v1/tenants",
    ] {
        tricks.push(get(path).authorized_as("GET /v1/health").by(None));
    }
    tricks
}

#[tokio::test]
async fn a_path_that_was_authorized_as_another_is_not_found_and_changes_nothing() {
    let site = Site::start().await;
    let tenant = site.tenant("acme").await;
    let before = site.rows().await;
    for (number, trick) in tricks(tenant["id"].as_str().unwrap())
        .into_iter()
        .enumerate()
    {
        let answer = site.call(trick).await;
        assert_eq!(
            (answer.status, answer.kind()),
            (404, "not-found"),
            "{number}: {}",
            answer.body
        );
    }
    assert_eq!(site.rows().await, before);
}

#[tokio::test]
async fn a_head_request_is_not_answered_with_the_rights_of_another_method() {
    let site = Site::start().await;
    site.tenant("acme").await;
    let head = request("HEAD", "/v1/tenants/acme").authorized_as("$default");
    let answer = site.call(head).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers.get("etag"), None);
}
