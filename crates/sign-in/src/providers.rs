//! Providers: discovery and keys, remembered within bounds; the way to a provider and back.

use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use data_encoding::{BASE64, BASE64URL_NOPAD};
use jiff::Timestamp;
use openidconnect::{
    ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError,
    core::{
        CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tenancy::Person;

use crate::{
    fetch::Fetcher,
    person::person,
    provider::Provider,
    refusal::Refused,
    secrets::{challenge, random},
};

/// What was read of a provider is read again after this time.
const REMEMBERED_SECS: i64 = 600;
/// For a key that is not known, it is read again at most this often.
const AGAIN_SECS: i64 = 60;
/// So many providers are remembered; then the one that was read first is forgotten.
const MOST: usize = 256;
/// An ID token comes straight from the provider: it says the time at which it was made.
const CLOCK_SECS: i64 = 120;

/// The algorithms that an ID token may be signed by: none that a shared secret or nothing at all signs.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
];

/// What is known of a provider.
#[derive(Debug)]
pub struct Known {
    pub(crate) metadata: CoreProviderMetadata,
    pub(crate) keys: CoreJsonWebKeySet,
    read_at: Timestamp,
}

/// Providers, as far as they are remembered. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers {
    fetcher: Fetcher,
    known: Arc<Mutex<HashMap<String, Arc<Known>>>>,
}

/// What the way back from a provider is checked against. It never leaves us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The nonce that the ID token must hold.
    pub nonce: String,
    /// The verifier of the code (RFC 7636).
    pub verifier: String,
}

/// The answer of a token endpoint, as far as it is read (RFC 6749, section 5).
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    error: Option<String>,
}

impl Expected {
    /// Of a sign-in that begins.
    pub fn fresh() -> Self {
        Self {
            nonce: random(),
            verifier: random(),
        }
    }
}

impl Providers {
    /// None is known yet.
    pub fn new(fetcher: Fetcher) -> Self {
        Self {
            fetcher,
            known: Arc::default(),
        }
    }

    /// What asks the providers.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// How many are remembered.
    pub fn remembered(&self) -> usize {
        self.lock().len()
    }

    /// Where the person's browser is sent.
    ///
    /// # Errors
    /// Why the provider cannot be used.
    pub async fn address(
        &self,
        provider: &Provider,
        redirect: &str,
        state: &str,
        expected: &Expected,
        now: Timestamp,
    ) -> Result<Url, Refused> {
        let known = self.known(&provider.issuer, now).await?;
        self.authorization(&known, provider, redirect, state, expected)
    }

    pub(crate) fn authorization(
        &self,
        known: &Known,
        provider: &Provider,
        redirect: &str,
        state: &str,
        expected: &Expected,
    ) -> Result<Url, Refused> {
        let what = "authorization endpoint";
        let endpoint = known.metadata.authorization_endpoint().url();
        let url = self.fetcher.reach().url(endpoint.as_str());
        let mut url = url.map_err(|why| Refused::Address { what, why })?;
        let offered = known.metadata.scopes_supported();
        let offers_groups =
            offered.is_some_and(|all| all.iter().any(|one| one.as_str() == "groups"));
        let scope = match &provider.groups_claim {
            Some(_) if offers_groups => "openid email profile groups",
            _ => "openid email profile",
        };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", scope)
            .append_pair("state", state)
            .append_pair("nonce", &expected.nonce)
            .append_pair("code_challenge", &challenge(&expected.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Exchanges the code that the provider sent with the person, and verifies who it is.
    ///
    /// # Errors
    /// Why the person may not come in.
    pub async fn person(
        &self,
        provider: &Provider,
        redirect: &str,
        code: &str,
        expected: &Expected,
        now: Timestamp,
    ) -> Result<Person, Refused> {
        let known = self.known(&provider.issuer, now).await?;
        let answer = self.exchange(&known, provider, redirect, code, &expected.verifier);
        let token = answer.await?.ok_or(Refused::NoIdToken)?;
        let claims = match verified(&known, provider, &token, &expected.nonce) {
            Err(Unverified::Key) => {
                let known = self.again(&provider.issuer, &known, now).await?;
                verified(&known, provider, &token, &expected.nonce)
            }
            other => other,
        };
        let claims = claims.map_err(Refused::from)?;
        in_time(&claims, now)?;
        person(provider, &claims)
    }

    /// Sends a code to the token endpoint, and gives the ID token back.
    pub(crate) async fn exchange(
        &self,
        known: &Known,
        provider: &Provider,
        redirect: &str,
        code: &str,
        verifier: &str,
    ) -> Result<Option<String>, Refused> {
        let what = "token";
        let endpoint = known.metadata.token_endpoint();
        let endpoint = endpoint.ok_or(Refused::Lacks {
            what: "token endpoint",
        })?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        let mut headers = vec![
            ("accept", "application/json".to_owned()),
            (
                "content-type",
                "application/x-www-form-urlencoded".to_owned(),
            ),
        ];
        match &provider.client_secret {
            Some(secret) if !is_posted(known) => {
                // RFC 6749, section 2.3.1: both are encoded as in a form first.
                let pair = format!(
                    "{}:{}",
                    encoded(&provider.client_id),
                    encoded(secret.reveal())
                );
                headers.push((
                    "authorization",
                    format!("Basic {}", BASE64.encode(pair.as_bytes())),
                ));
            }
            Some(secret) => {
                form.push(("client_id", &provider.client_id));
                form.push(("client_secret", secret.reveal()));
            }
            None => form.push(("client_id", &provider.client_id)),
        }
        let body = form_of(&form).into_bytes();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let sent = self
            .fetcher
            .send(what, Method::POST, endpoint.as_str(), &headers, body);
        let answer = sent.await?;
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

    /// Discovery and keys, remembered or read.
    pub(crate) async fn known(&self, issuer: &str, now: Timestamp) -> Result<Arc<Known>, Refused> {
        let remembered = self.lock().get(issuer).cloned();
        match remembered.filter(|known| known.age(now) < REMEMBERED_SECS) {
            Some(known) => Ok(known),
            None => self.read(issuer, now).await,
        }
    }

    /// What there is now, for a key that is not known.
    async fn again(
        &self,
        issuer: &str,
        known: &Arc<Known>,
        now: Timestamp,
    ) -> Result<Arc<Known>, Refused> {
        match known.age(now) < AGAIN_SECS {
            true => Ok(Arc::clone(known)),
            false => self.read(issuer, now).await,
        }
    }

    async fn read(&self, issuer: &str, now: Timestamp) -> Result<Arc<Known>, Refused> {
        let metadata = self.discovered(issuer).await?;
        let keys = self.keys(&metadata).await?;
        let known = Arc::new(Known {
            metadata,
            keys,
            read_at: now,
        });
        let mut all = self.lock();
        if all.len() >= MOST && !all.contains_key(issuer) {
            let oldest = all.iter().min_by_key(|(_, known)| known.read_at);
            let oldest = oldest.map(|(issuer, _)| issuer.clone());
            oldest.and_then(|oldest| all.remove(&oldest));
        }
        all.insert(issuer.to_owned(), Arc::clone(&known));
        Ok(known)
    }

    pub(crate) async fn discovered(&self, issuer: &str) -> Result<CoreProviderMetadata, Refused> {
        let base = issuer.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let metadata: CoreProviderMetadata = self.fetcher.json("discovery document", &url).await?;
        let found = metadata.issuer().as_str();
        if found != issuer {
            return Err(Refused::OtherIssuer {
                found: found.chars().take(200).collect(),
                wanted: issuer.to_owned(),
            });
        }
        Ok(metadata)
    }

    pub(crate) async fn keys(
        &self,
        metadata: &CoreProviderMetadata,
    ) -> Result<CoreJsonWebKeySet, Refused> {
        self.fetcher
            .json("key set", metadata.jwks_uri().as_str())
            .await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    pub(crate) fn of(
        metadata: CoreProviderMetadata,
        keys: CoreJsonWebKeySet,
        now: Timestamp,
    ) -> Self {
        Self {
            metadata,
            keys,
            read_at: now,
        }
    }

    fn age(&self, now: Timestamp) -> i64 {
        now.as_second().saturating_sub(self.read_at.as_second())
    }
}

/// The algorithms that both sides take.
pub(crate) fn algorithms(metadata: &CoreProviderMetadata) -> Vec<CoreJwsSigningAlgorithm> {
    let offered = metadata.id_token_signing_alg_values_supported();
    ALGORITHMS
        .into_iter()
        .filter(|one| offered.contains(one))
        .collect()
}

/// Why claims were not believed.
enum Unverified {
    /// The key is not known: it may be new.
    Key,
    Refused(Refused),
}

impl From<Unverified> for Refused {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::Key => Self::IdToken {
                why: "its signature is by none of the provider's keys",
            },
            Unverified::Refused(refused) => refused,
        }
    }
}

/// The claims of an ID token with the right signature, issuer, audience and nonce. Its times are judged by [`in_time`].
fn verified(
    known: &Known,
    provider: &Provider,
    token: &str,
    nonce: &str,
) -> Result<Map<String, Value>, Unverified> {
    let refused = |why| Unverified::Refused(Refused::IdToken { why });
    let allowed = algorithms(&known.metadata);
    if allowed.is_empty() {
        return Err(Unverified::Refused(Refused::Algorithms));
    }
    let issuer = IssuerUrl::new(provider.issuer.clone());
    let issuer = issuer.map_err(|_| refused("the issuer is no address"))?;
    let client = ClientId::new(provider.client_id.clone());
    let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, known.keys.clone())
        .set_allowed_algs(allowed)
        .set_time_fn(Default::default);
    let read = CoreIdToken::from_str(token).map_err(|_| refused("it cannot be read"))?;
    let nonce = Nonce::new(nonce.to_owned());
    read.claims(&verifier, &nonce).map_err(unverified)?;
    // What was verified is this very text.
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes());
    let claims = payload
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok());
    claims.ok_or_else(|| refused("it cannot be read"))
}

fn unverified(error: ClaimsVerificationError) -> Unverified {
    use SignatureVerificationError as Signature;
    let why = match error {
        ClaimsVerificationError::SignatureVerification(
            Signature::NoMatchingKey | Signature::CryptoError(_) | Signature::AmbiguousKeyId(_),
        ) => return Unverified::Key,
        ClaimsVerificationError::SignatureVerification(Signature::NoSignature) => {
            "it is not signed"
        }
        ClaimsVerificationError::SignatureVerification(_) => "its algorithm is not allowed",
        ClaimsVerificationError::InvalidIssuer(_) => "it is of another issuer",
        ClaimsVerificationError::InvalidAudience(_) => "it is for another client",
        ClaimsVerificationError::InvalidNonce(_) => "it is not of this sign-in",
        ClaimsVerificationError::Expired(_) => "it has expired",
        _ => "its claims cannot be verified",
    };
    Unverified::Refused(Refused::IdToken { why })
}

/// Whether the token was made now and has not expired.
fn in_time(claims: &Map<String, Value>, now: Timestamp) -> Result<(), Refused> {
    let second = |name: &str| {
        let value = claims.get(name)?;
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|number| number as i64))
    };
    let seconds = now.as_second();
    let made = second("iat").ok_or(Refused::IdToken {
        why: "it does not say when it was made",
    })?;
    let off = made.saturating_sub(seconds);
    if off.saturating_abs() > CLOCK_SECS {
        let ours = Timestamp::from_second(seconds).unwrap_or(now);
        return Err(Refused::Clock { seconds: off, ours });
    }
    let skewed = |limit: i64| limit.saturating_add(CLOCK_SECS);
    if second("exp").is_none_or(|expires| skewed(expires) <= seconds || expires <= made) {
        return Err(Refused::IdToken {
            why: "it has expired",
        });
    }
    if second("nbf").is_some_and(|begins| begins > skewed(seconds)) {
        return Err(Refused::IdToken {
            why: "it is not valid yet",
        });
    }
    Ok(())
}

/// Whether the provider takes the secret in the form only (OpenID Connect Discovery, section 3).
fn is_posted(known: &Known) -> bool {
    let methods = known.metadata.token_endpoint_auth_methods_supported();
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

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
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
