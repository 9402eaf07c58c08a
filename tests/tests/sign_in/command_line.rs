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
    browser::{Browser, back, field},
    provider::{CLIENT, IdentityProvider, pairs},
    site::{AUDIENCE, Answer, Site, claims},
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

/// Signs in for the command line, up to the question whether it may act; and the verifier.
async fn asked(browser: &mut Browser<'_>, tenant: Option<&str>) -> (Answer, String) {
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
    (answer, verifier)
}

/// What arrives on loopback.
fn arrived(answer: &Answer) -> HashMap<String, String> {
    let (address, query) = answer.location().split_once('?').unwrap();
    assert_eq!((answer.status, address), (303, LOOPBACK));
    let pairs = pairs(query);
    assert_eq!(pairs["state"], "0123456789abcdef");
    pairs
}

/// Signs in for the command line and lets it act: what arrives on loopback, and the verifier.
async fn code(
    browser: &mut Browser<'_>,
    tenant: Option<&str>,
) -> (HashMap<String, String>, String) {
    let (question, verifier) = asked(browser, tenant).await;
    (
        arrived(&browser.decides(&question, "continue").await),
        verifier,
    )
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
    let removed = site
        .operator(
            "DELETE",
            "/v1/tenants/acme",
            "DELETE /v1/tenants/{id}",
            &Value::Null,
        )
        .await;
    assert_eq!(removed.status, 202, "{}", removed.text);
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
async fn a_link_alone_gives_nobody_a_code_though_the_provider_knows_the_person() {
    let (site, _) = acme().await;
    let mut ann = Browser::new(&site);
    let (question, verifier) = asked(&mut ann, Some("acme")).await;
    assert_eq!(question.status, 200, "a code left without a question");
    for told in [
        "tenantry command line on this computer (port 8400)",
        "ann@acme.example (ann)",
        "tenant acme",
        "If somebody sent you here, refuse",
    ] {
        assert!(question.text.contains(told), "{told}: {}", question.text);
    }
    // CSRF: neither without the token, nor from another site, nor in another browser.
    let (csrf, consent) = (field(&question, "csrf"), field(&question, "consent"));
    let yes = ("decision", "continue");
    let forged = ann
        .post("/oauth2/consent", &[("consent", &consent), yes])
        .await;
    assert_eq!(forged.status, 403);
    ann.origin = Some("https://evil.example".to_owned());
    let whole = [("consent", consent.as_str()), ("csrf", &csrf), yes];
    assert_eq!(ann.post("/oauth2/consent", &whole).await.status, 403);
    ann.origin = Some("https://portal.example".to_owned());
    let arrived = arrived(&ann.decides(&question, "continue").await);
    let tokens = exchanged(&mut ann, &arrived["code"], &verifier, LOOPBACK).await;
    assert!(tokens["access_token"].is_string(), "{tokens}");
    // Once only.
    assert_eq!(ann.decides(&question, "continue").await.status, 400);
    let (question, _) = asked(&mut ann, Some("acme")).await;
    let mut mallory = Browser::new(&site);
    let own = mallory.get("/oauth2/device").await;
    let form = [
        ("csrf", &*field(&own, "csrf")),
        ("consent", &*field(&question, "consent")),
        yes,
    ];
    assert_eq!(mallory.post("/oauth2/consent", &form).await.status, 400);
    // Nor for ever.
    let (question, _) = asked(&mut ann, None).await;
    assert!(
        question.text.contains("this installation"),
        "{}",
        question.text
    );
    ann.later = SignedDuration::from_mins(11);
    assert_eq!(ann.decides(&question, "continue").await.status, 400);
}

#[tokio::test]
async fn a_person_who_refuses_gives_no_code_and_the_command_line_is_told() {
    let (site, _) = acme().await;
    let mut ann = Browser::new(&site);
    let (question, _) = asked(&mut ann, Some("acme")).await;
    let arrived = arrived(&ann.decides(&question, "refuse").await);
    assert_eq!(arrived["error"], "access_denied");
    assert_eq!(arrived["iss"], "https://portal.example");
    assert!(!arrived.contains_key("code"));
    assert_eq!(ann.decides(&question, "continue").await.status, 400);
}

#[tokio::test]
async fn a_session_of_the_installations_people_ends_with_the_settings_of_their_provider() {
    let (mut site, provider) = acme().await;
    let mut ann = Browser::new(&site);
    let before = tokens(&mut ann, None).await;
    let access = before["access_token"].as_str().unwrap().to_owned();
    assert_eq!(site.person(&access).await.status, 200);
    // The same settings again, as with every update of the stack.
    site.restart(Some((&provider, CLIENT))).await;
    assert_eq!(site.person(&access).await.status, 200);
    let mut ann = Browser::new(&site);
    let after = refreshed(&mut ann, &before["refresh_token"]).await;
    assert!(after["access_token"].is_string(), "{after}");
    site.restart(Some((&provider, "another-client"))).await;
    assert_eq!(site.person(&access).await.status, 401);
    let mut ann = Browser::new(&site);
    let over = refreshed(&mut ann, &after["refresh_token"]).await;
    assert_eq!(over["error"], "invalid_grant");
    // None at all.
    site.restart(Some((&provider, CLIENT))).await;
    let mut ann = Browser::new(&site);
    let new = tokens(&mut ann, None).await;
    let access = new["access_token"].as_str().unwrap().to_owned();
    assert_eq!(site.person(&access).await.status, 200);
    site.restart(None).await;
    assert_eq!(site.person(&access).await.status, 401);
}

#[tokio::test]
async fn an_administrator_ends_all_sessions_of_a_person_and_of_no_other() {
    let (site, provider) = acme().await;
    let mut ann = Browser::new(&site);
    let first = tokens(&mut ann, Some("acme")).await;
    let second = tokens(&mut ann, Some("acme")).await;
    let own = tokens(&mut ann, None).await;
    ann.sign_in("/acme").await;
    assert_eq!(ann.get("/oauth2/signed-in").await.status, 200);
    // A code that is on its way is of a sign-in before.
    let (arrived, verifier) = code(&mut ann, Some("acme")).await;
    provider.behave(|manners| {
        manners.claims.insert("sub".into(), "bob".into());
    });
    let bob = tokens(&mut Browser::new(&site), Some("acme")).await;
    provider.behave(|manners| manners.claims.clear());
    let access = |tokens: &Value| tokens["access_token"].as_str().unwrap().to_owned();
    let tenant = claims(&access(&first))["tenant"]
        .as_str()
        .unwrap()
        .to_owned();
    let person = format!("person:{tenant}:{}#ann", provider.issuer());
    let ended = site.end_sessions(Some("acme"), &person).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    assert_eq!(ended.json()["principal"], person);
    // As later than half a minute after, in another process.
    site.forget_sessions();
    for tokens in [&first, &second] {
        assert_eq!(site.person(&access(tokens)).await.status, 401);
        let over = refreshed(&mut ann, &tokens["refresh_token"]).await;
        assert_eq!(over["error"], "invalid_grant", "{over}");
    }
    assert_eq!(ann.get("/oauth2/signed-in").await.status, 401);
    let late = exchanged(&mut ann, &arrived["code"], &verifier, LOOPBACK).await;
    if let Some(token) = late["access_token"].as_str() {
        assert_eq!(site.person(token).await.status, 401);
    }
    for others in [&bob, &own] {
        assert_eq!(site.person(&access(others)).await.status, 200);
    }
    // Whoever signs in again is in.
    let again = tokens(&mut ann, Some("acme")).await;
    assert_eq!(site.person(&access(&again)).await.status, 200);
    let history = site.history("acme").await;
    assert!(history.contains("sessions-ended") && history.contains("a lost laptop"));
    // The installation's people have an operation of their own.
    let person = format!("person:installation:{}#ann", provider.issuer());
    assert_eq!(site.end_sessions(Some("acme"), &person).await.status, 422);
    assert_eq!(site.end_sessions(None, &person).await.status, 200);
    assert_eq!(site.person(&access(&own)).await.status, 401);
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
    // Neither answer nor page takes the typing off: a link would be enough for who sends it.
    assert_eq!(asked.get("verification_uri_complete"), None);
    let rows = site.rows().await;
    assert!(!rows.contains(code), "the code is in the ledger");
    let page = ann.get(&format!("/oauth2/device?user_code={code}")).await;
    assert!(!page.text.contains(code));
    // CSRF: a form without the token of the page.
    assert_eq!(
        ann.post("/oauth2/device", &[("user_code", code)])
            .await
            .status,
        403
    );
    let confirmed = entered(&mut ann, code).await;
    assert!(
        confirmed.text.contains("tenant acme") && confirmed.text.contains(" UTC"),
        "{}",
        confirmed.text
    );
    let question = ann.get(&way_back(&confirmed).await).await;
    for told in ["another machine", "ann@acme.example (ann)", "tenant acme"] {
        assert!(question.text.contains(told), "{told}: {}", question.text);
    }
    let pending = machine.later(10).post("/oauth2/token", &form).await.json();
    assert_eq!(pending["error"], "authorization_pending");
    let done = ann.decides(&question, "continue").await;
    assert_eq!(done.status, 200, "{}", done.text);
    let signed_in = machine.post("/oauth2/token", &form).await.json();
    assert!(claims(signed_in["access_token"].as_str().unwrap())["tenant"].is_string());
    assert_eq!(
        machine.post("/oauth2/token", &form).await.json()["error"],
        "expired_token"
    );
}

/// Enters a code on the page for devices.
async fn entered(browser: &mut Browser<'_>, code: &str) -> Answer {
    let page = browser.get("/oauth2/device").await;
    let token = Browser::form_token(&page);
    let wrong = [("user_code", "BBBB-BBBB"), ("csrf", &token)];
    assert_eq!(browser.post("/oauth2/device", &wrong).await.status, 400);
    let right = [("user_code", code), ("csrf", &token)];
    let confirmed = browser.post("/oauth2/device", &right).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    confirmed
}

/// Follows the link to the provider, and comes back.
async fn way_back(page: &Answer) -> String {
    let link = page.text.split("href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap();
    back(&link.replace("&amp;", "&")).await
}

#[tokio::test]
async fn a_person_who_refuses_a_machine_gives_it_nothing() {
    let (site, _) = acme().await;
    let mut machine = Browser::new(&site);
    let asked = machine
        .post("/oauth2/device_authorization", &[CLI, ("tenant", "acme")])
        .await
        .json();
    let mut ann = Browser::new(&site);
    let confirmed = entered(&mut ann, asked["user_code"].as_str().unwrap()).await;
    let question = ann.get(&way_back(&confirmed).await).await;
    assert_eq!(ann.decides(&question, "refuse").await.status, 200);
    let form = [
        CLI,
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", asked["device_code"].as_str().unwrap()),
    ];
    for error in ["access_denied", "expired_token"] {
        let answer = machine.post("/oauth2/token", &form).await.json();
        assert_eq!(answer["error"], error);
    }
}
