use serde_json::{Value, json};
use tenancy::{DesiredState, Egress, finding::Repair, spec::Contacts};

use super::*;
use crate::{
    component::{Change, Component, Plan},
    contacts,
    declared::{Key, Observation, Observed, Resource, ResourceChange},
    imagine::{Imagined, imagine_until_settled},
    keys::Keys,
    network::{Network, tests::desired as network_of},
    resources::{Alarm, MetricFilter},
};

fn tenant(egress: Egress) -> Desired {
    let mut desired = network_of(egress, 2);
    desired.spec.alerting = true;
    desired.spec.trail_log_retention_days = Some(365);
    desired.spec.contacts = Contacts {
        operations: contacts::tests::contacts().billing,
        ..Contacts::default()
    };
    desired
        .spec
        .contacts
        .security
        .clone_from(&desired.spec.contacts.operations);
    desired
}

fn imagined(desired: &Desired, seen: Observation) -> Imagined<Alerting> {
    let imagined = imagine_until_settled::<Alerting>(desired, seen);
    assert!(imagined.converged);
    imagined
}

fn settled(desired: &Desired) -> Observation {
    let mut seen = imagined(desired, Observation::default()).seen;
    for (key, observed) in &mut seen.0 {
        if let (Observed::Present(state), "subscription") = (observed, key.kind) {
            state.insert("confirmation".into(), json!(Subscription::CONFIRMED));
        }
    }
    seen
}

fn plan(desired: &Desired, seen: &Observation) -> Plan<ResourceChange> {
    <Alerting as Component>::plan(desired, seen)
}

fn home() -> Region {
    tenant(Egress::None).home_region().unwrap().clone()
}

fn of_kind(seen: &Observation, kind: &str) -> usize {
    seen.0.keys().filter(|key| key.kind == kind).count()
}

/// What the plan says, after a field was changed behind our back.
fn drift(desired: &Desired, key: &Key, field: &str, found: Value) -> Vec<(String, String)> {
    let mut seen = settled(desired);
    let Some(Observed::Present(state)) = seen.0.get_mut(key) else {
        panic!("no {key}")
    };
    state.insert(field.to_owned(), found);
    let plan = plan(desired, &seen);
    let differences = plan.changes.iter().flat_map(Change::differences);
    differences
        .chain(plan.findings)
        .map(|difference| (difference.key, difference.found))
        .collect()
}

#[test]
fn every_recommendation_of_the_chapter_has_an_alarm_a_filter_and_an_action() {
    let desired = tenant(Egress::None);
    let seen = settled(&desired);
    assert_eq!(CIS.len(), 15);
    assert_eq!(
        (of_kind(&seen, "alarm"), of_kind(&seen, "metric-filter")),
        (15, 15)
    );
    assert_eq!(
        (of_kind(&seen, "topic"), of_kind(&seen, "subscription")),
        (1, 1)
    );
    let topic = tenancy::names::alerts_topic_arn(desired.account.as_ref().unwrap(), &home());
    for row in CIS {
        let name = format!("tenantry-{}", row.name);
        let alarm: Alarm = seen.present(&Alarm::key(&home(), &name)).unwrap();
        let filter: MetricFilter = seen.present(&MetricFilter::key(&home(), &name)).unwrap();
        assert_eq!(alarm.metric.as_ref(), Some(&filter.metric), "{name}");
        assert_eq!(alarm.namespace.as_ref(), Some(&filter.namespace), "{name}");
        assert!(alarm.acts && alarm.actions.contains(&topic), "{name}");
    }
    assert!(plan(&desired, &seen).changes.is_empty());
}

/// CloudWatch Logs API reference, `PutMetricFilter`.
#[test]
fn every_pattern_fits_into_a_filter_and_every_row_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for row in CIS {
        let pattern = row.pattern.text();
        assert!(pattern.len() <= 1024, "{}: {}", row.name, pattern.len());
        assert_eq!(pattern.matches('(').count(), pattern.matches(')').count());
        assert!(names.insert(row.name), "{}", row.name);
    }
}

#[test]
fn each_property_of_an_alarm_and_of_a_filter_is_compared_by_itself() {
    let desired = tenant(Egress::None);
    let alarm = Alarm::key(&home(), "tenantry-root-use");
    let filter = MetricFilter::key(&home(), "tenantry-root-use");
    let topic = Topic::key(&home());
    for (key, field, found) in [
        (&alarm, "acts", json!(false)),
        (&alarm, "actions", json!([])),
        (&alarm, "okActions", json!(["arn:aws:sns:eu-central-1:1:x"])),
        (
            &alarm,
            "noDataActions",
            json!(["arn:aws:sns:eu-central-1:1:x"]),
        ),
        (&alarm, "comparison", json!("LessThanThreshold")),
        (&alarm, "datapoints", json!(3)),
        (&alarm, "description", json!("x")),
        (&alarm, "dimensions", json!({"a": "b"})),
        (&alarm, "evaluations", json!(5)),
        (&alarm, "metric", json!("x")),
        (&alarm, "missingData", json!("ignore")),
        (&alarm, "namespace", json!("x")),
        (&alarm, "period", json!(60)),
        (&alarm, "statistic", json!("Average")),
        (&alarm, "threshold", json!(1000.0)),
        (&alarm, "unit", json!("Count")),
        (&filter, "pattern", json!("x")),
        (&filter, "metric", json!("x")),
        (&filter, "namespace", json!("x")),
        (&filter, "value", json!("0")),
        (&filter, "default", json!(1.0)),
        (&filter, "dimensions", json!({"a": "b"})),
        (&filter, "selection", json!("@aws.account = 1")),
        (&topic, "policy", json!({})),
        (&topic, "key", json!("arn:aws:kms:eu-central-1:1:key/1")),
    ] {
        let found = drift(&desired, key, field, found);
        let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys.len(), 1, "{field}: {keys:?}");
        assert!(keys[0].ends_with(field), "{field}: {keys:?}");
    }
}

#[test]
fn a_recipient_who_has_not_confirmed_is_a_finding_for_a_person_and_is_not_asked_again() {
    let desired = tenant(Egress::None);
    let seen = imagined(&desired, Observation::default()).seen;
    let plan = plan(&desired, &seen);
    assert!(plan.changes.is_empty());
    let [finding] = plan.findings.as_slice() else {
        panic!("{:?}", plan.findings)
    };
    assert_eq!(
        (
            finding.wanted.as_str(),
            finding.found.as_str(),
            finding.repair
        ),
        ("confirmed", "pending", Repair::Person)
    );
}

#[test]
fn nat_gateways_are_watched_in_their_region_by_the_ids_that_the_network_found() {
    let mut desired = tenant(Egress::NatPerAz);
    let gateways = "nat-a=nat-1 nat-b=nat-2";
    let outputs = &mut desired.outputs;
    outputs.set(
        ComponentName::NETWORK,
        Network::GATEWAYS,
        Some(&home()),
        gateways,
    );
    let seen = settled(&desired);
    assert_eq!(of_kind(&seen, "alarm"), 15 + 4);
    let key = Alarm::key(&home(), "tenantry-nat-b-port-allocation");
    let alarm: Alarm = seen.present(&key).unwrap();
    assert_eq!(alarm.dimensions.unwrap()["NatGatewayId"], "nat-2");
    let found = drift(
        &desired,
        &key,
        "dimensions",
        json!({"NatGatewayId": "nat-9"}),
    );
    assert_eq!(found[0].1, "NatGatewayId=nat-9");
    // While the network cannot be read, nothing is said of which gateway it is.
    let unknown = tenant(Egress::NatPerAz);
    assert!(plan(&unknown, &seen).changes.is_empty());
}

#[test]
fn the_topic_is_encrypted_with_the_tenant_s_key_and_left_alone_while_that_is_not_known() {
    let mut desired = tenant(Egress::None);
    let seen = settled(&desired);
    desired.spec.keys = true;
    assert!(plan(&desired, &seen).changes.is_empty());
    let arn = "arn:aws:kms:eu-central-1:1:key/1";
    desired
        .outputs
        .set(ComponentName::KEYS, Keys::ARN, Some(&home()), arn);
    let changes = plan(&desired, &seen).changes;
    let keys: Vec<String> = changes.iter().map(Change::key).collect();
    assert_eq!(keys, [format!("{}.topic.key", home())]);
    // And back.
    let seen = settled(&desired);
    desired.spec.keys = false;
    let changes = plan(&desired, &seen).changes;
    let [change] = changes.as_slice() else {
        panic!()
    };
    assert_eq!(change.difference().wanted, Topic::NO_KEY);
}

#[test]
fn only_alarms_of_ours_may_publish() {
    let desired = tenant(Egress::None);
    let topic: Topic = settled(&desired).present(&Topic::key(&home())).unwrap();
    let policy = topic.policy.unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let [statement] = statements.as_slice() else {
        panic!("{policy}")
    };
    assert_eq!(statement["Action"], "sns:Publish");
    assert_eq!(
        statement["Principal"]["Service"],
        "cloudwatch.amazonaws.com"
    );
    assert_eq!(
        statement["Condition"]["StringEquals"]["aws:SourceAccount"],
        desired.account.as_ref().unwrap().as_str()
    );
    let source = &statement["Condition"]["ArnLike"]["aws:SourceArn"];
    assert!(
        source.as_str().unwrap().ends_with(":alarm:tenantry-*"),
        "{source}"
    );
}

#[test]
fn data_that_somebody_puts_to_a_metric_of_ours_cannot_hide_an_event() {
    let desired = tenant(Egress::None);
    let seen = settled(&desired);
    let alarms = (seen.0.keys())
        .filter(|key| key.kind == <Alarm as Resource>::KIND.name)
        .filter_map(|key| seen.present::<Alarm>(key));
    let own = alarms.filter(|alarm| alarm.namespace.as_deref() == Some(TRAIL_METRICS));
    let own: Vec<Alarm> = own.collect();
    assert_eq!(own.len(), CIS.len());
    for alarm in own {
        assert_eq!(alarm.statistic.as_deref(), Some("Maximum"), "{alarm:?}");
    }
}

#[test]
fn everything_goes_and_the_topic_last() {
    let desired = tenant(Egress::None);
    let seen = settled(&desired);
    let leaving = Desired {
        desired_state: DesiredState::Absent,
        ..desired
    };
    let removed = imagined(&leaving, seen);
    let keys: Vec<String> = removed.changes.iter().map(Change::key).collect();
    assert_eq!(keys.len(), 15 + 15 + 1 + 1, "{keys:?}");
    assert_eq!(keys.last(), Some(&format!("{}.topic", home())));
}

#[test]
fn without_the_copy_of_the_trail_there_are_no_alarms_on_it() {
    let mut desired = tenant(Egress::None);
    desired.spec.trail_log_retention_days = None;
    let seen = settled(&desired);
    assert_eq!((of_kind(&seen, "alarm"), of_kind(&seen, "topic")), (0, 1));
    desired.spec.alerting = false;
    assert!(!<Alerting as Component>::enabled(&desired.spec));
}
