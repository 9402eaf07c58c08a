//! One dashboard, of what the tenant has; a stranger at its name is left alone.

use serde_json::json;
use tenancy::{DesiredState, Egress};

use super::*;
use crate::{
    component::{Change, Component},
    declared::{Effect, Observed, ResourceFact, write},
    imagine_until_settled,
    network::tests::desired as network_of,
};

fn desired() -> Desired {
    let mut desired = network_of(Egress::NatPerAz, 2);
    let spec = &mut desired.spec;
    (spec.dashboard, spec.alerting) = (true, true);
    spec.trail_log_retention_days = Some(90);
    desired
}

fn built(desired: &Desired) -> Observation {
    let imagined = imagine_until_settled::<Dashboards>(desired, Observation::default());
    assert!(imagined.converged);
    let mut seen = imagined.seen;
    seen.1
        .insert(Dashboard::KIND.name, const { &Dashboard::KIND });
    seen
}

fn widgets(desired: &Desired) -> Vec<Value> {
    let dashboard: Dashboard = built(desired).present(&Dashboard::key(desired)).unwrap();
    dashboard.body["widgets"].as_array().unwrap().clone()
}

fn changed(desired: &Desired, change: impl Fn(&mut Dashboard)) -> Observation {
    let mut seen = built(desired);
    let key = Dashboard::key(desired);
    let mut found: Dashboard = seen.present(&key).unwrap();
    change(&mut found);
    seen.0.insert(key, Observed::Present(write(&found)));
    seen
}

fn of_type(widgets: &[Value], kind: &str) -> usize {
    let same = widgets.iter().filter(|widget| widget["type"] == kind);
    same.count()
}

#[test]
fn it_shows_the_alarms_the_trail_and_the_gateways_that_the_spec_asks_for() {
    let all = widgets(&desired());
    let kinds = ["text", "alarm", "log", "metric"].map(|kind| of_type(&all, kind));
    assert_eq!(kinds, [1, 1, 1, 1 + 4], "{all:#?}");
    let alarms = all.iter().find(|widget| widget["type"] == "alarm").unwrap();
    let arns = alarms["properties"]["alarms"].as_array().unwrap();
    assert_eq!(arns.len(), 15 + 2 * 2, "{arns:?}");
    assert!(
        arns.iter()
            .all(|arn| arn.as_str().unwrap().contains(":alarm:tenantry-"))
    );

    let mut little = desired();
    little.spec.alerting = false;
    little.spec.egress = Egress::None;
    let all = widgets(&little);
    let kinds = ["text", "alarm", "log", "metric"].map(|kind| of_type(&all, kind));
    assert_eq!(kinds, [1, 0, 1, 0], "{all:#?}");
}

/// CloudWatch API reference, "Dashboard body structure and syntax": a grid of 24 columns, and at most 500 widgets.
#[test]
fn the_widgets_lie_in_the_grid_and_on_no_other() {
    let mut wide = desired();
    wide.spec.regions = ["eu-central-1", "us-east-1", "eu-west-1", "us-west-2"]
        .map(|name| name.parse().unwrap())
        .to_vec();
    let all = widgets(&wide);
    assert!(all.len() <= 500);
    let mut taken = std::collections::BTreeSet::new();
    for widget in &all {
        let part = |name: &str| widget[name].as_u64().unwrap();
        assert!(part("x") + part("width") <= 24, "{widget}");
        for x in part("x")..part("x") + part("width") {
            for y in part("y")..part("y") + part("height") {
                assert!(taken.insert((x, y)), "{widget}");
            }
        }
    }
}

#[test]
fn its_widgets_and_tags_are_compared_and_put_back() {
    let desired = desired();
    type Drift = fn(&mut Dashboard);
    let drifts: [(Drift, &str); 2] = [
        (|one| one.body = json!({ "widgets": [] }), "dashboard.body"),
        (
            |one| drop(one.tags.remove(names::TAG_COMPONENT)),
            "dashboard.tags",
        ),
    ];
    for (drift, key) in drifts {
        let mut seen = changed(&desired, drift);
        let plan = <Dashboards as Component>::plan(&desired, &seen);
        assert_eq!(plan.changes.len(), 1, "{key}: {plan:#?}");
        assert_eq!(plan.changes[0].differences()[0].key, key);
        ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
        assert!(<Dashboards as Component>::plan(&desired, &seen).is_settled());
    }
}

#[test]
fn one_of_somebody_else_at_our_name_is_left_alone_and_ours_goes_with_the_tenant() {
    let desired = desired();
    let seen = changed(&desired, |one| one.tags.clear());
    let plan = <Dashboards as Component>::plan(&desired, &seen);
    assert!(plan.changes.is_empty());
    assert_eq!(plan.obstacles.len(), 1);
    let seen = built(&desired);
    let leaving = Desired {
        desired_state: DesiredState::Absent,
        ..desired
    };
    let plan = <Dashboards as Component>::plan(&leaving, &seen);
    assert_eq!(plan.changes.len(), 1);
    assert!(matches!(plan.changes[0].effect, Effect::Delete { .. }));
    let keys: Vec<String> = plan.changes.iter().map(Change::key).collect();
    assert_eq!(keys, ["dashboard"]);
}
