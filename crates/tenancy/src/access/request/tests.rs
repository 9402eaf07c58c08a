use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn person(subject: &str) -> Grantee {
    let text = format!("person:installation:https://idp.example.com#{subject}");
    text.parse().unwrap()
}

fn request(approvals_needed: u32) -> AccessRequest {
    AccessRequest {
        id: AccessRequestId::from_random([1; 10]),
        tenant_id: TenantId::from_random([1; 10]),
        principal: person("ann"),
        name: Some("ann@acme.example".into()),
        requested_by: person("ann").to_string(),
        role: Role::TenantAdmin,
        scope: Scope::Tenant(TenantId::from_random([1; 10])),
        duration_secs: 3_600,
        reason: "an incident".into(),
        ticket: None,
        approvals_needed,
        state: RequestState::Pending,
        decisions: Vec::new(),
        requested_at: at(0),
        expires_at: at(1_000),
        decided_at: None,
        grant: None,
        access_ends_at: None,
        other: OtherFields::default(),
    }
}

fn decision(subject: &str, second: i64, approved: bool) -> Decision {
    Decision {
        approved,
        by: person(subject).to_string(),
        principal: person(subject),
        name: Some(format!("{subject}@acme.example")),
        grants: Vec::new(),
        at: at(second),
        reason: None,
    }
}

fn grant_id() -> GrantId {
    GrantId::from_random([2; 10])
}

#[test]
fn what_one_approves_is_a_grant_that_lasts_from_then_on() {
    let (after, grant) = request(1)
        .approve(decision("bob", 500, true), grant_id())
        .unwrap();
    let grant = grant.unwrap();
    assert_eq!(grant.expires_at, Some(at(4_100)));
    assert_eq!(
        (&grant.principal, grant.role),
        (&person("ann"), Role::TenantAdmin)
    );
    assert_eq!(grant.granted_by, person("bob").to_string());
    assert_eq!(grant.request, Some(after.id.clone()));
    assert_eq!(after.state, RequestState::Approved);
    assert_eq!(
        (after.grant, after.access_ends_at),
        (Some(grant.id), grant.expires_at)
    );
}

#[test]
fn two_people_have_to_approve_where_the_rule_says_two() {
    let first = request(2).approve(decision("bob", 1, true), grant_id());
    let (after, grant) = first.unwrap();
    assert_eq!((after.state, grant), (RequestState::Pending, None));
    let again = after.approve(decision("bob", 2, true), grant_id());
    assert_eq!(again.unwrap_err(), NotDecided::Twice);
    // The same person, who has signed in by another account.
    let other = Decision {
        principal: person("bob-2"),
        ..decision("bob", 2, true)
    };
    assert_eq!(
        after.approve(other, grant_id()).unwrap_err(),
        NotDecided::Twice
    );
    let (after, grant) = after.approve(decision("cy", 3, true), grant_id()).unwrap();
    assert_eq!(after.state, RequestState::Approved);
    let by = format!("{}, {}", person("bob"), person("cy"));
    assert_eq!(grant.unwrap().granted_by, by);
}

#[test]
fn nobody_decides_about_his_or_her_own_request_by_whichever_name() {
    let renamed = Decision {
        principal: "arn:aws:iam::111111111111:role/platform".parse().unwrap(),
        ..decision("ann", 1, true)
    };
    for own in [decision("ann", 1, true), renamed] {
        let refused = request(1).approve(own.clone(), grant_id());
        assert_eq!(refused.unwrap_err(), NotDecided::Own);
        assert_eq!(request(1).deny(own).unwrap_err(), NotDecided::Own);
    }
}

#[test]
fn a_request_is_decided_once_and_not_after_it_has_expired() {
    let expired = request(1);
    assert_eq!(expired.state_at(at(999)), RequestState::Pending);
    assert_eq!(expired.state_at(at(1_000)), RequestState::Expired);
    let denied = request(1).deny(decision("bob", 1, false)).unwrap();
    let canceled = request(1).cancel(&person("ann"), at(1)).unwrap();
    let (approved, _) = request(1)
        .approve(decision("bob", 1, true), grant_id())
        .unwrap();
    for (settled, second, state) in [
        (expired, 1_000, RequestState::Expired),
        (denied, 2, RequestState::Denied),
        (canceled, 2, RequestState::Canceled),
        (approved, 2, RequestState::Approved),
    ] {
        let refused = NotDecided::Settled(state);
        let approve = settled.approve(decision("cy", second, true), grant_id());
        assert_eq!(approve.unwrap_err(), refused);
        let deny = settled.deny(decision("cy", second, false));
        assert_eq!(deny.unwrap_err(), refused);
        let cancel = settled.cancel(&person("ann"), at(second));
        assert_eq!(cancel.unwrap_err(), refused);
    }
    let foreign = request(1).cancel(&person("bob"), at(1));
    assert_eq!(foreign.unwrap_err(), NotDecided::NotOwn);
}

#[test]
fn what_is_wrong_with_a_request_is_named_by_field() {
    let read = |body: serde_json::Value| {
        let errors = NewAccessRequest::read(&body).unwrap_err();
        let fields: Vec<String> = errors.into_iter().map(|error| error.field).collect();
        fields
    };
    assert_eq!(read(json!([])), [crate::validate::BODY]);
    assert_eq!(read(json!({})), ["role", "durationSecs", "reason"]);
    let whole = json!({ "role": "developer", "durationSecs": 900, "reason": "an incident", "ticket": "OPS-1" });
    assert!(NewAccessRequest::read(&whole).is_ok());
    for (field, value) in [
        ("role", json!("operator")),
        ("role", json!("project-admin")),
        ("durationSecs", json!(899)),
        ("durationSecs", json!(43_201)),
        ("durationSecs", json!("900")),
        ("reason", json!("")),
        ("reason", json!(7)),
        ("ticket", json!("x".repeat(101))),
        ("ticket", json!(7)),
        ("who", json!("me")),
    ] {
        let mut body = whole.clone();
        body[field] = value.clone();
        assert_eq!(read(body), [field], "{value}");
    }
    let mut project = whole;
    project["project"] = json!("web");
    assert_eq!(read(project.clone()), ["role"]);
    project["role"] = json!("project-admin");
    assert!(NewAccessRequest::read(&project).is_ok());
    assert!(DenyAccessRequest::read(&json!({ "reason": "not now" })).is_ok());
    assert!(DenyAccessRequest::read(&json!({ "reason": 7 })).is_err());
    assert!(DenyAccessRequest::read(&json!({})).is_err());
}

#[test]
fn what_another_release_wrote_is_read_and_kept() {
    let mut stored = serde_json::to_value(request(1)).unwrap();
    stored["state"] = json!("escalated");
    stored["approvers"] = json!(["cy"]);
    let read: AccessRequest = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(read.state.as_str(), "escalated");
    let refused = read.approve(decision("bob", 1, true), grant_id());
    assert!(refused.is_err(), "what it means is not known");
    assert_eq!(serde_json::to_value(read).unwrap(), stored);
}
