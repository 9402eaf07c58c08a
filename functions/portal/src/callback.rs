//! The way back from a provider.

use jiff::SignedDuration;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sign_in::{
    Refused,
    exchange::word,
    secrets::{hash, is_same, random},
};
use tenancy::session::Holder;
use tenantry_aws::ledger::SignInKind;

use crate::{
    app::App,
    begin::{Attempt, BROWSER, Purpose},
    consent,
    error::PortalError,
    reply::Reply,
    request::PortalRequest,
    sessions::{self, SignedIn},
};

/// The command line fetches its tokens at once.
const CODE: SignedDuration = SignedDuration::from_mins(1);

/// Who signed in, until the command line exchanges its code for tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// Who.
    pub signed_in: SignedIn,
    /// Where the code was sent.
    pub redirect: String,
    /// The challenge that its verifier must meet.
    pub challenge: String,
}

/// `GET /oauth2/callback` and `GET /oauth2/callback/{slug}`
pub async fn callback(app: &App, request: &PortalRequest) -> Result<Reply, PortalError> {
    let attempt = attempt(app, request).await?;
    if let Some(error) = request.query.get("error") {
        return Err(Refused::Declined { error: word(error) }.into());
    }
    let provider = app.provider(attempt.slug.as_ref(), true).await?;
    let issuer = request.query.get("iss");
    // RFC 9207: an answer of another issuer than the one that was asked.
    if provider.era != attempt.era || issuer.is_some_and(|issuer| issuer != provider.issuer) {
        return Err(PortalError::stale());
    }
    let redirect = app.redirect(attempt.slug.as_ref());
    let code = request.query.get("code").ok_or_else(PortalError::stale)?;
    let person = app
        .providers
        .person(&provider, &redirect, code, &attempt.expected, request.now)
        .await
        .inspect_err(|refused| {
            if refused.is_unanswered() {
                let issuer = provider.issuer.as_str();
                tracing::warn!(provider.issuer = issuer, "an identity provider hangs");
            }
        })?;
    tracing::info!(
        tenant.id = person.tenant.as_ref().map(|tenant| tenant.as_str()),
        person.subject = person.subject,
        "a person signed in"
    );
    let signed_in = SignedIn {
        person,
        era: provider.era,
        at: request.now,
    };
    match attempt.purpose {
        Purpose::Browser => in_browser(app, request, signed_in).await,
        Purpose::CommandLine { .. } | Purpose::Device { .. } => {
            consent::ask(app, request, attempt, signed_in).await
        }
    }
}

/// The sign-in that this is the way back of: begun in this browser, for this tenant, and not used before.
async fn attempt(app: &App, request: &PortalRequest) -> Result<Attempt, PortalError> {
    let state = request.query.get("state").ok_or_else(PortalError::stale)?;
    let name = hash(state);
    let kept = app
        .ledger
        .take_sign_in::<Attempt>(SignInKind::Attempt, &name, request.now);
    let attempt = kept.await?.ok_or_else(PortalError::stale)?;
    let browser = request.cookie(BROWSER).map(hash).unwrap_or_default();
    let slug = request
        .slug
        .as_ref()
        .filter(|_| request.route.ends_with("{slug}"));
    if !is_same(&browser, &attempt.browser_hash) || slug != attempt.slug.as_ref() {
        return Err(PortalError::stale());
    }
    Ok(attempt)
}

async fn in_browser(
    app: &App,
    request: &PortalRequest,
    signed_in: SignedIn,
) -> Result<Reply, PortalError> {
    // Whoever was signed in here before is not any more.
    sessions::end(app, request, "signed-in-anew").await?;
    let (secret, session) = sessions::begin(app, signed_in, Holder::Browser, request.now).await?;
    let left = session.ends_at.duration_since(request.now).as_secs();
    let page = Reply::redirect(&app.address("/oauth2/signed-in"));
    Ok(page.cookie(sessions::COOKIE, &secret, left))
}

/// Sends the command line its code.
pub async fn to_command_line(
    app: &App,
    request: &PortalRequest,
    state: &str,
    code: &Code,
) -> Result<Reply, PortalError> {
    let secret = random();
    let (kind, name) = (SignInKind::Code, hash(&secret));
    app.ledger
        .keep_sign_in(kind, &name, code, request.now + CODE)
        .await?;
    loopback(app, &code.redirect, &[("code", &secret), ("state", state)])
}

/// Sends the browser on to the command line.
pub fn loopback(app: &App, redirect: &str, says: &[(&str, &str)]) -> Result<Reply, PortalError> {
    let mut address = Url::parse(redirect).map_err(|_| PortalError::stale())?;
    address
        .query_pairs_mut()
        .extend_pairs(says)
        .append_pair("iss", &app.settings.address);
    Ok(Reply::redirect(address.as_str()))
}
