//! A rule in each Region with one target, the role that it sends by, and nothing of others touched.

use serde_json::{Value, json};
use tenancy::{DesiredState, Egress};

use super::*;
use crate::{
    component::{Change, Component, Plan},
    declared::{Observation, Observed, Resource, ResourceChange, ResourceFact, write},
    imagine_until_settled,
    network::tests::desired as network_of,
    resources::Role,
    trail_home,
};

fn desired(regions: &[&str]) -> Desired {
    let mut desired = network_of(Egress::None, 2);
    desired.spec.event_forwarding = true;
    desired.spec.regions = regions.iter().map(|name| name.parse().unwrap()).collect();
    desired
}

fn with_kinds(mut seen: Observation) -> Observation {
    seen.1
        .insert(EventRule::KIND.name, const { &EventRule::KIND });
    seen.1.insert(Role::KIND.name, const { &Role::KIND });
    seen
}

fn built(desired: &Desired) -> Observation {
    let imagined = imagine_until_settled::<EventForwarding>(desired, Observation::default());
    assert!(imagined.converged);
    with_kinds(imagined.seen)
}

fn plan(desired: &Desired, seen: &Observation) -> Plan<ResourceChange> {
    <EventForwarding as Component>::plan(desired, seen)
}

fn rule_key(region: &str) -> crate::declared::Key {
    EventRule::key(&region.parse().unwrap(), names::FORWARDING_RULE)
}

fn changed(seen: &mut Observation, field: &str, value: Value) {
    let key = rule_key("eu-central-1");
    let found: EventRule = seen.present(&key).unwrap();
    let mut state = write(&found);
    state.insert(field.to_owned(), value);
    seen.0.insert(key, Observed::Present(state));
}

#[test]
fn each_region_forwards_to_the_installations_bus_and_the_target_waits_for_its_role() {
    let desired = desired(&["eu-central-1", "us-east-1"]);
    let imagined = imagine_until_settled::<EventForwarding>(&desired, Observation::default());
    let keys: Vec<String> = imagined.changes.iter().map(Change::key).collect();
    let at = |end: &str| keys.iter().position(|key| key.ends_with(end)).unwrap();
    assert_eq!(keys.len(), 1 + 1 + 2 + 2, "{keys:?}");
    assert!(at("forwarder") < at("eu-central-1.rule.targets.tenantry"));
    let rule: EventRule = imagined.seen.present(&rule_key("us-east-1")).unwrap();
    assert_eq!(
        rule.targets["tenantry"]["arn"],
        desired.deployment.bus_arn.as_str()
    );
    assert_eq!(rule.targets.len(), 1);
}

#[test]
fn the_role_puts_events_on_the_installations_bus_only_and_trusts_our_rules_only() {
    let desired = desired(&["eu-central-1"]);
    let role: Role = built(&desired).present(&role::key()).unwrap();
    let policy = &role.inline[names::MANAGEMENT_POLICY]["Statement"];
    assert_eq!(policy.as_array().unwrap().len(), 1);
    assert_eq!(policy[0]["Action"], json!(["events:PutEvents"]));
    assert_eq!(
        policy[0]["Resource"],
        json!([desired.deployment.bus_arn.as_str()])
    );
    let trust = &role.trust["Statement"][0];
    assert_eq!(
        trust["Principal"],
        json!({ "Service": "events.amazonaws.com" })
    );
    let account = desired.account.as_ref().unwrap();
    let rule = format!("arn:aws:events:*:{account}:rule/tenantry-forward-events");
    assert_eq!(
        trust["Condition"]["ArnLike"]["aws:SourceArn"],
        rule.as_str()
    );
    assert!(role.attached.is_empty());
}

/// EventBridge API reference, `PutRule`, and User Guide, "Quotas": a pattern has at most 2,048 characters.
#[test]
fn the_pattern_fits_into_a_rule_and_names_each_service_once() {
    assert!(forwarded::pattern().to_string().len() <= 2_048);
    assert_eq!(sources().len(), FORWARDED.len());
    assert!(sources().iter().all(|source| source.starts_with("aws.")));
}

#[test]
fn every_field_of_a_rule_is_compared_and_put_back() {
    let desired = desired(&["eu-central-1"]);
    for (field, value, key, found) in [
        (
            "pattern",
            json!({"source": ["aws.health"]}),
            "pattern",
            "source",
        ),
        ("state", json!("DISABLED"), "state", "DISABLED"),
        ("schedule", json!("rate(1 minute)"), "schedule", "rate"),
        ("description", json!("x"), "description", "x"),
        ("role", json!("arn:aws:iam::1:role/x"), "role", "role/x"),
        ("targets", json!({}), "targets.tenantry", "nothing"),
        (
            "targets",
            json!({"tenantry": {"arn": "arn:aws:events:eu-central-1:1:event-bus/x"}}),
            "targets.tenantry",
            "event-bus/x",
        ),
        (
            "tags",
            json!({"tenantry:tenant": desired.tenant}),
            "tags",
            "tenantry:tenant=",
        ),
    ] {
        let mut seen = built(&desired);
        changed(&mut seen, field, value);
        let plan = plan(&desired, &seen);
        let found_all: Vec<(String, String)> = plan
            .changes
            .iter()
            .flat_map(Change::differences)
            .map(|difference| (difference.key, difference.found))
            .collect();
        let [(name, was)] = found_all.as_slice() else {
            panic!("{field}: {found_all:?}");
        };
        assert_eq!(*name, format!("eu-central-1.rule.{key}"));
        assert!(was.contains(found), "{field}: {was}");
        for change in &plan.changes {
            ResourceFact::expected(change).learn(&mut seen);
        }
        assert!(super::tests::plan(&desired, &seen).is_settled(), "{field}");
    }
}

#[test]
fn a_target_of_others_on_our_rule_is_taken_off_and_ours_stays() {
    let desired = desired(&["eu-central-1"]);
    let mut seen = built(&desired);
    let key = rule_key("eu-central-1");
    let mut rule: EventRule = seen.present(&key).unwrap();
    let arn = "arn:aws:lambda:eu-central-1:1:function:x";
    rule.targets.insert("theirs".into(), json!({ "arn": arn }));
    seen.0.insert(key, Observed::Present(write(&rule)));
    let plan = plan(&desired, &seen);
    let keys: Vec<String> = plan.changes.iter().map(Change::key).collect();
    assert_eq!(keys, ["eu-central-1.rule.targets.theirs"]);
    assert!(plan.changes[0].difference().found.contains(arn));
}

#[test]
fn a_rule_of_somebody_else_at_our_name_is_named_and_left_alone() {
    let desired = desired(&["eu-central-1"]);
    let mut seen = built(&desired);
    changed(&mut seen, "tags", json!({}));
    let plan = plan(&desired, &seen);
    assert!(plan.changes.is_empty());
    assert_eq!(plan.obstacles.len(), 1);
}

#[test]
fn a_rule_is_emptied_before_it_and_its_role_are_deleted() {
    let both = desired(&["eu-central-1", "us-east-1"]);
    let seen = built(&both);
    let left = imagine_until_settled::<EventForwarding>(&desired(&["us-east-1"]), seen.clone());
    let keys: Vec<String> = left.changes.iter().map(Change::key).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys[0].ends_with(".targets.tenantry") && keys[0].starts_with("eu-central-1"));
    let leaving = Desired {
        desired_state: DesiredState::Absent,
        ..both
    };
    let removed = imagine_until_settled::<EventForwarding>(&leaving, seen);
    let keys: Vec<String> = removed.changes.iter().map(Change::key).collect();
    assert_eq!(keys.len(), 2 + 2 + 1 + 1, "{keys:?}");
    let role = keys.iter().position(|key| key == "forwarder");
    let emptied = keys
        .iter()
        .rposition(|key| key.ends_with(".targets.tenantry"));
    assert!(role > emptied, "{keys:?}");
}

#[test]
fn the_region_of_the_trails_alarms_is_forwarded_also_where_the_spec_no_longer_has_it() {
    let mut desired = desired(&["us-east-1"]);
    let arn = "arn:aws:cloudtrail:eu-west-1:444455556666:trail/tenantry-trail";
    desired
        .outputs
        .set(ComponentName::TRAIL, trail_home::ARN, None, arn);
    assert_eq!(regions(&desired).len(), 1);
    desired.spec.alerting = true;
    desired.spec.trail_log_retention_days = Some(90);
    let names: Vec<String> = regions(&desired).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["eu-west-1", "us-east-1"]);
}

/// The installation's bus lets in what is forwarded, from the role that forwards, and nothing else.
#[test]
fn the_template_lets_onto_the_bus_and_records_exactly_what_is_forwarded() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");
    let template = std::fs::read_to_string(path).unwrap();
    let listed = |from: &str| -> BTreeSet<String> {
        let lines = template.lines().skip_while(|line| !line.contains(from));
        let lines = lines.skip_while(|line| !line.trim().starts_with("- aws."));
        let lines = lines.map_while(|line| line.trim().strip_prefix("- aws."));
        lines.map(|name| format!("aws.{name}")).collect()
    };
    let forwarded: BTreeSet<String> = sources().into_iter().map(str::to_owned).collect();
    assert_eq!(listed("Sid: TenantEvents"), forwarded);
    assert_eq!(listed("TenantEventsRule:"), forwarded);
    let role = format!("role{}{}", names::MANAGEMENT_PATH, names::FORWARDER);
    assert!(template.contains(&role), "{role}");
}
