//! A portal and an API over one ledger, in this process, called as API Gateway calls them.

use std::{collections::BTreeMap, sync::Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use jiff::Timestamp;
use portal::{Operators, ROUTES};
use scenarios::{emulator::Emulator, machine};
use serde_json::{Value, json};
use sign_in::Reach;
use tenancy::{cost::Prices, email::EmailTemplate, identity_provider::OwnProvider};
use tenantry_aws::ledger::{CreationBudget, RatePercent};

use crate::provider::{CLIENT, IdentityProvider, SECRET};

pub const ADDRESS: &str = "https://portal.example";
pub const AUDIENCE: &str = "111111111111/tenantry";
const SECRETS: &str = "tenantry/identity-provider";
const OPERATOR: &str = "arn:aws:iam::111111111111:user/operator";

pub struct Site {
    emulator: Emulator,
    pub aws: SdkConfig,
    pub portal: portal::App,
    api: Mutex<api::App>,
    keys: Vec<String>,
    secret: Option<String>,
    own: Mutex<Option<OwnProvider>>,
}

/// An answer of either function.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub cookies: Vec<String>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        &self.headers["location"]
    }
}

impl From<events::HttpResponse> for Answer {
    fn from(response: events::HttpResponse) -> Self {
        Self {
            status: response.status_code,
            headers: response.headers,
            cookies: response.cookies,
            text: response.body,
        }
    }
}

impl Site {
    /// With `operators` as the installation's provider.
    pub async fn start(operators: Option<&IdentityProvider>) -> Self {
        let emulator = Emulator::start(false).await.unwrap();
        let credentials = Credentials::new("test", "test", None, None, "root");
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(machine::REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(emulator.url())
            .build();
        machine::create_table(&aws).await.unwrap();
        let keys = vec![signing_key(&aws).await, signing_key(&aws).await];
        let secret = operators_secret(&aws).await;
        let own = operators.map(|provider| own(provider, CLIENT));
        let portal = settings(keys.clone(), own.clone(), secret.clone());
        let portal = portal::App::new(&aws, portal).unwrap();
        let api = api::App::new(&aws, api_settings(own.clone())).unwrap();
        Self {
            emulator,
            aws,
            portal,
            api: Mutex::new(api),
            keys,
            secret,
            own: Mutex::new(own),
        }
    }

    /// As after an update of the stack that has set this provider of the installation, and this client.
    pub async fn restart(&mut self, operators: Option<(&IdentityProvider, &str)>) {
        let own = operators.map(|(provider, client)| own(provider, client));
        let portal = settings(self.keys.clone(), own.clone(), self.secret.clone());
        self.portal = portal::App::new(&self.aws, portal).unwrap();
        *self.own.lock().unwrap() = own;
        self.forget_sessions();
    }

    /// Ends the sessions of a person of a tenant's provider, or of the installation's.
    pub async fn end_sessions(&self, tenant: Option<&str>, person: &str) -> Answer {
        let body = json!({ "principal": person, "reason": "a lost laptop" });
        let (path, route) = match tenant {
            Some(tenant) => (
                format!("/v1/tenants/{tenant}/people/end-sessions"),
                "POST /v1/tenants/{id}/people/end-sessions",
            ),
            None => (
                "/v1/people/end-sessions".to_owned(),
                "POST /v1/people/end-sessions",
            ),
        };
        self.operator("POST", &path, route, &body).await
    }

    /// The history of a tenant, as text.
    pub async fn history(&self, tenant: &str) -> String {
        let (path, route) = (
            format!("/v1/tenants/{tenant}/history"),
            "GET /v1/tenants/{id}/history",
        );
        self.operator("GET", &path, route, &Value::Null).await.text
    }

    /// A tenant that is there; its id.
    pub async fn tenant(&self, slug: &str) -> String {
        let spec = json!({ "slug": slug, "name": slug, "blueprint": "standard@1.0.0" });
        let answer = self
            .operator("POST", "/v1/tenants", "POST /v1/tenants", &spec)
            .await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.json()["tenant"]["id"].as_str().unwrap().to_owned()
    }

    /// Gives a tenant its provider.
    pub async fn set_provider(
        &self,
        slug: &str,
        provider: &IdentityProvider,
        more: Value,
    ) -> Answer {
        let mut body =
            json!({ "issuer": provider.issuer(), "clientId": CLIENT, "clientSecret": SECRET });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.on_provider("PUT", slug, "", &body).await
    }

    /// A call about a tenant's provider.
    pub async fn on_provider(&self, method: &str, slug: &str, rest: &str, body: &Value) -> Answer {
        let path = format!("/v1/tenants/{slug}/identity-provider{rest}");
        let route = format!("{method} /v1/tenants/{{id}}/identity-provider{rest}");
        self.operator(method, &path, &route, body).await
    }

    pub async fn operator(&self, method: &str, path: &str, route: &str, body: &Value) -> Answer {
        let authorizer = json!({ "iam": { "userArn": OPERATOR } });
        self.api(method, path, route, &authorizer, body).await
    }

    /// A person's call to the API, as API Gateway passes it on when it has verified the token.
    pub async fn person(&self, access_token: &str) -> Answer {
        let claims = claims(access_token);
        let claims: BTreeMap<String, String> = claims
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                )
            })
            .collect();
        let authorizer = json!({ "jwt": { "claims": claims, "scopes": [] } });
        self.api(
            "GET",
            "/v1/tenants",
            "GET /v1/tenants",
            &authorizer,
            &Value::Null,
        )
        .await
    }

    async fn api(
        &self,
        method: &str,
        path: &str,
        route: &str,
        authorizer: &Value,
        body: &Value,
    ) -> Answer {
        let mut event = event(
            method,
            path,
            "",
            route,
            &BTreeMap::from([("content-type", "application/json")]),
            &[],
        );
        event["requestContext"]["authorizer"] = authorizer.clone();
        if !body.is_null() {
            event["body"] = body.to_string().into();
        }
        let app = self.api.lock().unwrap().clone();
        api::handle(api::router(app), event).await.into()
    }

    /// Sets a tenant's provider by an API of its own.
    pub async fn set_provider_by(&self, app: api::App, slug: &str, body: &Value) -> Answer {
        self.on_provider_by(app, "PUT", slug, body).await
    }

    /// A call about a tenant's provider by an API of its own.
    pub async fn on_provider_by(
        &self,
        app: api::App,
        method: &str,
        slug: &str,
        body: &Value,
    ) -> Answer {
        let headers = BTreeMap::from([("content-type", "application/json")]);
        let path = format!("/v1/tenants/{slug}/identity-provider");
        let route = format!("{method} /v1/tenants/{{id}}/identity-provider");
        let mut event = event(method, &path, "", &route, &headers, &[]);
        event["requestContext"]["authorizer"] = json!({ "iam": { "userArn": OPERATOR } });
        if !body.is_null() {
            event["body"] = body.to_string().into();
        }
        api::handle(api::router(app), event).await.into()
    }

    /// As later than half a minute after: what the API knew of sessions is not used any more.
    pub fn forget_sessions(&self) {
        let own = self.own.lock().unwrap().clone();
        *self.api.lock().unwrap() = api::App::new(&self.aws, api_settings(own)).unwrap();
    }

    /// Where the AWS of this site is.
    pub fn endpoint(&self) -> String {
        self.emulator.url()
    }

    /// Names of the secrets there are.
    pub async fn secrets(&self) -> Vec<String> {
        let client = aws_sdk_secretsmanager::Client::new(&self.aws);
        let listed = client.list_secrets().send().await.unwrap();
        let names = listed.secret_list().iter().filter_map(|it| it.name());
        names.map(str::to_owned).collect()
    }

    /// A call to the portal.
    pub async fn call(&self, event: Value, now: Timestamp) -> Answer {
        portal::handle_at(&self.portal, event, now).await.into()
    }

    /// Every row of the ledger, as text.
    pub async fn rows(&self) -> String {
        let client = aws_sdk_dynamodb::Client::new(&self.aws);
        let answer = client
            .scan()
            .table_name(machine::TABLE)
            .send()
            .await
            .unwrap();
        format!("{:?}", answer.items())
    }
}

pub fn claims(access_token: &str) -> Value {
    let payload = access_token.split('.').nth(1).unwrap();
    let payload = data_encoding::BASE64URL_NOPAD
        .decode(payload.as_bytes())
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// An event of payload format 2.0.
pub fn event(
    method: &str,
    path: &str,
    query: &str,
    route: &str,
    headers: &BTreeMap<&str, &str>,
    cookies: &[String],
) -> Value {
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": query, "headers": headers, "cookies": cookies,
        "requestContext": {
            "requestId": "request-1", "stage": "$default", "http": { "method": method, "path": path }
        },
        "isBase64Encoded": false
    })
}

/// The route of the portal that API Gateway would choose.
pub fn route(method: &str, path: &str) -> String {
    let exact = format!("{method} {path}");
    let under = path
        .strip_prefix("/oauth2/callback/")
        .map(|_| "GET /oauth2/callback/{slug}".to_owned());
    let one = (method == "GET" && path.matches('/').count() == 1).then(|| "GET /{slug}".to_owned());
    let chosen = [Some(exact), under, one].into_iter().flatten();
    let mut chosen = chosen.filter(|key| ROUTES.contains(&key.as_str()));
    chosen.next().unwrap_or_else(|| "$default".to_owned())
}

async fn signing_key(aws: &SdkConfig) -> String {
    let made = aws_sdk_kms::Client::new(aws)
        .create_key()
        .key_spec(KeySpec::Rsa2048)
        .key_usage(KeyUsageType::SignVerify)
        .send();
    made.await.unwrap().key_metadata.unwrap().key_id
}

async fn operators_secret(aws: &SdkConfig) -> Option<String> {
    let secret = aws_sdk_secretsmanager::Client::new(aws)
        .create_secret()
        .name("operators")
        .secret_string(SECRET)
        .send();
    secret.await.unwrap().arn
}

fn own(provider: &IdentityProvider, client: &str) -> OwnProvider {
    OwnProvider {
        issuer: provider.issuer().to_owned(),
        client_id: client.to_owned(),
        groups_claim: "groups".to_owned(),
        email_domains: Vec::new(),
    }
}

pub fn settings(
    keys: Vec<String>,
    own: Option<OwnProvider>,
    secret_arn: Option<String>,
) -> portal::Settings {
    portal::Settings {
        table: machine::TABLE.to_owned(),
        address: ADDRESS.to_owned(),
        audience: AUDIENCE.to_owned(),
        keys,
        secrets: SECRETS.to_owned(),
        operators: own.map(|provider| Operators {
            provider,
            secret_arn,
        }),
        reach: Reach::Loopback,
    }
}

pub fn api_settings(own_provider: Option<OwnProvider>) -> api::Settings {
    api::Settings {
        table: machine::TABLE.to_owned(),
        bus: "default".to_owned(),
        email_template: EmailTemplate::parse("aws+{tenant}@example.com").unwrap(),
        allowed_regions: vec!["us-east-1".parse().unwrap()],
        queues: Vec::new(),
        home_region: "us-east-1".parse().unwrap(),
        budget: CreationBudget {
            per_hour: 100,
            per_day: 300,
        },
        rates: RatePercent::ALL,
        portal_url: Some(ADDRESS.to_owned()),
        provider_secrets: SECRETS.to_owned(),
        own_provider,
        loopback_providers: true,
        operators: access::Operators::everybody(),
        access_approval: Default::default(),
        requests_per_second: std::num::NonZeroU32::new(1_000_000).unwrap(),
        writes_per_minute: std::num::NonZeroU32::new(1_000_000).unwrap(),
        prices: Prices::built_in().unwrap(),
    }
}
