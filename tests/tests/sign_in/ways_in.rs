//! Ways in that are not: each is refused.

use jiff::SignedDuration;
use serde_json::json;

use crate::{browser::Browser, provider::IdentityProvider, site::Site};

async fn two_tenants() -> (Site, IdentityProvider, IdentityProvider) {
    let (acme, beta) = (
        IdentityProvider::start().await,
        IdentityProvider::start().await,
    );
    let site = Site::start(None).await;
    for (slug, provider) in [("acme", &acme), ("beta", &beta)] {
        site.tenant(slug).await;
        let set = site.set_provider(slug, provider, json!({})).await;
        assert_eq!(set.status, 200, "{}", set.text);
    }
    (site, acme, beta)
}

#[tokio::test]
async fn a_person_signs_in_at_the_tenants_own_provider_and_out_again() {
    let (site, ..) = two_tenants().await;
    let mut ann = Browser::new(&site);
    let answer = ann.sign_in("/acme").await;
    assert_eq!(
        (answer.status, answer.location()),
        (303, "https://portal.example/oauth2/signed-in"),
        "{}",
        answer.text
    );
    let page = ann.get("/oauth2/signed-in").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("ann@acme.example") && page.text.contains("tenant acme"),
        "{}",
        page.text
    );
    assert_eq!(page.headers["cache-control"], "no-store");
    // The form of another page, or of another site, does not sign out.
    let token = Browser::form_token(&page);
    assert_eq!(ann.post("/oauth2/sign-out", &[]).await.status, 403);
    assert_eq!(
        ann.post(
            "/oauth2/sign-out",
            &[("csrf", &token.replace(&token[..1], "_"))]
        )
        .await
        .status,
        403
    );
    ann.origin = Some("https://evil.example".to_owned());
    assert_eq!(
        ann.post("/oauth2/sign-out", &[("csrf", &token)])
            .await
            .status,
        403
    );
    ann.origin = Some("https://portal.example".to_owned());
    assert_eq!(ann.get("/oauth2/signed-in").await.status, 200);
    let stolen = ann.cookies.clone();
    assert_eq!(
        ann.post("/oauth2/sign-out", &[("csrf", &token)])
            .await
            .status,
        200
    );
    // The cookie that somebody copied is worth nothing.
    ann.cookies = stolen;
    assert_eq!(ann.get("/oauth2/signed-in").await.status, 401);
    let rows = site.rows().await;
    assert!(!rows.contains("a-client-secret"), "a secret in the ledger");
}

#[tokio::test]
async fn an_id_token_that_is_not_what_it_says_is_refused() {
    let (site, acme, beta) = two_tenants().await;
    let mut ann = Browser::new(&site);
    let wrongs: [(&str, serde_json::Value); 6] = [
        ("another issuer", json!({ "iss": beta.issuer() })),
        ("another client", json!({ "aud": "somebody-else" })),
        (
            "another client",
            json!({ "aud": ["portal-client", "somebody-else"] }),
        ),
        ("expired", json!({ "exp": 1 })),
        ("when it was made", json!({ "iat": null })),
        ("subject", json!({ "sub": "" })),
    ];
    for (says, claims) in wrongs {
        acme.behave(|manners| manners.claims = claims.as_object().unwrap().clone());
        let answer = ann.sign_in("/acme").await;
        assert_eq!(answer.status, 502, "{claims}: {}", answer.text);
        assert!(
            says == "when it was made" || answer.text.contains(says),
            "{claims}: {}",
            answer.text
        );
    }
    acme.behave(|manners| manners.claims.clear());
    acme.behave(|manners| manners.unsigned = true);
    let answer = ann.sign_in("/acme").await;
    assert!(answer.text.contains("not signed"), "{}", answer.text);
    acme.behave(|manners| (manners.unsigned, manners.tampered) = (false, true));
    let answer = ann.sign_in("/acme").await;
    assert!(
        answer.text.contains("none of the provider"),
        "{}",
        answer.text
    );
    acme.behave(|manners| (manners.tampered, manners.forgets_nonce) = (false, true));
    let answer = ann.sign_in("/acme").await;
    assert!(
        answer.text.contains("not of this sign-in"),
        "{}",
        answer.text
    );
    acme.behave(|manners| manners.forgets_nonce = false);
    assert_eq!(ann.sign_in("/acme").await.status, 303);
}

#[tokio::test]
async fn the_answer_of_another_tenants_provider_is_refused() {
    let (site, ..) = two_tenants().await;
    let mut ann = Browser::new(&site);
    let to_beta = ann.returned("/beta").await;
    let crossed = to_beta.replace("/callback/beta", "/callback/acme");
    assert_eq!(ann.get(&crossed).await.status, 400);
    // That was its one use.
    assert_eq!(ann.get(&to_beta).await.status, 400);
    // A code of one provider under a sign-in at the other: the other does not know it.
    let (acme, beta) = (ann.returned("/acme").await, ann.returned("/beta").await);
    let state = |query: &str| query.split("state=").nth(1).unwrap().to_owned();
    let code = beta
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    let injected = format!("/oauth2/callback/acme?code={code}&state={}", state(&acme));
    let answer = ann.get(&injected).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
}

#[tokio::test]
async fn a_state_that_is_missing_wrong_used_late_or_of_another_browser_is_refused() {
    let (site, ..) = two_tenants().await;
    let mut ann = Browser::new(&site);
    for query in [
        "",
        "?code=x",
        "?code=x&state=",
        "?code=x&state=y",
        "?code=x&state=y&state=z",
    ] {
        let answer = ann.get(&format!("/oauth2/callback/acme{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    // Session fixation: the attacker's way back, opened by the victim.
    let mut mallory = Browser::new(&site);
    let way_back = mallory.returned("/acme").await;
    assert_eq!(ann.get(&way_back).await.status, 400);
    assert!(!ann.cookies.contains_key("__Host-tenantry-session"));
    // Once only.
    let way_back = ann.returned("/acme").await;
    assert_eq!(ann.get(&way_back).await.status, 303);
    assert_eq!(ann.get(&way_back).await.status, 400);
    // Not after ten minutes.
    let way_back = ann.returned("/acme").await;
    ann.later = SignedDuration::from_mins(11);
    assert_eq!(ann.get(&way_back).await.status, 400);
}

#[tokio::test]
async fn a_session_gets_another_cookie_at_each_sign_in_and_the_one_before_ends() {
    let (site, ..) = two_tenants().await;
    let mut ann = Browser::new(&site);
    // A cookie that somebody planted is not taken over.
    ann.cookies
        .insert("__Host-tenantry-session".into(), "planted.value".into());
    ann.sign_in("/acme").await;
    let first = ann.cookies.clone();
    assert_ne!(first["__Host-tenantry-session"], "planted.value");
    ann.sign_in("/beta").await;
    assert_ne!(
        first["__Host-tenantry-session"],
        ann.cookies["__Host-tenantry-session"]
    );
    assert!(
        ann.get("/oauth2/signed-in")
            .await
            .text
            .contains("tenant beta")
    );
    ann.cookies = first;
    assert_eq!(ann.get("/oauth2/signed-in").await.status, 401);
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_a_request_names() {
    let (site, ..) = two_tenants().await;
    let mut ann = Browser::new(&site);
    let fits = "client_id=tenantry-cli&response_type=code&code_challenge_method=S256&tenant=acme&state=0123456789abcdef\
                &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for redirect in [
        "https://evil.example/",
        "http://evil.example:8400/",
        "http://127.0.0.1:8400@evil.example/",
        "http://localhost:8400/",
        "//evil.example",
        "",
    ] {
        let redirect = sign_in::exchange::form_of(&[("redirect_uri", redirect)]);
        let answer = ann
            .get(&format!("/oauth2/authorize?{fits}&{redirect}"))
            .await;
        assert_eq!(answer.status, 400, "{redirect}");
        assert!(!answer.headers.contains_key("location"));
    }
    for path in [
        "/acme?next=https://evil.example",
        "/acme?redirect_uri=https://evil.example",
    ] {
        let answer = ann.get(path).await;
        assert!(!answer.location().contains("evil"));
    }
    for unknown in ["/nobody", "/", "/v1", "/oauth2/nothing"] {
        assert_eq!(ann.get(unknown).await.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn an_email_of_a_foreign_domain_or_an_unverified_one_does_not_come_in() {
    let provider = IdentityProvider::start().await;
    let site = Site::start(None).await;
    site.tenant("acme").await;
    let rules = json!({ "emailDomains": ["acme.example"], "groupsClaim": "teams" });
    site.set_provider("acme", &provider, rules).await;
    let mut ann = Browser::new(&site);
    for (claims, says) in [
        (json!({ "email": "ann@evil.example" }), "not of a domain"),
        (json!({ "email_verified": false }), "no verified e-mail"),
        (json!({ "email": null }), "no verified e-mail"),
    ] {
        provider.behave(|manners| manners.claims = claims.as_object().unwrap().clone());
        let answer = ann.sign_in("/acme").await;
        assert!(
            answer.status == 403 && answer.text.contains(says),
            "{claims} {}",
            answer.text
        );
    }
    provider.behave(|manners| manners.claims.clear());
    assert_eq!(ann.sign_in("/acme").await.status, 303);
    // `groups` is not the claim that this tenant configured.
    assert!(!site.rows().await.contains("developers"));
}
