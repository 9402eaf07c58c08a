//! Giving, revoking and explaining: what was decided about is what is done, and no more than is held.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use scenarios::machine;
use serde_json::json;

use crate::{
    access::{claims, grant, id, of_tenant, open_tenant, person, site},
    site::{get, patch, post, request},
};

#[tokio::test]
async fn a_key_is_bound_to_the_tenant_and_not_to_the_slug_that_it_had() {
    let site = site().await;
    let (acme, other) = (
        open_tenant(&site, "acme").await,
        open_tenant(&site, "other").await,
    );
    let rename = || patch("/v1/tenants/acme", &json!({ "name": "Acme" })).key("k-1");
    let by_id = patch(
        format!("/v1/tenants/{}", id(&acme)),
        &json!({ "name": "Acme" }),
    );
    let first = site.call(rename()).await;
    assert_eq!(first.status, 202, "{}", first.body);
    // The tenant leaves, and another gets its slug.
    let row = [("pk", "SLUG#acme"), ("sk", "SLUG"), ("tenant", id(&other))];
    let row = row.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
    let client = aws_sdk_dynamodb::Client::new(&site.aws);
    let put = client.put_item().table_name(machine::TABLE);
    let put = put.set_item(Some(row.into())).send();
    put.await.unwrap();
    let answer = site.call(rename()).await;
    assert_eq!(
        (answer.status, answer.kind()),
        (422, "idempotency-key-reused")
    );
    // By its id it is the same request.
    let again = site.call(by_id.key("k-1")).await;
    assert_eq!(again.status, 202, "{}", again.body);
    assert_eq!(again.headers["idempotent-replayed"], "true");
}

#[tokio::test]
async fn nobody_revokes_what_outlasts_what_he_or_she_holds() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = of_tenant(&acme);
    let hours = |hours| (Timestamp::now() + SignedDuration::from_hours(hours)).to_string();
    let give = async |subject: &str, role: &str, expires: Option<String>| {
        let body = json!({
            "principal": person(&acme, subject), "role": role, "reason": "a test", "expiresAt": expires
        });
        let answer = site.call(post(&path, &body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        format!("{path}/{}", id(&answer.body))
    };
    give("helper", "tenant-admin", Some(hours(2))).await;
    let lasting = give("dev", "developer", None).await;
    let passing = give("guest", "developer", Some(hours(1))).await;
    let token = claims(Some(id(&acme)), "helper", &[]);
    let revoke = async |grant: &str| {
        let revoke = request("DELETE", grant).with_token(&token);
        site.call(revoke).await
    };
    let refused = revoke(&lasting).await;
    assert_eq!((refused.status, refused.kind()), (403, "forbidden"));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("outlast"), "{detail}");
    assert_eq!(revoke(&passing).await.status, 200);
}

#[tokio::test]
async fn an_operator_by_a_grant_gives_no_role_in_a_tenant_to_himself_or_herself() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let own = |subject: &str| format!("person:installation:{}#{subject}", crate::access::PROVIDER);
    grant(&site, "/v1/grants", "group:installation:ops", "operator").await;
    let token = claims(None, "oz", &["ops"]);
    let give = async |principal: &str, role: &str| {
        let body = json!({ "principal": principal, "role": role, "reason": "a test" });
        site.call(post(of_tenant(&acme), &body).with_token(&token))
            .await
    };
    for principal in [
        own("oz"),
        person(&acme, "oz"),
        "group:installation:ops".to_owned(),
    ] {
        let refused = give(&principal, "tenant-admin").await;
        assert_eq!(
            (refused.status, refused.kind()),
            (403, "forbidden"),
            "{principal}: {}",
            refused.body
        );
    }
    let listed = site.call(get(of_tenant(&acme))).await;
    assert_eq!(listed.body, json!({ "items": [] }));
    assert_eq!(give(&own("bob"), "tenant-admin").await.status, 201);
}

#[tokio::test]
async fn an_explanation_says_whom_it_is_about_and_what_a_blueprint_would_have_to_open() {
    let site = site().await;
    let closed = site.tenant("closed").await;
    let role = "arn:aws:iam::111111111111:role/ci";
    grant(&site, &of_tenant(&closed), role, "developer").await;
    let explain = async |principal: &str, action: &str, resource: &str| {
        let body = json!({ "principal": principal, "action": action, "resource": resource });
        let answer = site.call(post("/v1/access/explain", &body)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    let session = "arn:aws:sts::111111111111:assumed-role/ci/build-7";
    let decided = explain(session, "startAudit", "closed").await;
    assert_eq!(decided["allowed"], true, "{decided}");
    assert_eq!(decided["principal"], role);
    assert_eq!(decided["reducedFrom"], session);
    let plain = explain(role, "startAudit", "closed").await;
    assert_eq!(plain.get("reducedFrom"), None);
    let refused = explain(role, "createProject", "closed").await;
    assert_eq!(refused["allowed"], false);
    assert_eq!(
        refused["wouldAllow"],
        json!([
            { "role": "tenant-admin", "scope": id(&closed), "ifOpened": "projects" },
            { "role": "operator", "scope": "installation" }
        ])
    );
    let open = open_tenant(&site, "open").await;
    let refused = explain(role, "createProject", "open").await;
    assert_eq!(refused["wouldAllow"][0].get("ifOpened"), None);
    // Whoever is refused is told as much.
    let admin = person(&closed, "adm");
    grant(&site, &of_tenant(&closed), &admin, "tenant-admin").await;
    let token = claims(Some(id(&closed)), "adm", &[]);
    let web = json!({ "slug": "web", "name": "Web" });
    let create = post("/v1/tenants/closed/projects", &web).with_token(&token);
    let answer = site.call(create).await;
    let remedy = answer.body["remedy"].as_str().unwrap();
    assert!(
        remedy.contains("where the tenant's blueprint opens `projects`"),
        "{remedy}"
    );
    drop(open);
}

#[tokio::test]
async fn a_project_s_administrator_gives_and_revokes_its_roles_where_the_blueprint_opens_it() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let tenant = format!("/v1/tenants/{}", id(&acme));
    for slug in ["web", "data"] {
        let project = json!({ "slug": slug, "name": slug });
        let made = site.call(post(format!("{tenant}/projects"), &project));
        assert_eq!(made.await.status, 201);
    }
    let (web, data) = (
        format!("{tenant}/projects/web/grants"),
        format!("{tenant}/projects/data/grants"),
    );
    let admin = grant(&site, &web, &person(&acme, "pat"), "project-admin").await;
    assert_eq!(admin["scope"], format!("{}/web", id(&acme)));
    let foreign = grant(&site, &data, &person(&acme, "dee"), "project-developer").await;
    let token = claims(Some(id(&acme)), "pat", &[]);
    let bob = person(&acme, "bob");
    let give = async |path: &str, role: &str| {
        let body = json!({ "principal": bob, "role": role, "reason": "a test" });
        site.call(post(path, &body).with_token(&token)).await
    };
    let given = give(&web, "project-developer").await;
    assert_eq!(given.status, 201, "{}", given.body);
    assert_eq!(give(&web, "project-admin").await.status, 201);
    assert_eq!(give(&web, "developer").await.status, 422);
    assert_eq!(give(&data, "project-developer").await.status, 404);
    let whole = give(&of_tenant(&acme), "read-only").await;
    assert_eq!(whole.status, 403, "{}", whole.body);
    let listed = site.call(get(&web).with_token(&token)).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 3);
    let revoke = async |path: String| {
        let revoke = request("DELETE", path).with_token(&token);
        site.call(revoke).await.status
    };
    assert_eq!(revoke(format!("{web}/{}", id(&foreign))).await, 404);
    assert_eq!(revoke(format!("{data}/{}", id(&foreign))).await, 404);
    assert_eq!(revoke(format!("{web}/{}", id(&given.body))).await, 200);
    // However many are given in the project, there is room for others in the tenant.
    let team = format!("group:{}:team", id(&acme));
    let body = json!({ "principal": team, "role": "project-read-only", "reason": "a test" });
    let mut given = Vec::new();
    for _ in 0..11 {
        let answer = site.call(post(&web, &body).with_token(&token)).await;
        given.push(answer.status);
    }
    assert_eq!((given[9], given[10]), (201, 409));
    grant(&site, &of_tenant(&acme), &team, "developer").await;
    // Bob is an administrator still; a member gives nothing.
    let dee = claims(Some(id(&acme)), "dee", &[]);
    let body = json!({ "principal": bob, "role": "project-read-only", "reason": "a test" });
    let refused = site.call(post(&data, &body).with_token(&dee)).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    // A project of a blueprint that opens nothing is the operators'.
    let closed = site.tenant("closed").await;
    let tenant = format!("/v1/tenants/{}", id(&closed));
    let project = json!({ "slug": "web", "name": "web" });
    let made = site.call(post(format!("{tenant}/projects"), &project));
    assert_eq!(made.await.status, 201);
    let path = format!("{tenant}/projects/web/grants");
    grant(&site, &path, &person(&closed, "pat"), "project-admin").await;
    let token = claims(Some(id(&closed)), "pat", &[]);
    let body = json!({ "principal": person(&closed, "x"), "role": "project-developer", "reason": "a test" });
    let refused = site.call(post(&path, &body).with_token(&token)).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
}

#[tokio::test]
async fn a_tenant_s_administrator_sets_the_budget_where_the_blueprint_opens_it_and_nothing_else() {
    let site = site().await;
    let (open, closed) = (
        open_tenant(&site, "open").await,
        site.tenant("closed").await,
    );
    for tenant in [&open, &closed] {
        let admin = person(tenant, "adm");
        grant(&site, &of_tenant(tenant), &admin, "tenant-admin").await;
    }
    let put = async |tenant: &serde_json::Value, body: &serde_json::Value| {
        let path = format!("/v1/tenants/{}/budget", id(tenant));
        let token = claims(Some(id(tenant)), "adm", &[]);
        let put = request("PUT", path).json(body).with_token(&token);
        site.call(put).await
    };
    let set = put(&open, &json!({ "monthlyUsd": 500 })).await;
    assert_eq!(set.status, 202, "{}", set.body);
    assert_eq!(set.body["tenant"]["spec"]["budget"]["monthlyUsd"], 500);
    for odd in [
        json!({}),
        json!({ "monthlyUsd": null }),
        json!({ "monthlyUsd": -1 }),
        json!({ "monthlyUsd": 5, "egress": "none" }),
        json!([]),
    ] {
        assert_eq!(put(&open, &odd).await.status, 422, "{odd}");
    }
    let refused = put(&closed, &json!({ "monthlyUsd": 500 })).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let token = claims(Some(id(&open)), "adm", &[]);
    let path = format!("/v1/tenants/{}", id(&open));
    let change = patch(&path, &json!({ "budget": { "monthlyUsd": 1 } }));
    assert_eq!(site.call(change.with_token(&token)).await.status, 403);
    let remove = request("DELETE", format!("{path}/budget")).with_token(&token);
    let removed = site.call(remove).await;
    assert_eq!(removed.status, 202, "{}", removed.body);
    assert_eq!(removed.body["tenant"]["spec"].get("budget"), None);
}
