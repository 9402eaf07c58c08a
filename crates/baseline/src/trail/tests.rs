use proptest::prelude::*;
use tenancy::{DesiredState, blueprint::TrailKind};

use super::*;
use crate::{account::sample_desired, component::Change, imagine_until_settled};

fn desired(desired_state: DesiredState, kind: TrailKind) -> Desired {
    let mut desired = sample_desired(desired_state);
    desired.account = Some("012345678901".parse().unwrap());
    desired.spec.trail = kind;
    desired
}

fn tenant() -> Desired {
    desired(DesiredState::Present, TrailKind::Tenant)
}

fn settled() -> Seen {
    imagine_until_settled::<Trail>(&tenant(), Seen::default()).seen
}

fn keys(seen: &Seen) -> Vec<String> {
    Trail::plan(&tenant(), seen)
        .changes
        .iter()
        .map(Change::key)
        .collect()
}

#[test]
fn a_trail_is_built_in_four_rounds() {
    let imagined = imagine_until_settled::<Trail>(&tenant(), Seen::default());
    assert!(imagined.converged);
    assert_eq!(imagined.rounds, 4);
    assert_eq!(imagined.changes.len(), 10);
    assert!(Trail::plan(&tenant(), &imagined.seen).is_settled());
}

#[test]
fn each_drift_has_its_own_change() {
    let with = |spoil: fn(&mut Seen)| {
        let mut seen = settled();
        spoil(&mut seen);
        keys(&seen)
    };
    let bucket = |spoil: fn(&mut Bucket)| {
        let mut seen = settled();
        spoil(seen.bucket.as_mut().unwrap());
        keys(&seen)
    };
    let trail = |spoil: fn(&mut Own)| {
        let mut seen = settled();
        spoil(seen.trail.as_mut().unwrap());
        keys(&seen)
    };
    assert_eq!(with(|_| ()), Vec::<String>::new());
    assert_eq!(with(|s| s.bucket = None), ["trail.bucket"]);
    assert_eq!(with(|s| s.trail = None), ["trail.trail"]);
    assert_eq!(bucket(|b| b.versioned = false), ["trail.bucket.versioning"]);
    assert_eq!(bucket(|b| b.encrypted = false), ["trail.bucket.encryption"]);
    assert_eq!(
        bucket(|b| b.blocked = false),
        ["trail.bucket.public-access-block"]
    );
    assert_eq!(
        bucket(|b| b.owner_enforced = false),
        ["trail.bucket.object-ownership"]
    );
    assert_eq!(bucket(|b| b.policy = None), ["trail.bucket.policy"]);
    assert_eq!(bucket(|b| b.lifecycle = None), ["trail.bucket.lifecycle"]);
    assert_eq!(bucket(|b| b.tags.clear()), ["trail.bucket.tags"]);
    assert_eq!(trail(|t| t.logging = false), ["trail.logging"]);
    assert_eq!(trail(|t| t.all_management = false), ["trail.events"]);
    assert_eq!(trail(|t| t.multi_region = false), ["trail.properties"]);
    assert_eq!(trail(|t| t.validation = false), ["trail.properties"]);
    assert_eq!(
        trail(|t| t.bucket = "elsewhere".into()),
        ["trail.properties"]
    );
}

#[test]
fn the_gap_of_a_stopped_trail_is_in_the_finding() {
    let mut seen = settled();
    let trail = seen.trail.as_mut().unwrap();
    trail.logging = false;
    trail.gap = "stopped at noon, last delivery at 11:55".into();
    let plan = Trail::plan(&tenant(), &seen);
    assert_eq!(
        plan.changes[0].difference().found,
        "off: stopped at noon, last delivery at 11:55"
    );
}

#[test]
fn tags_of_others_on_the_bucket_are_kept() {
    let mut seen = settled();
    let bucket = seen.bucket.as_mut().unwrap();
    bucket.tags.insert("theirs".into(), "x".into());
    assert_eq!(keys(&seen), Vec::<String>::new());
    let mut seen = seen.clone();
    seen.bucket.as_mut().unwrap().tags.remove(names::TAG_TENANT);
    let plan = Trail::plan(&tenant(), &seen);
    let TrailChange::Set {
        setting: Setting::Tags(tags),
        ..
    } = &plan.changes[0]
    else {
        panic!("{plan:?}")
    };
    assert_eq!(tags["theirs"], "x");
    assert!(tags.contains_key(names::TAG_TENANT));
}

#[test]
fn a_stranger_s_trail_of_our_name_parks_and_survives() {
    let mut seen = settled();
    seen.trail.as_mut().unwrap().ours = false;
    let plan = Trail::plan(&tenant(), &seen);
    assert!(plan.changes.is_empty() && plan.obstacles.len() == 1);
    assert!(Trail::plan(&desired(DesiredState::Absent, TrailKind::Tenant), &seen).is_settled());
}

#[test]
fn the_organization_s_trail_is_verified_and_never_changed() {
    let organization = desired(DesiredState::Present, TrailKind::Organization);
    let good = Shared {
        arn: "arn".into(),
        multi_region: true,
        validation: true,
        logging: true,
        delivery_error: None,
    };
    let seen = |shared| Seen {
        organization: Some(shared),
        ..Seen::default()
    };
    assert!(Trail::plan(&organization, &seen(good.clone())).is_settled());
    let bad = [
        Shared {
            multi_region: false,
            ..good.clone()
        },
        Shared {
            validation: false,
            ..good.clone()
        },
        Shared {
            logging: false,
            ..good.clone()
        },
        Shared {
            delivery_error: Some("AccessDenied".into()),
            ..good
        },
    ];
    for shared in bad {
        let plan = Trail::plan(&organization, &seen(shared));
        assert!(plan.changes.is_empty() && plan.obstacles.len() == 1);
    }
    assert_eq!(
        Trail::plan(&organization, &Seen::default()).obstacles.len(),
        1
    );
}

fn any_seen() -> impl Strategy<Value = Seen> {
    let bucket = (any::<[bool; 7]>()).prop_map(|b| {
        let good = settled().bucket.unwrap();
        Bucket {
            tags: if b[0] {
                good.tags
            } else {
                BTreeMap::from([("theirs".into(), "x".into())])
            },
            versioned: b[1],
            encrypted: b[2],
            blocked: b[3],
            owner_enforced: b[4],
            policy: b[5].then_some(good.policy).flatten(),
            lifecycle: b[6].then_some(good.lifecycle).flatten(),
        }
    });
    let trail = (any::<[bool; 7]>()).prop_map(|b| {
        let good = settled().trail.unwrap();
        Own {
            ours: b[0],
            bucket: if b[1] {
                good.bucket.clone()
            } else {
                "elsewhere".into()
            },
            multi_region: b[2],
            global_events: b[3],
            validation: b[4],
            all_management: b[5],
            logging: b[6],
            ..good
        }
    });
    (proptest::option::of(bucket), proptest::option::of(trail)).prop_map(|(bucket, trail)| Seen {
        bucket,
        trail,
        organization: None,
    })
}

proptest! {
    #[test]
    fn from_anything_seen_the_trail_is_put_right_and_stays(seen in any_seen()) {
        let foreign = seen.trail.as_ref().is_some_and(|t| !t.ours);
        let imagined = imagine_until_settled::<Trail>(&tenant(), seen);
        prop_assert!(imagined.converged);
        let again = Trail::plan(&tenant(), &imagined.seen);
        prop_assert!(again.changes.is_empty());
        prop_assert_eq!(again.is_settled(), !foreign);
    }

    #[test]
    fn a_departure_deletes_our_trail_and_nothing_else(seen in any_seen()) {
        let leaving = desired(DesiredState::Absent, TrailKind::Tenant);
        let imagined = imagine_until_settled::<Trail>(&leaving, seen.clone());
        prop_assert!(imagined.converged);
        prop_assert_eq!(&imagined.seen.bucket, &seen.bucket);
        let foreign = seen.trail.as_ref().is_some_and(|t| !t.ours);
        prop_assert_eq!(imagined.seen.trail.is_some(), foreign);
        for change in &imagined.changes {
            let deletes = matches!(change, TrailChange::DeleteTrail { .. });
            prop_assert!(deletes);
        }
    }

    #[test]
    fn keys_are_unique_in_a_plan(seen in any_seen()) {
        let keys = keys(&seen);
        let unique: std::collections::BTreeSet<&String> = keys.iter().collect();
        prop_assert_eq!(unique.len(), keys.len());
    }
}
