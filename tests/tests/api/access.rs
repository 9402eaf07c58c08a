//! Who may do what, over HTTP: grants, and the ways around them.

use api::App;
use serde_json::{Value, json};
use tenancy::{
    Timestamp,
    access::{Grant, GrantId, Scope},
};
use tenantry_aws::ledger;

use crate::site::{ANN, Answer, Request, Site, call, get, patch, post, request, settings};

pub const PROVIDER: &str = "https://idp.example.com";

/// The claims of a person of a tenant's provider, or of the installation's.
pub fn claims(tenant: Option<&str>, subject: &str, groups: &[&str]) -> Value {
    let sid = format!("s-{}", tenant.unwrap_or("installation"));
    let mut claims = json!({
        "iss": "https://portal.example.com", "aud": "tenantry", "sub": subject, "provider": PROVIDER, "sid": sid,
        "groups": json!(groups).to_string(), "iat": "1", "exp": "4000000000"
    });
    if let Some(tenant) = tenant {
        claims["tenant"] = json!(tenant);
    }
    claims
}

pub fn id(tenant: &Value) -> &str {
    tenant["id"].as_str().unwrap()
}

/// A site of which Ann alone is an operator, with a blueprint `open` under which administrators help themselves.
pub async fn site() -> Site {
    let site = Site::start_with(ANN.parse().unwrap()).await;
    let blueprint = json!({
        "name": "open", "version": "1.0.0", "description": "For tests.", "extends": "standard@1.0.0",
        "settings": { "selfService": ["projects", "grants", "identity-provider", "key-pair", "budget-alerts"] }
    });
    let answer = site.call(post("/v1/blueprints", &blueprint)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    site
}

pub async fn open_tenant(site: &Site, slug: &str) -> Value {
    let spec = json!({ "slug": slug, "name": slug, "blueprint": "open@1.0.0" });
    let answer = site.call(post("/v1/tenants", &spec)).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.body["tenant"].clone()
}

pub async fn grant(site: &Site, path: &str, principal: &str, role: &str) -> Value {
    let body = json!({ "principal": principal, "role": role, "reason": "a test" });
    let answer = site.call(post(path, &body)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

pub fn of_tenant(tenant: &Value) -> String {
    format!("/v1/tenants/{}/grants", id(tenant))
}

pub fn person(tenant: &Value, subject: &str) -> String {
    format!("person:{}:{PROVIDER}#{subject}", id(tenant))
}

/// An answer but for what names the request and the thing it asks for.
fn anonymous(answer: &Answer, name: &str) -> (u16, String) {
    let mut body = answer.body.clone();
    body["requestId"] = json!("");
    (answer.status, body.to_string().replace(name, "*"))
}

#[tokio::test]
async fn without_a_grant_nobody_sees_anything_and_a_forbidden_tenant_is_as_an_unknown_one() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let stranger = "arn:aws:iam::111111111111:user/stranger";
    let unknown = "t-zzzzzzzzzzzzzzzz";
    for by in [
        Box::new(|request: Request| request.by(Some(stranger))) as Box<dyn Fn(Request) -> Request>,
        Box::new(|request: Request| request.with_token(&claims(None, "eve", &["ops"]))),
        Box::new(|request: Request| request.with_token(&claims(Some(unknown), "eve", &[]))),
    ] {
        let listed = site.call(by(get("/v1/tenants"))).await;
        assert_eq!(listed.body, json!({ "items": [] }));
        assert_eq!(site.call(by(get("/v1/limits"))).await.status, 403);
        for rest in ["", "/history", "/projects", "/grants", "/plan"] {
            for (known, absent) in [(id(&acme), unknown), ("acme", "nobody")] {
                let known_path = format!("/v1/tenants/{known}{rest}");
                let forbidden = site.call(by(get(known_path))).await;
                let absent_path = format!("/v1/tenants/{absent}{rest}");
                let missing = site.call(by(get(absent_path))).await;
                assert_eq!(forbidden.status, 404);
                assert_eq!(anonymous(&forbidden, known), anonymous(&missing, absent));
            }
        }
        let delete = site
            .call(by(request("DELETE", format!("/v1/tenants/{}", id(&acme)))))
            .await;
        assert_eq!(delete.status, 404);
        let operation = format!("{}.aaaaaaaaaaaaaaaa", id(&acme));
        let other = format!("{unknown}.aaaaaaaaaaaaaaaa");
        let forbidden = site
            .call(by(get(format!("/v1/operations/{operation}"))))
            .await;
        let missing = site.call(by(get(format!("/v1/operations/{other}")))).await;
        assert_eq!(
            anonymous(&forbidden, &operation),
            anonymous(&missing, &other)
        );
    }
    // As an operator is told of one that is absent.
    let absent = site.call(get(format!("/v1/tenants/{unknown}"))).await;
    let told = get(format!("/v1/tenants/{unknown}")).by(Some(stranger));
    let told = site.call(told).await;
    assert_eq!(anonymous(&absent, unknown), anonymous(&told, unknown));
}

#[tokio::test]
async fn a_forbidden_operation_says_which_role_would_allow_it() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    grant(&site, &of_tenant(&acme), &person(&acme, "dev"), "developer").await;
    let token = claims(Some(id(&acme)), "dev", &[]);
    assert_eq!(
        site.call(get("/v1/tenants/acme").with_token(&token))
            .await
            .status,
        200
    );
    let repair = request("POST", "/v1/tenants/acme/repair").with_token(&token);
    let answer = site.call(repair).await;
    assert_eq!((answer.status, answer.kind()), (403, "forbidden"));
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("startRepair")
    );
    let remedy = answer.body["remedy"].as_str().unwrap();
    assert!(remedy.contains("`tenant-admin` in the tenant"), "{remedy}");
    let create = post("/v1/tenants", &crate::site::spec("mine")).with_token(&token);
    let answer = site.call(create).await;
    assert_eq!(answer.status, 403);
    assert!(
        answer.body["remedy"]
            .as_str()
            .unwrap()
            .contains("`operator` at the installation")
    );
}

#[tokio::test]
async fn a_group_of_another_provider_is_another_group() {
    let site = site().await;
    let (acme, other) = (
        open_tenant(&site, "acme").await,
        open_tenant(&site, "other").await,
    );
    let group = format!("group:{}:devs", id(&acme));
    grant(&site, &of_tenant(&acme), &group, "developer").await;
    grant(&site, "/v1/grants", "group:installation:ops", "operator").await;
    let show = || get("/v1/tenants/acme");
    let member = claims(Some(id(&acme)), "a", &["devs"]);
    assert_eq!(site.call(show().with_token(&member)).await.status, 200);
    for foreign in [
        claims(Some(id(&other)), "a", &["devs", "ops"]),
        claims(None, "a", &["devs"]),
        claims(
            Some(id(&other)),
            "a",
            &[&format!("{}:devs", id(&acme)), &group],
        ),
    ] {
        assert_eq!(site.call(show().with_token(&foreign)).await.status, 404);
    }
    let of_tenant = claims(Some(id(&acme)), "a", &["ops", "devs"]);
    let limits = site.call(get("/v1/limits").with_token(&of_tenant)).await;
    assert_eq!(limits.status, 403);
    let of_installation = claims(None, "a", &["ops"]);
    let limits = site
        .call(get("/v1/limits").with_token(&of_installation))
        .await;
    assert_eq!(limits.status, 200);
}

#[tokio::test]
async fn an_administrator_gives_at_most_what_he_or_she_holds_where_the_blueprint_opens_it() {
    let site = site().await;
    let (acme, other) = (
        open_tenant(&site, "acme").await,
        open_tenant(&site, "other").await,
    );
    let closed = site.tenant("closed").await;
    for tenant in [&acme, &closed] {
        grant(
            &site,
            &of_tenant(tenant),
            &person(tenant, "adm"),
            "tenant-admin",
        )
        .await;
    }
    let token = claims(Some(id(&acme)), "adm", &[]);
    let give = async |path: &str, principal: &str, role: &str| {
        let body = json!({ "principal": principal, "role": role, "reason": "a test" });
        site.call(post(path, &body).with_token(&token)).await.status
    };
    let own = of_tenant(&acme);
    let bob = person(&acme, "bob");
    assert_eq!(give(&own, &bob, "developer").await, 201);
    assert_eq!(
        give(&own, "group:installation:helpers", "read-only").await,
        201
    );
    assert_eq!(give(&own, &bob, "operator").await, 422);
    assert_eq!(give("/v1/grants", &bob, "operator").await, 403);
    assert_eq!(give(&own, &person(&other, "eve"), "developer").await, 422);
    assert_eq!(give(&of_tenant(&other), &bob, "developer").await, 404);
    // Bob is a developer and gives nothing at all.
    let bobs = claims(Some(id(&acme)), "bob", &[]);
    let body = json!({ "principal": person(&acme, "x"), "role": "read-only", "reason": "a test" });
    let answer = site.call(post(&own, &body).with_token(&bobs)).await;
    assert_eq!(answer.status, 403);
    // Where the blueprint does not open it, an administrator asks an operator.
    let token = claims(Some(id(&closed)), "adm", &[]);
    let body =
        json!({ "principal": person(&closed, "x"), "role": "read-only", "reason": "a test" });
    let answer = site
        .call(post(of_tenant(&closed), &body).with_token(&token))
        .await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    // Not even an operator lets a tenant's people out of their tenant.
    for path in ["/v1/grants".to_owned(), of_tenant(&other)] {
        let role = if path == "/v1/grants" {
            "auditor"
        } else {
            "read-only"
        };
        let body = json!({ "principal": bob, "role": role, "reason": "a test" });
        let answer = site.call(post(path, &body)).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["principal"]));
    }
}

#[tokio::test]
async fn a_grant_ends_when_it_expires_when_it_is_revoked_and_with_its_tenant() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let show =
        |subject: &str| get("/v1/tenants/acme").with_token(&claims(Some(id(&acme)), subject, &[]));
    let given = grant(&site, &of_tenant(&acme), &person(&acme, "ann"), "read-only").await;
    assert_eq!(site.call(show("ann")).await.status, 200);
    let path = format!("{}/{}", of_tenant(&acme), id(&given));
    let revoked = site.call(request("DELETE", path.clone()).key("once")).await;
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    assert_eq!(revoked.body["revokedBy"], ANN);
    assert_eq!(site.call(show("ann")).await.status, 404);
    assert_eq!(
        site.call(request("DELETE", path.clone()).key("once"))
            .await
            .status,
        200
    );
    assert_eq!(site.call(request("DELETE", path)).await.status, 404);
    // Another process, which has not read it lately.
    let settings = api::Settings {
        operators: ANN.parse().unwrap(),
        ..settings()
    };
    let another = App::new(&site.aws, settings).unwrap();
    assert_eq!(call(&another, show("ann")).await.status, 404);

    let expired = Grant {
        id: GrantId::from_random([1; 10]),
        principal: person(&acme, "late").parse().unwrap(),
        role: "read-only".parse().unwrap(),
        scope: Scope::Tenant(id(&acme).parse().unwrap()),
        reason: "a test".into(),
        granted_by: ANN.into(),
        granted_at: Timestamp::now(),
        expires_at: Some(Timestamp::now()),
        request: None,
    };
    let by = ledger::Request {
        actor: ANN.into(),
        request_id: "r".into(),
        at: Timestamp::now(),
        idempotency: None,
    };
    site.app.ledger.give(&expired, &by).await.unwrap();
    assert_eq!(site.call(show("late")).await.status, 404);

    let history = site.call(get("/v1/tenants/acme/history")).await;
    let actions: Vec<&str> = history.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    assert_eq!(
        actions[1..],
        ["access-granted", "access-revoked", "access-granted"]
    );
    let tenant = id(&acme).parse().unwrap();
    assert_eq!(site.app.ledger.verify_history(&tenant).await.unwrap(), []);
}

#[tokio::test]
async fn a_request_has_one_caller_and_nothing_but_api_gateway_says_who() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    grant(&site, &of_tenant(&acme), &person(&acme, "dev"), "developer").await;
    let token = claims(Some(id(&acme)), "dev", &[]);
    let show = || get("/v1/tenants/acme");
    assert_eq!(
        site.call(show().with_token(&token).and_signed_by(ANN))
            .await
            .status,
        401
    );
    assert_eq!(site.call(show().by(None)).await.status, 401);
    let stranger = "arn:aws:iam::111111111111:user/stranger";
    for (name, value) in [
        ("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
        (
            "x-amzn-request-context",
            "{\"authorizer\":{\"iam\":{\"userArn\":\"x\"}}}",
        ),
        ("x-claims", "{\"sub\":\"dev\"}"),
        ("x-forwarded-user", ANN),
    ] {
        let answer = site
            .call(show().header(name, value).by(Some(stranger)))
            .await;
        assert_eq!(answer.status, 404, "{name}");
        let answer = site.call(show().header(name, value).by(None)).await;
        assert_eq!(answer.status, 401, "{name}");
    }
    let query = "?sub=dev&tenant=acme&userArn=ann";
    let answer = site
        .call(get(format!("/v1/tenants/acme{query}")).by(Some(stranger)))
        .await;
    assert_eq!(answer.status, 404);
    for (name, value) in [
        ("sub", json!("")),
        ("sub", json!("dev ")),
        ("tenant", json!("acme")),
        ("tenant", json!("")),
        ("groups", json!("no list")),
    ] {
        let mut odd = token.clone();
        odd[name] = value;
        assert_eq!(
            site.call(show().with_token(&odd)).await.status,
            401,
            "{name}"
        );
    }
    let mut nobody = token.clone();
    nobody.as_object_mut().unwrap().remove("provider");
    assert_eq!(site.call(show().with_token(&nobody)).await.status, 401);
}

#[tokio::test]
async fn a_machine_holds_what_its_role_was_granted_and_no_session_more() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let role = "arn:aws:iam::111111111111:role/teams/ci";
    grant(&site, &of_tenant(&acme), role, "developer").await;
    let audit = |arn: &str| request("POST", "/v1/tenants/acme/audits").by(Some(arn));
    let session = "arn:aws:sts::111111111111:assumed-role/ci/build-7";
    assert_eq!(site.call(audit(session)).await.status, 202);
    for other in [
        "arn:aws:sts::222222222222:assumed-role/ci/build-7",
        "arn:aws:sts::111111111111:assumed-role/ci-2/ci",
        "arn:aws:iam::111111111111:user/ci",
    ] {
        assert_eq!(site.call(audit(other)).await.status, 404, "{other}");
    }
    let change = patch("/v1/tenants/acme", &json!({ "name": "x" })).by(Some(session));
    assert_eq!(site.call(change).await.status, 403);
}

#[tokio::test]
async fn a_list_of_tenants_holds_what_its_reader_may_see_and_ends() {
    let site = site().await;
    let mut own = Vec::new();
    for number in 0..6 {
        let tenant = site.tenant(&format!("tenant-{number}")).await;
        if number % 2 == 0 {
            let group = "group:installation:team";
            grant(&site, &of_tenant(&tenant), group, "developer").await;
            own.push(id(&tenant).to_owned());
        }
    }
    let token = claims(None, "bob", &["team"]);
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("/v1/tenants?limit=2{cursor}");
        let page = site.call(get(path).with_token(&token)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let items = page.body["items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|tenant| id(tenant).to_owned()));
        pages += 1;
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((seen, pages), (own, 2));
    let one = get("/v1/tenants?slug=tenant-1").with_token(&token);
    assert_eq!(site.call(one).await.body, json!({ "items": [] }));
    let all = site.call(get("/v1/tenants?limit=2")).await;
    let foreign = all.body["nextCursor"].as_str().unwrap();
    let other = get(format!("/v1/tenants?limit=2&cursor={foreign}")).with_token(&token);
    assert_eq!(site.call(other).await.status, 422);
}

#[tokio::test]
async fn a_decision_is_explained_by_policy_and_grant() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let bob = person(&acme, "bob");
    let given = grant(&site, &of_tenant(&acme), &bob, "developer").await;
    let explain = async |principal: &str, action: &str, resource: &str| {
        let body = json!({ "principal": principal, "action": action, "resource": resource });
        site.call(post("/v1/access/explain", &body)).await
    };
    let allowed = explain(&bob, "startAudit", "acme").await;
    assert_eq!(allowed.status, 200, "{}", allowed.body);
    assert_eq!(allowed.body["allowed"], true);
    assert_eq!(allowed.body["policies"], json!(["developer"]));
    assert_eq!(allowed.body["because"][0]["grant"], given["id"]);
    let refused = explain(&bob, "startRepair", id(&acme)).await;
    assert_eq!(refused.body["allowed"], false);
    assert_eq!(refused.body["wouldAllow"][0]["role"], "tenant-admin");
    let named = explain(ANN, "setCreations", "installation").await;
    assert_eq!(named.body["policies"], json!(["operator"]));
    assert_eq!(named.body["because"][0].get("grant"), None);
    for (principal, action, resource, field) in [
        ("bob", "getTenant", "acme", "principal"),
        (bob.as_str(), "flyToTheMoon", "acme", "action"),
        (bob.as_str(), "getTenant", "installation", "resource"),
        (bob.as_str(), "getTenant", "acme/web", "resource"),
        (bob.as_str(), "getTenant", "a/b/c", "resource"),
    ] {
        let answer = explain(principal, action, resource).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (422, vec![field]),
            "{action} {resource}"
        );
    }
    let of_groups = async |groups: Value| {
        let body = json!({ "principal": bob, "groups": groups, "action": "startAudit", "resource": "acme" });
        site.call(post("/v1/access/explain", &body)).await
    };
    let longest = "x".repeat(255);
    assert_eq!(of_groups(json!([longest])).await.status, 200);
    for group in ["x".repeat(256), "x".repeat(3_000), "ä".repeat(128)] {
        let answer = of_groups(json!([group])).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["groups"]));
    }
}
