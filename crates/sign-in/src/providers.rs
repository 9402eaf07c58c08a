//! Providers: discovery and keys, remembered within bounds; the way to a provider and back.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use tenancy::Person;

use crate::{
    exchange::{Code, exchange},
    fetch::Fetcher,
    id_token::{Unverified, in_time, verified},
    person::person,
    provider::Provider,
    refusal::Refused,
    remembered::Remembered,
    secrets::{challenge, random},
};

/// For a key that is not known, a provider is read again at most this often.
const AGAIN_SECS: i64 = 60;
/// A provider may take so long for a sign-in in all: the portal must answer before API Gateway gives up.
const LIMIT: Duration = Duration::from_secs(15);

/// What is known of a provider.
#[derive(Debug)]
pub struct Discovered {
    pub(crate) metadata: CoreProviderMetadata,
    pub(crate) keys: CoreJsonWebKeySet,
    pub(crate) read_at: Timestamp,
    /// How large its documents are.
    pub(crate) bytes: usize,
}

/// Providers, as far as they are remembered. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers {
    fetcher: Fetcher,
    remembered: Remembered,
}

/// What the way back from a provider is checked against. It never leaves us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The nonce that the ID token must hold.
    pub nonce: String,
    /// The verifier of the code (RFC 7636).
    pub verifier: String,
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
            remembered: Remembered::default(),
        }
    }

    /// What asks the providers.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// How many are remembered.
    pub fn remembered(&self) -> usize {
        self.remembered.size().0
    }

    /// Where the person's browser is sent.
    ///
    /// # Errors
    /// Why the provider cannot be used. Nobody is sent to one that did not answer a sign-in a moment ago.
    pub async fn address(
        &self,
        provider: &Provider,
        redirect: &str,
        state: &str,
        expected: &Expected,
        now: Timestamp,
    ) -> Result<Url, Refused> {
        self.answers(&provider.issuer, now)?;
        let known = self.cached_discovery(&provider.issuer, now).await?;
        self.authorization(&known, provider, redirect, state, expected)
    }

    pub(crate) fn authorization(
        &self,
        known: &Discovered,
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
    /// A provider that does not answer holds this process up once in half a minute: whoever comes meanwhile is refused at once, so
    /// that the provider of one tenant does not take the portal from the people of all others.
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
        self.answers(&provider.issuer, now)?;
        let asked = self.asked(provider, redirect, code, expected, now);
        let answered = tokio::time::timeout(LIMIT, asked).await;
        answered.unwrap_or_else(|_| {
            let slow = Refused::Slow { what: "sign-in" };
            self.remembered
                .keep_unanswered(&provider.issuer, &slow, now);
            Err(slow)
        })
    }

    /// Whether a provider is asked: not if it did not answer a sign-in a moment ago.
    fn answers(&self, issuer: &str, now: Timestamp) -> Result<(), Refused> {
        self.remembered.unanswered(issuer, now).map_or(Ok(()), Err)
    }

    async fn asked(
        &self,
        provider: &Provider,
        redirect: &str,
        code: &str,
        expected: &Expected,
        now: Timestamp,
    ) -> Result<Person, Refused> {
        let known = self.cached_discovery(&provider.issuer, now).await?;
        let grant = Code {
            code,
            redirect,
            verifier: &expected.verifier,
        };
        let answer = exchange(&self.fetcher, &known.metadata, provider, grant).await;
        let answer = answer.inspect_err(|refused| {
            if refused.is_unanswered() {
                self.remembered
                    .keep_unanswered(&provider.issuer, refused, now);
            }
        });
        let token = answer?.ok_or(Refused::NoIdToken)?;
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

    /// Discovery and keys, cached or read.
    pub(crate) async fn cached_discovery(
        &self,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Arc<Discovered>, Refused> {
        match self.remembered.get(issuer, now) {
            Some(known) => Ok(known),
            None => self.read(issuer, now).await,
        }
    }

    /// What there is now, for a key that is not known.
    async fn again(
        &self,
        issuer: &str,
        known: &Arc<Discovered>,
        now: Timestamp,
    ) -> Result<Arc<Discovered>, Refused> {
        match known.age(now) < AGAIN_SECS {
            true => Ok(Arc::clone(known)),
            false => self.read(issuer, now).await,
        }
    }

    /// Reads a provider, unless that failed a moment ago: one that is down is not asked by everybody who comes.
    async fn read(&self, issuer: &str, now: Timestamp) -> Result<Arc<Discovered>, Refused> {
        if let Some(refused) = self.remembered.failure(issuer, now) {
            return Err(refused);
        }
        let read = self.documents(issuer, now).await;
        let known = read.inspect_err(|refused| {
            self.remembered.keep_failure(issuer, refused, now);
        })?;
        let known = Arc::new(known);
        self.remembered.keep(issuer, Arc::clone(&known));
        Ok(known)
    }

    async fn documents(&self, issuer: &str, now: Timestamp) -> Result<Discovered, Refused> {
        let (metadata, discovery) = self.discovered(issuer).await?;
        let (keys, key_set) = self.keys(&metadata).await?;
        Ok(Discovered {
            metadata,
            keys,
            read_at: now,
            bytes: discovery.saturating_add(key_set),
        })
    }

    /// The discovery document, and how large it is.
    pub(crate) async fn discovered(
        &self,
        issuer: &str,
    ) -> Result<(CoreProviderMetadata, usize), Refused> {
        let base = issuer.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let read = self.fetcher.json("discovery document", &url).await?;
        let (metadata, bytes): (CoreProviderMetadata, usize) = read;
        let found = metadata.issuer().as_str();
        if found != issuer {
            return Err(Refused::OtherIssuer {
                found: found.chars().take(200).collect(),
                wanted: issuer.to_owned(),
            });
        }
        Ok((metadata, bytes))
    }

    /// The key set, and how large it is.
    pub(crate) async fn keys(
        &self,
        metadata: &CoreProviderMetadata,
    ) -> Result<(CoreJsonWebKeySet, usize), Refused> {
        self.fetcher
            .json("key set", metadata.jwks_uri().as_str())
            .await
    }
}

impl Discovered {
    pub(crate) fn of(
        metadata: CoreProviderMetadata,
        keys: CoreJsonWebKeySet,
        now: Timestamp,
    ) -> Self {
        Self {
            metadata,
            keys,
            read_at: now,
            bytes: 0,
        }
    }

    fn age(&self, now: Timestamp) -> i64 {
        now.as_second().saturating_sub(self.read_at.as_second())
    }
}
