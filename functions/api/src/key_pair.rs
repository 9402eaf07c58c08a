//! The key pair of a tenant: handing out its private half, and rotating it.
//!
//! # Guarantees
//! Whoever is given a private key is in the tenant's history before the key leaves: what cannot be recorded is not handed out.

use api_types::{KeyPairView, ProblemKind};
use axum::{Extension, Json, extract::State, response::Response};
use baseline::key_pair::KeyPairs;
use events::{TenantKeyPairRotationRequested, TenantPrivateKeyHandedOut};
use serde_json::{Value, json};
use tenancy::{
    AccountId, ComponentName, Failure, FieldError, OperationKind, Region, Tenant, names,
};
use tenantry_aws::{
    key_reader::{KeyOf, KeyReader},
    ledger::{Request, ensure_present},
};

use crate::{
    App, answer,
    body::NoBody,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// A key pair that a tenant has, as the ledger recorded it.
struct Recorded {
    region: Region,
    fingerprint: String,
}

/// `GET /v1/tenants/{id}/key-pair`
pub async fn hand_out(
    State(app): State<App>,
    Extension(reader): Extension<KeyReader>,
    TenantPath(key): TenantPath,
    call: Call,
    mut query: Query,
) -> Result<Json<KeyPairView>, Refusal> {
    let region = region(&mut query);
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let wanted = region.map_or_else(|| first_region(&tenant), Ok)?;
    let pair = recorded(&tenant, Some(&wanted))?.remove(0);
    let account = tenant.account_id.as_ref().ok_or_else(no_key_pair)?;
    let view = read(&reader, &call, (&tenant, account), &pair).await?;
    let summary = format!(
        "the private key of `{}` ({}) was handed out",
        pair.region, pair.fingerprint
    );
    let request = Request {
        // Each is recorded, also one that was asked for twice with the same key.
        idempotency: None,
        ..call.request(&Value::Null)
    };
    app.ledger
        .record_hand_out(&tenant.id, &summary, &request)
        .await?;
    let (id, actor) = (&tenant.id, &call.actor);
    app.announce(TenantPrivateKeyHandedOut::new(
        id,
        &pair.region,
        &pair.fingerprint,
        actor,
        call.at,
    ))
    .await;
    Ok(Json(view))
}

/// `POST /v1/tenants/{id}/key-pair/rotate`
pub async fn rotate(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    mut query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    let region = region(&mut query);
    query.done()?;
    let request = call.request(&json!({ "region": region }));
    if let Some(earlier) = app.ledger.replayed(&request).await? {
        return Ok(answer::started(earlier));
    }
    let tenant = app.tenant(&key).await?;
    call.check_version(tenant.spec_version)?;
    let pairs = recorded(&tenant, region.as_ref())?;
    let retired: Vec<String> = pairs.into_iter().map(|pair| pair.fingerprint).collect();
    let operation = call.operation(&tenant, OperationKind::RotateKeyPair);
    let accepted = app
        .ledger
        .request_rotation(&retired, &operation, &request)
        .await?;
    if !accepted.replayed {
        app.announce(TenantKeyPairRotationRequested::new(&tenant.id, call.at))
            .await;
    }
    Ok(answer::started(accepted))
}

fn region(query: &mut Query) -> Option<Region> {
    query.take("region", "a Region, such as eu-central-1", |text| {
        text.parse().ok()
    })
}

fn first_region(tenant: &Tenant) -> Result<Region, Refusal> {
    let named = tenant.spec.regions.iter().flatten().next().cloned();
    let mut recorded = tenant.components.iter();
    let pairs = recorded.find(|(name, _)| **name == ComponentName::KEY_PAIR);
    // A spec that names no Region has the one that its key pair is in.
    let only = || {
        let (_, status) = pairs?;
        let mut roles = status.resources.keys();
        roles.find_map(|role| {
            let (region, _) = role.split_once('.')?;
            let region: Region = region.parse().ok()?;
            (*role == KeyPairs::recorded_fingerprint(&region)).then_some(region)
        })
    };
    named.or_else(only).ok_or_else(no_key_pair)
}

/// The key pairs that were recorded of a tenant, or that of one Region: at least one.
fn recorded(tenant: &Tenant, region: Option<&Region>) -> Result<Vec<Recorded>, Refusal> {
    ensure_present(tenant)?;
    let status = tenant.components.get(&ComponentName::KEY_PAIR);
    let resources = status.map(|status| &status.resources);
    let all = resources.into_iter().flatten().filter_map(|(role, value)| {
        let region: Region = role.split_once('.')?.0.parse().ok()?;
        let is_fingerprint = *role == KeyPairs::recorded_fingerprint(&region);
        is_fingerprint.then(|| Recorded {
            region,
            fingerprint: value.clone(),
        })
    });
    let all: Vec<Recorded> = all.collect();
    if all.is_empty() {
        return Err(no_key_pair());
    }
    let Some(region) = region else {
        return Ok(all);
    };
    let has: Vec<String> = all.iter().map(|pair| pair.region.to_string()).collect();
    let mut of_region = all;
    of_region.retain(|pair| pair.region == *region);
    match of_region.is_empty() {
        false => Ok(of_region),
        true => Err(Refusal::invalid(vec![FieldError::new(
            "region",
            format!("the tenant has no key pair in `{region}`"),
            has.join(", "),
        )])),
    }
}

fn no_key_pair() -> Refusal {
    Refusal::new(ProblemKind::CONFLICT, "the tenant has no key pair").with_remedy(
        "Move the tenant to a blueprint with `keyPair`; if it has one, wait until the component `key-pair` is ready.",
    )
}

async fn read(
    reader: &KeyReader,
    call: &Call,
    (tenant, account): (&Tenant, &AccountId),
    pair: &Recorded,
) -> Result<KeyPairView, Refusal> {
    let key = KeyOf {
        tenant: &tenant.id,
        account,
        region: &pair.region,
        fingerprint: &pair.fingerprint,
        requester: &call.actor,
    };
    let private = reader.read(&key, call.at).await.map_err(unread)?;
    Ok(KeyPairView {
        tenant_id: tenant.id.clone(),
        region: pair.region.clone(),
        name: names::KEY_PAIR.to_owned(),
        fingerprint: pair.fingerprint.clone(),
        public_key: private.public().map_err(unread)?,
        private_key: private.pem().map_err(unread)?,
    })
}

/// The key was not read: what AWS said is for the log only.
fn unread(failure: Failure) -> Refusal {
    tracing::error!(
        error.doing = failure.doing,
        error.detail = failure.detail,
        error.kind = ?failure.kind,
        "the private key was not read"
    );
    let detail = "the private key could not be read in the tenant's account";
    match failure.retry_after_secs() {
        Some(seconds) => Refusal::new(ProblemKind::UNAVAILABLE, detail)
            .with_remedy("Send the same request again.")
            .retry_after(seconds.clamp(1, 60)),
        None => Refusal::new(ProblemKind::CONFLICT, detail)
            .with_remedy("Audit the tenant, repair what is found in `key-pair`, then try again."),
    }
}
