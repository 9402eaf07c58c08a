//! The exchange of a code for an ID token, at the provider's token endpoint.

use data_encoding::BASE64;
use openidconnect::core::CoreProviderMetadata;
use reqwest::Method;
use serde::Deserialize;
use tenancy::percent::encoded;

use crate::{
    fetch::{Fetched, Fetcher},
    provider::Provider,
    refusal::Refused,
};

/// What a provider's code is exchanged with.
#[derive(Clone, Copy)]
pub(crate) struct Code<'a> {
    pub(crate) code: &'a str,
    /// The redirect address of the sign-in.
    pub(crate) redirect: &'a str,
    /// The verifier of the code (RFC 7636).
    pub(crate) verifier: &'a str,
}

/// The answer of a token endpoint, as far as it is read (RFC 6749, section 5).
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    error: Option<String>,
}

/// Sends a code to the token endpoint, and gives the ID token back.
pub(crate) async fn exchange(
    fetcher: &Fetcher,
    metadata: &CoreProviderMetadata,
    provider: &Provider,
    grant: Code<'_>,
) -> Result<Option<String>, Refused> {
    let endpoint = metadata.token_endpoint();
    let endpoint = endpoint.ok_or(Refused::Lacks {
        what: "token endpoint",
    })?;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", grant.code),
        ("redirect_uri", grant.redirect),
        ("code_verifier", grant.verifier),
    ];
    let authorization = authorization(metadata, provider, &mut form);
    let mut headers = vec![
        ("accept", "application/json"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    headers.extend(
        authorization
            .as_deref()
            .map(|value| ("authorization", value)),
    );
    let body = form_of(&form).into_bytes();
    let sent = fetcher.send("token", Method::POST, endpoint.as_str(), &headers, body);
    id_token(&sent.await?)
}

/// Names the client in the form, or gives the header that names it.
fn authorization<'a>(
    metadata: &CoreProviderMetadata,
    provider: &'a Provider,
    form: &mut Vec<(&'static str, &'a str)>,
) -> Option<String> {
    match &provider.client_secret {
        Some(secret) if !is_posted(metadata) => {
            // RFC 6749, section 2.3.1: both are encoded as in a form first.
            let pair = format!(
                "{}:{}",
                encoded(&provider.client_id),
                encoded(secret.reveal())
            );
            return Some(format!("Basic {}", BASE64.encode(pair.as_bytes())));
        }
        Some(secret) => {
            form.push(("client_id", &provider.client_id));
            form.push(("client_secret", secret.reveal()));
        }
        None => form.push(("client_id", &provider.client_id)),
    }
    None
}

fn id_token(answer: &Fetched) -> Result<Option<String>, Refused> {
    let what = "token";
    let read = serde_json::from_slice::<TokenAnswer>(&answer.body);
    match (answer.status, read) {
        (200, Ok(read)) => Ok(read.id_token),
        (200, Err(_)) => Err(Refused::Unreadable { what }),
        (
            _,
            Ok(TokenAnswer {
                error: Some(error), ..
            }),
        ) => Err(Refused::Client {
            error: word(&error),
        }),
        (status, _) => Err(Refused::Answered { what, status }),
    }
}

/// Whether the provider takes the secret in the form only (OpenID Connect Discovery, section 3).
fn is_posted(metadata: &CoreProviderMetadata) -> bool {
    let methods = metadata.token_endpoint_auth_methods_supported();
    let methods = serde_json::to_value(methods).unwrap_or_default();
    let has = |name: &str| {
        let all = methods.as_array();
        all.is_some_and(|all| all.iter().any(|one| one == name))
    };
    has("client_secret_post") && !has("client_secret_basic")
}

/// A form, encoded (`application/x-www-form-urlencoded`).
pub fn form_of(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// An error word of a provider, fit to be shown.
pub fn word(text: &str) -> String {
    let shown = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c));
    let shown: String = shown.take(60).collect();
    if shown.is_empty() {
        "no reason given".to_owned()
    } else {
        shown
    }
}
