//! Organizations with ten thousand accounts, in this process: it answers lists and tags of them after a moment, passes every other
//! call on, and notes when each call to Organizations came.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use serde_json::{Value, json};
use tenantry_aws::ledger::rate;

/// Accounts in a page (Organizations API reference, ListAccountsForParent).
const PAGE: usize = 20;

/// The accounts, and what was asked about them.
#[derive(Debug)]
pub struct Accounts {
    /// The unit they are in.
    pub unit: String,
    /// Each as Organizations lists it.
    pub listed: Vec<Value>,
    /// The tags of each, by its number.
    pub tags: HashMap<String, Value>,
    /// How long a call takes.
    pub latency: Duration,
    begun: Instant,
    calls: Mutex<BTreeMap<String, Vec<f64>>>,
}

impl Accounts {
    /// No accounts yet, in `unit`.
    pub fn new(unit: String, latency: Duration) -> Self {
        Self {
            unit,
            listed: Vec::new(),
            tags: HashMap::new(),
            latency,
            begun: Instant::now(),
            calls: Mutex::default(),
        }
    }

    /// When each operation was called, in real seconds, in order.
    pub fn calls(&self) -> BTreeMap<String, Vec<f64>> {
        let mut calls = self.noted().clone();
        calls.values_mut().for_each(|at| at.sort_by(f64::total_cmp));
        calls
    }

    fn noted(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<f64>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, operation: &str, request: &Value) -> Option<Value> {
        match operation {
            "ListAccountsForParent" if request["ParentId"] == self.unit.as_str() => {
                let from = request["NextToken"].as_str();
                let from: usize = from.map_or(Some(0), |token| token.parse().ok())?;
                let to = (from + PAGE).min(self.listed.len());
                let mut page = json!({ "Accounts": self.listed.get(from..to)? });
                if to < self.listed.len() {
                    page["NextToken"] = json!(to.to_string());
                }
                Some(page)
            }
            "ListTagsForResource" => {
                let tags = self.tags.get(request["ResourceId"].as_str()?)?;
                Some(json!({ "Tags": tags }))
            }
            _ => None,
        }
    }
}

/// How many calls came too early for AWS's rate and burst, where time runs `scale` times as fast.
pub fn over_limit(operation: &str, at: &[f64], scale: f64) -> usize {
    let Some(rate) = rate(operation) else {
        return at.len();
    };
    let per_sec = f64::from(rate.aws_per_1000_secs) / 1000.0 * scale;
    let burst = f64::from(rate.aws_burst);
    let (mut tokens, mut last, mut over) = (burst, 0.0, 0);
    for &moment in at {
        tokens = (tokens + (moment - last) * per_sec).min(burst);
        last = moment;
        match tokens >= 1.0 {
            true => tokens -= 1.0,
            false => over += 1,
        }
    }
    over
}

/// The HTTP client with these accounts before it.
#[derive(Debug, Clone)]
pub struct WithAccounts {
    /// The accounts.
    pub accounts: Arc<Accounts>,
    /// For every other call.
    pub client: SharedHttpClient,
}

impl HttpClient for WithAccounts {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            accounts: Arc::clone(&self.accounts),
            connector: self.client.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct Connector {
    accounts: Arc<Accounts>,
    connector: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let Some(operation) = target.strip_prefix("AWSOrganizationsV20161128.") else {
            return self.connector.call(request);
        };
        let (accounts, at) = (&self.accounts, self.accounts.begun.elapsed().as_secs_f64());
        let mut noted = accounts.noted();
        noted.entry(operation.to_owned()).or_default().push(at);
        drop(noted);
        let body = request.body().bytes().unwrap_or_default();
        let body = serde_json::from_slice(body).unwrap_or_default();
        let Some(answer) = accounts.answer(operation, &body) else {
            return self.connector.call(request);
        };
        let latency = accounts.latency;
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(latency).await;
            let body = SdkBody::from(answer.to_string());
            let status = StatusCode::try_from(200).map_err(|error| {
                aws_smithy_runtime_api::client::result::ConnectorError::other(error.into(), None)
            })?;
            Ok(HttpResponse::new(status, body))
        })
    }
}
