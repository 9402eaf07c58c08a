//! The engine over every line of the table, on an imagined AWS: no component is named here, so a new one is covered by existing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod world;

use baseline::{BASELINE, Departure, Recorded};
use tenancy::{ComponentName, ComponentState};
use world::{Fault, World, leaving, tenant};

#[tokio::test]
async fn a_fresh_tenant_settles_in_one_pass() {
    let world = World::default();
    let report = world.onboard(&tenant()).await;
    assert!(
        report.is_settled(),
        "{:#?}",
        report.failures().collect::<Vec<_>>()
    );
    assert_eq!(report.outcomes.len(), BASELINE.len());
    assert!(world.writes() > 0);
}

#[tokio::test]
async fn a_settled_tenant_is_left_alone() {
    let world = World::settled().await;
    let before = world.writes();
    let report = world.onboard(&world.desired(tenant())).await;
    assert!(report.is_settled());
    assert_eq!(world.writes(), before);
}

#[tokio::test]
async fn an_audit_writes_nothing_and_finds_what_is_missing() {
    let world = World::default();
    let report = world.audit(&world.desired(tenant())).await;
    assert_eq!(world.writes(), 0);
    assert!(report.remaining().next().is_some());
    let settled = World::settled().await;
    let report = settled.audit(&settled.desired(tenant())).await;
    assert_eq!(
        report.remaining().collect::<Vec<_>>(),
        Vec::<&tenancy::finding::Difference>::new()
    );
}

#[tokio::test]
async fn an_audit_before_new_rights_are_in_force_says_not_verifiable_yet_and_parks_nothing() {
    let state = async |world: &World| {
        let report = world.audit(&world.desired(tenant())).await;
        let mut outcomes = report.outcomes.into_iter();
        let trail = outcomes.find(|o| o.component == ComponentName::TRAIL);
        trail.unwrap().state
    };
    let world = World::settled().await;
    world.hide(ComponentName::TRAIL);
    assert_eq!(state(&world).await, ComponentState::Parked);
    world.lose(ComponentName::ACCESS);
    assert_eq!(state(&world).await, ComponentState::Waiting);
}

#[tokio::test]
async fn power_lost_at_any_effect_before_or_after_it_took_place_ends_in_the_same_tenant() {
    let quiet = World::settled().await;
    for after in [false, true] {
        for nth in 1..=quiet.writes() {
            let world = World::default();
            world.break_at(Fault { nth, after });
            for _ in 0..10 {
                if world.onboard(&world.desired(tenant())).await.is_settled() {
                    break;
                }
                world.pass_time();
            }
            assert!(
                world.onboard(&world.desired(tenant())).await.is_settled(),
                "effect {nth}, after: {after}"
            );
            assert_eq!(
                world.effects(),
                quiet.effects(),
                "effect {nth}, after: {after}"
            );
        }
    }
}

#[tokio::test]
async fn a_settled_tenant_leaves_and_is_absent() {
    let world = World::settled().await;
    let mut report = world.offboard(&world.desired(leaving())).await;
    for _ in 0..5 {
        if report.is_settled() {
            break;
        }
        report = world.offboard(&world.desired(leaving())).await;
    }
    assert!(report.is_settled(), "{report:#?}");
    assert!(
        report
            .outcomes
            .iter()
            .all(|o| o.state == ComponentState::Absent),
        "{report:#?}"
    );
    let before = world.writes();
    assert!(world.offboard(&world.desired(leaving())).await.is_settled());
    assert_eq!(world.writes(), before);
}

#[tokio::test]
async fn keys_that_the_spec_no_longer_asks_for_go_after_what_they_encrypt() {
    let world = World::settled().await;
    let before = world.writes();
    let mut desired = world.desired(tenant());
    desired.spec.keys = false;
    let known = [(
        "eu-central-1.kms-key.alias/tenantry".to_owned(),
        "1".to_owned(),
    )];
    desired.recorded = Recorded::new([(ComponentName::KEYS, known.into())]);
    let report = world.onboard(&desired).await;
    // Our roles lose the rights for it in a pass of their own.
    let mut unsettled = report.outcomes.iter().filter(|one| !one.is_settled());
    assert!(
        unsettled.all(|one| one.component == ComponentName::ACCESS && one.failures.is_empty()),
        "{report:#?}"
    );
    let order = world.order_of_components(before);
    let (last, others) = order.split_last().unwrap();
    assert_eq!(*last, ComponentName::KEYS, "{order:?}");
    for taken_off in [ComponentName::NETWORK, ComponentName::TRAIL] {
        assert!(others.contains(&taken_off), "{order:?}");
    }
    assert!(!others.contains(&ComponentName::KEYS), "{order:?}");
}

#[tokio::test]
async fn a_key_stays_while_what_it_encrypts_could_not_be_taken_off_it() {
    let world = World::settled().await;
    let before = world.writes();
    let mut desired = world.desired(tenant());
    desired.spec.keys = false;
    let known = [(
        "eu-central-1.kms-key.alias/tenantry".to_owned(),
        "1".to_owned(),
    )];
    desired.recorded = Recorded::new([(ComponentName::KEYS, known.into())]);
    world.refuse(ComponentName::TRAIL);
    assert!(!world.onboard(&desired).await.is_settled());
    let order = world.order_of_components(before);
    assert!(!order.contains(&ComponentName::KEYS), "{order:?}");
}

#[tokio::test]
async fn a_limit_met_while_other_things_are_changed_is_asked_again_before_a_person_is() {
    let world = World::default();
    world.fill(ComponentName::IDENTITY, "role.tenant-developer");
    let mut states = Vec::new();
    for _ in 0..2 {
        let report = world.onboard(&world.desired(tenant())).await;
        let mut outcomes = report.outcomes.into_iter();
        let identity = outcomes.find(|o| o.component == ComponentName::IDENTITY);
        let identity = identity.unwrap();
        let [failure] = identity.failures.as_slice() else {
            panic!("{:#?}", identity.failures);
        };
        states.push((identity.state, failure.retry_after_secs()));
    }
    assert_eq!(
        states,
        [
            (ComponentState::Failed, Some(10)),
            (ComponentState::Parked, None)
        ]
    );
}

async fn leave_as_emptied(world: &World) {
    for _ in 0..5 {
        let desired = world.desired(leaving());
        baseline::offboard(&world.rows(), world, &desired, true).await;
    }
}

#[tokio::test]
async fn of_a_locked_account_that_was_found_empty_only_the_closure_is_left() {
    let world = World::settled().await;
    // Power is lost right after the lock.
    let nth = world.writes() + 1;
    world.break_at(Fault { nth, after: true });
    world.offboard(&world.desired(leaving())).await;
    world.pass_time();
    let locked = world.writes();
    leave_as_emptied(&world).await;
    let order = world.order_of_components(locked);
    let of_the_frame = [ComponentName::PLACEMENT, ComponentName::ACCOUNT];
    assert!(
        order.iter().all(|name| of_the_frame.contains(name)),
        "{order:?}"
    );
    assert_eq!(order.last(), Some(&ComponentName::ACCOUNT));
}

#[tokio::test]
async fn an_account_that_was_found_empty_and_is_not_locked_any_more_is_emptied_again() {
    let world = World::settled().await;
    let built = world.writes();
    leave_as_emptied(&world).await;
    let order = world.order_of_components(built);
    assert!(order.contains(&ComponentName::NETWORK), "{order:?}");
    assert_eq!(order.last(), Some(&ComponentName::ACCOUNT));
}

#[tokio::test]
async fn power_lost_at_any_effect_of_a_departure_ends_in_the_same_place() {
    let quiet = World::settled().await;
    let built = quiet.writes();
    for _ in 0..5 {
        quiet.offboard(&quiet.desired(leaving())).await;
    }
    for after in [false, true] {
        for nth in built + 1..=quiet.writes() {
            let world = World::settled().await;
            world.break_at(Fault { nth, after });
            let mut settled = false;
            for _ in 0..10 {
                settled = world.offboard(&world.desired(leaving())).await.is_settled();
                if settled {
                    break;
                }
                world.pass_time();
            }
            assert!(settled, "effect {nth}, after: {after}");
        }
    }
}

#[tokio::test]
async fn the_tenant_is_locked_before_anything_is_taken_away_and_the_trail_goes_last() {
    let world = World::settled().await;
    let built = world.writes();
    for _ in 0..5 {
        world.offboard(&world.desired(leaving())).await;
    }
    let order = world.order_of_components(built);
    assert_eq!(order.first(), Some(&ComponentName::PLACEMENT));
    assert_eq!(order.last(), Some(&ComponentName::ACCOUNT));
    let trail = order
        .iter()
        .position(|c| *c == ComponentName::TRAIL)
        .unwrap();
    let later: Vec<_> = order[trail..]
        .iter()
        .filter(|c| [ComponentName::NETWORK, ComponentName::IDENTITY].contains(c))
        .collect();
    assert!(later.is_empty(), "{order:?}");
}

#[tokio::test]
async fn a_component_that_fails_blocks_only_what_needs_it() {
    // What only reads has nothing that could be refused.
    let previewed = baseline::preview(&tenant());
    let changes = |name| previewed.iter().any(|one| one.component == name);
    let changing = BASELINE.iter().filter(|row| changes(row.name()));
    for row in changing {
        let world = World::default();
        world.refuse(row.name());
        let report = world.onboard(&tenant()).await;
        assert!(!report.is_settled());
        for outcome in &report.outcomes {
            let other = BASELINE
                .iter()
                .find(|r| r.name() == outcome.component)
                .unwrap();
            if outcome.component != row.name() && !needs(other.name(), row.name()) {
                assert_eq!(
                    outcome.state,
                    ComponentState::Ready,
                    "{} after {} failed",
                    outcome.component,
                    row.name()
                );
            }
        }
    }
}

fn needs(component: ComponentName, other: ComponentName) -> bool {
    baseline::needs(component, other, BASELINE)
}

#[test]
fn the_table_names_each_component_once_after_all_it_needs() {
    for (index, row) in BASELINE.iter().enumerate() {
        let earlier: Vec<_> = BASELINE[..index].iter().map(|r| r.name()).collect();
        assert!(!earlier.contains(&row.name()));
        assert!(
            row.needs().iter().all(|need| earlier.contains(need)),
            "{}",
            row.name()
        );
    }
    let rows = World::default().rows();
    assert!(rows.iter().map(|row| row.name()).eq(baseline::names()));
}

#[test]
fn every_need_orders_building_one_way_and_leaving_the_other() {
    for line in BASELINE {
        let first = baseline::goes_after(*line, BASELINE);
        for other in BASELINE {
            let removed = matches!(other.departure(), Departure::ByNeed | Departure::Recorder);
            if removed && other.needs().contains(&line.name()) {
                assert!(
                    first.contains(&other.name()),
                    "{} before {}",
                    other.name(),
                    line.name()
                );
            }
            let back = baseline::goes_after(*other, BASELINE);
            let both = first.contains(&other.name()) && back.contains(&line.name());
            assert!(
                !both,
                "{} and {} wait for each other",
                line.name(),
                other.name()
            );
        }
    }
}
