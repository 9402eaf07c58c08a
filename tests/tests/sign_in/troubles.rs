//! Providers in trouble: their own people are told why, and nobody else notices.

use std::{collections::BTreeMap, time::Duration};

use jiff::SignedDuration;
use serde_json::json;

use sign_in::{Fetcher, Provider, Providers, Reach, provider::Secret, steps::steps};

use tenancy::Timestamp;

use crate::{
    browser::Browser,
    provider::{CLIENT, IdentityProvider, SECRET},
    site::{Site, event},
};

async fn two() -> (Site, IdentityProvider) {
    let (troubled, good) = (
        IdentityProvider::start().await,
        IdentityProvider::start().await,
    );
    let site = Site::start(None).await;
    for (slug, provider) in [("troubled", &troubled), ("good", &good)] {
        site.tenant(slug).await;
        site.set_provider(slug, provider, json!({})).await;
    }
    (site, troubled)
}

#[tokio::test]
async fn the_keys_of_a_provider_rotate_and_are_asked_for_once_a_minute() {
    let (site, provider) = two().await;
    let mut ann = Browser::new(&site);
    assert_eq!(ann.sign_in("/troubled").await.status, 303);
    assert_eq!(ann.sign_in("/troubled").await.status, 303);
    assert_eq!(provider.asked("/keys"), 1);
    provider.behave(|manners| manners.rotated = true);
    // Within the minute the new key is not accepted, however often it is tried.
    for _ in 0..3 {
        let answer = ann.sign_in("/troubled").await;
        assert!(
            answer.text.contains("none of the provider"),
            "{}",
            answer.text
        );
    }
    assert_eq!(provider.asked("/keys"), 1);
    ann.later = SignedDuration::from_secs(61);
    assert_eq!(ann.sign_in("/troubled").await.status, 303);
    assert_eq!(provider.asked("/keys"), 2);
    // Nothing is remembered for longer than ten minutes.
    ann.later = SignedDuration::from_secs(61 + 600);
    let asked = provider.asked("/.well-known/openid-configuration");
    ann.get("/troubled").await;
    assert_eq!(
        provider.asked("/.well-known/openid-configuration"),
        asked + 1
    );
}

#[tokio::test]
async fn a_clock_that_is_five_minutes_off_is_named() {
    let (site, provider) = two().await;
    let mut ann = Browser::new(&site);
    for off in [300, -300] {
        provider.behave(|manners| manners.clock = off);
        let answer = ann.sign_in("/troubled").await;
        assert_eq!(answer.status, 502);
        assert!(
            answer.text.contains("clock is") && answer.text.contains("seconds off"),
            "{}",
            answer.text
        );
    }
    // A minute is forgiven.
    provider.behave(|manners| manners.clock = 60);
    assert_eq!(ann.sign_in("/troubled").await.status, 303);
    assert_eq!(ann.sign_in("/good").await.status, 303);
}

#[tokio::test]
async fn a_provider_that_is_down_slow_huge_or_somebody_else_fails_for_its_own_people() {
    let (site, provider) = two().await;
    let (mut ann, mut bob) = (Browser::new(&site), Browser::new(&site));
    let mut says = async |ann: &mut Browser<'_>, wanted: &str| {
        let answer = ann.get("/troubled").await;
        assert_eq!(answer.status, 502, "{}", answer.text);
        assert!(answer.text.contains(wanted), "{wanted}: {}", answer.text);
        assert_eq!(bob.sign_in("/good").await.status, 303);
        // What went wrong is not remembered for long.
        ann.later(31);
    };
    provider.behave(|manners| manners.is_huge = true);
    says(&mut ann, "larger than").await;
    provider.behave(|manners| manners.is_huge = false);
    provider.behave(|manners| manners.status = Some(500));
    says(&mut ann, "HTTP status 500").await;
    provider.behave(|manners| manners.status = Some(302));
    says(&mut ann, "HTTP status 302").await;
    provider.behave(|manners| manners.status = None);
    provider.behave(|manners| manners.issuer = Some("https://evil.example".to_owned()));
    says(&mut ann, "to the letter").await;
    provider.behave(|manners| manners.issuer = None);
    provider.behave(|manners| manners.delay = Some(Duration::from_secs(20)));
    says(&mut ann, "did not answer in time").await;
    provider.behave(|manners| manners.delay = None);
    assert_eq!(ann.get("/troubled").await.status, 303);
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_twice_a_minute_however_many_people_come() {
    let (site, provider) = two().await;
    let discovery = "/.well-known/openid-configuration";
    let mut ann = Browser::new(&site);
    provider.behave(|manners| manners.status = Some(503));
    for _ in 0..5 {
        let answer = ann.get("/troubled").await;
        assert!(answer.text.contains("HTTP status 503"), "{}", answer.text);
    }
    assert_eq!(provider.asked(discovery), 1);
    ann.later(29);
    ann.get("/troubled").await;
    assert_eq!(provider.asked(discovery), 1);
    // It comes back, and is known again half a minute after the failure.
    provider.behave(|manners| manners.status = None);
    ann.later(1);
    assert_eq!(ann.get("/troubled").await.status, 303);
    assert_eq!(provider.asked(discovery), 2);
}

#[tokio::test]
async fn a_token_endpoint_that_hangs_holds_up_one_sign_in_in_half_a_minute_and_nobody_else() {
    let (site, provider) = two().await;
    let (mut ann, mut bob) = (Browser::new(&site), Browser::new(&site));
    // Both have begun when it begins to hang.
    let (of_ann, of_bob) = (
        ann.returned("/troubled").await,
        bob.returned("/troubled").await,
    );
    provider.behave(|manners| manners.token_delay = Some(Duration::from_secs(20)));
    let slow = ann.get(&of_ann).await;
    assert_eq!(slow.status, 502, "{}", slow.text);
    assert!(
        slow.text.contains("did not answer in time"),
        "{}",
        slow.text
    );
    let begun = std::time::Instant::now();
    for answer in [bob.get(&of_bob).await, ann.get("/troubled").await] {
        assert_eq!(answer.status, 502, "{}", answer.text);
        assert!(answer.text.contains("did not answer"), "{}", answer.text);
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "refused at once");
    assert_eq!(provider.asked("/token"), 1);
    assert_eq!(bob.sign_in("/good").await.status, 303);
    // It comes back, and is asked again half a minute later.
    provider.behave(|manners| manners.token_delay = None);
    ann.later(31);
    assert_eq!(ann.sign_in("/troubled").await.status, 303);
    assert_eq!(provider.asked("/token"), 2);
}

#[tokio::test]
async fn a_provider_that_is_slow_at_every_step_is_tried_for_a_bounded_time_in_all() {
    let provider = IdentityProvider::start().await;
    provider.behave(|manners| manners.delay = Some(Duration::from_millis(400)));
    let asked = Provider {
        issuer: provider.issuer().to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: Some(Secret::new(SECRET)),
        groups_claim: None,
        email_domains: Vec::new(),
        era: String::new(),
        tenant: None,
    };
    let providers = Providers::new(Fetcher::new(Reach::Loopback).unwrap());
    let redirect = "https://portal.example/oauth2/callback";
    let tried = async |limit| {
        let now = jiff::Timestamp::now();
        steps(&providers, &asked, redirect, now, limit).await
    };
    let whole = tried(Duration::from_secs(14)).await;
    assert_eq!(whole.len(), 6, "{whole:?}");
    assert!(whole.iter().all(|step| step.found.is_ok()), "{whole:?}");
    let begun = std::time::Instant::now();
    let cut = tried(Duration::from_secs(1)).await;
    assert!(begun.elapsed() < Duration::from_millis(1300));
    let last = cut.last().unwrap();
    assert!((2..6).contains(&cut.len()), "{cut:?}");
    let said = last.found.as_ref().unwrap_err();
    assert!(said.contains("longer than 1 seconds in all"), "{said}");
}

#[tokio::test]
async fn a_path_that_decodes_to_something_else_than_was_matched_begins_no_sign_in() {
    let provider = IdentityProvider::start().await;
    let site = Site::start(Some(&provider)).await;
    site.tenant("acme").await;
    let (none, now) = (BTreeMap::new(), Timestamp::now());
    for (path, route) in [
        // `GET /x%2facme`, as API Gateway decodes it.
        ("/x/acme", "GET /{slug}"),
        ("//acme", "GET /{slug}"),
        ("/x/../acme", "GET /{slug}"),
        ("/oauth2/callback/x/acme", "GET /oauth2/callback/{slug}"),
    ] {
        let answer = site
            .call(event("GET", path, "", route, &none, &[]), now)
            .await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
}
