use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::*;

/// CloudTrail that answers every call with the same members, of which each operation reads its own.
#[derive(Debug)]
struct Says(String);

impl HttpConnector for Says {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        let body = SdkBody::from(self.0.as_str());
        HttpConnectorFuture::new(async move {
            let ok = StatusCode::try_from(200_u16).unwrap();
            Ok(HttpResponse::new(ok, body))
        })
    }
}

/// The trail as it is observed where CloudTrail says this of it.
async fn observed(said: Value) -> OwnTrail {
    let http = http_client_fn(move |_, _| SharedHttpConnector::new(Says(said.to_string())));
    let credentials = Credentials::new("key", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(SdkRegion::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .build();
    let state = state(&Client::new(&config), "tenantry-trail").await;
    let state = state.unwrap().unwrap();
    let home = "eu-central-1".parse().unwrap();
    own(&home, Trail::builder().build(), state, Tags::new())
}

fn errors_of(trail: &OwnTrail) -> [Option<&str>; 3] {
    [
        trail.delivery_error.as_deref(),
        trail.digest_error.as_deref(),
        trail.copy_error.as_deref(),
    ]
}

#[tokio::test]
async fn each_delivery_that_failed_last_is_told_apart_with_what_cloudtrail_says_of_it() {
    let names = [
        "LatestDeliveryError",
        "LatestDigestDeliveryError",
        "LatestCloudWatchLogsDeliveryError",
    ];
    for (index, name) in names.into_iter().enumerate() {
        let trail = observed(json!({ "IsLogging": true, name: "AccessDenied" })).await;
        let mut wanted = [None; 3];
        wanted[index] = Some("AccessDenied");
        assert_eq!(errors_of(&trail), wanted, "{name}");
        assert_eq!(
            trail.logging,
            OwnTrail::LOGGING,
            "it is logging all the same"
        );
    }
}

#[tokio::test]
async fn a_trail_whose_deliveries_succeed_has_no_error() {
    let silent = json!({ "IsLogging": true });
    let empty = json!({
        "IsLogging": true, "LatestDeliveryError": "", "LatestDigestDeliveryError": "",
        "LatestCloudWatchLogsDeliveryError": ""
    });
    for said in [silent, empty] {
        assert_eq!(errors_of(&observed(said).await), [None; 3]);
    }
}

fn named(arn: &str, home: &str) -> Trail {
    Trail::builder()
        .name("tenantry-trail")
        .trail_arn(arn)
        .home_region(home)
        .build()
}

#[test]
fn of_two_trails_of_our_name_the_one_where_ours_was_made_is_ours_whichever_is_listed_first() {
    let arn = |region| format!("arn:aws:cloudtrail:{region}:444455556666:trail/tenantry-trail");
    let (ours, theirs) = (arn("eu-central-1"), arn("ap-south-1"));
    let both = || vec![named(&theirs, "ap-south-1"), named(&ours, "eu-central-1")];
    let found = |expected: &str| {
        let found = of_name(both(), "tenantry-trail", expected);
        found.and_then(|trail| trail.trail_arn)
    };
    assert_eq!(found(&ours), Some(ours.clone()));
    assert_eq!(found(&theirs), Some(theirs.clone()));
    assert_eq!(found(&arn("us-east-1")), Some(theirs.clone()));
    assert_eq!(of_name(both(), "another", &ours), None);
}

#[test]
fn a_trail_is_asked_about_in_its_home_region() {
    let here: Region = "us-east-1".parse().unwrap();
    let home = |home| elsewhere(&named("arn", home), &here).map(|home| home.to_string());
    assert_eq!(home("eu-central-1").as_deref(), Some("eu-central-1"));
    assert_eq!(home("us-east-1"), None);
    assert_eq!(elsewhere(&Trail::builder().build(), &here), None);
}

#[test]
fn every_property_of_the_trail_is_decided_about() {
    use aws_sdk_cloudtrail::{operation as op, types};

    use crate::watched::check;

    check("cloudtrail Trail", &types::Trail::builder().build());
    let status = op::get_trail_status::GetTrailStatusOutput::builder().build();
    check("cloudtrail GetTrailStatusOutput", &status);
    let events = op::get_event_selectors::GetEventSelectorsOutput::builder().build();
    check("cloudtrail GetEventSelectorsOutput", &events);
    let sizes = op::get_event_configuration::GetEventConfigurationOutput::builder().build();
    check("cloudtrail GetEventConfigurationOutput", &sizes);
    let tags = types::ResourceTag::builder().build();
    check("cloudtrail ResourceTag", &tags);
}
