use api_types::{CreationLimitsView, LimitsView};
use serde_json::{Value, json};

use crate::{
    fixtures::{TENANT, is_of, tenant},
    mock::answer,
    session::{tenantry, tenantry_with},
};

fn admission(capacity: u32, in_flight: &Value, queue: &Value) -> Value {
    json!({"capacity": capacity, "inFlight": in_flight, "queue": queue, "secondsPerSlot": 36})
}

fn creations(on: bool) -> Value {
    let in_flight = json!([{"tenantId": TENANT, "since": "2026-11-20T08:00:00Z", "until": "2026-11-20T09:00:00Z"}]);
    let entry = json!({"tenantId": "t-bbbbbbbbbbbbbbbb", "position": 1, "since": "2026-11-20T08:01:00Z", "expectedAt": "2026-11-20T08:02:00Z"});
    let mut view = admission(5, &in_flight, &json!({"total": 31, "items": [entry]}));
    let more = json!({
        "on": on, "version": 2,
        "switchEvents": [{"on": on, "reason": "quota, ticket 4711", "by": "arn:aws:iam::111111111111:user/ann", "at": "2026-11-20T07:00:00Z"}],
        "breaker": {"succeeded": 12, "failed": 3, "unknown": 1, "consecutiveFailures": 2, "reasons": {"INTERNAL_FAILURE": 3}},
        "budget": {
            "hour": {"used": 7, "allowed": 100, "resetsAt": "2026-11-20T09:00:00Z"},
            "day": {"used": 40, "allowed": 300, "resetsAt": "2026-11-21T00:00:00Z"},
            "isOverride": false,
        },
    });
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

#[test]
fn the_mocked_limits_are_those_of_the_api() {
    is_of::<LimitsView>(&limits());
    is_of::<CreationLimitsView>(&creations(false));
}

fn limits() -> Value {
    json!({
        "creations": creations(true),
        "closures": admission(3, &json!([]), &json!({"total": 0, "items": []})),
        "calls": [{"call": "CreateAccount", "secondsPerCall": 10.0, "burst": 2, "available": 1, "aws": {"perSecond": 0.1, "burst": 3}}],
    })
}

#[test]
fn limits_are_shown_with_the_tenants_in_flight_and_in_the_queue() {
    tenantry(
        ["limits", "show", "--limit", "1"],
        vec![answer(200, &limits())],
    )
    .run()
    .golden("limits-show");
}

#[test]
fn limits_are_the_apis_answer_for_programs() {
    let ran = tenantry(
        ["limits", "show", "-o", "json"],
        vec![answer(200, &limits())],
    )
    .run();
    assert_eq!(
        serde_json::from_str::<Value>(&ran.stdout).unwrap(),
        limits()
    );
}

#[test]
fn creations_are_stopped_with_a_reason() {
    let arguments = ["limits", "stop-creations", "--reason", "quota, ticket 4711"];
    let ran = tenantry(arguments, vec![answer(200, &creations(false))])
        .run()
        .golden("limits-stop");
    let sent: Value = serde_json::from_str(&ran.requests[0].body).unwrap();
    assert_eq!(sent, json!({"on": false, "reason": "quota, ticket 4711"}));
}

#[test]
fn creations_are_started_with_another_budget_or_the_usual_one() {
    for (more, requested) in [
        (vec![], json!({"on": true, "reason": "raised"})),
        (
            vec!["--per-hour", "5", "--per-day", "9"],
            json!({"on": true, "reason": "raised", "budget": {"perHour": 5, "perDay": 9}}),
        ),
        (
            vec!["--usual-budget"],
            json!({"on": true, "reason": "raised", "budget": null}),
        ),
    ] {
        let mut arguments = vec!["limits", "start-creations", "--reason", "raised"];
        arguments.extend(more);
        let ran = tenantry_with(&arguments, vec![answer(200, &creations(true))]).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let sent: Value = serde_json::from_str(&ran.requests[0].body).unwrap();
        assert_eq!(sent, requested);
    }
}

#[test]
fn a_request_without_a_reason_or_with_half_a_budget_is_not_sent() {
    for arguments in [
        vec!["limits", "stop-creations"],
        vec!["limits", "stop-creations", "--reason", " "],
        vec![
            "limits",
            "start-creations",
            "--reason",
            "r",
            "--per-hour",
            "5",
        ],
        vec![
            "limits",
            "start-creations",
            "--reason",
            "r",
            "--per-hour",
            "0",
            "--per-day",
            "5",
        ],
        vec!["limits", "show", "--limit", "101"],
    ] {
        let ran = tenantry_with(&arguments, vec![]).run();
        assert_eq!((ran.code, ran.requests.len()), (2, 0), "{arguments:?}");
    }
}

#[test]
fn a_waiting_tenant_is_shown_with_its_position() {
    let mut waiting = tenant("onboarding");
    waiting["queue"] = json!({"waitsFor": "creation", "position": 3, "length": 12, "since": "2026-11-20T08:00:00Z", "expectedAt": "2026-11-20T08:05:00Z"});
    let ran = tenantry(["tenant", "show", "acme"], vec![answer(200, &waiting)]).run();
    let wanted = "queue           position 3 of 12 for the creation of its account, expected at 2026-11-20T08:05:00Z";
    assert!(ran.stdout.contains(wanted), "{}", ran.stdout);
    waiting["queue"]
        .as_object_mut()
        .unwrap()
        .remove("expectedAt");
    let ran = tenantry(["tenant", "show", "acme"], vec![answer(200, &waiting)]).run();
    assert!(
        ran.stdout.contains("creations are stopped"),
        "{}",
        ran.stdout
    );
}
