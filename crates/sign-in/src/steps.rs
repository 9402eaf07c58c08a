//! Trying a provider, step by step, before anybody depends on it.

use std::time::Duration;

use jiff::Timestamp;
use openidconnect::core::CoreProviderMetadata;
use reqwest::Method;

use crate::{
    exchange::{Code, exchange},
    id_token::algorithms,
    provider::Provider,
    providers::{Discovered, Expected, Providers},
    refusal::Refused,
    secrets::random,
};

/// One step and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// A stable word: `issuer`, `discovery`, `algorithms`, `keys`, `redirect`, `client`.
    pub name: &'static str,
    /// What was found, in a sentence.
    pub found: Result<String, String>,
}

/// The steps, in their order.
const STEPS: [&str; 6] = [
    "issuer",
    "discovery",
    "algorithms",
    "keys",
    "redirect",
    "client",
];

/// Walks through what a sign-in needs, and stops at the first step that fails, or when the time for all of them is over.
pub async fn steps(
    providers: &Providers,
    provider: &Provider,
    redirect: &str,
    now: Timestamp,
    limit: Duration,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let walk = walk(providers, provider, redirect, now, &mut steps);
    let walked = tokio::time::timeout(limit, walk).await;
    let slow = || {
        format!(
            "the steps took longer than {} seconds in all",
            limit.as_secs()
        )
    };
    let found = match walked {
        Ok(Ok(())) => return steps,
        Ok(Err(found)) => found,
        Err(_) => slow(),
    };
    if let Some(name) = STEPS.get(steps.len()) {
        steps.push(Step {
            name,
            found: Err(found),
        });
    }
    steps
}

/// Notes the steps that went well; the error is what was found at the one after.
async fn walk(
    providers: &Providers,
    provider: &Provider,
    redirect: &str,
    now: Timestamp,
    steps: &mut Vec<Step>,
) -> Result<(), String> {
    let mut note = |found: String| {
        let name = STEPS.get(steps.len()).copied().unwrap_or_default();
        let found = Ok(found);
        steps.push(Step { name, found });
    };
    let said = |refused: Refused| refused.to_string();
    let issuer = providers.fetcher().reach().url(&provider.issuer);
    let issuer = issuer.map_err(|why| format!("the issuer {why}"))?;
    note(format!("`{issuer}` may be asked"));
    let discovered = providers.discovered(&provider.issuer).await;
    let (metadata, _) = discovered.map_err(said)?;
    note("the discovery document is there and names this issuer".to_owned());
    note(signed_by(&metadata)?);
    let (keys, _) = providers.keys(&metadata).await.map_err(said)?;
    match keys.keys().len() {
        0 => return Err("the key set is empty".to_owned()),
        count => note(format!("the key set has {count} keys")),
    }
    let known = Discovered::of(metadata, keys, now);
    note(redirected(providers, &known, provider, redirect).await?);
    note(client(providers, &known, provider, redirect).await?);
    Ok(())
}

fn signed_by(metadata: &CoreProviderMetadata) -> Result<String, String> {
    let common = algorithms(metadata);
    let common: Vec<String> = common
        .iter()
        .filter_map(|one| serde_json::to_value(one).ok()?.as_str().map(str::to_owned))
        .collect();
    match common.is_empty() {
        true => Err(Refused::Algorithms.to_string()),
        false => Ok(format!("ID tokens may be signed by {}", common.join(", "))),
    }
}

/// A provider that does not know the redirect address, or the client, answers with an error and sends nobody on.
async fn redirected(
    providers: &Providers,
    known: &Discovered,
    provider: &Provider,
    redirect: &str,
) -> Result<String, String> {
    let expected = Expected::fresh();
    let said = |refused: Refused| refused.to_string();
    let url = providers
        .authorization(known, provider, redirect, &random(), &expected)
        .map_err(said)?;
    let fetched = providers.fetcher().send(
        "authorization endpoint",
        Method::GET,
        url.as_str(),
        &[],
        Vec::new(),
    );
    match fetched.await.map_err(said)?.status {
        200..=399 => Ok(format!(
            "the provider takes the client and the redirect address `{redirect}`"
        )),
        status => Err(format!(
            "the provider answered with HTTP status {status}: register the redirect address `{redirect}` for the client `{}`",
            provider.client_id
        )),
    }
}

/// A code that does not exist tells whether the client itself is taken (RFC 6749, section 5.2).
async fn client(
    providers: &Providers,
    known: &Discovered,
    provider: &Provider,
    redirect: &str,
) -> Result<String, String> {
    let (code, verifier) = (random(), random());
    let grant = Code {
        code: &code,
        redirect,
        verifier: &verifier,
    };
    match exchange(providers.fetcher(), &known.metadata, provider, grant).await {
        Err(Refused::Client { error }) if error == "invalid_grant" => {
            Ok("the provider takes client id and secret".to_owned())
        }
        Err(refused) => Err(refused.to_string()),
        Ok(_) => Err("the provider gives a token for a code that does not exist".to_owned()),
    }
}
