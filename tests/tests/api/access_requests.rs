//! Access for a time: who asks, who decides, and what comes of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    access::{claims, grant, id, of_tenant, open_tenant, person, site},
    site::{ANN, Answer, Site, get, post, request},
};

/// A tenant with a reader, two administrators, and a blueprint that opens grants to these.
async fn tenant(site: &Site) -> Value {
    let acme = open_tenant(site, "acme").await;
    for (subject, role) in [
        ("reader", "read-only"),
        ("adm", "tenant-admin"),
        ("second", "tenant-admin"),
        ("dev", "developer"),
    ] {
        grant(site, &of_tenant(&acme), &person(&acme, subject), role).await;
    }
    acme
}

fn asked() -> Value {
    json!({ "role": "developer", "durationSecs": 3600, "reason": "the checkout is down", "ticket": "OPS-1" })
}

fn path(tenant: &Value) -> String {
    format!("/v1/tenants/{}/access-requests", id(tenant))
}

async fn send(site: &Site, tenant: &Value, subject: &str, path: &str, body: &Value) -> Answer {
    let token = claims(Some(id(tenant)), subject, &[]);
    site.call(post(path, body).with_token(&token)).await
}

async fn ask(site: &Site, tenant: &Value) -> Value {
    let answer = send(site, tenant, "reader", &path(tenant), &asked()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

async fn decide(site: &Site, tenant: &Value, subject: &str, asked: &Value, verb: &str) -> Answer {
    let path = format!("{}/{}/{verb}", path(tenant), id(asked));
    let body = match verb {
        "deny" => json!({ "reason": "not now" }),
        _ => json!({}),
    };
    send(site, tenant, subject, &path, &body).await
}

async fn history(site: &Site, tenant: &Value) -> Vec<String> {
    let path = format!("/v1/tenants/{}/history?limit=100", id(tenant));
    let shown = site.call(get(path)).await;
    let items = shown.body["items"].as_array().unwrap().clone();
    let actions = items
        .iter()
        .map(|it| it["action"].as_str().unwrap().to_owned());
    actions.collect()
}

async fn grants(site: &Site, tenant: &Value) -> Vec<Value> {
    let listed = site.call(get(of_tenant(tenant))).await;
    listed.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_one_approves_is_a_grant_for_a_time_with_its_request_on_record() {
    let site = site().await;
    let acme = tenant(&site).await;
    let before = grants(&site, &acme).await.len();
    let asked = ask(&site, &acme).await;
    assert_eq!(asked["state"], "pending");
    assert_eq!(asked["approvalsNeeded"], 1);
    assert_eq!(
        grants(&site, &acme).await.len(),
        before,
        "nothing is given yet"
    );
    let audit = format!("/v1/tenants/{}/audits", id(&acme));
    let refused = send(&site, &acme, "reader", &audit, &json!({})).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let approved = decide(&site, &acme, "adm", &asked, "approve").await;
    assert_eq!(approved.status, 200, "{}", approved.body);
    assert_eq!(approved.body["state"], "approved");
    let all = grants(&site, &acme).await;
    let given = all
        .iter()
        .find(|it| it["id"] == approved.body["grant"])
        .unwrap();
    assert_eq!(given["request"], asked["id"]);
    assert_eq!(given["principal"], person(&acme, "reader"));
    let ends: Timestamp = given["expiresAt"].as_str().unwrap().parse().unwrap();
    let lasts = ends.duration_since(Timestamp::now()).as_secs();
    assert!((3_500..=3_600).contains(&lasts), "{lasts}");
    let allowed = send(&site, &acme, "reader", &audit, &json!({})).await;
    assert_eq!(allowed.status, 202, "{}", allowed.body);
    let history = history(&site, &acme).await;
    for action in [
        "access-requested",
        "access-request-approved",
        "access-granted",
    ] {
        assert!(
            history.iter().any(|it| it == action),
            "{action}: {history:?}"
        );
    }
    // One that ends cuts no other: the role that was held before goes on.
    let grant = format!("{}/{}", of_tenant(&acme), given["id"].as_str().unwrap());
    assert_eq!(site.call(request("DELETE", grant)).await.status, 200);
    let token = claims(Some(id(&acme)), "reader", &[]);
    let read = site.call(get(format!("/v1/tenants/{}", id(&acme))).with_token(&token));
    assert_eq!(read.await.status, 200);
}

#[tokio::test]
async fn nobody_approves_his_or_her_own_request_nor_what_he_or_she_could_not_give() {
    let site = site().await;
    let acme = tenant(&site).await;
    let wide = json!({ "role": "tenant-admin", "durationSecs": 3600, "reason": "x" });
    let own = send(&site, &acme, "adm", &path(&acme), &wide).await.body;
    let refused = decide(&site, &acme, "adm", &own, "approve").await;
    assert_eq!((refused.status, refused.kind()), (403, "forbidden"));
    assert!(refused.body["detail"].as_str().unwrap().contains("nobody"));
    // The same account at the provider, with the e-mail address of the other: one person who has signed in twice.
    let mail = |subject: &str| {
        let mut token = claims(Some(id(&acme)), subject, &[]);
        token["email"] = json!("Ada@acme.example");
        token
    };
    let asks = post(path(&acme), &wide).with_token(&mail("adm"));
    let asked = site.call(asks).await.body;
    let approve = format!("{}/{}/approve", path(&acme), id(&asked));
    let again = post(&*approve, &json!({})).with_token(&mail("second"));
    let refused = site.call(again).await;
    assert_eq!(
        (refused.status, refused.kind()),
        (403, "forbidden"),
        "{}",
        refused.body
    );
    // Who may not give grants does not get as far; who holds the role for less time gives it for no longer.
    assert_eq!(
        decide(&site, &acme, "dev", &asked, "approve").await.status,
        403
    );
    let soon = Timestamp::now() + jiff::SignedDuration::from_mins(20);
    let body = json!({ "principal": person(&acme, "helper"), "role": "tenant-admin", "reason": "x", "expiresAt": soon });
    assert_eq!(site.call(post(of_tenant(&acme), &body)).await.status, 201);
    let refused = decide(&site, &acme, "helper", &asked, "approve").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("outlasts")
    );
    assert_eq!(
        decide(&site, &acme, "helper", &asked, "deny").await.status,
        403
    );
    assert_eq!(
        decide(&site, &acme, "second", &asked, "approve")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_request_is_decided_once_however_many_decide_at_the_same_time() {
    let site = site().await;
    let acme = tenant(&site).await;
    let before = grants(&site, &acme).await.len();
    let asked = ask(&site, &acme).await;
    let (one, other) = futures::join!(
        decide(&site, &acme, "adm", &asked, "approve"),
        decide(&site, &acme, "second", &asked, "approve")
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.body, other.body);
    assert_eq!(grants(&site, &acme).await.len(), before + 1);
    for verb in ["approve", "deny"] {
        let late = decide(&site, &acme, "second", &asked, verb).await;
        assert_eq!(
            (late.status, late.kind()),
            (409, "conflict"),
            "{}",
            late.body
        );
    }
    let late = decide(&site, &acme, "reader", &asked, "cancel").await;
    assert_eq!(late.status, 409, "{}", late.body);
}

#[tokio::test]
async fn what_was_denied_canceled_or_left_unanswered_is_approved_by_nobody() {
    let site = site().await;
    let acme = tenant(&site).await;
    let denied = ask(&site, &acme).await;
    assert_eq!(
        decide(&site, &acme, "adm", &denied, "deny").await.status,
        200
    );
    let canceled = ask(&site, &acme).await;
    let foreign = decide(&site, &acme, "dev", &canceled, "cancel").await;
    assert_eq!(foreign.status, 404, "{}", foreign.body);
    let foreign = decide(&site, &acme, "adm", &canceled, "cancel").await;
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    assert_eq!(
        decide(&site, &acme, "reader", &canceled, "cancel")
            .await
            .status,
        200
    );
    let expired = ask(&site, &acme).await;
    long_ago(&site, &acme, &expired).await;
    for asked in [&denied, &canceled, &expired] {
        let refused = decide(&site, &acme, "second", asked, "approve").await;
        assert_eq!(
            (refused.status, refused.kind()),
            (409, "conflict"),
            "{}",
            refused.body
        );
    }
    let state = async |state: &str| {
        let listed = site
            .call(get(format!("{}?state={state}", path(&acme))))
            .await;
        let items = listed.body["items"].as_array().unwrap().clone();
        items.iter().map(|it| id(it).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(state("denied").await, [id(&denied)]);
    assert_eq!(state("canceled").await, [id(&canceled)]);
    assert_eq!(state("expired").await, [id(&expired)]);
    assert_eq!(state("pending").await, [""; 0]);
    let odd = site.call(get(format!("{}?state=open", path(&acme)))).await;
    assert_eq!((odd.status, odd.fields()), (422, vec!["state"]));
}

/// As if the request had been made two days ago.
async fn long_ago(site: &Site, tenant: &Value, asked: &Value) {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    let client = aws_sdk_dynamodb::Client::new(&site.aws);
    let table = scenarios::machine::TABLE;
    let keys = [
        ("pk", format!("ACCESS#{}", id(tenant))),
        ("sk", format!("REQUEST#{}", id(asked))),
    ];
    let read = client.get_item().table_name(table);
    let key = keys.map(|(name, value)| (name.to_owned(), S(value)));
    let read = read.set_key(Some(key.into())).send().await.unwrap();
    let mut row = read.item.unwrap();
    let mut doc: Value = serde_json::from_str(row["doc"].as_s().unwrap()).unwrap();
    doc["expiresAt"] = json!("2026-01-01T00:00:00Z");
    row.insert("doc".into(), S(doc.to_string()));
    row.insert("answer_by".into(), S("2026-01-01T00:00:00.000Z".into()));
    let put = client.put_item().table_name(table).set_item(Some(row));
    put.send().await.unwrap();
}

#[tokio::test]
async fn a_blueprint_says_whether_nobody_or_two_have_to_approve() {
    let site = site().await;
    for (name, approvals) in [("free", "nobody"), ("strict", "two")] {
        let blueprint = json!({
            "name": name, "version": "1.0.0", "description": "For tests.", "extends": "standard@1.0.0",
            "settings": { "selfService": ["grants"], "accessApproval": approvals }
        });
        let answer = site.call(post("/v1/blueprints", &blueprint)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let of = async |slug: &str, blueprint: &str| {
        let spec = json!({ "slug": slug, "name": slug, "blueprint": format!("{blueprint}@1.0.0") });
        let made = site.call(post("/v1/tenants", &spec)).await.body["tenant"].clone();
        for (subject, role) in [
            ("reader", "read-only"),
            ("adm", "tenant-admin"),
            ("second", "tenant-admin"),
        ] {
            grant(&site, &of_tenant(&made), &person(&made, subject), role).await;
        }
        made
    };
    let free = of("free", "free").await;
    let asked = ask(&site, &free).await;
    assert_eq!(
        (&asked["state"], &asked["approvalsNeeded"]),
        (&json!("approved"), &json!(0))
    );
    let given = grants(&site, &free).await;
    let given = given.iter().find(|it| it["id"] == asked["grant"]).unwrap();
    assert_eq!(given["role"], "developer");
    let strict = of("strict", "strict").await;
    let asked = ask(&site, &strict).await;
    let before = grants(&site, &strict).await.len();
    let first = decide(&site, &strict, "adm", &asked, "approve").await;
    assert_eq!(
        (first.status, &first.body["state"]),
        (200, &json!("pending"))
    );
    let twice = decide(&site, &strict, "adm", &asked, "approve").await;
    assert_eq!(twice.status, 409, "{}", twice.body);
    assert_eq!(grants(&site, &strict).await.len(), before);
    let second = decide(&site, &strict, "second", &asked, "approve").await;
    assert_eq!(
        (second.status, &second.body["state"]),
        (200, &json!("approved"))
    );
    assert_eq!(grants(&site, &strict).await.len(), before + 1);
}

#[tokio::test]
async fn an_approval_counts_only_while_whoever_gave_it_could_still_give_the_role() {
    let site = site().await;
    let blueprint = json!({
        "name": "strict", "version": "1.0.0", "description": "For tests.", "extends": "standard@1.0.0",
        "settings": { "selfService": ["grants"], "accessApproval": "two" }
    });
    let answer = site.call(post("/v1/blueprints", &blueprint)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let spec = json!({ "slug": "acme", "name": "Acme", "blueprint": "strict@1.0.0" });
    let acme = site.call(post("/v1/tenants", &spec)).await.body["tenant"].clone();
    let own = of_tenant(&acme);
    for (subject, role) in [("reader", "read-only"), ("second", "tenant-admin")] {
        grant(&site, &own, &person(&acme, subject), role).await;
    }
    let admins = format!("group:{}:admins", id(&acme));
    for (holder, subject, groups) in [
        (person(&acme, "adm"), "adm", &[][..]),
        (admins, "gil", &["admins"][..]),
    ] {
        let given = grant(&site, &own, &holder, "tenant-admin").await;
        let first = async |asked: &Value| {
            let path = format!("{}/{}/approve", path(&acme), id(asked));
            let token = claims(Some(id(&acme)), subject, groups);
            let answer = site.call(post(path, &json!({})).with_token(&token)).await;
            assert_eq!(
                (answer.status, &answer.body["state"]),
                (200, &json!("pending"))
            );
        };
        // While the grant is there, also that of a group, the approval counts.
        let asked = ask(&site, &acme).await;
        first(&asked).await;
        let approved = decide(&site, &acme, "second", &asked, "approve").await;
        assert_eq!(approved.status, 200, "{}", approved.body);
        assert_eq!(approved.body["state"], "approved");
        let asked = ask(&site, &acme).await;
        first(&asked).await;
        let revoked = request("DELETE", format!("{own}/{}", id(&given)));
        assert_eq!(site.call(revoked).await.status, 200);
        let before = grants(&site, &acme).await.len();
        let refused = decide(&site, &acme, "second", &asked, "approve").await;
        assert_eq!(
            (refused.status, refused.kind()),
            (409, "conflict"),
            "{subject}: {}",
            refused.body
        );
        assert_eq!(grants(&site, &acme).await.len(), before);
        let denied = decide(&site, &acme, "second", &asked, "deny").await;
        assert_eq!(denied.status, 200, "{}", denied.body);
    }
}

#[tokio::test]
async fn who_may_not_list_grants_sees_his_or_her_own_requests_and_no_others() {
    let site = site().await;
    let acme = tenant(&site).await;
    let readers = ask(&site, &acme).await;
    let devs = send(&site, &acme, "dev", &path(&acme), &asked()).await.body;
    let sees = async |subject: &str| {
        let token = claims(Some(id(&acme)), subject, &[]);
        let listed = site.call(get(path(&acme)).with_token(&token)).await;
        let mut all: Vec<String> = listed.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| id(it).to_owned())
            .collect();
        all.sort();
        all
    };
    let mut both = [id(&readers).to_owned(), id(&devs).to_owned()];
    both.sort();
    assert_eq!(sees("reader").await, [id(&readers)]);
    assert_eq!(sees("dev").await, [id(&devs)]);
    assert_eq!(sees("adm").await, both);
    let token = claims(Some(id(&acme)), "dev", &[]);
    let show = async |asked: &Value| {
        let path = format!("{}/{}", path(&acme), id(asked));
        site.call(get(path).with_token(&token)).await.status
    };
    assert_eq!((show(&devs).await, show(&readers).await), (200, 404));
    let stranger = claims(Some(id(&acme)), "stranger", &[]);
    let refused = site.call(post(path(&acme), &asked()).with_token(&stranger));
    assert_eq!(refused.await.status, 404);
    // In pages as small as may be.
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let page = site
            .call(get(format!("{}?limit=1{cursor}", path(&acme))))
            .await
            .body;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| id(it).to_owned()),
        );
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, both);
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_the_same_and_only_so_many_are_pending() {
    let site = site().await;
    let acme = tenant(&site).await;
    let token = claims(Some(id(&acme)), "reader", &[]);
    let send = async |key: &str| {
        let ask = post(path(&acme), &asked()).with_token(&token).key(key);
        site.call(ask).await
    };
    let first = send("k-1").await;
    let again = send("k-1").await;
    assert_eq!((again.status, &again.body["id"]), (201, &first.body["id"]));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    for n in 2..=10 {
        assert_eq!(send(&format!("k-{n}")).await.status, 201);
    }
    let beyond = send("k-11").await;
    assert_eq!(
        (beyond.status, beyond.kind()),
        (409, "conflict"),
        "{}",
        beyond.body
    );
    assert_eq!(
        decide(&site, &acme, "reader", &first.body, "cancel")
            .await
            .status,
        200
    );
    assert_eq!(send("k-12").await.status, 201);
    let approve = format!("{}/{}/approve", path(&acme), id(&send("k-2").await.body));
    let by_ann = || post(&*approve, &json!({})).by(Some(ANN)).key("a-1");
    let approved = site.call(by_ann()).await;
    let replayed = site.call(by_ann()).await;
    assert_eq!((approved.status, replayed.status), (200, 200));
    assert_eq!(approved.body["grant"], replayed.body["grant"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_changes_nothing_and_there_is_none_for_a_project_that_is_absent()
 {
    let site = site().await;
    let acme = tenant(&site).await;
    let before = site.rows().await;
    let odd = send(&site, &acme, "reader", &path(&acme), &json!({})).await;
    assert_eq!(
        (odd.status, odd.fields()),
        (422, vec!["role", "durationSecs", "reason"])
    );
    let project =
        json!({ "role": "project-admin", "project": "web", "durationSecs": 900, "reason": "x" });
    let absent = send(&site, &acme, "reader", &path(&acme), &project).await;
    assert_eq!(absent.status, 404, "{}", absent.body);
    assert_eq!(site.rows().await, before);
    let removed = site.call(request("DELETE", format!("/v1/tenants/{}", id(&acme))));
    assert_eq!(removed.await.status, 202);
    let leaving = send(&site, &acme, "reader", &path(&acme), &asked()).await;
    assert_eq!(leaving.status, 409, "{}", leaving.body);
}
