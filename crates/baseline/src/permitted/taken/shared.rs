//! What is not in the tenant's account: units and policies of the organization, which all tenants share, and the account itself.

use super::*;
use crate::{
    account::{self, Found, Owner, Readiness},
    desired::Home,
    placement::{candidates, is_ours},
};

fn tenant(home: Home) -> Desired {
    let present = match home {
        Home::Tenants => tenancy::DesiredState::Present,
        Home::Quarantine | Home::Suspended => tenancy::DesiredState::Absent,
    };
    Desired {
        home,
        desired_state: present,
        ..desired(Egress::None, 1)
    }
}

/// Tags of another installation, or of another part of this one.
fn of_others(desired: &Desired, name: &str) -> [Value; 4] {
    let installation = &desired.deployment.installation;
    let component = (names::TAG_COMPONENT, "placement");
    let tags = |more: &[(&str, &str)]| {
        let all = [component].into_iter().chain(more.iter().copied());
        let all: BTreeMap<&str, &str> = all.collect();
        json!(all)
    };
    [
        tags(&[
            (names::TAG_INSTALLATION, "999999999999/tenantry"),
            (names::TAG_PART, name),
        ]),
        tags(&[
            (names::TAG_INSTALLATION, installation),
            (names::TAG_PART, "another"),
        ]),
        tags(&[(names::TAG_INSTALLATION, installation)]),
        tags(&[(names::TAG_PART, name)]),
    ]
}

const HOMES: [Home; 3] = [Home::Tenants, Home::Quarantine, Home::Suspended];

#[test]
fn units_and_policies_of_others_under_our_names_are_neither_adopted_nor_changed() {
    let made = imagine_until_settled::<Placement>(&tenant(Home::Tenants), Default::default());
    let organization = &made.seen.organization;
    let units = organization.units.keys();
    let all: Vec<&String> = units.chain(organization.policies.keys()).collect();
    assert_eq!(all.len(), 5, "{all:?}");
    let deployment = &tenant(Home::Tenants).deployment;
    for name in all {
        // By whatever name it goes, and however it is tagged: unless it says of this installation what it is for.
        for called in candidates(deployment, name) {
            let tenant = tenant(Home::Tenants);
            let tags = foreign_tags(&tenant).into_iter();
            for tags in tags.chain(of_others(&tenant, name)) {
                let tags: BTreeMap<String, String> = serde_json::from_value(tags).unwrap();
                assert_eq!(
                    is_ours(deployment, name, &called, &tags),
                    None,
                    "{name} {tags:?}"
                );
            }
        }
        for home in HOMES {
            let mut seen = made.seen.clone();
            seen.organization.units.remove(name);
            seen.organization.policies.remove(name);
            seen.organization.taken.insert(name.clone());
            let imagined = imagine_until_settled::<Placement>(&tenant(home), seen.clone());
            let on_it = imagined.changes.iter().filter(|change| match change {
                PlacementChange::MakeUnit { called, .. }
                | PlacementChange::MakePolicy { called, .. } => called == name,
                PlacementChange::UpdatePolicy { id, .. }
                | PlacementChange::Mark { id, .. }
                | PlacementChange::AttachPolicy { id, .. } => id == name,
                PlacementChange::Move { to, .. } => to == name,
            });
            assert_eq!(on_it.count(), 0, "{:?}", imagined.changes);
            assert!(imagined.converged && !imagined.changes.is_empty(), "{name}");
            seen.organization.taken.extend(candidates(deployment, name));
            let obstacles = Placement::plan(&tenant(home), &seen).obstacles;
            let [obstacle] = obstacles.as_slice() else {
                panic!("{obstacles:?}");
            };
            assert!(obstacle.to_string().contains(name.as_str()), "{obstacle}");
            assert!(
                matches!(&obstacle.next, Next::Park { reason, .. } if reason == "organization-names-taken")
            );
        }
    }
}

/// An account with the tenant's address in this state, of this owner.
fn account(desired: &Desired, state: account::State, owner: Owner) -> account::Observation {
    let found = Found {
        id: desired.account.clone().unwrap(),
        state,
        email: desired.email.to_string(),
        owner,
        tags: Some(BTreeMap::new()),
    };
    account::Observation {
        account: Some(found),
        readiness: Readiness::Ready,
        ..account::Observation::default()
    }
}

#[test]
fn an_account_of_others_with_a_tenants_address_is_named_and_neither_tagged_nor_closed() {
    let desired = tenant(Home::Tenants);
    let number = desired.account.clone().unwrap().to_string();
    let owners = [
        Owner::Other("t-another".into()),
        Owner::Untagged { grace_secs: 0 },
        // Of this one it cannot be told yet.
        Owner::Untagged { grace_secs: 60 },
    ];
    for state in [
        account::State::Active,
        account::State::PendingActivation,
        account::State::PendingClosure,
        account::State::Suspended,
        account::State::Closed,
    ] {
        for owner in owners.clone() {
            let waits = owner == Owner::Untagged { grace_secs: 60 };
            let seen = account(&desired, state.clone(), owner);
            for desired in [&desired, &leaving(&desired)] {
                let plan = Account::plan(desired, &seen);
                assert!(plan.changes.is_empty(), "{:?}", plan.changes);
                let named = plan.obstacles.iter().any(|obstacle| {
                    let parks =
                        matches!(&obstacle.next, Next::Park { remedy, .. } if !remedy.is_empty());
                    parks && obstacle.to_string().contains(&number)
                });
                assert!(named || waits || desired.leaving(), "{plan:?}");
                assert!(!waits || !plan.waits.is_empty(), "{plan:?}");
            }
        }
    }
}
