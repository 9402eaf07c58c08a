//! Findings over all tenants, posture, suppressions and reports.

use baseline::{Verdict, catalogue, posture::after_pass};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tenancy::{Finding, Suppression, TenantId, report};
use tenantry_aws::ledger::PassRecord;

use crate::{
    access::{claims, grant, id, of_tenant, open_tenant, person, site},
    site::{Site, get, request},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn finding(key: &str, component: &str, resource: &str, severity: &str) -> Finding {
    serde_json::from_value(json!({
        "key": key, "component": component, "resource": resource, "field": "field", "wanted": "on", "found": "off",
        "severity": severity, "remedy": "Put it right.", "state": "open", "firstSeen": "2026-01-01T00:00:00Z",
        "lastSeen": "2026-01-01T00:00:00Z",
    }))
    .unwrap()
}

/// What an audit at a time leaves in the ledger that found this.
async fn audit(site: &Site, tenant: &Value, found: &[Finding], now: Timestamp) {
    let id: TenantId = id(tenant).parse().unwrap();
    let ledger = &site.app.ledger;
    let before = ledger.posture(&id).await.unwrap().rows;
    let passed = catalogue::controls().map(|control| (control.id.clone(), Verdict::Passed));
    let open: Vec<&Finding> = found.iter().collect();
    let controls = after_pass(
        before.controls.as_ref(),
        &passed.collect(),
        &open,
        &before.suppressions,
        now,
    );
    let lease = ledger.acquire_lease(&id, "audit", now, SignedDuration::from_mins(1));
    let lease = lease.await.unwrap().unwrap();
    let record = PassRecord {
        findings: found.to_vec(),
        controls: Some(controls),
        ready_at: Some(now),
        audited_at: Some(now),
        ..PassRecord::default()
    };
    ledger.save_pass(&lease, &record, now).await.unwrap();
}

fn stopped() -> Finding {
    finding(
        "trail.trail.tenantry-trail.logging",
        "trail",
        "tenantry-trail",
        "high",
    )
}

fn keys() -> Finding {
    finding("TNT.IAM.1", "identity", "IAM users", "critical")
}

fn found(body: &Value) -> Vec<(String, String)> {
    let items = body["items"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .map(|item| (text(&item["tenantSlug"]), text(&item["key"])))
        .collect()
}

fn pair(slug: &str, finding: &Finding) -> (String, String) {
    (slug.to_owned(), finding.difference.key.clone())
}

#[tokio::test]
async fn findings_of_all_tenants_are_filtered_paged_to_their_end_and_held_to_who_may_see_them() {
    let site = site().await;
    let mut tenants = Vec::new();
    for slug in ["one", "two", "three"] {
        tenants.push(open_tenant(&site, slug).await);
    }
    let now = at("2026-02-01T00:00:00Z");
    audit(&site, &tenants[0], &[keys(), stopped()], now).await;
    audit(&site, &tenants[2], &[stopped()], now).await;
    let all = site.call(get("/v1/findings")).await;
    assert_eq!(all.status, 200, "{}", all.body);
    let everything = vec![
        pair("one", &keys()),
        pair("one", &stopped()),
        pair("three", &stopped()),
    ];
    assert_eq!(found(&all.body), everything);
    assert_eq!(all.body["items"][0]["control"], "TNT.IAM.1");
    assert_eq!(all.body["items"][1]["control"], "TNT.TRAIL.101");
    assert_eq!(all.body["items"][1]["lastSeen"], "2026-02-01T00:00:00Z");

    for (filter, wanted) in [
        ("severity=critical", vec![pair("one", &keys())]),
        (
            "control=TNT.TRAIL.101&tenant=three",
            vec![pair("three", &stopped())],
        ),
        ("component=identity", vec![pair("one", &keys())]),
        ("state=resolved", vec![]),
        ("tenant=two", vec![]),
        ("tenant=nobody", vec![]),
    ] {
        let answer = site.call(get(format!("/v1/findings?{filter}"))).await;
        assert_eq!(found(&answer.body), wanted, "{filter}");
    }
    for wrong in [
        "severity=bad",
        "control=x",
        "component=X",
        "tenant=!",
        "state=gone",
        "x=1",
    ] {
        let answer = site.call(get(format!("/v1/findings?{wrong}"))).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.body);
    }

    let (mut paged, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = site
            .call(get(format!("/v1/findings?limit=1{cursor}")))
            .await;
        paged.extend(found(&page.body));
        pages += 1;
        assert!(pages < 10, "the pages do not end");
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, everything);

    grant(
        &site,
        &of_tenant(&tenants[2]),
        &person(&tenants[2], "pat"),
        "read-only",
    )
    .await;
    let pat = claims(Some(id(&tenants[2])), "pat", &[]);
    let own = site.call(get("/v1/findings").with_token(&pat)).await;
    assert_eq!(found(&own.body), [pair("three", &stopped())]);
    let posture = site.call(get("/v1/posture").with_token(&pat)).await;
    let slugs: Vec<&Value> = posture.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["slug"])
        .collect();
    assert_eq!(slugs, ["three"]);
    let other = site
        .call(get("/v1/findings?tenant=one").with_token(&pat))
        .await;
    assert_eq!(found(&other.body), []);
    // Who sees the costs of a tenant sees the tenant, and not what is wrong in it.
    grant(
        &site,
        &of_tenant(&tenants[2]),
        &person(&tenants[2], "bill"),
        "billing",
    )
    .await;
    let bill = claims(Some(id(&tenants[2])), "bill", &[]);
    let none = site.call(get("/v1/findings").with_token(&bill)).await;
    assert_eq!((none.status, found(&none.body)), (200, vec![]));
}

#[tokio::test]
async fn the_posture_is_shown_now_and_as_it_was_recorded_on_a_day() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = format!("/v1/tenants/{}/posture", id(&acme));
    let before = site.call(get(&path)).await;
    assert_eq!(before.status, 200, "{}", before.body);
    assert_eq!(before.body.get("score"), None);
    audit(&site, &acme, &[], at("2026-01-10T03:00:00Z")).await;
    audit(&site, &acme, &[stopped()], at("2026-01-20T03:00:00Z")).await;
    audit(&site, &acme, &[stopped()], at("2026-01-21T03:00:00Z")).await;
    let now = site.call(get(&path)).await;
    let score = now.body["score"].as_u64().unwrap();
    assert!(score < 100, "{}", now.body);
    assert_eq!(now.body["open"]["high"], 1);
    let worst = &now.body["controls"][0];
    assert_eq!(
        (&worst["control"], &worst["state"]),
        (&json!("TNT.TRAIL.101"), &json!("failed"))
    );
    assert_eq!(worst["firstSeen"], "2026-01-01T00:00:00Z");
    assert_eq!(worst["lastSeen"], "2026-01-21T03:00:00Z");
    assert_eq!(worst["since"], "2026-01-20T03:00:00Z");
    // Only the days on which something changed are recorded.
    let days: Vec<&Value> = now.body["trend"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| &day["at"])
        .collect();
    assert_eq!(days, ["2026-01-20T03:00:00Z", "2026-01-10T03:00:00Z"]);

    let on = async |day: &str| site.call(get(format!("{path}?on={day}"))).await;
    for (day, score, recorded) in [
        ("2026-01-10", 100, "2026-01-10T03:00:00Z"),
        ("2026-01-19", 100, "2026-01-10T03:00:00Z"),
        ("2026-01-20", score, "2026-01-20T03:00:00Z"),
        ("2026-02-01", score, "2026-01-20T03:00:00Z"),
    ] {
        let then = on(day).await;
        assert_eq!(
            (then.status, &then.body["score"]),
            (200, &json!(score)),
            "{day}"
        );
        assert_eq!(then.body["at"], recorded, "{day}");
    }
    assert_eq!(on("2026-01-09").await.status, 404);
    for wrong in ["2999-01-01", "2026-1-1", "today", "2026-02-30"] {
        assert_eq!(on(wrong).await.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_suppressed_finding_is_hidden_from_score_and_lists_which_say_so_and_comes_back() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    audit(
        &site,
        &acme,
        &[keys(), stopped()],
        at("2026-02-01T00:00:00Z"),
    )
    .await;
    let own = format!("/v1/tenants/{}", id(&acme));
    let path = format!("{own}/suppressions");
    let posture = async || site.call(get(format!("{own}/posture"))).await.body;
    let before = posture().await;
    let until = (Timestamp::now() + SignedDuration::from_hours(48)).to_string();
    let body = json!({ "control": "TNT.IAM.1", "resource": "IAM users", "reason": "ticket 4711", "expiresAt": until });
    for (field, value) in [
        ("reason", json!("")),
        ("expiresAt", json!("2026-01-01T00:00:00Z")),
        ("owner", json!("me")),
        // Of the right form, and the id of nothing.
        ("control", json!("TNT.TRIAL.1")),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let refused = site.call(request("PUT", &path).json(&wrong)).await;
        assert_eq!(
            (refused.status, &refused.body["errors"][0]["field"]),
            (422, &json!(field))
        );
    }
    let made = site.call(request("PUT", &path).json(&body)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.body["owner"], crate::site::ANN);
    let again = site.call(request("PUT", &path).json(&body)).await;
    assert_eq!(
        again.body["id"], made.body["id"],
        "one for each control and resource"
    );

    let after = posture().await;
    assert!(after["score"].as_u64() > before["score"].as_u64());
    assert_eq!(
        (&after["suppressed"], &after["open"]["critical"]),
        (&json!(1), &json!(0))
    );
    for list in [format!("{own}/findings"), "/v1/findings".to_owned()] {
        let shown = site.call(get(&list)).await;
        assert_eq!(found(&shown.body), [pair("acme", &stopped())], "{list}");
        assert_eq!(shown.body["suppressed"], 1, "{list}");
        let whole = site.call(get(format!("{list}?suppressed=true"))).await;
        assert_eq!(found(&whole.body).len(), 2, "{list}");
        assert_eq!(
            whole.body["items"][0]["suppressedBy"]["reason"],
            "ticket 4711"
        );
    }
    let tenant = site.call(get(&own)).await;
    assert_eq!(
        tenant.body["openFindings"], 2,
        "what counts for repair is not hidden"
    );

    // One that has ended stays on the list, and hides nothing.
    let id_of: TenantId = id(&acme).parse().unwrap();
    let mut ended: Suppression = serde_json::from_value(made.body.clone()).unwrap();
    ended.expires_at = at("2026-01-31T00:00:00Z");
    ended.other = Default::default();
    let ask = tenantry_aws::ledger::Request {
        actor: "ann".into(),
        request_id: "r".into(),
        at: Timestamp::now(),
        idempotency: None,
    };
    site.app
        .ledger
        .suppress(&id_of, &ended, &ask)
        .await
        .unwrap();
    assert_eq!(posture().await["score"], before["score"]);
    let listed = site.call(get(&path)).await;
    assert_eq!(listed.body["items"][0]["expired"], true);

    let end = format!("{path}/{}", made.body["id"].as_str().unwrap());
    let left = site.call(request("DELETE", &end)).await;
    assert_eq!((left.status, &left.body["items"]), (200, &json!([])));
    assert_eq!(site.call(request("DELETE", &end)).await.status, 404);
    let history = site.call(get(format!("{own}/history"))).await;
    let entries = history.body["items"].as_array().unwrap().iter();
    let told: Vec<&Value> = entries
        .map(|entry| &entry["action"])
        .filter(|it| it.as_str().unwrap().contains("suppress"))
        .collect();
    let thrice = ["finding-suppressed"; 3];
    assert_eq!(told[..3], thrice);
    assert_eq!(told[3], "suppression-ended");

    grant(
        &site,
        &of_tenant(&acme),
        &person(&acme, "pat"),
        "tenant-admin",
    )
    .await;
    let pat = claims(Some(id(&acme)), "pat", &[]);
    let refused = site
        .call(request("PUT", &path).json(&body).with_token(&pat))
        .await;
    assert_eq!(
        refused.status, 403,
        "a tenant does not hide its own findings"
    );
}

#[tokio::test]
async fn a_suppression_that_is_asked_for_again_is_answered_as_before_and_brings_none_back() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    let path = format!("/v1/tenants/{}/suppressions", id(&acme));
    let until = (Timestamp::now() + SignedDuration::from_hours(48)).to_string();
    let body = json!({ "control": "TNT.IAM.1", "reason": "ticket 4711", "expiresAt": until });
    let ask = || request("PUT", &path).json(&body).key("once");
    let first = site.call(ask()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.headers.get("idempotent-replayed"), None);
    let again = site.call(ask()).await;
    assert_eq!(again.body, first.body);
    assert!(again.headers.contains_key("idempotent-replayed"));

    let end = format!("{path}/{}", first.body["id"].as_str().unwrap());
    let end = || request("DELETE", &end).key("end");
    assert_eq!(site.call(end()).await.status, 200);
    let again = site.call(end()).await;
    assert_eq!((again.status, &again.body["items"]), (200, &json!([])));
    assert!(again.headers.contains_key("idempotent-replayed"));
    assert_eq!(site.call(ask()).await.body, first.body);
    let listed = site.call(get(&path)).await;
    assert_eq!(listed.body["items"], json!([]));
}

#[tokio::test]
async fn a_report_is_on_record_with_its_digest_and_one_changed_byte_makes_another() {
    let site = site().await;
    let acme = open_tenant(&site, "acme").await;
    audit(&site, &acme, &[keys()], at("2026-02-01T00:00:00Z")).await;
    let own = format!("/v1/tenants/{}", id(&acme));
    let mut digests = Vec::new();
    for (format, name) in [
        ("html", "html"),
        ("json", "json"),
        ("csv", "csv"),
        ("ocsf", "ocsf.json"),
    ] {
        let made = site
            .call(get(format!("{own}/report?format={format}")))
            .await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert!(made.body["fileName"].as_str().unwrap().ends_with(name));
        let content = made.body["content"].as_str().unwrap();
        assert!(content.contains("TNT.IAM.1"), "{format}");
        let digest = report::digest(content.as_bytes());
        assert_eq!(made.body["digest"], digest.as_str());
        assert_ne!(
            report::digest(content.replacen("TNT", "TNS", 1).as_bytes()),
            digest
        );
        digests.push(digest);
    }
    let history = site.call(get(format!("{own}/history"))).await;
    let issued = history.body["items"].as_array().unwrap().iter();
    let issued = issued.filter(|entry| entry["action"] == report::ISSUED);
    let digest = |entry: &Value| {
        let digest = entry["details"][report::DIGEST].as_str();
        digest.unwrap().to_owned()
    };
    let recorded: Vec<String> = issued.map(digest).collect();
    assert_eq!(recorded, digests);
    let wrong = site.call(get(format!("{own}/report?format=pdf"))).await;
    assert_eq!(wrong.status, 422);
}
