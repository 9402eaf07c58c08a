//! One key in each Region of the spec; what is not ours stays, what is no longer wanted goes in thirty days.

use std::collections::BTreeMap;

use tenancy::{
    DesiredState, Region,
    blueprint::{Encryption, TrailKind},
};

use super::*;
use crate::{
    Recorded,
    account::tests::desired as sample,
    component::{Change, Component},
    declared::{Effect, Observed, ResourceFact, write},
    imagine_until_settled,
};

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

fn desired(regions: &[&str]) -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.account = Some("444455556666".parse().unwrap());
    desired.spec.keys = true;
    desired.spec.regions = regions.iter().map(|name| region(name)).collect();
    desired
}

/// With the ids that KMS gives.
fn built(desired: &Desired) -> Observation {
    let imagined = imagine_until_settled::<Keys>(desired, Observation::default());
    assert!(imagined.converged);
    let mut seen = imagined.seen;
    let kind = const { &<KmsKey as crate::declared::Resource>::KIND };
    seen.1.insert(kind.name, kind);
    for (key, observed) in &mut seen.0 {
        if let Observed::Present(state) = observed {
            state.insert(
                "id".into(),
                format!("id-in-{}", key.region().unwrap()).into(),
            );
        }
    }
    seen
}

fn changed(seen: &mut Observation, change: impl Fn(&mut KmsKey)) {
    let key = KmsKey::key(&region("eu-central-1"));
    let mut found: KmsKey = seen.present(&key).unwrap();
    change(&mut found);
    seen.0.insert(key, Observed::Present(write(&found)));
}

#[test]
fn each_region_gets_one_key_which_is_noted_before_it_is_made_and_taught_to_others() {
    let mut desired = desired(&["eu-central-1", "us-east-1"]);
    let plan = <Keys as Component>::plan(&desired, &Observation::default());
    assert_eq!(plan.changes.len(), 2);
    assert!(plan.changes.iter().all(Change::needs_note));
    let seen = built(&desired);
    <Keys as Component>::teach(&seen, &mut desired);
    let arn = desired
        .outputs
        .get(ComponentName::KEYS, Keys::ARN, Some(&region("us-east-1")));
    assert_eq!(
        arn,
        Some("arn:aws:kms:us-east-1:444455556666:key/id-in-us-east-1")
    );
}

#[test]
fn every_field_of_a_key_is_compared_and_put_back() {
    let desired = desired(&["eu-central-1"]);
    type Drift = fn(&mut KmsKey);
    let drifts: [(Drift, &str); 6] = [
        (|key| key.alias = None, "alias: nothing not alias/tenantry"),
        (|key| key.enabled = false, "enabled: off not on"),
        (
            |key| key.deletion = Some("2026-12-26".into()),
            "deletion: 2026-12-26 not nothing",
        ),
        (|key| key.rotation = None, "rotation: off not 365 days"),
        (
            |key| key.rotation = Some(2560),
            "rotation: 2560 days not 365 days",
        ),
        (
            |key| {
                key.tags = BTreeMap::from([(
                    names::TAG_TENANT.to_owned(),
                    "t-aeaqcaibaeaqcaib".to_owned(),
                )])
            },
            "tags",
        ),
    ];
    for (drift, words) in drifts {
        let mut seen = built(&desired);
        changed(&mut seen, drift);
        let plan = <Keys as Component>::plan(&desired, &seen);
        assert_eq!(plan.changes.len(), 1, "{words}: {plan:#?}");
        let found = plan.changes[0].differences();
        let found: Vec<String> = found
            .iter()
            .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
            .collect();
        assert!(found[0].contains(words), "{words} in {found:?}");
        ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
        assert!(
            <Keys as Component>::plan(&desired, &seen).is_settled(),
            "{words}"
        );
    }
}

#[test]
fn a_key_of_somebody_else_at_our_alias_is_left_alone_and_named() {
    let desired = desired(&["eu-central-1"]);
    let mut seen = built(&desired);
    changed(&mut seen, |key| key.tags.clear());
    let plan = <Keys as Component>::plan(&desired, &seen);
    assert!(plan.changes.is_empty());
    assert!(
        plan.obstacles[0].to_string().contains("alias/tenantry"),
        "{:?}",
        plan.obstacles
    );
}

#[test]
fn the_key_of_a_region_that_the_spec_no_longer_has_goes_and_is_shown_until_it_is_deleted() {
    let both = desired(&["eu-central-1", "us-east-1"]);
    let one = desired(&["us-east-1"]);
    let mut seen = built(&both);
    let plan = <Keys as Component>::plan(&one, &seen);
    assert_eq!(plan.changes.len(), 1);
    assert!(matches!(plan.changes[0].effect, Effect::Delete { .. }));
    let key = KmsKey::key(&region("eu-central-1"));
    let waits = Observed::Left("scheduled for deletion on 2026-12-26".into());
    seen.0.insert(key, waits);
    assert!(<Keys as Component>::plan(&one, &seen).is_settled());
    let shown = <Keys as Component>::resources(&one, &seen);
    assert!(
        shown.values().any(|value| value.contains("2026-12-26")),
        "{shown:?}"
    );
}

const TRAIL: &str = "arn:aws:cloudtrail:eu-central-1:444455556666:trail/tenantry-trail";

/// A tenant of these Regions whose trail was made in `eu-central-1`, where this key was seen to encrypt it.
fn with_trail(regions: &[&str], encryption: Encryption, by: Option<&str>) -> Desired {
    let mut desired = desired(regions);
    desired.spec.trail = TrailKind::Tenant;
    desired.spec.encryption = encryption;
    let mut trail = BTreeMap::from([("trail.tenantry-trail.id".to_owned(), TRAIL.to_owned())]);
    trail.extend(by.map(|key| ("key".to_owned(), key.to_owned())));
    let key = "eu-central-1.kms-key.alias/tenantry.id".to_owned();
    let keys = BTreeMap::from([(key, "id-in-eu-central-1".to_owned())]);
    desired.recorded = Recorded::new([(ComponentName::TRAIL, trail), (ComponentName::KEYS, keys)]);
    desired
}

#[test]
fn the_key_of_the_trails_home_stays_where_the_spec_drops_that_region_and_goes_on_encrypting() {
    let with = |regions: &[&str]| with_trail(regions, Encryption::TenantKey, None);
    let seen = built(&with(&["eu-central-1", "us-east-1"]));
    for regions in [&["us-east-1"][..], &["us-east-1", "eu-central-1"]] {
        let mut desired = with(regions);
        let plan = <Keys as Component>::plan(&desired, &seen);
        assert!(plan.is_settled(), "{plan:#?}");
        // By what was recorded, and by what is observed.
        let home = region("eu-central-1");
        let key = "arn:aws:kms:eu-central-1:444455556666:key/id-in-eu-central-1".to_owned();
        assert_eq!(Keys::encrypting(&desired, &home), (Some(key.clone()), None));
        desired.recorded = desired.recorded.only(|name| name == ComponentName::TRAIL);
        <Keys as Component>::teach(&seen, &mut desired);
        assert_eq!(Keys::encrypting(&desired, &home), (Some(key), None));
    }
}

#[test]
fn a_key_of_the_trails_home_that_is_to_encrypt_no_more_goes_once_the_trail_was_taken_off_it() {
    let seen = built(&desired(&["eu-central-1", "us-east-1"]));
    let by = "arn:aws:kms:eu-central-1:444455556666:key/id-in-eu-central-1";
    let on_it = with_trail(&["us-east-1"], Encryption::AwsKey, Some(by));
    assert!(<Keys as Component>::plan(&on_it, &seen).is_settled());
    let off_it = with_trail(&["us-east-1"], Encryption::AwsKey, None);
    let plan = <Keys as Component>::plan(&off_it, &seen);
    assert_eq!(plan.changes.len(), 1);
    assert!(matches!(plan.changes[0].effect, Effect::Delete { .. }));
}

#[test]
fn a_trail_that_is_left_for_the_organizations_keeps_its_key_while_that_encrypts_it() {
    let seen = built(&desired(&["eu-central-1", "us-east-1"]));
    let by = "arn:aws:kms:eu-central-1:444455556666:key/id-in-eu-central-1";
    let mut left = with_trail(&["us-east-1"], Encryption::TenantKey, Some(by));
    left.spec.trail = TrailKind::Organization;
    assert!(<Keys as Component>::plan(&left, &seen).is_settled());
}

#[test]
fn no_key_is_made_where_somebody_elses_encrypts_the_trail() {
    for theirs in [
        "arn:aws:kms:eu-west-3:999988887777:key/theirs",
        "arn:aws:kms:eu-central-1:444455556666:key/another",
    ] {
        let desired = with_trail(&["us-east-1"], Encryption::AwsKey, Some(theirs));
        assert_eq!(
            Keys::regions(&desired),
            BTreeSet::from([region("us-east-1")])
        );
    }
}

#[test]
fn no_service_may_use_a_key_for_another_account() {
    let policy = policy::key_policy(&"444455556666".parse().unwrap(), &region("eu-central-1"));
    for statement in policy["Statement"].as_array().unwrap() {
        if statement["Principal"]["Service"].is_null() {
            assert_eq!(
                statement["Principal"]["AWS"],
                "arn:aws:iam::444455556666:root"
            );
            continue;
        }
        let conditions = statement["Condition"].to_string();
        assert!(conditions.contains("444455556666"), "{statement}");
    }
}
