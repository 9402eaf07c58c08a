//! Setting, showing, trying and removing a tenant's identity provider over the API.

use serde_json::{Value, json};

use crate::{
    barrier::Barrier,
    browser::Browser,
    provider::{CLIENT, IdentityProvider, SECRET},
    site::{Answer, Site, api_settings},
};

#[tokio::test]
async fn a_provider_is_set_shown_without_its_secret_and_removed() {
    let provider = IdentityProvider::start().await;
    let site = Site::start(None).await;
    site.tenant("acme").await;
    let absent = site.on_provider("GET", "acme", "", &Value::Null).await;
    assert_eq!(absent.status, 404);
    assert_eq!(Browser::new(&site).get("/acme").await.status, 404);
    let set = site.set_provider("acme", &provider, json!({})).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert!(!set.text.contains(SECRET));
    let shown = site
        .on_provider("GET", "acme", "", &Value::Null)
        .await
        .json();
    assert_eq!(shown["hasClientSecret"], true);
    assert_eq!(
        shown["redirectUri"],
        "https://portal.example/oauth2/callback/acme"
    );
    // The secret stays where the client stays, and nothing changes.
    let body = json!({ "issuer": provider.issuer(), "clientId": CLIENT });
    let again = site.on_provider("PUT", "acme", "", &body).await;
    assert_eq!(again.headers["etag"], set.headers["etag"]);
    assert_eq!(Browser::new(&site).sign_in("/acme").await.status, 303);
    let history = site
        .operator(
            "GET",
            "/v1/tenants/acme/history",
            "GET /v1/tenants/{id}/history",
            &Value::Null,
        )
        .await;
    assert!(history.text.contains("identity-provider-set"));
    let tenant = site
        .operator(
            "GET",
            "/v1/tenants/acme",
            "GET /v1/tenants/{id}",
            &Value::Null,
        )
        .await;
    assert_eq!(tenant.json()["portalUrl"], "https://portal.example/acme");
    let removed = site.on_provider("DELETE", "acme", "", &Value::Null).await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    assert_eq!(
        site.on_provider("DELETE", "acme", "", &Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(Browser::new(&site).get("/acme").await.status, 404);
}

#[tokio::test]
async fn a_provider_that_was_removed_and_set_again_is_another_one() {
    let provider = IdentityProvider::start().await;
    let site = Site::start(None).await;
    site.tenant("acme").await;
    let first = site.set_provider("acme", &provider, json!({})).await;
    let mut ann = Browser::new(&site);
    ann.sign_in("/acme").await;
    assert_eq!(ann.get("/oauth2/signed-in").await.status, 200);
    let removed = site.on_provider("DELETE", "acme", "", &Value::Null).await;
    assert_eq!(removed.status, 200);
    let second = site.set_provider("acme", &provider, json!({})).await;
    // The sessions of the first do not go on under the second, though all settings are the same.
    assert_eq!(ann.get("/oauth2/signed-in").await.status, 401);
    // And who knows the first changes nothing of the second.
    let version = |answer: &Answer| {
        let etag = answer.headers["etag"].trim_matches('"');
        etag.parse::<u64>().unwrap()
    };
    assert!(version(&second) > version(&first), "{first:?} {second:?}");
    let third = site.set_provider("acme", &provider, json!({})).await;
    assert!(version(&third) > version(&second));
}

#[tokio::test]
async fn a_secret_that_is_written_while_its_tenant_leaves_does_not_stay() {
    let provider = IdentityProvider::start().await;
    let site = Site::start(None).await;
    site.tenant("acme").await;
    let barrier = Barrier::start(site.endpoint(), "secretsmanager.CreateSecret").await;
    let aws = site.aws.to_builder().endpoint_url(barrier.url()).build();
    let slow = api::App::new(&aws, api_settings(None)).unwrap();
    let body = json!({ "issuer": provider.issuer(), "clientId": CLIENT, "clientSecret": SECRET });
    let set = site.set_provider_by(slow, "acme", &body);
    let leaves = async {
        barrier.reached().await;
        let (path, route) = ("/v1/tenants/acme", "DELETE /v1/tenants/{id}");
        let left = site.operator("DELETE", path, route, &Value::Null).await;
        assert_eq!(left.status, 202, "{}", left.text);
        barrier.open();
    };
    let (set, ()) = tokio::join!(set, leaves);
    assert_eq!(set.status, 409, "{}", set.text);
    assert_eq!(site.secrets().await, ["operators"]);
}

#[tokio::test]
async fn the_secret_of_a_provider_that_is_set_while_the_one_before_is_removed_stays() {
    let provider = IdentityProvider::start().await;
    let site = Site::start(None).await;
    site.tenant("acme").await;
    let public = json!({ "issuer": provider.issuer(), "clientId": CLIENT, "clientSecret": null });
    for (method, body) in [("DELETE", Value::Null), ("PUT", public)] {
        let set = site.set_provider("acme", &provider, json!({})).await;
        assert_eq!(set.status, 200, "{}", set.text);
        let transaction = "DynamoDB_20120810.TransactWriteItems";
        let barrier = Barrier::on_way_back(site.endpoint(), transaction).await;
        let aws = site.aws.to_builder().endpoint_url(barrier.url()).build();
        let slow = api::App::new(&aws, api_settings(None)).unwrap();
        let taken = site.on_provider_by(slow, method, "acme", &body);
        let sets = async {
            barrier.reached().await;
            let set = site.set_provider("acme", &provider, json!({})).await;
            assert_eq!(set.status, 200, "{}", set.text);
            barrier.open();
        };
        let (taken, ()) = tokio::join!(taken, sets);
        assert_eq!(taken.status, 200, "{method} {}", taken.text);
        assert_eq!(site.secrets().await.len(), 2, "{method}");
        let signed_in = Browser::new(&site).sign_in("/acme").await;
        assert_eq!(signed_in.status, 303, "{method} {}", signed_in.text);
    }
}

#[tokio::test]
async fn a_provider_is_tried_before_it_is_set() {
    let provider = IdentityProvider::start().await;
    let site = Site::start(None).await;
    site.tenant("acme").await;
    let good = json!({ "issuer": provider.issuer(), "clientId": CLIENT, "clientSecret": SECRET });
    let tried = site
        .on_provider("POST", "acme", "/test", &good)
        .await
        .json();
    assert_eq!(tried["passed"], true, "{tried}");
    let names: Vec<&str> = tried["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "issuer",
            "discovery",
            "algorithms",
            "keys",
            "redirect",
            "client"
        ]
    );
    for (field, value, step) in [
        ("clientSecret", "wrong", "client"),
        ("clientId", "nobody", "redirect"),
        ("issuer", "http://127.0.0.1:1", "discovery"),
    ] {
        let mut body = good.clone();
        body[field] = value.into();
        let tried = site
            .on_provider("POST", "acme", "/test", &body)
            .await
            .json();
        let last = tried["steps"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&tried["passed"], &last["name"]),
            (&json!(false), &json!(step)),
            "{tried}"
        );
        assert!(!tried.to_string().contains("wrong\""));
    }
    // Nothing was written.
    assert_eq!(
        site.on_provider("GET", "acme", "", &Value::Null)
            .await
            .status,
        404
    );
    for issuer in [
        "https://169.254.169.254",
        "https://10.0.0.1",
        "http://192.168.0.1",
        "http://id.example",
    ] {
        let body = json!({ "issuer": issuer, "clientId": "c" });
        for (method, rest) in [("POST", "/test"), ("PUT", "")] {
            let refused = site.on_provider(method, "acme", rest, &body).await;
            assert_eq!(refused.status, 422, "{issuer} {}", refused.text);
        }
    }
}
