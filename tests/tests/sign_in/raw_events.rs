//! Events as API Gateway would never send them to the portal.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::site;

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

fn app() -> portal::App {
    let credentials = Credentials::new("test", "test", None, None, "root");
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(NOWHERE)
        .retry_config(RetryConfig::disabled())
        .build();
    portal::App::new(&aws, site::settings(vec!["key".to_owned()], None, None)).unwrap()
}

fn event(route: &str) -> Value {
    let (method, path) = route.split_once(' ').unwrap_or(("GET", "/"));
    let path = path.replace("{slug}", "acme");
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "", "cookies": [],
        "headers": { "content-type": "application/x-www-form-urlencoded" }, "isBase64Encoded": false,
        "requestContext": {
            "requestId": "request-1", "stage": "$default", "http": { "method": method, "path": path }
        }
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        ".{0,20}",
        "(client_id|state|code|user_code|redirect_uri|grant_type)=[ -~]{0,20}&state=.{0,8}",
        "/oauth2/[a-z@./%#? -]{0,20}",
        Just("POST".to_owned()),
    ]
}

/// An event of any route in which some of the texts are any other, and some of the members are missing or of another type.
fn any_event() -> impl Strategy<Value = Value> {
    let pointers = prop::sample::select(vec![
        "/version",
        "/routeKey",
        "/rawPath",
        "/rawQueryString",
        "/headers",
        "/headers/content-type",
        "/cookies",
        "/isBase64Encoded",
        "/requestContext/requestId",
        "/requestContext/http/method",
        "/requestContext/http/path",
    ]);
    let value = prop_oneof![
        8 => any_text().prop_map(Value::from),
        2 => prop::collection::btree_map(any_text(), any_text(), 0..4).prop_map(|map| json!(map)),
        2 => prop::collection::vec(any_text(), 0..4).prop_map(|list| json!(list)),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    let changes = prop::collection::vec((pointers, value), 0..4);
    let route = prop::sample::select(portal::ROUTES.to_vec());
    let parts = (route, any_text(), any_text(), changes);
    parts.prop_map(|(route, query, body, changes)| {
        let mut event = event(route);
        event["rawQueryString"] = json!(query);
        event["body"] = json!(body);
        for (pointer, value) in changes {
            if let Some(place) = event.pointer_mut(pointer) {
                *place = value;
            }
        }
        event
    })
}

#[test]
fn every_event_has_an_answer_that_says_nothing_of_aws() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = app();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(1_000));
    let ran = runner.run(&any_event(), |event| {
        let answer = runtime.block_on(portal::handle(&app, event));
        let status = answer.status_code;
        prop_assert!(status == 503 || status < 500, "{}: {}", status, answer.body);
        prop_assert!(!answer.body.contains("127.0.0.1:9"), "{}", answer.body);
        Ok(())
    });
    ran.unwrap();
}
