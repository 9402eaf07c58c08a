//! The command line's ways in: by the browser of its machine, and by a code.

use std::collections::HashMap;

use jiff::SignedDuration;
use openidconnect::{
    JsonWebKey,
    core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use sign_in::secrets::{challenge, random};

use crate::{
    browser::{Browser, back},
    provider::{IdentityProvider, pairs},
    site::{AUDIENCE, Site, claims},
};

const LOOPBACK: &str = "http://127.0.0.1:8400/";
const CLI: (&str, &str) = ("client_id", "tenantry-cli");

async fn acme() -> (Site, IdentityProvider) {
    let provider = IdentityProvider::start().await;
    let site = Site::start(Some(&provider)).await;
    site.tenant("acme").await;
    site.set_provider("acme", &provider, json!({})).await;
    (site, provider)
}

/// Signs in for the command line: what arrives on loopback, and the verifier.
async fn code(
    browser: &mut Browser<'_>,
    tenant: Option<&str>,
) -> (HashMap<String, String>, String) {
    let verifier = random();
    let challenge = challenge(&verifier);
    let mut form = vec![
        CLI,
        ("response_type", "code"),
        ("redirect_uri", LOOPBACK),
        ("state", "0123456789abcdef"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    form.extend(tenant.map(|tenant| ("tenant", tenant)));
    let query = sign_in::exchange::form_of(&form);
    let answer = browser.sign_in(&format!("/oauth2/authorize?{query}")).await;
    let (address, query) = answer.location().split_once('?').unwrap();
    assert_eq!((answer.status, address), (303, LOOPBACK));
    let pairs = pairs(query);
    assert_eq!(pairs["state"], "0123456789abcdef");
    (pairs, verifier)
}

async fn exchanged(browser: &mut Browser<'_>, code: &str, verifier: &str, redirect: &str) -> Value {
    let grant = ("grant_type", "authorization_code");
    let form = [
        CLI,
        grant,
        ("code", code),
        ("code_verifier", verifier),
        ("redirect_uri", redirect),
    ];
    browser.post("/oauth2/token", &form).await.json()
}

async fn tokens(browser: &mut Browser<'_>, tenant: Option<&str>) -> Value {
    let (arrived, verifier) = code(browser, tenant).await;
    exchanged(browser, &arrived["code"], &verifier, LOOPBACK).await
}

async fn refreshed(browser: &mut Browser<'_>, token: &Value) -> Value {
    let form = [
        CLI,
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().unwrap()),
    ];
    browser.post("/oauth2/token", &form).await.json()
}

#[tokio::test]
async fn the_command_line_gets_tokens_of_its_tenant_that_the_published_keys_verify() {
    let (site, provider) = acme().await;
    let mut ann = Browser::new(&site);
    let tokens_of_acme = tokens(&mut ann, Some("acme")).await;
    let access = tokens_of_acme["access_token"].as_str().unwrap();
    let said = claims(access);
    let id = site.on_provider("GET", "acme", "", &Value::Null).await;
    assert_eq!(id.status, 200);
    assert!(said["tenant"].as_str().unwrap().starts_with("t-"));
    assert_eq!(
        (said["sub"].as_str(), said["aud"].as_str()),
        (Some("ann"), Some(AUDIENCE))
    );
    assert_eq!(said["provider"], provider.issuer());
    assert_eq!(said["groups"], r#"["developers"]"#);
    assert_eq!(
        said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(),
        900
    );
    let keys = ann.get("/oauth2/jwks.json").await.json();
    let keys: CoreJsonWebKeySet = serde_json::from_value(keys).unwrap();
    assert_eq!(keys.keys().len(), 2);
    let (input, signature) = access.rsplit_once('.').unwrap();
    let signature = data_encoding::BASE64URL_NOPAD
        .decode(signature.as_bytes())
        .unwrap();
    let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
    keys.keys()[0]
        .verify_signature(&algorithm, input.as_bytes(), &signature)
        .unwrap();
    assert!(
        keys.keys()[1]
            .verify_signature(&algorithm, input.as_bytes(), &signature)
            .is_err()
    );
    let discovery = ann.get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["issuer"], said["iss"]);
    // The installation's people have no tenant.
    let own = tokens(&mut ann, None).await;
    assert_eq!(
        claims(own["access_token"].as_str().unwrap()).get("tenant"),
        None
    );
}

#[tokio::test]
async fn a_code_is_good_once_for_its_verifier_and_its_address() {
    let (site, _) = acme().await;
    let mut ann = Browser::new(&site);
    let (arrived, verifier) = code(&mut ann, Some("acme")).await;
    let wrong = exchanged(&mut ann, &arrived["code"], &random(), LOOPBACK).await;
    assert_eq!(wrong["error"], "invalid_grant");
    let late = exchanged(&mut ann, &arrived["code"], &verifier, LOOPBACK).await;
    assert_eq!(late["error"], "invalid_grant");
    let (arrived, verifier) = code(&mut ann, Some("acme")).await;
    let wrong = exchanged(
        &mut ann,
        &arrived["code"],
        &verifier,
        "http://127.0.0.1:8401/",
    )
    .await;
    assert_eq!(wrong["error"], "invalid_grant");
    let (arrived, verifier) = code(&mut ann, Some("acme")).await;
    ann.later = SignedDuration::from_secs(61);
    let late = exchanged(&mut ann, &arrived["code"], &verifier, LOOPBACK).await;
    assert_eq!(late["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_the_whole_session() {
    let (site, _) = acme().await;
    let mut ann = Browser::new(&site);
    let first = tokens(&mut ann, Some("acme")).await;
    let second = refreshed(&mut ann, &first["refresh_token"]).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(
        site.person(second["access_token"].as_str().unwrap())
            .await
            .status,
        200
    );
    // Somebody who knows the session's id and no token ends nothing.
    let sid = second["refresh_token"]
        .as_str()
        .unwrap()
        .split('.')
        .next()
        .unwrap()
        .to_owned();
    let guessed = json!(format!("{sid}.{}", random()));
    assert_eq!(
        refreshed(&mut ann, &guessed).await["error"],
        "invalid_grant"
    );
    let third = refreshed(&mut ann, &second["refresh_token"]).await;
    assert!(third["access_token"].is_string());
    // The thief comes with the first.
    assert_eq!(
        refreshed(&mut ann, &first["refresh_token"]).await["error"],
        "invalid_grant"
    );
    assert_eq!(
        refreshed(&mut ann, &third["refresh_token"]).await["error"],
        "invalid_grant"
    );
    // As later than half a minute after.
    site.forget_sessions();
    assert_eq!(
        site.person(third["access_token"].as_str().unwrap())
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn a_token_is_refused_by_the_api_once_its_session_was_signed_out() {
    let (site, _) = acme().await;
    let mut ann = Browser::new(&site);
    let signed_in = tokens(&mut ann, Some("acme")).await;
    let access = signed_in["access_token"].as_str().unwrap().to_owned();
    // Verified: the list of what may be seen, which is nothing yet.
    assert_eq!(site.person(&access).await.status, 200);
    let token = signed_in["refresh_token"].as_str().unwrap();
    let forged = format!("{}.{}", token.split('.').next().unwrap(), random());
    assert_eq!(
        ann.post("/oauth2/revoke", &[("token", &forged)])
            .await
            .status,
        200
    );
    assert_eq!(site.person(&access).await.status, 200);
    assert_eq!(
        ann.post("/oauth2/revoke", &[("token", token)]).await.status,
        200
    );
    site.forget_sessions();
    let answer = site.person(&access).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert!(answer.text.contains("sign in again"));
}

#[tokio::test]
async fn a_session_ends_with_the_provider_that_began_it_and_with_its_tenant() {
    let (site, provider) = acme().await;
    let mut ann = Browser::new(&site);
    let before = tokens(&mut ann, Some("acme")).await;
    // A secret that is exchanged ends nothing.
    site.set_provider("acme", &provider, json!({})).await;
    let after = refreshed(&mut ann, &before["refresh_token"]).await;
    assert!(after["access_token"].is_string(), "{after}");
    // Another rule does.
    site.set_provider(
        "acme",
        &provider,
        json!({ "emailDomains": ["acme.example"] }),
    )
    .await;
    assert_eq!(
        refreshed(&mut ann, &after["refresh_token"]).await["error"],
        "invalid_grant"
    );
    let new = tokens(&mut ann, Some("acme")).await;
    let access = new["access_token"].as_str().unwrap();
    assert_eq!(site.person(access).await.status, 200);
    let gone = site
        .operator(
            "DELETE",
            "/v1/tenants/acme",
            "DELETE /v1/tenants/{id}",
            &Value::Null,
        )
        .await;
    assert_eq!(gone.status, 202, "{}", gone.text);
    site.forget_sessions();
    assert_eq!(site.person(access).await.status, 401);
    let mut ann = Browser::new(&site);
    assert_eq!(
        refreshed(&mut ann, &new["refresh_token"]).await["error"],
        "invalid_grant"
    );
    assert_eq!(ann.get("/acme").await.status, 404);
    let secrets = aws_sdk_secretsmanager::Client::new(&site.aws)
        .list_secrets()
        .send()
        .await
        .unwrap();
    let names: Vec<_> = secrets
        .secret_list()
        .iter()
        .filter_map(|secret| secret.name())
        .collect();
    assert_eq!(names, ["operators"]);
}

#[tokio::test]
async fn a_machine_without_a_browser_is_signed_in_by_a_code_that_a_person_confirms() {
    let (site, _) = acme().await;
    let mut machine = Browser::new(&site);
    let asked = machine
        .post("/oauth2/device_authorization", &[CLI, ("tenant", "acme")])
        .await
        .json();
    let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    let device = asked["device_code"].as_str().unwrap().to_owned();
    let form = [CLI, grant, ("device_code", &device)];
    assert_eq!(
        machine.post("/oauth2/token", &form).await.json()["error"],
        "authorization_pending"
    );
    assert_eq!(
        machine.post("/oauth2/token", &form).await.json()["error"],
        "slow_down"
    );
    let mut ann = Browser::new(&site);
    let code = asked["user_code"].as_str().unwrap();
    let page = ann.get(&format!("/oauth2/device?user_code={code}")).await;
    assert!(page.text.contains(code));
    // CSRF: a form without the token of the page.
    assert_eq!(
        ann.post("/oauth2/device", &[("user_code", code)])
            .await
            .status,
        403
    );
    let token = Browser::form_token(&page);
    let wrong = ann
        .post(
            "/oauth2/device",
            &[("user_code", "BBBB-BBBB"), ("csrf", &token)],
        )
        .await;
    assert_eq!(wrong.status, 400);
    let confirmed = ann
        .post("/oauth2/device", &[("user_code", code), ("csrf", &token)])
        .await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    let link = confirmed
        .text
        .split("href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let way_back = back(&link.replace("&amp;", "&")).await;
    let done = ann.get(&way_back).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let signed_in = machine.post("/oauth2/token", &form).await.json();
    assert!(claims(signed_in["access_token"].as_str().unwrap())["tenant"].is_string());
    assert_eq!(
        machine.post("/oauth2/token", &form).await.json()["error"],
        "expired_token"
    );
}
