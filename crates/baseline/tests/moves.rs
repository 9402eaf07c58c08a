//! What a move to another blueprint would do, as a preview says it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]
#![allow(
    unused_crate_dependencies,
    reason = "not every test needs every dependency"
)]

#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use std::collections::BTreeSet;

use baseline::{Desired, preview, preview_change};
use tenancy::{BlueprintRef, ComponentName, Spec, blueprint::Catalog, finding::Difference};

/// A tenant of a blueprint, which chooses nothing.
fn of(blueprint: &str) -> Desired {
    let mut desired = world::tenant();
    let reference: BlueprintRef = blueprint.parse().unwrap();
    let spec: Spec = serde_json::from_value(serde_json::json!({
        "slug": desired.slug, "name": desired.name, "blueprint": reference,
    }))
    .unwrap();
    let regions = desired.spec.regions.clone();
    let catalog = Catalog::built_in().unwrap();
    let blueprint = catalog.find(&reference).unwrap();
    desired.spec = blueprint.resolve(&spec, &regions, &regions[0]).unwrap();
    desired
}

fn components(items: &[Difference]) -> BTreeSet<ComponentName> {
    items.iter().map(|item| item.component).collect()
}

#[test]
fn a_move_changes_what_differs_and_nothing_else() {
    let (sandbox, regulated) = (of("sandbox@1.0.0"), of("regulated@1.0.0"));
    assert_eq!(preview_change(&sandbox, &sandbox), []);
    assert_eq!(preview_change(&regulated, &regulated), []);
    let up = preview_change(&sandbox, &regulated);
    assert!(components(&up).contains(&ComponentName::KEYS), "{up:#?}");
    let account = up
        .iter()
        .filter(|item| item.component == ComponentName::ACCOUNT);
    let account: Vec<&str> = account.map(|item| item.key.as_str()).collect();
    assert_eq!(account, ["account.tags"], "{up:#?}");
    assert!(up.len() < preview(&regulated).len());
    let down = preview_change(&regulated, &sandbox);
    assert!(
        components(&down).contains(&ComponentName::KEYS),
        "{down:#?}"
    );
}

#[test]
fn what_a_component_that_stays_no_longer_has_is_deleted_in_the_preview() {
    let (regulated, standard) = (of("regulated@1.1.0"), of("standard@1.1.0"));
    let down = preview_change(&regulated, &standard);
    let deleted = |item: &Difference| {
        item.component == ComponentName::ACCESS_ANALYZER && item.remedy.starts_with("Delete")
    };
    assert_eq!(
        down.iter().filter(|item| deleted(item)).count(),
        1,
        "{down:#?}"
    );
}

/// The largest page of the API, in bytes (`bounded::LARGEST`): a preview is answered whole.
const LARGEST: usize = 2 << 20;

#[test]
fn the_largest_preview_is_a_small_answer() {
    let mut largest = of("regulated@1.1.0");
    largest.account = "444455556666".parse().ok();
    let areas = ["af", "ap", "ca", "eu", "me", "sa", "us"];
    let names = areas.iter().flat_map(|area| {
        let sides = ["central", "southeast", "northwest"];
        sides.map(|side| format!("{area}-{side}-1"))
    });
    let regions: Vec<tenancy::Region> = names.take(17).map(|name| name.parse().unwrap()).collect();
    let cidrs = regions.iter().enumerate();
    largest.cidrs = cidrs
        .map(|(n, region)| (region.clone(), format!("10.{n}.0.0/16").parse().unwrap()))
        .collect();
    let spec = &mut largest.spec;
    spec.regions = regions;
    spec.availability_zones = 3;
    spec.egress = tenancy::Egress::NatPerAz;
    spec.cidr_prefix = 16;
    // As many tags, and as long ones, as a spec may have.
    let tag = |n: u8| (format!("{n:0>64}"), "v".repeat(128));
    spec.tags = (0..20).map(tag).collect();
    spec.contacts = world::tenant().spec.contacts;
    spec.budget = world::tenant().spec.budget;
    let items = preview(&largest);
    assert!(items.len() > 17 * 60, "{}", items.len());
    let size = serde_json::to_string(&items).unwrap().len();
    assert!(size < LARGEST, "{size} bytes, {} items", items.len());
}
