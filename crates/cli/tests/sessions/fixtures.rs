//! Answers of the mocked API. Times of components lie in the future, so that ages are always `0s`.

use serde_json::{Value, json};

pub const TENANT: &str = "t-aaaaaaaaaaaaaaaa";
pub const OPERATION: &str = "t-aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb";
pub const OPERATION_PATH: &str = "/v1/operations/t-aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb";
const SOON: &str = "2999-01-01T00:00:00Z";

pub fn effective_spec() -> Value {
    json!({
        "blueprint": "standard@1.0.0", "regions": ["eu-central-1"], "network": true, "availabilityZones": 2,
        "egress": "single-nat", "cidrPrefix": 20, "flowLogRetentionDays": 90, "trail": "tenant",
        "trailRetentionDays": 365, "passwordPolicy": {"minimumLength": 14, "reusePrevention": 24},
        "tags": {"team": "blue"}, "costCenter": "4711", "mode": "repair",
        "contacts": {"security": {"name": "Ann Example", "email": "ann@example.com"}},
    })
}

pub fn component(state: &str, message: Option<&str>) -> Value {
    let mut status = json!({"state": state, "since": SOON});
    if let Some(message) = message {
        status["message"] = json!(message);
    }
    status
}

pub fn tenant(phase: &str) -> Value {
    json!({
        "id": TENANT, "generation": 1, "phase": phase, "specVersion": 3, "desiredState": "present",
        "spec": {"slug": "acme", "name": "Acme GmbH", "blueprint": "standard@1.0.0", "egress": "single-nat", "mode": "repair"},
        "accountEmail": "aws+t-aaaaaaaaaaaaaaaa@example.com", "accountId": "012345678901",
        "cidrs": {"eu-central-1": "10.0.0.0/20"},
        "components": {
            "account": component("ready", None),
            "network": {"state": "ready", "since": SOON, "resources": {"eu-central-1.vpc": "vpc-1"}},
        },
        "openOperations": [OPERATION], "openFindings": 0, "openDrift": 0,
        "createdAt": SOON, "createdBy": "arn:aws:iam::111111111111:user/ann", "updatedAt": SOON,
        "effectiveSpec": effective_spec(), "signInUrl": "https://acme.signin.aws.amazon.com/console",
    })
}

/// A tenant as a list has it.
pub fn listed(phase: &str) -> Value {
    json!({
        "id": TENANT, "slug": "acme", "name": "Acme", "phase": phase, "blueprint": "standard@1.0.0", "regions": ["eu-central-1"],
        "desiredState": "present", "specVersion": 3, "generation": 1, "accountId": "012345678901", "openOperations": 0,
        "openFindings": 0, "openDrift": 0, "createdAt": SOON, "readyAt": SOON,
    })
}

fn bare_operation(kind: &str, state: &str) -> Value {
    json!({
        "id": OPERATION, "tenantId": TENANT, "kind": kind, "state": state, "specVersion": 3,
        "requestedBy": "arn:aws:iam::111111111111:user/ann",
        "createdAt": "2026-11-20T08:00:00Z", "updatedAt": "2026-11-20T08:00:01Z",
    })
}

pub fn operation(kind: &str, state: &str, components: &Value) -> Value {
    let mut view = bare_operation(kind, state);
    view["phase"] = json!("onboarding");
    view["components"] = components.clone();
    view
}

pub fn accepted(kind: &str) -> Value {
    json!({"tenant": tenant("onboarding"), "operation": bare_operation(kind, "pending")})
}

pub fn started(kind: &str) -> Value {
    json!({"operation": bare_operation(kind, "pending")})
}

pub fn preview() -> Value {
    json!({"spec": tenant("requested")["spec"], "effectiveSpec": effective_spec(), "plan": [difference()]})
}

pub fn difference() -> Value {
    json!({
        "key": "trail.logging", "component": "trail", "resource": "tenantry-trail", "field": "logging",
        "wanted": "on", "found": "off", "severity": "high", "remedy": "start logging",
    })
}

pub fn finding(key: &str, severity: &str) -> Value {
    let mut finding = difference();
    finding["key"] = json!(key);
    finding["severity"] = json!(severity);
    finding["state"] = json!("open");
    finding["firstSeen"] = json!("2026-11-19T08:00:00Z");
    finding["lastSeen"] = json!("2026-11-20T08:00:00Z");
    finding
}

pub fn problem(status: u16, word: &str, detail: &str) -> Value {
    json!({
        "type": format!("https://tenantry.dev/problems/{word}"), "title": word.replace('-', " "), "status": status,
        "detail": detail, "instance": "/v1/tenants", "retryable": false, "requestId": "req-1",
    })
}

/// Whether `answer` is one that the API can give: read as its type and written again, it still says all that it said.
#[track_caller]
pub fn is_of<T: serde::Serialize + serde::de::DeserializeOwned>(answer: &Value) {
    let read: T = serde_json::from_value(answer.clone()).unwrap();
    let mut written = serde_json::to_value(read).unwrap();
    let whole = written.clone();
    overlay(&mut written, answer);
    assert_eq!(written, whole, "a member that the type does not have");
}

fn overlay(whole: &mut Value, part: &Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                overlay(whole.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (whole, part) => whole.clone_from(part),
    }
}

#[test]
fn the_mocked_api_gives_answers_that_the_api_can_give() {
    is_of::<api_types::TenantView>(&tenant("active"));
    is_of::<api_types::TenantSummaryView>(&listed("active"));
    is_of::<api_types::OperationView>(&operation("onboard", "running", &json!({})));
    is_of::<api_types::AcceptedView>(&accepted("onboard"));
    is_of::<api_types::AcceptedView>(&started("audit"));
    is_of::<api_types::PreviewView>(&preview());
    is_of::<tenancy::Finding>(&finding("trail.logging", "high"));
    is_of::<api_types::Problem>(&problem(404, "not-found", "it does not exist"));
}
