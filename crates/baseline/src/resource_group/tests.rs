//! One group in each Region of the spec, by the tenant's tag; what is not ours stays.

use tenancy::DesiredState;

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component},
    declared::{Effect, Observed, ResourceFact, write},
    imagine_until_settled,
};

fn desired(regions: &[&str]) -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.spec.resource_group = true;
    desired.spec.regions = regions.iter().map(|name| name.parse().unwrap()).collect();
    desired
}

fn built(desired: &Desired) -> Observation {
    let imagined = imagine_until_settled::<ResourceGroups>(desired, Observation::default());
    assert!(imagined.converged);
    let mut seen = imagined.seen;
    seen.1
        .insert(ResourceGroup::KIND.name, const { &ResourceGroup::KIND });
    seen
}

fn changed(desired: &Desired, seen: &mut Observation, change: impl Fn(&mut ResourceGroup)) {
    let key = ResourceGroup::key(desired, &desired.spec.regions[0]);
    let mut found: ResourceGroup = seen.present(&key).unwrap();
    change(&mut found);
    seen.0.insert(key, Observed::Present(write(&found)));
}

#[test]
fn each_region_gets_a_group_of_the_tenants_tag_and_its_address_is_shown() {
    let desired = desired(&["eu-central-1", "us-east-1"]);
    let seen = built(&desired);
    assert_eq!(seen.0.len(), 2);
    let shown = <ResourceGroups as Component>::resources(&desired, &seen);
    let name = format!("tenantry-{}", desired.slug);
    assert_eq!(
        shown["us-east-1.console"],
        format!(
            "https://us-east-1.console.aws.amazon.com/resource-groups/group/{name}?region=us-east-1"
        )
    );
    let key = ResourceGroup::key(&desired, &desired.spec.regions[0]);
    let group: ResourceGroup = seen.present(&key).unwrap();
    assert!(group.query.to_string().contains(desired.tenant.as_str()));
}

#[test]
fn every_field_of_a_group_is_compared_and_put_back() {
    let desired = desired(&["eu-central-1"]);
    type Drift = fn(&mut ResourceGroup);
    let drifts: [(Drift, &str); 3] = [
        (
            |group| group.query = json!({}),
            "eu-central-1.resource-group.query",
        ),
        (
            |group| group.query_type = "CLOUDFORMATION_STACK_1_0".into(),
            "eu-central-1.resource-group.queryType",
        ),
        (
            |group| {
                group.tags.remove(names::TAG_COMPONENT);
            },
            "eu-central-1.resource-group.tags",
        ),
    ];
    for (drift, key) in drifts {
        let mut seen = built(&desired);
        changed(&desired, &mut seen, drift);
        let plan = <ResourceGroups as Component>::plan(&desired, &seen);
        assert_eq!(plan.changes.len(), 1, "{key}: {plan:#?}");
        assert_eq!(plan.changes[0].differences()[0].key, key);
        ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
        assert!(<ResourceGroups as Component>::plan(&desired, &seen).is_settled());
    }
}

#[test]
fn a_group_of_somebody_else_at_our_name_is_named_and_left_alone() {
    let desired = desired(&["eu-central-1"]);
    let mut seen = built(&desired);
    changed(&desired, &mut seen, |group| group.tags.clear());
    let plan = <ResourceGroups as Component>::plan(&desired, &seen);
    assert!(plan.changes.is_empty());
    assert_eq!(plan.obstacles.len(), 1);
}

#[test]
fn the_group_of_a_region_that_the_spec_no_longer_has_is_deleted() {
    let seen = built(&desired(&["eu-central-1", "us-east-1"]));
    let plan = <ResourceGroups as Component>::plan(&desired(&["us-east-1"]), &seen);
    assert_eq!(plan.changes.len(), 1);
    assert!(matches!(plan.changes[0].effect, Effect::Delete { .. }));
}
