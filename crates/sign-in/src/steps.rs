//! Trying a provider, step by step, before anybody depends on it.

use jiff::Timestamp;
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

/// Walks through what a sign-in needs, and stops at the first step that fails.
pub async fn steps(
    providers: &Providers,
    provider: &Provider,
    redirect: &str,
    now: Timestamp,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let reach = providers.fetcher().reach();
    let issuer = reach.url(&provider.issuer);
    let issuer = issuer.map(|url| format!("`{url}` may be asked"));
    if !noted(
        &mut steps,
        "issuer",
        issuer.map_err(|why| format!("the issuer {why}")),
    ) {
        return steps;
    }
    let metadata = match providers.discovered(&provider.issuer).await {
        Ok(metadata) => metadata,
        Err(refused) => return failed(steps, "discovery", &refused),
    };
    let found = "the discovery document is there and names this issuer";
    noted(&mut steps, "discovery", Ok(found.to_owned()));
    let common = algorithms(&metadata);
    let common: Vec<String> = common
        .iter()
        .filter_map(|one| serde_json::to_value(one).ok()?.as_str().map(str::to_owned))
        .collect();
    if common.is_empty() {
        return failed(steps, "algorithms", &Refused::Algorithms);
    }
    noted(
        &mut steps,
        "algorithms",
        Ok(format!("ID tokens may be signed by {}", common.join(", "))),
    );
    let keys = match providers.keys(&metadata).await {
        Ok(keys) => keys,
        Err(refused) => return failed(steps, "keys", &refused),
    };
    let count = keys.keys().len();
    let found = match count {
        0 => Err("the key set is empty".to_owned()),
        count => Ok(format!("the key set has {count} keys")),
    };
    if !noted(&mut steps, "keys", found) {
        return steps;
    }
    let known = Discovered::of(metadata, keys, now);
    if noted(
        &mut steps,
        "redirect",
        redirected(providers, &known, provider, redirect).await,
    ) {
        let found = client(providers, &known, provider, redirect).await;
        noted(&mut steps, "client", found);
    }
    steps
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

fn noted(steps: &mut Vec<Step>, name: &'static str, found: Result<String, String>) -> bool {
    let went_well = found.is_ok();
    steps.push(Step { name, found });
    went_well
}

fn failed(mut steps: Vec<Step>, name: &'static str, refused: &Refused) -> Vec<Step> {
    noted(&mut steps, name, Err(refused.to_string()));
    steps
}
