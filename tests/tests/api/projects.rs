//! Projects of a tenant.

use serde_json::json;

use crate::{
    access::{claims, grant, id, open_tenant, site},
    site::{get, patch, post, request},
};

#[tokio::test]
async fn a_project_is_created_shown_changed_and_deleted_once_nobody_holds_a_grant_for_it() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = format!("/v1/tenants/{}/projects", id(&acme));
    let body = json!({ "slug": "web", "name": "Web", "budgetSharePercent": 40 });
    let created = site.call(post(&path, &body).key("web-1")).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.headers["location"], format!("{path}/web"));
    let again = site.call(post(&path, &body).key("web-1")).await;
    assert_eq!((again.status, &again.body), (201, &created.body));
    let taken = site.call(post(&path, &body)).await;
    assert_eq!((taken.status, taken.kind()), (409, "conflict"));
    let listed = site.call(get(&path)).await;
    assert_eq!(listed.body["items"], json!([created.body]));
    let own = format!("{path}/web");
    let change = json!({ "name": "Shop", "budgetSharePercent": null });
    let changed = site.call(patch(&own, &change)).await;
    assert_eq!(
        (changed.status, &changed.body["name"]),
        (200, &json!("Shop"))
    );
    assert_eq!(changed.body.get("budgetSharePercent"), None);
    for odd in [
        json!({ "slug": "other" }),
        json!({ "name": "" }),
        json!({ "name": null }),
        json!({ "budgetSharePercent": 101 }),
        json!([]),
    ] {
        assert_eq!(site.call(patch(&own, &odd)).await.status, 422, "{odd}");
    }

    let member = format!("person:{}:{}#pat", id(&acme), crate::access::PROVIDER);
    let grants = format!("/v1/tenants/{}/grants", id(&acme));
    let body = json!({ "principal": member, "role": "project-developer", "project": "web", "reason": "a test" });
    let given = site.call(post(&grants, &body)).await;
    assert_eq!(given.status, 201, "{}", given.body);
    let absent = json!({ "principal": member, "role": "project-developer", "project": "none", "reason": "a test" });
    assert_eq!(site.call(post(&grants, &absent)).await.status, 404);
    let token = claims(Some(id(&acme)), "pat", &[]);
    assert_eq!(site.call(get(&own).with_token(&token)).await.status, 200);
    assert_eq!(
        site.call(get(format!("{path}/none")).with_token(&token))
            .await
            .status,
        404
    );
    assert_eq!(site.call(get(&path).with_token(&token)).await.status, 403);
    assert_eq!(site.call(request("DELETE", &own)).await.status, 409);
    let revoke = format!("{grants}/{}", id(&given.body));
    assert_eq!(site.call(request("DELETE", revoke)).await.status, 200);
    assert_eq!(site.call(request("DELETE", &own)).await.status, 200);
    assert_eq!(site.call(get(&own)).await.status, 404);
    let tenant = id(&acme).parse().unwrap();
    assert_eq!(site.app.ledger.verify_history(&tenant).await.unwrap(), []);
}

#[tokio::test]
async fn a_tenant_that_leaves_takes_no_more_projects_and_grants() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = format!("/v1/tenants/{}", id(&acme));
    let people = format!("group:{}:all", id(&acme));
    let given = grant(&site, &format!("{path}/grants"), &people, "read-only").await;
    assert_eq!(site.call(request("DELETE", &path)).await.status, 202);
    let project = json!({ "slug": "web", "name": "Web" });
    let answer = site.call(post(format!("{path}/projects"), &project)).await;
    assert_eq!((answer.status, answer.kind()), (409, "tenant-leaving"));
    let body = json!({ "principal": people, "role": "developer", "reason": "a test" });
    let answer = site.call(post(format!("{path}/grants"), &body)).await;
    assert_eq!((answer.status, answer.kind()), (409, "tenant-leaving"));
    // Its people may still read until it has left.
    let token = claims(Some(id(&acme)), "any", &["all"]);
    assert_eq!(site.call(get(&path).with_token(&token)).await.status, 200);
    let revoke = request("DELETE", format!("{path}/grants/{}", id(&given)));
    assert_eq!(site.call(revoke).await.status, 200);
}
