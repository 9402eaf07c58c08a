//! Sessions in tenants' accounts: who is refused, and why. What is opened is tried end to end.

use scenarios::machine;
use serde_json::{Value, json};

use crate::{
    access::{claims, grant, id, open_tenant, site},
    site::{Answer, Site, get, post},
};

/// As if the tenant had been built.
async fn built(site: &Site, tenant: &Value) {
    let client = aws_sdk_dynamodb::Client::new(&site.aws);
    let key = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
    let (pk, sk) = (format!("T#{}", id(tenant)), "META".to_owned());
    let row = client.get_item().table_name(machine::TABLE);
    let row = row.key("pk", key(pk.clone())).key("sk", key(sk));
    let row = row.send().await.unwrap().item.unwrap();
    let mut doc: Value = serde_json::from_str(row["doc"].as_s().unwrap()).unwrap();
    doc["accountId"] = json!("444455556666");
    let since = doc["createdAt"].clone();
    doc["components"]["identity"] = json!({ "state": "ready", "since": since });
    let mut row = row;
    row.insert("doc".into(), key(doc.to_string()));
    let put = client.put_item().table_name(machine::TABLE);
    put.set_item(Some(row)).send().await.unwrap();
}

async fn ask(site: &Site, tenant: &Value, subject: &str, body: &Value) -> Answer {
    let token = claims(Some(id(tenant)), subject, &[]);
    let path = format!("/v1/tenants/{}/sessions", id(tenant));
    site.call(post(path, body).with_token(&token)).await
}

#[tokio::test]
async fn nobody_is_let_in_as_more_than_what_a_grant_in_this_tenant_allows() {
    let site = site().await;
    let (acme, other) = (
        open_tenant(&site, "acme").await,
        open_tenant(&site, "other").await,
    );
    built(&site, &acme).await;
    built(&site, &other).await;
    for role in ["developer", "read-only", "billing"] {
        let person = format!("person:{}:https://idp.example.com#{role}", id(&acme));
        grant(
            &site,
            &format!("/v1/tenants/{}/grants", id(&acme)),
            &person,
            role,
        )
        .await;
    }
    for (holds, asks, status) in [
        // 503: it would be opened, were there an account.
        ("developer", "developer", 503),
        ("developer", "read-only", 503),
        ("developer", "administrator", 403),
        ("developer", "billing", 403),
        ("read-only", "read-only", 503),
        ("read-only", "developer", 403),
        ("billing", "billing", 503),
        ("billing", "read-only", 403),
        ("stranger", "read-only", 404),
    ] {
        let answer = ask(&site, &acme, holds, &json!({ "role": asks })).await;
        assert_eq!(answer.status, status, "{holds} as {asks}: {}", answer.body);
    }
    let token = claims(Some(id(&acme)), "developer", &[]);
    let elsewhere = format!("/v1/tenants/{}/sessions", id(&other));
    let answer = site
        .call(post(elsewhere, &json!({ "role": "read-only" })).with_token(&token))
        .await;
    assert_eq!(answer.status, 404);
    let listed = site
        .call(get(format!("/v1/tenants/{}/sessions", id(&acme))))
        .await;
    assert_eq!(
        listed.body,
        json!({ "items": [] }),
        "nothing was handed out"
    );
}

#[tokio::test]
async fn a_session_does_not_outlast_its_grant_and_an_operator_says_why() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    built(&site, &acme).await;
    let path = format!("/v1/tenants/{}", id(&acme));
    let ends = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(20);
    let person = format!("person:{}:https://idp.example.com#ann", id(&acme));
    let body =
        json!({ "principal": person, "role": "developer", "reason": "a test", "expiresAt": ends });
    let given = site.call(post(format!("{path}/grants"), &body)).await;
    assert_eq!(given.status, 201, "{}", given.body);
    let long = json!({ "role": "developer", "durationSecs": 3600 });
    let answer = ask(&site, &acme, "ann", &long).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(answer.body["detail"].as_str().unwrap().contains("outlast"));
    let short = json!({ "role": "developer", "durationSecs": 900 });
    assert_eq!(ask(&site, &acme, "ann", &short).await.status, 503);

    let sessions = format!("{path}/sessions");
    let silent = site
        .call(post(&*sessions, &json!({ "role": "read-only" })))
        .await;
    assert_eq!(silent.status, 403, "{}", silent.body);
    assert!(silent.body["remedy"].as_str().unwrap().contains("`reason`"));
    let said = json!({ "role": "read-only", "reason": "an incident" });
    assert_eq!(site.call(post(sessions, &said)).await.status, 503);
}

#[tokio::test]
async fn there_is_no_session_in_an_account_that_is_not_there_or_of_a_tenant_that_leaves() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = format!("/v1/tenants/{}", id(&acme));
    let body = json!({ "role": "read-only", "reason": "an incident" });
    let answer = site.call(post(format!("{path}/sessions"), &body)).await;
    assert_eq!((answer.status, answer.kind()), (409, "conflict"));
    built(&site, &acme).await;
    let removed = site.call(crate::site::request("DELETE", &*path)).await;
    assert_eq!(removed.status, 202, "{}", removed.body);
    let answer = site.call(post(format!("{path}/sessions"), &body)).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
}

#[tokio::test]
async fn a_revoked_grant_that_let_somebody_in_asks_for_the_end_of_its_sessions_in_one_transaction()
{
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = format!("/v1/tenants/{}", id(&acme));
    let grants = format!("{path}/grants");
    let person = format!("person:{}:https://idp.example.com#dev", id(&acme));
    let revoke = async |given: &Value| {
        let grant = format!("{grants}/{}", id(given));
        let revoked = site.call(crate::site::request("DELETE", grant)).await;
        assert_eq!(revoked.status, 200, "{}", revoked.body);
        revoked.body["operation"].clone()
    };
    let given = grant(&site, &grants, &person, "developer").await;
    assert_eq!(revoke(&given).await, Value::Null, "there is no account yet");
    built(&site, &acme).await;
    let given = grant(&site, &grants, &person, "developer").await;
    let operation = revoke(&given).await;
    let shown = format!("/v1/operations/{}", operation.as_str().unwrap());
    let shown = site.call(get(shown)).await;
    assert_eq!(
        (shown.status, &shown.body["kind"]),
        (200, &json!("end-sessions"))
    );
    let tenant = id(&acme).parse().unwrap();
    let row = site.app.ledger.main_row(&tenant);
    let refused = row.await.unwrap().unwrap().refused_sessions;
    assert_eq!(refused.len(), 1, "{refused:?}");
    let grant = refused[0].grant.as_ref().unwrap();
    assert_eq!(json!(grant), given["id"]);
    assert_eq!(refused[0].source_identity, None);
}

#[tokio::test]
async fn whose_sessions_were_just_ended_is_asked_to_wait_before_coming_in_again() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    built(&site, &acme).await;
    let path = format!("/v1/tenants/{}", id(&acme));
    for subject in ["dev", "other"] {
        let person = format!("person:{}:https://idp.example.com#{subject}", id(&acme));
        grant(&site, &format!("{path}/grants"), &person, "developer").await;
    }
    let person = format!("person:{}:https://idp.example.com#dev", id(&acme));
    let body = json!({ "principal": person, "reason": "a lost laptop" });
    let ended = site
        .call(post(format!("{path}/people/end-sessions"), &body))
        .await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    assert!(ended.body["operation"].is_string(), "{}", ended.body);
    let said = async |subject: &str| {
        let mut token = claims(Some(id(&acme)), subject, &[]);
        // A sign-in that began later.
        token["sid"] = json!(format!("s-later-{subject}"));
        let asks = post(format!("{path}/sessions"), &json!({ "role": "developer" }));
        let answer = site.call(asks.with_token(&token)).await;
        assert_eq!(answer.status, 503, "{}", answer.body);
        answer.body["detail"].as_str().unwrap().to_owned()
    };
    assert!(said("dev").await.contains("ended a moment ago"));
    assert!(!said("other").await.contains("ended a moment ago"));
}
