//! What the command line asks the portal.

use std::time::Duration;

use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use tenancy::text::visible;

use super::{now, refused, store::SignIn};
use crate::{address::Address, error::CliError};

/// Who we are to the portal.
pub const CLIENT: &str = "tenantry-cli";
const LIMIT: Duration = Duration::from_secs(35);
/// Tokens have some kilobytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// The portal.
#[derive(Debug)]
pub struct Portal {
    http: Client,
    address: Address,
}

/// An error of OAuth (RFC 6749, section 5.2).
#[derive(Debug, Deserialize)]
pub struct Refused {
    /// A stable word.
    pub error: String,
    /// What it means.
    #[serde(default)]
    pub error_description: String,
}

impl Refused {
    /// Whether the session is over, as the portal alone can say (RFC 6749, section 5.2).
    pub fn is_over(&self) -> bool {
        self.error == "invalid_grant"
    }
}

impl From<Refused> for CliError {
    fn from(error: Refused) -> Self {
        let Refused {
            error,
            error_description,
        } = error;
        refused(visible(&format!("{error_description} ({error})")))
    }
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: String,
    expires_in: i64,
    session_ends_at: String,
    tenant_slug: Option<String>,
}

impl Portal {
    /// The portal at an address.
    ///
    /// # Errors
    /// If it is no address, or TLS cannot be set up.
    pub fn new(address: &str) -> Result<Self, CliError> {
        let address = Address::parse(address)
            .map_err(|why| CliError::Usage(format!("the portal's address is not valid: {why}")))?;
        let http = Client::builder()
            .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")))
            .timeout(LIMIT)
            .redirect(Policy::none())
            .build();
        let http = http.map_err(|error| CliError::Io(std::io::Error::other(error)))?;
        Ok(Self { http, address })
    }

    /// Its address, which its tokens name as their issuer.
    pub fn issuer(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    /// One of its pages.
    pub fn address(&self, path: &str, query: &[(&'static str, &str)]) -> Url {
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        self.address.route(path, &query)
    }

    /// Tokens for a grant.
    pub async fn tokens(&self, form: &[(&'static str, &str)]) -> Result<SignIn, CliError> {
        Ok(self.try_tokens(form).await??)
    }

    /// Tokens for a grant, or the word of the refusal.
    pub async fn try_tokens(
        &self,
        form: &[(&'static str, &str)],
    ) -> Result<Result<SignIn, Refused>, CliError> {
        let asked_at = now();
        let tokens: Result<Tokens, Refused> = self.post("/oauth2/token", form).await?;
        Ok(tokens.map(|tokens| SignIn {
            portal: self.issuer().to_owned(),
            expires_at: asked_at.saturating_add(tokens.expires_in),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            session_ends_at: tokens.session_ends_at,
            tenant: tokens.tenant_slug,
        }))
    }

    /// Ends the session of a refresh token.
    pub async fn revoke(&self, token: &str) -> Result<(), CliError> {
        let answer: Result<serde_json::Value, Refused> =
            self.post("/oauth2/revoke", &[("token", token)]).await?;
        answer.map(drop).map_err(CliError::from)
    }

    /// Sends a form.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&'static str, &str)],
    ) -> Result<Result<T, Refused>, CliError> {
        let mut pairs = vec![("client_id", CLIENT)];
        pairs.extend_from_slice(form);
        // A query is written as a form is.
        let body = self
            .address("", &pairs)
            .query()
            .unwrap_or_default()
            .to_owned();
        let lost = |source: reqwest::Error| CliError::Unreachable {
            doing: "signing in".to_owned(),
            address: self.issuer().to_owned(),
            key: None,
            source: source.without_url(),
        };
        let request = self.http.post(self.address(path, &[]));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let mut answer = request.body(body).send().await.map_err(lost)?;
        let is_success = answer.status().is_success();
        let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| CliError::Unreadable {
            doing: "signing in".to_owned(),
            source,
        };
        let mut text = Vec::new();
        while let Some(more) = answer.chunk().await.map_err(lost)? {
            text.extend_from_slice(&more);
            if text.len() > LONGEST_ANSWER {
                return Err(unreadable("it is too long".into()));
            }
        }
        if is_success {
            let read = serde_json::from_slice(&text);
            return read.map(Ok).map_err(|error| unreadable(error.into()));
        }
        let read = serde_json::from_slice::<Refused>(&text);
        read.map(Err).map_err(|error| unreadable(error.into()))
    }
}
