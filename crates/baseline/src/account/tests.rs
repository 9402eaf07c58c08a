use proptest::prelude::*;
use tenancy::{DesiredState, Failure, Next, Severity, names};

use super::*;
use crate::component::Change;
use crate::control::Verdict;
use crate::{Deployment, Home, imagine_until_settled};

/// A tenant with the `standard` blueprint in `eu-central-1`.
pub(crate) fn desired(desired_state: DesiredState) -> Desired {
    let catalog = tenancy::blueprint::Catalog::built_in().unwrap();
    let spec: tenancy::Spec = serde_json::from_value(
        serde_json::json!({"slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0"}),
    )
    .unwrap();
    let region: tenancy::Region = "eu-central-1".parse().unwrap();
    let regions = vec![region.clone()];
    Desired {
        tenant: tenancy::TenantId::from_random([1; 10]),
        generation: 1,
        slug: spec.slug.clone(),
        name: spec.name.clone(),
        email: "aws+one@example.com".parse().unwrap(),
        desired_state,
        home: Home::Tenants,
        account: None,
        spec: catalog
            .find(&spec.blueprint)
            .unwrap()
            .resolve(&spec, &regions, &region)
            .unwrap(),
        cidrs: BTreeMap::new(),
        deployment: std::sync::Arc::new(Deployment {
            organization_id: "o-exampleorg".into(),
            onboard_role_arn: "arn:aws:iam::111111111111:role/onboard".into(),
            audit_role_arn: "arn:aws:iam::111111111111:role/audit".into(),
            offboard_role_arn: "arn:aws:iam::111111111111:role/offboard".into(),
            credentials_role_arn: "arn:aws:iam::111111111111:role/credentials".into(),
            access_role_arn: "arn:aws:iam::111111111111:role/access".into(),
            bootstrap_role: "OrganizationAccountAccessRole".into(),
            allowed_regions: regions,
            management_account: "111111111111".into(),
            installation: "111111111111/tenantry".into(),
            bus_arn: "arn:aws:events:eu-central-1:111111111111:event-bus/tenantry".into(),
            name_prefix: String::new(),
            prices: tenancy::cost::Prices::built_in().unwrap(),
        }),
        components: crate::Components(crate::table::BASELINE),
        outputs: crate::outputs::Outputs::default(),
        without_network: None,
        retired_tags: Default::default(),
        retired_keys: Default::default(),
        refused_sessions: Default::default(),
        recorded: crate::Recorded::default(),
    }
}

fn found(state: State, owner: Owner) -> Found {
    Found {
        id: "012345678901".parse().unwrap(),
        state,
        email: "aws+one@example.com".into(),
        owner,
        tags: None,
    }
}

fn untagged(state: State, grace_secs: u32) -> Found {
    found(state, Owner::Untagged { grace_secs })
}

fn with(account: Found, readiness: Readiness) -> Observation {
    Observation {
        account: Some(account),
        readiness,
        ..Observation::default()
    }
}

fn asked(creation: Creation) -> Observation {
    Observation {
        creation,
        ..Observation::default()
    }
}

fn failed(why: Why, secs_ago: u32, attempts: u32) -> Observation {
    asked(Creation::Failed(FailedCreation {
        request: "car-1".into(),
        why,
        reason: "REASON".into(),
        secs_ago,
        attempts,
        grace_secs: 0,
        in_progress: false,
    }))
}

/// A plan in one word: the keys of its changes, `wait N`, or the reason of parking.
fn verdict(desired_state: DesiredState, seen: &Observation) -> String {
    let plan = Account::plan(&desired(desired_state), seen);
    let changes = plan.changes.iter().map(Change::key);
    let waits = plan.waits.iter().map(|w| format!("wait {}", w.after_secs));
    let parks = plan.obstacles.iter().map(|f: &Failure| match &f.next {
        Next::Park { reason, .. } => reason.clone(),
        other => format!("{other:?}"),
    });
    changes
        .chain(waits)
        .chain(parks)
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn each_state_of_a_wanted_account_has_its_answer() {
    let missing = |age_secs| Readiness::NotReady {
        missing: vec!["EC2".into()],
        age_secs,
    };
    let ours = |state| found(state, Owner::Us);
    let active = |readiness| with(ours(State::Active), readiness);
    for (seen, answer) in [
        (Observation::default(), "account.request"),
        (asked(Creation::Refused), "account.request"),
        (
            asked(Creation::InProgress {
                request: "car-1".into(),
            }),
            "wait 12",
        ),
        (
            asked(Creation::Unknown {
                grace_secs: 200,
                in_progress: false,
            }),
            "wait 30",
        ),
        (
            asked(Creation::Unknown {
                grace_secs: 0,
                in_progress: true,
            }),
            "wait 12",
        ),
        (
            asked(Creation::Unknown {
                grace_secs: 0,
                in_progress: false,
            }),
            "account.request",
        ),
        (asked(Creation::Vanished), "account-missing"),
        (active(Readiness::Ready), ""),
        (active(Readiness::Unchecked), "wait 15"),
        (active(missing(10)), "wait 15"),
        (active(missing(3000)), "wait 120"),
        (active(missing(3601)), "account-not-ready"),
        (
            with(ours(State::PendingActivation), Readiness::Unchecked),
            "wait 30",
        ),
        (
            with(ours(State::Suspended), Readiness::Unchecked),
            "account-suspended",
        ),
        (
            with(ours(State::PendingClosure), Readiness::Unchecked),
            "account-closed",
        ),
        (
            with(ours(State::Closed), Readiness::Unchecked),
            "account-closed",
        ),
        (
            with(ours(State::Other("NEW".into())), Readiness::Ready),
            "wait 300",
        ),
        (
            with(untagged(State::Active, 0), Readiness::Ready),
            "email-taken",
        ),
        (
            with(untagged(State::Closed, 0), Readiness::Unchecked),
            "email-taken",
        ),
        (
            with(untagged(State::Active, 200), Readiness::Ready),
            "wait 30",
        ),
        (
            with(
                found(State::Active, Owner::Other("t-x".into())),
                Readiness::Ready,
            ),
            "email-taken",
        ),
    ] {
        assert_eq!(verdict(DesiredState::Present, &seen), answer, "{seen:?}");
    }
}

#[test]
fn each_reason_of_a_failed_creation_has_its_answer() {
    for (why, secs_ago, attempts, answer) in [
        (Why::EmailTaken, 10_000, 1, "email-taken"),
        (Why::Concurrent, 10, 1, "account.request"),
        (Why::Passing, 10, 1, "wait 50"),
        (Why::Passing, 60, 1, "account.request"),
        (Why::Passing, 60, 2, "wait 60"),
        (Why::Passing, 100, 6, "creation-keeps-failing"),
        (Why::Passing, 1800, 6, "account.request"),
        (Why::OrganizationFull, 10, 1, "account-quota-reached"),
        (Why::OrganizationFull, 300, 1, "account.request"),
        (Why::OrganizationFull, 300, 2, "account-quota-reached"),
        (Why::Standing, 10, 1, "organization-not-in-good-standing"),
        (Why::BadRequest, 10, 1, "account-request-refused"),
        (Why::Unexplained, 10, 1, "creation-failed"),
    ] {
        assert_eq!(
            verdict(DesiredState::Present, &failed(why, secs_ago, attempts)),
            answer,
            "{why:?} {secs_ago} {attempts}"
        );
    }
}

#[test]
fn each_state_of_a_leaving_account_has_its_answer() {
    let ours = |state| with(found(state, Owner::Us), Readiness::Unchecked);
    for (seen, answer) in [
        (Observation::default(), ""),
        (asked(Creation::Refused), ""),
        (
            asked(Creation::InProgress {
                request: "car-1".into(),
            }),
            "wait 15",
        ),
        (
            asked(Creation::Unknown {
                grace_secs: 200,
                in_progress: false,
            }),
            "wait 30",
        ),
        (
            asked(Creation::Unknown {
                grace_secs: 0,
                in_progress: true,
            }),
            "wait 15",
        ),
        (
            asked(Creation::Unknown {
                grace_secs: 0,
                in_progress: false,
            }),
            "",
        ),
        (failed(Why::Standing, 1, 1), ""),
        (asked(Creation::Vanished), ""),
        (ours(State::PendingActivation), "account.closure"),
        (ours(State::Active), "account.closure"),
        (ours(State::PendingClosure), "wait 60"),
        (ours(State::Closed), ""),
        (ours(State::Suspended), "account-suspended"),
        (ours(State::Other("NEW".into())), "wait 300"),
        (with(untagged(State::Active, 0), Readiness::Unchecked), ""),
        (
            with(untagged(State::Active, 10), Readiness::Unchecked),
            "wait 10",
        ),
        (
            with(
                found(State::Active, Owner::Other("t-x".into())),
                Readiness::Unchecked,
            ),
            "",
        ),
    ] {
        assert_eq!(verdict(DesiredState::Absent, &seen), answer, "{seen:?}");
    }
}

#[test]
fn the_account_is_taught_when_it_is_usable_and_forgotten_when_it_is_closed() {
    let taught = |desired_state, seen: &Observation| {
        let mut desired = desired(desired_state);
        Account::teach(seen, &mut desired);
        desired.account.is_some()
    };
    let ours = |state, readiness| with(found(state, Owner::Us), readiness);
    assert!(!taught(
        DesiredState::Present,
        &ours(State::Active, Readiness::Unchecked)
    ));
    assert!(taught(
        DesiredState::Present,
        &ours(State::Active, Readiness::Ready)
    ));
    assert!(taught(
        DesiredState::Absent,
        &ours(State::Active, Readiness::Unchecked)
    ));
    assert!(taught(
        DesiredState::Absent,
        &ours(State::PendingClosure, Readiness::Unchecked)
    ));
    let mut leaving = desired(DesiredState::Absent);
    leaving.account = Some("012345678901".parse().unwrap());
    Account::teach(&ours(State::Closed, Readiness::Unchecked), &mut leaving);
    assert_eq!(leaving.account, None);
}

fn any_creation() -> impl Strategy<Value = Creation> {
    let why = prop_oneof![
        Just(Why::EmailTaken),
        Just(Why::Concurrent),
        Just(Why::Passing),
        Just(Why::OrganizationFull),
        Just(Why::Standing),
        Just(Why::BadRequest),
        Just(Why::Unexplained),
    ];
    prop_oneof![
        Just(Creation::Nothing),
        Just(Creation::Refused),
        Just(Creation::Vanished),
        Just(Creation::InProgress {
            request: "car-1".into()
        }),
        (0_u32..400, any::<bool>()).prop_map(|(grace_secs, in_progress)| Creation::Unknown {
            grace_secs,
            in_progress
        }),
        (why, 0_u32..10_000, 0_u32..20, 0_u32..400, any::<bool>()).prop_map(
            |(why, secs_ago, attempts, grace_secs, in_progress)| {
                Creation::Failed(FailedCreation {
                    request: "car-1".into(),
                    why,
                    reason: "REASON".into(),
                    secs_ago,
                    attempts,
                    grace_secs,
                    in_progress,
                })
            }
        ),
    ]
}

fn any_seen() -> impl Strategy<Value = Observation> {
    let state = prop_oneof![
        Just(State::PendingActivation),
        Just(State::Active),
        Just(State::Suspended),
        Just(State::PendingClosure),
        Just(State::Closed),
        Just(State::Other("NEW".into())),
    ];
    let owner = prop_oneof![
        Just(Owner::Us),
        (0_u32..3).prop_map(|grace_secs| Owner::Untagged { grace_secs }),
        Just(Owner::Other("t-x".into()))
    ];
    let account = proptest::option::of((state, owner).prop_map(|(s, o)| found(s, o)));
    let readiness = prop_oneof![
        Just(Readiness::Unchecked),
        Just(Readiness::Ready),
        (0_u32..10_000).prop_map(|age_secs| Readiness::NotReady {
            missing: vec!["EC2".into()],
            age_secs
        }),
    ];
    (account, any_creation(), readiness).prop_map(|(account, creation, readiness)| Observation {
        account,
        creation,
        readiness,
    })
}

proptest! {
    #[test]
    fn from_anything_seen_the_plan_ends(seen in any_seen(), leaving: bool) {
        let desired = desired(if leaving { DesiredState::Absent } else { DesiredState::Present });
        let imagined = imagine_until_settled::<Account>(&desired, seen);
        prop_assert!(imagined.converged);
        let again = imagine_until_settled::<Account>(&desired, imagined.seen);
        prop_assert!(again.changes.is_empty());
    }

    #[test]
    fn an_account_is_never_requested_while_one_may_exist(seen in any_seen()) {
        let plan = Account::plan(&desired(DesiredState::Present), &seen);
        let asks = plan.changes.iter().any(|c| matches!(c, AccountChange::Request { .. }));
        let coming = match &seen.creation {
            Creation::InProgress { .. } => true,
            Creation::Unknown { grace_secs, in_progress } => *in_progress || *grace_secs > 0,
            _ => false,
        };
        prop_assert!(!asks || (seen.account.is_none() && !coming));
    }

    #[test]
    fn a_leaving_tenant_never_asks_and_never_touches_what_is_not_ours(seen in any_seen()) {
        let imagined = imagine_until_settled::<Account>(&desired(DesiredState::Absent), seen.clone());
        let foreign = matches!(&seen.account, Some(Found { owner: Owner::Other(_) | Owner::Untagged { .. }, .. }));
        for change in imagined.changes {
            let asks = matches!(change, AccountChange::Request { .. });
            prop_assert!(!asks && !foreign);
        }
    }

    #[test]
    fn whatever_is_seen_is_settled_changed_waited_for_or_explained(seen in any_seen()) {
        let plan = Account::plan(&desired(DesiredState::Present), &seen);
        let usable = matches!(&seen.account, Some(Found { state: State::Active, owner: Owner::Us, .. }))
            && seen.readiness == Readiness::Ready;
        prop_assert_eq!(plan.is_settled(), usable);
    }
}

#[test]
fn tags_that_differ_are_set_and_those_the_spec_has_no_more_come_off() {
    let mut desired = desired(DesiredState::Present);
    desired.retired_tags = ["stage".to_owned(), "team".to_owned()].into();
    desired.spec.tags = [("team".to_owned(), "red".to_owned())].into();
    let mut tags = desired.tags(ComponentName::ACCOUNT);
    tags.insert("theirs".into(), "kept".into());
    let planned = |tags: &BTreeMap<String, String>| {
        let account = Found {
            tags: Some(tags.clone()),
            ..found(State::Active, Owner::Us)
        };
        Account::plan(&desired, &with(account, Readiness::Ready))
    };
    assert!(planned(&tags).is_settled());
    tags.insert("stage".into(), "test".into());
    tags.insert("team".into(), "blue".into());
    let plan = planned(&tags);
    let words: Vec<_> = plan.changes.iter().map(Change::difference).collect();
    let [difference] = words.as_slice() else {
        panic!("{words:?}");
    };
    assert_eq!(difference.wanted, "team=red, no stage");
    assert_eq!(difference.found, "team=blue, stage=test");
    assert_eq!(difference.severity, Severity::Low);
    tags.insert(names::TAG_TENANT.into(), "t-other".into());
    let plan = planned(&tags);
    let retagged = plan.changes.first().map(Change::difference).unwrap();
    assert_eq!(retagged.severity, Severity::Critical);
    assert!(retagged.found.contains("t-other"), "{retagged:?}");
}

#[test]
fn another_address_of_the_root_user_is_a_finding_for_a_person() {
    let [control] = Account::controls() else {
        panic!("one control");
    };
    let verdict = |email: &str| {
        let account = Found {
            email: email.into(),
            ..found(State::Active, Owner::Us)
        };
        let seen = with(account, Readiness::Ready);
        (control.evaluate)(&desired(DesiredState::Present), &seen)
    };
    assert_eq!(verdict("AWS+one@example.com"), Verdict::Passed);
    assert_eq!(
        verdict("mallory@example.net"),
        Verdict::Failed("mallory@example.net".into())
    );
    assert!(matches!(verdict(""), Verdict::NotVerifiable(_)));
    let none = (control.evaluate)(&desired(DesiredState::Present), &Observation::default());
    assert!(matches!(none, Verdict::NotApplicable(_)));
}
