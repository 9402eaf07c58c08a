//! An API with a ledger and a bus of its own. Every answer is held against the OpenAPI document.

use std::collections::{BTreeMap, HashMap};

use access::Operators;
use api::{
    App, Settings, access_router, credentials_router, handle, openapi_document, router, routes,
};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use scenarios::{emulator::Emulator, machine};
use serde_json::{Value, json};
use tenancy::{
    Verb,
    cost::Prices,
    email::EmailTemplate,
    session::{Holder, Person, Session},
};
use tenantry_aws::{
    account_sessions::SessionOpener,
    dead_letters::DeadQueue,
    key_reader::KeyReader,
    ledger::{CreationBudget, RatePercent, SignInKind},
    session::Aws,
};

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
    claims: Option<Value>,
    route_key: Option<String>,
}

pub fn request(method: &'static str, path: impl Into<String>) -> Request {
    Request {
        method,
        path: path.into(),
        headers: Vec::new(),
        body: None,
        caller: Some(ANN.to_owned()),
        claims: None,
        route_key: None,
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

    /// Sent by a person: with the claims of a verified token, as API Gateway hands them on, and without a signature.
    pub fn with_token(mut self, claims: &Value) -> Self {
        self.caller = None;
        self.claims = Some(claims.clone());
        self
    }

    /// Says that a signature was verified as well.
    pub fn and_signed_by(mut self, caller: &str) -> Self {
        self.caller = Some(caller.to_owned());
        self
    }

    /// The route that API Gateway has authorized, where it reads the path in another way than its decoded form.
    pub fn authorized_as(mut self, route_key: &str) -> Self {
        self.route_key = Some(route_key.to_owned());
        self
    }

    /// As API Gateway builds it: the path decoded but for `%25`, and the route that it chose.
    fn event(&self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let path = decoded(path);
        let route =
            routes().find(|route| route.method == self.method && matches(route.path, &path));
        let chosen = route.map_or("$default".to_owned(), |route| route.key());
        let route_key = self.route_key.clone().unwrap_or(chosen);
        let mut authorizer = serde_json::Map::new();
        if let Some(arn) = &self.caller {
            let iam = json!({ "userArn": arn, "accountId": "111111111111" });
            authorizer.insert("iam".to_owned(), iam);
        }
        if let Some(claims) = &self.claims {
            let jwt = json!({ "claims": claims, "scopes": null });
            authorizer.insert("jwt".to_owned(), jwt);
        }
        let authorizer = (!authorizer.is_empty()).then_some(authorizer);
        json!({
            "version": "2.0", "routeKey": route_key, "rawPath": path, "rawQueryString": query,
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
    json!({ "slug": slug, "name": slug, "blueprint": "standard@1.0.0" })
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
        portal_url: Some("https://portal.example".to_owned()),
        provider_secrets: "tenantry/identity-provider".to_owned(),
        own_provider: None,
        loopback_providers: true,
        prices: Prices::built_in().unwrap(),
        operators: Operators::everybody(),
        access_approval: Default::default(),
        requests_per_second: std::num::NonZeroU32::new(1_000_000).unwrap(),
        writes_per_minute: std::num::NonZeroU32::new(1_000_000).unwrap(),
    }
}

impl Site {
    pub async fn start() -> Self {
        Self::start_with(Operators::everybody()).await
    }

    /// One whose first operators are named.
    pub async fn start_with(operators: Operators) -> Self {
        let emulator = Emulator::start(false).await.unwrap();
        let aws = configuration(&emulator.url());
        machine::create_table(&aws).await.unwrap();
        let queues = queues(&aws).await;
        let settings = Settings {
            queues: queues.clone(),
            operators,
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

    /// Every row of the ledger but those of sign-ins, and those that count what callers change.
    pub async fn rows(&self) -> Vec<String> {
        let client = aws_sdk_dynamodb::Client::new(&self.aws);
        let answer = client.scan().table_name(machine::TABLE).send().await;
        let mut rows: Vec<String> = answer
            .unwrap()
            .items()
            .iter()
            .filter(|item| {
                let pk = item["pk"].as_s().unwrap();
                !pk.starts_with("SESSION#") && !pk.starts_with("CALLER#")
            })
            .map(in_order)
            .collect();
        rows.sort();
        rows
    }
}

/// A map of attributes, always in the same order, with the maps that are in it.
fn in_order(item: &HashMap<String, AttributeValue>) -> String {
    let shown = |value: &AttributeValue| match value {
        AttributeValue::M(inner) => in_order(inner),
        plain => format!("{plain:?}"),
    };
    let sorted: BTreeMap<&String, String> = item
        .iter()
        .map(|(name, value)| (name, shown(value)))
        .collect();
    format!("{sorted:?}")
}

pub async fn call(app: &App, request: Request) -> Answer {
    if let Some(claims) = &request.claims {
        sign_in(app, claims).await;
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let router = if request.method == "GET" && path.ends_with("/key-pair") {
        // Tests here read no key: the accounts are out of reach.
        let reader = KeyReader::new(Aws::new(configuration("http://127.0.0.1:9")));
        credentials_router(app.clone(), reader)
    } else if request.method == "POST" && path.ends_with("/sessions") {
        // Nor is a session opened.
        let opener = SessionOpener::new(Aws::new(configuration("http://127.0.0.1:9")));
        access_router(app.clone(), opener)
    } else {
        router(app.clone())
    };
    let response = handle(router, request.event()).await;
    let answer = Answer {
        status: response.status_code,
        headers: response.headers,
        body: serde_json::from_str(&response.body).unwrap_or(Value::Null),
    };
    assert!(answer.headers.contains_key("x-request-id"));
    conforms(&request, &answer);
    answer
}

/// The session of these claims goes on, unless it is there already.
async fn sign_in(app: &App, claims: &Value) {
    let Some(sid) = claims["sid"].as_str() else {
        return;
    };
    let now = Timestamp::now();
    let ends_at = now + SignedDuration::from_hours(1);
    let tenant = claims["tenant"].as_str().and_then(|id| id.parse().ok());
    let session = Session {
        person: Person {
            provider: String::new(),
            tenant,
            slug: None,
            subject: String::new(),
            email: None,
            groups: Vec::new(),
        },
        era: None,
        holder: Holder::CommandLine,
        secret_hash: String::new(),
        spent: Vec::new(),
        began_at: now,
        ends_at,
        ended: None,
    };
    let kept = app
        .ledger
        .keep_sign_in(SignInKind::Session, sid, &session, ends_at);
    kept.await.unwrap();
}

/// The answer is of the form the OpenAPI document promises.
fn conforms(request: &Request, answer: &Answer) {
    // An answer to `HEAD` has no body (RFC 9110, section 9.3.2).
    if request.method == "HEAD" {
        return;
    }
    let document = openapi_document();
    let path = request.path.split('?').next().unwrap_or_default();
    let route = routes().find(|route| route.method == request.method && matches(route.path, path));
    let schema = match (route, answer.status) {
        (_, 400..) => {
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.body["status"], answer.status);
            assert_eq!(answer.body["instance"], decoded(path));
            assert_eq!(answer.body["requestId"], answer.headers["x-request-id"]);
            json!({ "$ref": "#/components/schemas/Problem" })
        }
        (Some(route), status) => {
            let method = route.method.to_ascii_lowercase();
            let response = &document["paths"][route.path][method]["responses"][status.to_string()];
            let etag = answer.headers.contains_key("etag");
            assert_eq!(
                response["headers"]["ETag"].is_object(),
                etag,
                "{}",
                route.name
            );
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

fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        let pair = more
            .get(..2)
            .filter(|pair| first == b'%' && **pair != *b"25");
        let byte = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        match byte.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
