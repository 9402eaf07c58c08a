//! The identity providers of tenants.

use std::time::Duration;

use api_types::{
    IdentityProviderRequest, IdentityProviderStepView, IdentityProviderTestView,
    IdentityProviderView, ProblemKind,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use sign_in::{
    Provider,
    provider::{Secret, TenantOf},
    secrets::id,
    steps::{Step, steps},
};
use tenancy::{
    DesiredState, FieldError, IdentityProvider, Tenant, TenantId, identity_provider::SecretVersion,
};
use tenantry_aws::ledger::{LedgerError, Request, ensure_present};

use crate::{
    App, answer,
    body::{JsonBody, NoBody},
    call::{self, Call},
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// A provider may take so long to be tried in all: the function is ended after 20 seconds.
const TRIAL: Duration = Duration::from_secs(14);

/// `GET /v1/tenants/{id}/identity-provider`
pub async fn show(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let provider = app.ledger.identity_provider(&tenant.id).await?;
    answered(&app, &tenant, provider.ok_or_else(|| absent(&tenant))?)
}

/// `PUT /v1/tenants/{id}/identity-provider`
pub async fn set(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    query.done()?;
    portal(&app)?;
    let wanted = read(&app, &body)?;
    let tenant = app.tenant(&key).await?;
    ensure_present(&tenant)?;
    let before = app.ledger.identity_provider(&tenant.id).await?;
    check_version(&call, before.as_ref())?;
    let secret = match &wanted.client_secret {
        Some(Some(value)) => Some(app.provider_secrets.put(&tenant.id, value).await?),
        _ => kept_secret(before.as_ref(), &wanted),
    };
    let provider = provider(&call, before.as_ref(), wanted, secret);
    if before
        .as_ref()
        .is_some_and(|before| is_same(before, &provider))
    {
        return answered(&app, &tenant, before.unwrap_or(provider));
    }
    let request = request(&call);
    let set = app
        .ledger
        .set_identity_provider(&tenant.id, before.as_ref(), &provider, &request);
    if let Err(error) = set.await {
        if provider.secret != before.as_ref().and_then(|before| before.secret.clone()) {
            app.remove_unused_secret(&tenant.id, &error).await;
        }
        return Err(error.into());
    }
    let is_public = provider.secret.is_none();
    if is_public && before.is_some_and(|before| before.secret.is_some()) {
        app.remove_secret(&tenant.id).await?;
    }
    tracing::info!(tenant.id = %tenant.id, "an identity provider was set");
    answered(&app, &tenant, provider)
}

impl App {
    /// Removes the secret of a provider that went, unless one that was set since has a secret: it is kept under the same name.
    async fn remove_secret(&self, tenant: &TenantId) -> Result<(), Refusal> {
        let now = self.ledger.identity_provider(tenant).await?;
        if now.is_none_or(|now| now.secret.is_none()) {
            self.provider_secrets.delete(tenant).await?;
        }
        Ok(())
    }

    /// Removes a secret that was written for a provider that was not set, unless another provider of the tenant has one. Where it
    /// is not known whether the provider was set, the secret stays until the tenant leaves.
    async fn remove_unused_secret(&self, tenant: &TenantId, error: &LedgerError) {
        if matches!(error, LedgerError::Failed(_)) {
            return;
        }
        let removed = async {
            let is_leaving = match self.ledger.main_row(tenant).await? {
                Some(tenant) => tenant.desired_state == DesiredState::Absent,
                None => true,
            };
            if is_leaving || self.ledger.identity_provider(tenant).await?.is_none() {
                self.provider_secrets.delete(tenant).await?;
            }
            Ok::<(), LedgerError>(())
        };
        if let Err(error) = removed.await {
            tracing::error!(tenant.id = %tenant, error.detail = %error, "an unused secret was left");
        }
    }
}

/// `DELETE /v1/tenants/{id}/identity-provider`
pub async fn remove(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    query: Query,
    _: NoBody,
) -> Result<Response, Refusal> {
    query.done()?;
    let tenant = app.tenant(&key).await?;
    let before = app.ledger.identity_provider(&tenant.id).await?;
    let before = before.ok_or_else(|| absent(&tenant))?;
    check_version(&call, Some(&before))?;
    app.ledger
        .remove_identity_provider(&tenant.id, &before, &request(&call))
        .await?;
    app.remove_secret(&tenant.id).await?;
    tracing::info!(tenant.id = %tenant.id, "an identity provider was removed");
    answered(&app, &tenant, before)
}

/// `POST /v1/tenants/{id}/identity-provider/test`
pub async fn test(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Json<IdentityProviderTestView>, Refusal> {
    query.done()?;
    let portal = portal(&app)?;
    let wanted = read(&app, &body)?;
    let tenant = app.tenant(&key).await?;
    let before = app.ledger.identity_provider(&tenant.id).await?;
    let kept = kept_secret(before.as_ref(), &wanted);
    let secret = match (&wanted.client_secret, kept) {
        (Some(given), _) => given.clone(),
        (None, Some(kept)) => Some(app.provider_secrets.get(&kept).await?),
        (None, None) => None,
    };
    let slug = tenant.spec.slug.clone();
    let redirect = format!("{portal}/oauth2/callback/{slug}");
    let provider = Provider {
        issuer: wanted.issuer,
        client_id: wanted.client_id,
        client_secret: secret.map(Secret::new),
        groups_claim: wanted.groups_claim,
        email_domains: wanted.email_domains,
        era: String::new(),
        tenant: Some(TenantOf {
            id: tenant.id,
            slug,
        }),
    };
    let steps = steps(&app.providers, &provider, &redirect, call::now(), TRIAL).await;
    Ok(Json(IdentityProviderTestView {
        passed: steps.iter().all(|step| step.found.is_ok()),
        steps: steps.into_iter().map(step).collect(),
    }))
}

fn step(step: Step) -> IdentityProviderStepView {
    IdentityProviderStepView {
        name: step.name.to_owned(),
        passed: step.found.is_ok(),
        found: step.found.unwrap_or_else(|refused| refused),
    }
}

/// The body, with an issuer that may be asked.
fn read(app: &App, body: &serde_json::Value) -> Result<IdentityProviderRequest, Refusal> {
    let wanted = IdentityProviderRequest::read(body).map_err(Refusal::invalid)?;
    let reach = app.providers.fetcher().reach();
    reach.url(&wanted.issuer).map_err(|why| {
        let allowed = "a public address that begins with https://";
        Refusal::invalid(vec![FieldError::new("issuer", why, allowed)])
    })?;
    Ok(wanted)
}

/// The present secret goes on for the client that it is of.
fn kept_secret(
    before: Option<&IdentityProvider>,
    wanted: &IdentityProviderRequest,
) -> Option<SecretVersion> {
    let before = before.filter(|_| wanted.client_secret.is_none())?;
    let is_its = before.issuer == wanted.issuer && before.client_id == wanted.client_id;
    before.secret.clone().filter(|_| is_its)
}

fn provider(
    call: &Call,
    before: Option<&IdentityProvider>,
    wanted: IdentityProviderRequest,
    secret: Option<SecretVersion>,
) -> IdentityProvider {
    let mut provider = IdentityProvider {
        issuer: wanted.issuer,
        client_id: wanted.client_id,
        secret,
        groups_claim: wanted.groups_claim,
        email_domains: wanted.email_domains,
        era: id(),
        revision: IdentityProvider::next_revision(before, call.at),
        changed_by: call.actor.clone(),
        changed_at: call.at,
    };
    if let Some(before) = before.filter(|before| before.is_same_era(&provider)) {
        provider.era.clone_from(&before.era);
    }
    provider
}

fn is_same(before: &IdentityProvider, provider: &IdentityProvider) -> bool {
    before.is_same_era(provider) && before.secret == provider.secret
}

/// Setting a provider is safe to repeat as it is, and what is hashed under a key must not be a secret.
fn request(call: &Call) -> Request {
    Request {
        idempotency: None,
        ..call.request(&serde_json::Value::Null)
    }
}

fn check_version(call: &Call, before: Option<&IdentityProvider>) -> Result<(), Refusal> {
    let current = before.map_or(0, |before| before.revision);
    if call.if_match.is_none_or(|known| known == current) {
        return Ok(());
    }
    let detail = format!("the identity provider is at version {current}");
    Err(Refusal::new(ProblemKind::VERSION_MISMATCH, detail)
        .with_remedy("Read it again and repeat the change if it is still wanted."))
}

fn absent(tenant: &Tenant) -> Refusal {
    Refusal::not_found(format!(
        "tenant `{}` has no identity provider",
        tenant.spec.slug
    ))
}

/// The portal's address.
fn portal(app: &App) -> Result<&str, Refusal> {
    app.portal_url.as_deref().ok_or_else(|| {
        let detail = "people do not sign in at this installation";
        Refusal::new(ProblemKind::CONFLICT, detail)
            .with_remedy("Deploy the stack with the parameter `SignIn` set to `true`.")
    })
}

fn answered(app: &App, tenant: &Tenant, provider: IdentityProvider) -> Result<Response, Refusal> {
    let version = provider.revision;
    let portal = app.portal_url.as_deref().unwrap_or_default();
    let view = IdentityProviderView::new(provider, portal, tenant.spec.slug.as_str());
    let mut response = Json(view).into_response();
    answer::tag(&mut response, version);
    Ok(response)
}
