//! How many requests the API answers, sixteen at once: a page of tenants and a single one, beside a route that reads nothing, which is
//! what gateway and runtime allow on this machine.

use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::Timestamp;
use scenarios::{
    machine::{AnyError, REGION},
    stack::Stack,
};
use serde_json::{Value, json};
use tenancy::{Operation, OperationId, OperationKind, OperationState, Tenant, TenantId};
use tenantry_aws::ledger::{Ledger, Request as LedgerRequest};

use crate::{
    load::{functions, ledger},
    processes::cpu,
    table::Table,
};

/// Tenants in the ledger: more than one page.
const TENANTS: usize = 120;
/// Requests at once.
const CALLERS: usize = 16;
/// Requests for each route in a round. The routes take turns, so that whatever else the machine does meets all of them.
const REQUESTS: usize = 160;
const ROUNDS: usize = 6;

/// What one route took.
#[derive(Debug, Default, Clone, Copy)]
struct Taken {
    wall: Duration,
    cpu: Duration,
}

/// Measures the three routes.
///
/// # Errors
/// The machine does not come up, or the API refuses.
pub async fn measure() -> Result<Table, AnyError> {
    eprintln!("bench: a machine with {TENANTS} tenants …");
    let stack =
        tokio::task::spawn_blocking(|| Stack::start(&json!({ "RequestsPerSecond": "1000" })))
            .await??;
    let ledger = ledger(&stack)?;
    let mut last = String::new();
    for number in 0..TENANTS {
        last = create(&ledger, &format!("bench-{number}")).await?;
    }
    let api = Api::new(&stack)?;
    let routes = [
        (
            "a route that reads nothing",
            "/v1/blueprints/standard".into(),
        ),
        ("a single tenant", format!("/v1/tenants/{last}")),
        ("a page of tenants", "/v1/tenants".to_owned()),
    ];
    let mut taken = [Taken::default(); 3];
    for round in 0..=ROUNDS {
        for ((name, path), taken) in routes.iter().zip(&mut taken) {
            eprintln!("bench: {name} …");
            let some = api.some(&stack, path).await?;
            // Processes start in the first round.
            if round > 0 {
                taken.wall += some.wall;
                taken.cpu += some.cpu;
            }
        }
    }
    Ok(table(&routes.map(|(name, _)| name), &taken))
}

fn table(names: &[&str], taken: &[Taken]) -> Table {
    let mut table = Table::new(format!(
        "The API, {CALLERS} requests at once (through the local gateway, {TENANTS} tenants; ratios are of one run)"
    ));
    #[expect(clippy::cast_precision_loss, reason = "some hundred requests")]
    let requests = (REQUESTS * ROUNDS) as f64;
    let rate = |taken: &Taken| requests / taken.wall.as_secs_f64();
    let ceiling = taken.first().map_or(1.0, rate);
    for (name, taken) in names.iter().zip(taken) {
        let cpu = taken.cpu.as_secs_f64() * 1e3 / requests;
        let (rate, share) = (rate(taken), rate(taken) / ceiling * 100.0);
        table.figure(
            format!("{name}: requests a second, share of the ceiling"),
            format!("{rate:.0}, {share:.0} %"),
        );
        table.figure(
            format!("{name}: CPU of the function, each"),
            format!("{cpu:.2} ms"),
        );
    }
    table
}

/// The API behind the local gateway, past the proxy.
struct Api {
    client: Client<HttpConnector, Empty<Bytes>>,
    url: String,
}

impl Api {
    fn new(stack: &Stack) -> Result<Self, AnyError> {
        let emulator = stack.state.get("emulator").and_then(Value::as_str);
        let emulator = emulator.ok_or("the machine has no emulator")?;
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            url: format!("{emulator}/_aws/execute-api/{}", stack.output("ApiId")),
        })
    }

    async fn some(&self, stack: &Stack, path: &str) -> Result<Taken, AnyError> {
        let before = used(stack);
        let begun = Instant::now();
        stream::iter((0..REQUESTS).map(|_| self.get(path)))
            .buffer_unordered(CALLERS)
            .try_collect::<()>()
            .await?;
        Ok(Taken {
            wall: begun.elapsed(),
            cpu: used(stack).saturating_sub(before),
        })
    }

    async fn get(&self, path: &str) -> Result<(), AnyError> {
        let url = format!("{}{path}", self.url);
        let identity = Credentials::new("test", "test", None, None, "bench").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("execute-api")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::empty());
        let (instructions, _) = sign(signable?, &parameters)?.into_parts();
        let mut request = Request::get(&url).body(Empty::new())?;
        instructions.apply_to_request_http1x(&mut request);
        let answer = self.client.request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        match status.is_success() {
            true => Ok(()),
            false => Err(format!("GET {path}: {status} {}", String::from_utf8_lossy(&body)).into()),
        }
    }
}

/// CPU time of all processes of the function `api` so far.
fn used(stack: &Stack) -> Duration {
    let api = functions(stack)
        .into_iter()
        .filter(|(_, name)| name == "api");
    api.map(|(pid, _)| cpu(pid)).sum()
}

/// A tenant that is not due, so that nobody works on it; gives back its id.
async fn create(ledger: &Ledger, slug: &str) -> Result<String, AnyError> {
    let (id, now, who) = (
        TenantId::from_random(rand::random()),
        Timestamp::now(),
        "arn:aws:iam::111111111111:user/bench",
    );
    let tenant: Tenant = serde_json::from_value(json!({
        "id": id, "generation": 1, "specVersion": 1, "desiredState": "present",
        "spec": { "slug": slug, "name": slug, "blueprint": "standard@1.0.0", "tags": { "team": "core" } },
        "accountEmail": format!("aws+{id}@example.com"), "createdAt": now, "createdBy": who, "updatedAt": now,
    }))?;
    let operation = Operation {
        id: OperationId::from_random(&id, rand::random()),
        tenant_id: id.clone(),
        kind: OperationKind::Onboard,
        state: OperationState::Pending,
        spec_version: 1,
        requested_by: who.into(),
        created_at: now,
        updated_at: now,
        obstacles: Vec::new(),
        outcome: None,
        requested_again_at: None,
        again_because: None,
        other: Default::default(),
    };
    let request = LedgerRequest {
        actor: who.into(),
        request_id: "bench".into(),
        at: now,
        idempotency: None,
    };
    ledger.create_tenant(&tenant, &operation, &request).await?;
    Ok(id.to_string())
}
