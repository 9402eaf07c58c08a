use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::component::Change;
use crate::{account::sample_desired, imagine_until_settled};

fn desired(home: Home) -> Desired {
    Desired {
        home,
        account: Some("012345678901".parse().unwrap()),
        ..sample_desired(match home {
            Home::Tenants => tenancy::DesiredState::Present,
            _ => tenancy::DesiredState::Absent,
        })
    }
}

fn keys(changes: &[PlacementChange]) -> Vec<String> {
    changes.iter().map(Change::key).collect()
}

fn settled() -> Observation {
    imagine_until_settled::<Placement>(&desired(Home::Tenants), Observation::default()).seen
}

#[test]
fn a_first_tenant_gets_units_policies_and_its_place_in_three_rounds() {
    let imagined =
        imagine_until_settled::<Placement>(&desired(Home::Tenants), Observation::default());
    assert!(imagined.converged);
    assert_eq!(imagined.rounds, 3);
    assert_eq!(
        imagined.changes.last().unwrap().key(),
        "parent.tenants",
        "{:?}",
        keys(&imagined.changes)
    );
}

#[test]
fn every_later_tenant_is_only_moved() {
    let seen = Observation {
        parent: Some("r-1".into()),
        ..settled()
    };
    let plan = Placement::plan(&desired(Home::Tenants), &seen);
    assert_eq!(keys(&plan.changes), ["parent.tenants"]);
}

#[test]
fn where_an_account_is_and_is_to_be_is_said_by_name_where_it_has_one() {
    let mut seen = settled();
    seen.organization.root = "r-1".into();
    for (parent, found) in [
        (Some("ou-suspended"), "suspended (ou-suspended)"),
        (Some("r-1"), "root (r-1)"),
        (Some("ou-theirs"), "ou-theirs"),
        (None, "unknown"),
    ] {
        seen.parent = parent.map(str::to_owned);
        let plan = Placement::plan(&desired(Home::Tenants), &seen);
        let said = plan.changes[0].difference();
        assert_eq!(
            (said.found.as_str(), said.wanted.as_str()),
            (found, "tenants (ou-tenants)")
        );
    }
}

#[test]
fn each_home_has_its_unit() {
    for (home, key) in [
        (Home::Quarantine, "parent.quarantine"),
        (Home::Suspended, "parent.suspended"),
    ] {
        let plan = Placement::plan(&desired(home), &settled());
        assert_eq!(keys(&plan.changes), [key]);
    }
    assert!(Placement::plan(&desired(Home::Tenants), &settled()).is_settled());
}

#[test]
fn an_account_that_waits_to_be_closed_is_not_taken_back_to_the_quarantine() {
    let suspended = imagine_until_settled::<Placement>(&desired(Home::Suspended), settled()).seen;
    let again = |seen| Placement::plan(&desired(Home::Quarantine), &seen);
    assert!(again(suspended.clone()).is_settled());
    // Where the lock is off, it is put on again, and the account is safer where it is on already.
    let mut unlocked = suspended.clone();
    let unit = suspended.organization.units[Home::Suspended.unit()].clone();
    let policies = &mut unlocked.organization.policies;
    policies
        .get_mut(names::LOCKDOWN)
        .unwrap()
        .targets
        .remove(&unit);
    assert_eq!(
        keys(&again(unlocked).changes),
        ["policy.tenantry-lockdown.suspended", "parent.quarantine"]
    );
}

#[test]
fn a_policy_that_was_changed_or_detached_is_found() {
    let mut seen = settled();
    let policy = seen
        .organization
        .policies
        .get_mut(names::GUARDRAIL)
        .unwrap();
    policy.content = json!({"Statement": []});
    policy.targets.clear();
    let plan = Placement::plan(&desired(Home::Tenants), &seen);
    assert_eq!(
        keys(&plan.changes),
        [
            "policy.tenantry-guardrail.tenants",
            "policy.tenantry-guardrail.content"
        ]
    );
    let said = plan.changes[1].difference();
    assert_eq!(said.found, r#"{"Statement":[]}"#);
    assert!(said.wanted.contains(r#""Effect":"Deny""#), "{said:?}");
}

#[test]
fn an_account_is_not_moved_where_its_policy_is_not_in_place() {
    let mut seen = settled();
    seen.parent = Some("r-1".into());
    seen.organization
        .policies
        .get_mut(names::GUARDRAIL)
        .unwrap()
        .targets
        .clear();
    let plan = Placement::plan(&desired(Home::Tenants), &seen);
    assert_eq!(keys(&plan.changes), ["policy.tenantry-guardrail.tenants"]);
}

#[test]
fn what_others_call_by_our_names_is_left_alone_and_ours_gets_another_name() {
    let mut seen = Observation::default();
    seen.organization.taken = ["suspended", "suspended-2", names::GUARDRAIL]
        .map(str::to_owned)
        .into();
    let imagined = imagine_until_settled::<Placement>(&desired(Home::Tenants), seen);
    assert!(imagined.converged);
    let called = |key: &str| {
        let change = imagined.changes.iter().find(|change| change.key() == key);
        change.unwrap().difference().resource
    };
    assert_eq!(called("unit.suspended"), "suspended-3");
    assert_eq!(called("unit.quarantine"), "quarantine");
    assert_eq!(called("policy.tenantry-guardrail"), "tenantry-guardrail-2");
}

#[test]
fn where_no_name_is_left_a_person_is_asked_for_a_prefix() {
    let desired = desired(Home::Tenants);
    let mut seen = Observation::default();
    seen.organization
        .taken
        .extend(candidates(&desired.deployment, names::TENANTS_OU));
    let plan = Placement::plan(&desired, &seen);
    let [obstacle] = plan.obstacles.as_slice() else {
        panic!("{:?}", plan.obstacles);
    };
    assert!(
        matches!(&obstacle.next, tenancy::Next::Park { reason, remedy }
        if reason == "organization-names-taken" && remedy.contains("NamePrefix"))
    );
}

#[test]
fn what_an_earlier_release_made_is_tagged_as_this_installations() {
    let mut seen = settled();
    seen.organization.unmarked = ["tenants", names::LOCKDOWN].map(str::to_owned).into();
    let imagined = imagine_until_settled::<Placement>(&desired(Home::Tenants), seen);
    assert_eq!(
        keys(&imagined.changes),
        ["mark.tenantry-lockdown", "mark.tenants"]
    );
}

#[test]
fn a_unit_of_ours_that_is_tagged_as_anothers_is_critical_and_tagged_back() {
    let desired = desired(Home::Tenants);
    let tags = |installation: &str, part: &str| {
        let pairs = [
            (names::TAG_INSTALLATION, installation),
            (names::TAG_PART, part),
        ];
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    };
    let deployment = &desired.deployment;
    let own = deployment.installation.as_str();
    assert_eq!(
        relabelled(deployment, "tenants", &tags(own, "tenants")),
        None
    );
    let found = relabelled(
        deployment,
        "tenants",
        &tags("222222222222/other", "tenants"),
    );
    let other_part = relabelled(deployment, "tenants", &tags(own, "suspended"));
    assert!(found.is_some() && other_part.is_some());
    let mut seen = settled();
    seen.organization.relabelled = [("tenants".to_owned(), found.unwrap())].into();
    let imagined = imagine_until_settled::<Placement>(&desired, seen);
    let [mark] = imagined.changes.as_slice() else {
        panic!("{:?}", imagined.changes);
    };
    let said = mark.difference();
    assert_eq!(said.severity, tenancy::Severity::Critical);
    assert!(said.found.contains("222222222222/other"), "{said:?}");
}

#[test]
fn a_unit_is_ours_by_its_tags_and_never_by_its_name() {
    let deployment = &desired(Home::Tenants).deployment;
    let ours = |tags: &[(&str, &str)]| {
        let pair = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
        is_ours(
            deployment,
            "tenants",
            "tenants",
            &tags.iter().map(pair).collect(),
        )
    };
    let component = (names::TAG_COMPONENT, "placement");
    let installation = (names::TAG_INSTALLATION, deployment.installation.as_str());
    let part = (names::TAG_PART, "tenants");
    assert_eq!(ours(&[component, installation, part]), Some(true));
    assert_eq!(
        ours(&[component]),
        Some(false),
        "an earlier release made it"
    );
    for theirs in [
        &[][..],
        &[("owner", "customer")],
        &[
            component,
            (names::TAG_INSTALLATION, "222222222222/tenantry"),
            part,
        ],
        &[component, installation, (names::TAG_PART, "suspended")],
        &[installation, part],
    ] {
        assert_eq!(ours(theirs), None, "{theirs:?}");
    }
    let renamed = [component].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(
        is_ours(deployment, "tenants", "tenants-2", &renamed.into()),
        None
    );
}

fn any_seen() -> impl Strategy<Value = Observation> {
    let units =
        proptest::sample::subsequence(vec!["tenants", "quarantine", "suspended", "theirs"], 0..=4);
    let policies =
        proptest::sample::subsequence(vec![names::GUARDRAIL, names::LOCKDOWN, "theirs"], 0..=3);
    let targets = proptest::sample::subsequence(
        vec!["ou-tenants", "ou-quarantine", "ou-suspended", "ou-theirs"],
        0..=4,
    );
    let parent = proptest::option::of(proptest::sample::select(vec![
        "r-1",
        "ou-tenants",
        "ou-quarantine",
        "ou-theirs",
    ]));
    (units, policies, targets, parent, any::<bool>()).prop_map(
        |(units, policies, targets, parent, right)| {
            let wanted = wanted(&desired(Home::Tenants));
            let content = |name: &str| {
                wanted
                    .iter()
                    .find(|(n, ..)| *n == name && right)
                    .map_or(json!({}), |(_, content, _)| content.clone())
            };
            let policy = |name: &str| Policy {
                id: format!("p-{name}"),
                content: content(name),
                targets: targets.iter().map(ToString::to_string).collect(),
            };
            Observation {
                parent: parent.map(ToOwned::to_owned),
                organization: Organization {
                    root: "r-1".into(),
                    units: units
                        .iter()
                        .map(|u| (u.to_string(), format!("ou-{u}")))
                        .collect(),
                    policies: policies
                        .iter()
                        .map(|p| (p.to_string(), policy(p)))
                        .collect(),
                    ..Organization::default()
                },
            }
        },
    )
}

proptest! {
    #[test]
    fn from_anything_seen_the_account_gets_home_and_stays(seen in any_seen(), home in 0_usize..3) {
        let desired = desired([Home::Tenants, Home::Quarantine, Home::Suspended][home]);
        let imagined = imagine_until_settled::<Placement>(&desired, seen);
        prop_assert!(imagined.converged);
        prop_assert_eq!(imagined.seen.parent.as_ref(), imagined.seen.organization.units.get(desired.home.unit()));
        prop_assert!(imagine_until_settled::<Placement>(&desired, imagined.seen).changes.is_empty());
    }

    #[test]
    fn units_and_policies_of_others_are_left_alone(seen in any_seen(), home in 0_usize..3) {
        let desired = desired([Home::Tenants, Home::Quarantine, Home::Suspended][home]);
        let imagined = imagine_until_settled::<Placement>(&desired, seen);
        for change in &imagined.changes {
            prop_assert!(!change.key().contains("theirs"), "{}", change.key());
        }
    }

    #[test]
    fn keys_are_unique_in_a_plan(seen in any_seen()) {
        let plan = Placement::plan(&desired(Home::Tenants), &seen);
        let unique: BTreeSet<String> = plan.changes.iter().map(Change::key).collect();
        prop_assert_eq!(unique.len(), plan.changes.len());
    }
}
