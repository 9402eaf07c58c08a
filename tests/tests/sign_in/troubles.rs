//! Providers in trouble: their own people are told why, and nobody else notices.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use crate::{browser::Browser, provider::IdentityProvider, site::Site};

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
    // Within the minute the new key is not believed, however often it is tried.
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
    let mut ann = Browser::new(&site);
    let says = async |ann: &mut Browser<'_>, wanted: &str| {
        let answer = ann.get("/troubled").await;
        assert_eq!(answer.status, 502, "{}", answer.text);
        assert!(answer.text.contains(wanted), "{wanted}: {}", answer.text);
        assert_eq!(ann.sign_in("/good").await.status, 303);
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
    assert_eq!(ann.sign_in("/troubled").await.status, 303);
}
