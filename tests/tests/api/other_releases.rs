//! A ledger that a later release wrote, seen through this API.

use scenarios::{
    machine,
    stored::{self, NEXT_RELEASE},
};
use serde_json::{Value, json};

use crate::site::{Site, get, patch, post, request, spec};

async fn next() -> Site {
    let site = Site::start().await;
    let client = aws_sdk_dynamodb::Client::new(&site.aws);
    let rows = NEXT_RELEASE.replace("eu-central-1", machine::REGION);
    stored::load(&client, machine::TABLE, &rows).await;
    site
}

fn words(body: &Value, name: &str) -> Vec<String> {
    let items = body["items"].as_array().unwrap().iter();
    let mut words: Vec<String> = items
        .map(|item| item[name].as_str().unwrap().to_owned())
        .collect();
    words.sort();
    words
}

#[tokio::test]
async fn what_a_later_release_wrote_is_answered_by_name() {
    let site = next().await;
    let list = site.call(get("/v1/tenants")).await;
    assert_eq!(list.status, 200, "{}", list.body);
    assert_eq!(words(&list.body, "desiredState"), ["frozen", "present"]);
    let nova = &list.body["items"][0];
    assert_eq!(nova["slug"], "nova", "although its row has no summary");
    let shown = site.call(get("/v1/tenants/nova")).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let capacitor = &shown.body["components"]["flux-capacitor"];
    assert_eq!(capacitor["state"], "half-done");
    let obstacle = &capacitor["obstacle"];
    assert_eq!(
        (&obstacle["kind"], &obstacle["next"]["action"]),
        (&json!("haunted"), &json!("page"))
    );
    assert_eq!(
        shown.body["components"]["network"]["resources"][format!("{}.vpc", machine::REGION)],
        "vpc-1"
    );
    assert_eq!(shown.body["spec"]["egress"], "central-nat");
    assert_eq!(shown.body["spec"]["dataResidency"]["only"], "eu");
    assert_eq!(
        shown.body.get("effectiveSpec"),
        None,
        "what it comes to, only that release knows"
    );
    let findings = site.call(get("/v1/tenants/nova/findings?state=all")).await;
    assert_eq!(words(&findings.body, "severity"), ["catastrophic", "high"]);
    let operations = site.call(get("/v1/tenants/nova/operations")).await;
    assert_eq!(
        words(&operations.body, "kind"),
        ["audit", "rotate", "update"]
    );
    let plan = site.call(get("/v1/tenants/nova/plan")).await;
    assert_eq!(plan.status, 200, "{}", plan.body);
}

#[tokio::test]
async fn a_caller_may_not_send_what_only_a_later_release_knows() {
    let site = next().await;
    for (change, field) in [
        (json!({"dataResidency": {"only": "us"}}), "dataResidency"),
        (json!({"dataResidency": null}), "dataResidency"),
        (json!({"mode": "repair-at-night"}), "mode"),
    ] {
        let refused = site.call(patch("/v1/tenants/nova", &change)).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (422, vec![field]),
            "{change}"
        );
    }
    let mut body = spec("orion");
    body["dataResidency"] = json!({"only": "eu"});
    let refused = site.call(post("/v1/tenants", &body)).await;
    assert_eq!(
        (refused.status, refused.fields()),
        (422, vec!["dataResidency"])
    );
    for question in ["phase=charging", "phase=frozen"] {
        let refused = site.call(get(format!("/v1/tenants?{question}"))).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["phase"]));
    }
    let refused = site
        .call(get("/v1/tenants/nova/findings?severity=catastrophic"))
        .await;
    assert_eq!((refused.status, refused.fields()), (422, vec!["severity"]));
}

#[tokio::test]
async fn a_change_of_a_tenant_of_a_later_release_keeps_the_rest_of_its_spec() {
    let site = next().await;
    let before = site.call(get("/v1/tenants/nova")).await.body["spec"].clone();
    let changed = site
        .call(patch("/v1/tenants/nova", &json!({"name": "Supernova"})))
        .await;
    assert_eq!(changed.status, 202, "{}", changed.body);
    let mut expected = before;
    expected["name"] = json!("Supernova");
    assert_eq!(
        site.call(get("/v1/tenants/nova")).await.body["spec"],
        expected
    );
}

#[tokio::test]
async fn a_tenant_whose_desired_state_is_of_a_later_release_takes_no_change() {
    let site = next().await;
    let before = site.rows().await;
    let name = json!({"name": "Iris Ltd"});
    let provider =
        json!({"issuer": "https://id.example.com", "clientId": "tenantry", "clientSecret": "hush"});
    let path = |rest: &str| format!("/v1/tenants/iris{rest}");
    for request in [
        patch(path(""), &name),
        patch(path("?dry-run=true"), &name),
        post(path("/repair"), &json!({})),
        request("PUT", path("/identity-provider")).json(&provider),
    ] {
        let refused = site.call(request).await;
        let said = (refused.status, refused.kind());
        assert_eq!(said, (409, "conflict"), "{}", refused.body);
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("`frozen`"), "{detail}");
    }
    assert_eq!(site.rows().await, before);
    let kept = aws_sdk_secretsmanager::Client::new(&site.aws);
    let kept = kept.list_secrets().send().await.unwrap().secret_list;
    assert_eq!(kept.unwrap_or_default(), [], "no secret was written");
}
