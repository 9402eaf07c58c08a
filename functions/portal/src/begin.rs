//! The way to a provider.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sign_in::{
    providers::Expected,
    secrets::{hash, random},
};
use tenancy::{Slug, Timestamp};
use tenantry_aws::ledger::SignInKind;

use crate::{app::App, error::PortalError, forms::is_random, reply::Reply, request::PortalRequest};

/// So long a person may take at the provider.
pub const ATTEMPT: SignedDuration = SignedDuration::from_mins(10);
/// What binds a sign-in to the browser that began it.
pub const BROWSER: &str = "__Host-tenantry-sign-in";

/// A sign-in that has begun: what its way back is checked against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// What the provider's answer must hold.
    pub expected: Expected,
    /// The tenant; absent: the installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// The era of the provider.
    pub era: String,
    /// SHA-256 of the browser's cookie.
    pub browser_hash: String,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a sign-in is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "for")]
pub enum Purpose {
    /// This browser.
    Browser,
    /// The command line on this machine (RFC 8252).
    CommandLine {
        /// When it asked.
        asked_at: Timestamp,
        /// Its loopback address.
        redirect: String,
        /// Its state, passed back as it came.
        state: String,
        /// The challenge of its code.
        challenge: String,
    },
    /// The command line on another machine (RFC 8628).
    Device {
        /// When it asked.
        asked_at: Timestamp,
        /// The hash of its device code.
        name: String,
    },
}

impl Purpose {
    /// When the command line asked, if it is for one.
    pub fn asked_at(&self) -> Option<Timestamp> {
        match self {
            Self::Browser => None,
            Self::CommandLine { asked_at, .. } | Self::Device { asked_at, .. } => Some(*asked_at),
        }
    }
}

/// Begins a sign-in: the provider's address, and the cookie of this browser.
pub async fn begin(
    app: &App,
    request: &PortalRequest,
    slug: Option<Slug>,
    purpose: Purpose,
) -> Result<(String, String), PortalError> {
    let provider = app.provider(slug.as_ref(), false).await?;
    let state = random();
    let browser = request.cookie(BROWSER).filter(|value| is_random(value));
    let browser = browser.map_or_else(random, str::to_owned);
    let attempt = Attempt {
        expected: Expected::fresh(),
        era: provider.era.clone(),
        browser_hash: hash(&browser),
        slug,
        purpose,
    };
    let redirect = app.redirect(attempt.slug.as_ref());
    let address =
        app.providers
            .address(&provider, &redirect, &state, &attempt.expected, request.now);
    let address = address.await?;
    let (kind, name) = (SignInKind::Attempt, hash(&state));
    let kept = app
        .ledger
        .keep_sign_in(kind, &name, &attempt, request.now + ATTEMPT);
    if !kept.await? {
        return Err(PortalError::stale());
    }
    Ok((address.into(), browser))
}

/// `GET /` and `GET /{slug}`
pub async fn start(
    app: &App,
    request: &PortalRequest,
    slug: Option<Slug>,
) -> Result<Reply, PortalError> {
    let (address, browser) = begin(app, request, slug, Purpose::Browser).await?;
    Ok(with_browser(Reply::redirect(&address), &browser))
}

/// An answer with the cookie that the way back needs.
pub fn with_browser(reply: Reply, browser: &str) -> Reply {
    reply.cookie(BROWSER, browser, ATTEMPT.as_secs())
}
