//! An API with a ledger and a bus of its own. Every answer is held against the OpenAPI document.

use std::collections::BTreeMap;

use api::{App, ROUTES, Settings, openapi_document, router};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::types::AttributeValue;
use http_body_util::BodyExt;
use scenarios::{emulator::Emulator, machine};
use serde_json::{Value, json};
use tenancy::Verb;
use tenancy::email::EmailTemplate;
use tenantry_aws::{
    dead_letters::DeadQueue,
    ledger::{CreationBudget, RatePercent},
};
use tower::Service;

pub const ANN: &str = "arn:aws:iam::111111111111:user/ann";

pub struct Site {
    _emulator: Emulator,
    pub aws: SdkConfig,
    pub app: App,
    queues: Vec<DeadQueue>,
}

pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

/// A request, as API Gateway tells of it.
pub struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    caller: Option<String>,
}

pub fn request(method: &'static str, path: impl Into<String>) -> Request {
    Request {
        method,
        path: path.into(),
        headers: Vec::new(),
        body: None,
        caller: Some(ANN.to_owned()),
    }
}

pub fn post(path: impl Into<String>, body: &Value) -> Request {
    request("POST", path).json(body)
}

pub fn patch(path: impl Into<String>, body: &Value) -> Request {
    request("PATCH", path).json(body)
}

pub fn get(path: impl Into<String>) -> Request {
    request("GET", path)
}

impl Request {
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .text(body.to_string())
    }

    pub fn by(mut self, caller: Option<&str>) -> Self {
        self.caller = caller.map(str::to_owned);
        self
    }

    fn event(&self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let authorizer = self
            .caller
            .as_ref()
            .map(|arn| json!({ "iam": { "userArn": arn, "accountId": "111111111111" } }));
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
            "headers": self.headers.iter().cloned().collect::<BTreeMap<_, _>>(),
            "requestContext": {
                "accountId": "111111111111", "apiId": "api", "stage": "$default", "requestId": "request-1", "timeEpoch": 0,
                "authorizer": authorizer,
                "http": { "method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t" }
            },
            "body": self.body, "isBase64Encoded": false
        })
    }
}

pub fn spec(slug: &str) -> Value {
    json!({ "slug": slug, "name": slug, "blueprint": "standard" })
}

pub fn configuration(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "root");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(machine::REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

/// The work queues, made.
async fn queues(aws: &SdkConfig) -> Vec<DeadQueue> {
    let sqs = aws_sdk_sqs::Client::new(aws);
    let make = async |name: String| {
        let made = sqs.create_queue().queue_name(name).send().await.unwrap();
        made.queue_url.unwrap()
    };
    let mut queues = Vec::new();
    for verb in [Verb::Onboard, Verb::Audit, Verb::Offboard] {
        let work = make(verb.as_str().to_owned()).await;
        let dead = make(format!("{}-dead", verb.as_str())).await;
        queues.push(DeadQueue { verb, work, dead });
    }
    queues
}

pub fn settings() -> Settings {
    Settings {
        table: machine::TABLE.to_owned(),
        bus: "default".to_owned(),
        email_template: EmailTemplate::parse("aws+{tenant}@example.com").unwrap(),
        allowed_regions: vec!["us-east-1".parse().unwrap(), "eu-west-1".parse().unwrap()],
        queues: Vec::new(),
        home_region: "us-east-1".parse().unwrap(),
        budget: CreationBudget {
            per_hour: 100,
            per_day: 300,
        },
        rates: RatePercent::ALL,
    }
}

impl Site {
    pub async fn start() -> Self {
        let emulator = Emulator::start(false).await.unwrap();
        let aws = configuration(&emulator.url());
        machine::create_table(&aws).await.unwrap();
        let queues = queues(&aws).await;
        let settings = Settings {
            queues: queues.clone(),
            ..settings()
        };
        let app = App::new(&aws, settings).unwrap();
        Self {
            _emulator: emulator,
            aws,
            app,
            queues,
        }
    }

    pub fn queue(&self, verb: Verb) -> &DeadQueue {
        self.queues.iter().find(|q| q.verb == verb).unwrap()
    }

    pub async fn call(&self, request: Request) -> Answer {
        call(&self.app, request).await
    }

    /// A tenant that is there, as the API shows it.
    pub async fn tenant(&self, slug: &str) -> Value {
        let answer = self.call(post("/v1/tenants", &spec(slug))).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.body["tenant"].clone()
    }

    /// Every row of the ledger.
    pub async fn rows(&self) -> Vec<String> {
        let client = aws_sdk_dynamodb::Client::new(&self.aws);
        let answer = client.scan().table_name(machine::TABLE).send().await;
        let mut rows: Vec<String> = answer
            .unwrap()
            .items()
            .iter()
            .map(|item| {
                let sorted: BTreeMap<&String, &AttributeValue> = item.iter().collect();
                format!("{sorted:?}")
            })
            .collect();
        rows.sort();
        rows
    }
}

pub async fn call(app: &App, request: Request) -> Answer {
    let event = lambda_http::request::from_str(&request.event().to_string()).unwrap();
    let response = router(app.clone()).call(event).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let answer = Answer {
        status: parts.status.as_u16(),
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    };
    assert!(answer.headers.contains_key("x-request-id"));
    conforms(&request, &answer);
    answer
}

/// The answer is of the form the OpenAPI document promises.
fn conforms(request: &Request, answer: &Answer) {
    let document = openapi_document();
    let path = request.path.split('?').next().unwrap_or_default();
    let route = ROUTES
        .iter()
        .find(|route| route.method == request.method && matches(route.path, path));
    let schema = match (route, answer.status) {
        (_, 400..) => {
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.body["status"], answer.status);
            assert_eq!(answer.body["instance"], path);
            assert_eq!(answer.body["requestId"], answer.headers["x-request-id"]);
            json!({ "$ref": "#/components/schemas/Problem" })
        }
        (Some(route), status) => {
            let method = route.method.to_ascii_lowercase();
            let response = &document["paths"][route.path][method]["responses"][status.to_string()];
            response["content"]["application/json"]["schema"].clone()
        }
        (None, status) => panic!("{status} from a route that is not there"),
    };
    assert!(schema.is_object(), "an undocumented answer");
    let mut schema = schema;
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&answer.body)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:?} in {}", answer.body);
}

fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w == g || w.starts_with('{') => {}
            _ => return false,
        }
    }
}

impl Answer {
    /// The last part of the problem's type.
    pub fn kind(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default()
    }

    /// The fields at fault.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors
            .into_iter()
            .flatten()
            .filter_map(|error| error["field"].as_str())
            .collect()
    }
}
