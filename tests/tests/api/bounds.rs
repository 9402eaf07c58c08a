//! What bounds a decision harms nobody else, and drops nothing without a word.

use std::{collections::HashMap, num::NonZeroU32};

use api::{App, Settings};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use scenarios::machine;
use serde_json::{Value, json};
use tenancy::{
    TenantId, Timestamp,
    access::{Grant, GrantId, Scope},
};
use tenantry_aws::ledger;

use crate::{
    access::{claims, grant, id, of_tenant, open_tenant, person, site},
    site::{ANN, Site, call, get, post, settings},
};

fn by() -> ledger::Request {
    ledger::Request {
        actor: ANN.into(),
        request_id: "r".into(),
        at: Timestamp::now(),
        idempotency: None,
    }
}

/// As many grants for somebody in a tenant as there may be.
async fn fill(site: &Site, tenant: &str, principal: &str) {
    for number in 0..100 {
        let grant = Grant {
            id: GrantId::from_random([number; 10]),
            principal: principal.parse().unwrap(),
            role: "read-only".parse().unwrap(),
            scope: Scope::Tenant(tenant.parse().unwrap()),
            reason: "a test".into(),
            granted_by: ANN.into(),
            granted_at: Timestamp::now(),
            expires_at: None,
            request: None,
        };
        site.app.ledger.give(&grant, &by()).await.unwrap();
    }
}

#[tokio::test]
async fn grants_of_one_tenant_leave_room_for_those_of_others_and_of_the_installation() {
    let site = site().await;
    let (acme, other) = (
        open_tenant(&site, "acme").await,
        open_tenant(&site, "other").await,
    );
    let group = "group:installation:helpers";
    fill(&site, id(&acme), group).await;
    let body = json!({ "principal": group, "role": "developer", "reason": "one too many" });
    let full = site.call(post(of_tenant(&acme), &body)).await;
    assert_eq!(full.status, 409, "{}", full.body);
    grant(&site, &of_tenant(&other), group, "developer").await;
    grant(&site, "/v1/grants", group, "billing").await;
    let member = claims(None, "bob", &["helpers"]);
    let audit = crate::site::request("POST", "/v1/tenants/other/audits");
    assert_eq!(site.call(audit.with_token(&member)).await.status, 202);
    let blueprints = get("/v1/blueprints").with_token(&member);
    assert_eq!(site.call(blueprints).await.status, 200);
}

#[tokio::test]
async fn all_groups_that_a_token_holds_count_and_a_token_with_more_is_refused_with_the_reason() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let names: Vec<String> = (0..101).map(|number| format!("g-{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let last = format!("group:{}:g-099", id(&acme));
    grant(&site, &of_tenant(&acme), &last, "read-only").await;
    let show = |groups: &[&str]| {
        let token = claims(Some(id(&acme)), "ann", groups);
        get("/v1/tenants/acme").with_token(&token)
    };
    assert_eq!(site.call(show(&names[99..100])).await.status, 200);
    assert_eq!(site.call(show(&names[..100])).await.status, 200);
    let refused = site.call(show(&names)).await;
    assert_eq!(refused.status, 401);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("more than 100 groups"), "{detail}");
}

#[tokio::test]
async fn a_history_shows_who_was_given_what_to_those_alone_who_may_list_grants() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = of_tenant(&acme);
    for (subject, role) in [
        ("dev", "developer"),
        ("ro", "read-only"),
        ("adm", "tenant-admin"),
    ] {
        grant(&site, &path, &person(&acme, subject), role).await;
    }
    let ended = json!({ "principal": person(&acme, "left"), "reason": "a lost laptop" });
    let ended = post("/v1/tenants/acme/people/end-sessions", &ended);
    assert_eq!(site.call(ended).await.status, 200);
    let read = async |subject: &str, query: &str| {
        let token = claims(Some(id(&acme)), subject, &[]);
        let path = format!("/v1/tenants/acme/history{query}");
        site.call(get(path).with_token(&token)).await
    };
    for subject in ["dev", "ro"] {
        let history = read(subject, "").await;
        assert_eq!(history.status, 200, "{}", history.body);
        let items = history.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{}", history.body);
        assert_eq!(items[0]["action"], "tenant-requested");
        assert_eq!(history.body["withheld"], true);
        let mut cursor = String::new();
        loop {
            let page = read(subject, &format!("?limit=2{cursor}")).await;
            let said = page.body.to_string();
            for withheld in ["access-", "sessions-ended", "#left"] {
                assert!(!said.contains(withheld), "{withheld}: {said}");
            }
            match page.body["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    let whole = read("adm", "").await;
    assert_eq!(whole.body["items"].as_array().unwrap().len(), 5);
    assert_eq!(whole.body.get("withheld"), None);
}

/// More tenants like this one, with a grant for a group in each, as the ledger keeps them.
async fn multiply(site: &Site, tenant: &Value, group: &str, count: u32) {
    let client = aws_sdk_dynamodb::Client::new(&site.aws);
    let text = |text: String| AttributeValue::S(text);
    let main = client.get_item().table_name(machine::TABLE);
    let main = main.key("pk", text(format!("T#{}", id(tenant))));
    let main = main.key("sk", text("META".into())).send().await.unwrap();
    let main = main.item.unwrap();
    let mut rows = Vec::new();
    for number in 0..count {
        let mut bytes = [1; 10];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        let new = TenantId::from_random(bytes);
        let mut row: HashMap<String, AttributeValue> = main.clone();
        row.retain(|name, _| !name.starts_with("listing_"));
        let doc = row["doc"].as_s().unwrap().replace(id(tenant), new.as_str());
        row.insert("doc".into(), text(doc));
        row.insert("pk".into(), text(format!("T#{new}")));
        rows.push(row);
        let grant = json!([{
            "id": GrantId::from_random(bytes), "principal": group, "role": "read-only", "scope": new.as_str(),
            "reason": "a test", "grantedBy": ANN, "grantedAt": "2026-01-01T00:00:00Z"
        }]);
        rows.push(HashMap::from([
            ("pk".into(), text(format!("HOLDER#{group}"))),
            ("sk".into(), text(format!("GRANTS#{new}"))),
            ("doc".into(), text(grant.to_string())),
            ("version".into(), AttributeValue::N("1".into())),
        ]));
    }
    for some in rows.chunks(25) {
        let puts = some.iter().map(|row| {
            let put = PutRequest::builder().set_item(Some(row.clone())).build();
            WriteRequest::builder().put_request(put.unwrap()).build()
        });
        let write = client.batch_write_item();
        let write = write.request_items(machine::TABLE, puts.collect());
        let answer = write.send().await.unwrap();
        assert!(answer.unprocessed_items.is_none_or(|left| left.is_empty()));
    }
}

#[tokio::test]
async fn a_list_of_one_s_own_tenants_ends_where_they_end() {
    let site = site().await;
    let tenant = open_tenant(&site, "acme").await;
    multiply(&site, &tenant, "group:installation:team", 1001).await;
    let token = claims(None, "bob", &["team"]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/tenants?limit=100{cursor}");
        let page = site.call(get(path).with_token(&token)).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let items = page.body["items"].as_array().unwrap();
        seen.extend(items.iter().map(|tenant| id(tenant).to_owned()));
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (1001, 1001));
}

#[tokio::test]
async fn a_caller_who_calls_too_fast_is_told_when_to_come_back_and_nobody_else_is() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    for subject in ["fast", "slow"] {
        grant(
            &site,
            &of_tenant(&acme),
            &person(&acme, subject),
            "read-only",
        )
        .await;
    }
    let settings = Settings {
        operators: ANN.parse().unwrap(),
        requests_per_second: NonZeroU32::MIN,
        ..settings()
    };
    let app = App::new(&site.aws, settings).unwrap();
    let show = |subject: &str| {
        let token = claims(Some(id(&acme)), subject, &[]);
        get("/v1/tenants/acme").with_token(&token)
    };
    let mut refused = None;
    for _ in 0..30 {
        let answer = call(&app, show("fast")).await;
        match answer.status {
            200 => {}
            _ => refused = Some(answer),
        }
    }
    let refused = refused.unwrap();
    assert_eq!((refused.status, refused.kind()), (429, "too-many-requests"));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.body["retryable"], true);
    assert_eq!(call(&app, show("slow")).await.status, 200);
    assert_eq!(call(&app, get("/v1/limits")).await.status, 200);
    // The sessions of a role are one caller.
    let session = |name| format!("arn:aws:sts::111111111111:assumed-role/ci/{name}");
    let mut seen = Vec::new();
    for number in 0..30 {
        let by = session(number);
        let list = get("/v1/tenants").by(Some(&by));
        seen.push(call(&app, list).await.status);
    }
    assert!(seen.contains(&429), "{seen:?}");
}

#[tokio::test]
async fn a_caller_who_changes_too_much_is_limited_in_every_process_and_may_read() {
    let site = site().await;
    let settings = || Settings {
        operators: ANN.parse().unwrap(),
        writes_per_minute: NonZeroU32::new(3).unwrap(),
        ..settings()
    };
    let acme = open_tenant(&site, "acme").await;
    for subject in ["dev", "other"] {
        grant(
            &site,
            &of_tenant(&acme),
            &person(&acme, subject),
            "developer",
        )
        .await;
    }
    let processes = [(); 2].map(|()| App::new(&site.aws, settings()).unwrap());
    let token = claims(Some(id(&acme)), "dev", &[]);
    let audit = || crate::site::request("POST", "/v1/tenants/acme/audits");
    let mut refused = Vec::new();
    // Of eight within two minutes, two are too many.
    for app in processes.iter().cycle().take(8) {
        let answer = call(app, audit().with_token(&token)).await;
        match answer.status {
            202 => {}
            _ => refused.push(answer),
        }
    }
    assert!(refused.len() >= 2, "{}", refused.len());
    let last = refused.last().unwrap();
    assert_eq!((last.status, last.kind()), (429, "too-many-requests"));
    let seconds: u32 = last.headers["retry-after"].parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let read = get("/v1/tenants/acme").with_token(&token);
    assert_eq!(call(&processes[0], read).await.status, 200);
    let other = claims(Some(id(&acme)), "other", &[]);
    let answer = call(&processes[0], audit().with_token(&other)).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
}
