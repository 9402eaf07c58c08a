//! The tenant's identities: built after their boundary, left in the reverse order, drift in words.

use serde_json::{Value, json};
use tenancy::{DesiredState, Severity, finding::Difference, names};

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component, Plan},
    declared::{Key, Observed, Resource as _, ResourceChange, ResourceFact},
    imagine::imagine_until_settled,
    resources::{AccountName, InstanceProfile, PasswordPolicy, Policy, Role},
};

fn desired(state: DesiredState) -> Desired {
    Desired {
        account: "444455556666".parse().ok(),
        ..sample(state)
    }
}

fn present() -> Desired {
    desired(DesiredState::Present)
}

fn settled() -> Observation {
    imagine_until_settled::<Identity>(&present(), Observation::default()).seen
}

fn edit(seen: &mut Observation, key: &Key, field: &str, value: Value) {
    match seen.0.get_mut(key) {
        Some(Observed::Present(state)) => state.insert(field.into(), value),
        other => panic!("{other:?}"),
    };
}

fn keys(changes: &[ResourceChange]) -> Vec<String> {
    changes.iter().map(Change::key).collect()
}

/// The one difference there is.
fn found(seen: &Observation) -> Difference {
    let plan: Plan<ResourceChange> = Identity::plan(&present(), seen);
    let mut all: Vec<Difference> = plan.changes.iter().flat_map(Change::differences).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn roles_are_made_after_their_boundary_and_the_profile_is_filled_after_its_role() {
    let first = Identity::plan(&present(), &Observation::default());
    let made = [
        "alias",
        "instance-profile.tenant-instance",
        "password-policy",
        "policy.tenant-boundary",
    ];
    assert_eq!(keys(&first.changes), made);
    let imagined = imagine_until_settled::<Identity>(&present(), Observation::default());
    assert_eq!((imagined.changes.len(), imagined.rounds), (13, 3));
    let all = keys(&imagined.changes);
    assert_eq!(
        all.last().unwrap(),
        "role.tenant-read-only.attached.arn:aws:iam::aws:policy/ReadOnlyAccess"
    );
}

#[test]
fn a_new_account_has_its_name_from_its_creation_and_only_another_one_is_set() {
    let preview = crate::preview(&sample(DesiredState::Present));
    let named = preview.iter().map(|one| one.key.as_str());
    assert_eq!(named.filter(|key| key.contains("account-name")).count(), 0);
    let mut seen = settled();
    let other = json!({"name": "Somebody"}).as_object().cloned();
    let other = Observed::Present(other.unwrap_or_default());
    seen.0.insert(AccountName::KEY, other);
    assert_eq!(found(&seen).key, "account-name.name");
}

#[test]
fn it_leaves_from_the_outside_inwards() {
    let imagined = imagine_until_settled::<Identity>(&desired(DesiredState::Absent), settled());
    assert!(imagined.converged);
    let all = keys(&imagined.changes);
    let position = |key: &str| all.iter().position(|one| one == key).unwrap();
    assert!(position("instance-profile.tenant-instance.role") < position("role.tenant-instance"));
    assert!(
        position(
            "role.tenant-instance.attached.arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
        ) < position("role.tenant-instance")
    );
    assert_eq!(all.last().unwrap(), "policy.tenant-boundary");
    assert_eq!((all.len(), imagined.rounds), (12, 3));
    assert!(
        imagined.seen.0.contains_key(&PasswordPolicy::KEY),
        "it goes with the account"
    );
}

#[test]
fn a_role_that_something_of_the_tenants_holds_stays_and_so_does_its_boundary() {
    let leaving = desired(DesiredState::Absent);
    let mut seen = settled();
    let held = Observed::Left("instance profile `theirs`".into());
    ResourceFact::Is(Role::key(names::INSTANCE), held).learn(&mut seen);
    let imagined = imagine_until_settled::<Identity>(&leaving, seen);
    assert!(imagined.converged);
    assert!(!keys(&imagined.changes).contains(&"policy.tenant-boundary".to_owned()));
    let named = <Identity as Component>::resources(&leaving, &imagined.seen);
    assert_eq!(
        named["role.tenant-instance.held-by"],
        "instance profile `theirs`"
    );
}

#[test]
fn a_boundary_is_not_set_while_it_is_not_there_and_one_of_others_is_nothing_to_build_on() {
    let boundary = Policy::key(names::BOUNDARY);
    let mut seen = settled();
    edit(
        &mut seen,
        &Role::key(names::DEVELOPER),
        "boundary",
        Value::Null,
    );
    seen.0.remove(&boundary);
    assert_eq!(
        keys(&Identity::plan(&present(), &seen).changes),
        ["policy.tenant-boundary"]
    );

    let mut seen = settled();
    edit(&mut seen, &boundary, "tags", json!({}));
    seen.0.remove(&Role::key(names::DEVELOPER));
    let plan = Identity::plan(&present(), &seen);
    assert!(plan.changes.is_empty());
    assert_eq!(plan.obstacles.len(), 1);
}

#[test]
fn drift_of_a_role_says_what_and_how_bad() {
    let role = Role::key(names::DEVELOPER);
    for (field, value, key, severity) in [
        ("boundary", Value::Null, "boundary", Severity::Critical),
        ("trust", json!({}), "trust", Severity::High),
        (
            "attached",
            json!([]),
            "attached.arn:aws:iam::aws:policy/PowerUserAccess",
            Severity::High,
        ),
        (
            "tags",
            json!({names::TAG_TENANT: present().tenant}),
            "tags",
            Severity::Low,
        ),
        ("session", json!(3600), "session", Severity::Low),
    ] {
        let mut seen = settled();
        edit(&mut seen, &role, field, value);
        let found = found(&seen);
        assert_eq!(found.key, format!("role.tenant-developer.{key}"));
        assert_eq!(found.severity, severity, "{field}");
    }
}

#[test]
fn drift_of_boundary_profile_and_settings_shows_both_values() {
    let mut seen = settled();
    edit(
        &mut seen,
        &Policy::key(names::BOUNDARY),
        "document",
        json!({}),
    );
    assert_eq!(found(&seen).severity, Severity::Critical);

    let mut seen = settled();
    edit(
        &mut seen,
        &InstanceProfile::key(names::INSTANCE),
        "role",
        json!("theirs"),
    );
    let profile = found(&seen);
    assert_eq!(
        (profile.wanted.as_str(), profile.found.as_str()),
        ("tenant-instance", "theirs")
    );

    let mut seen = settled();
    edit(&mut seen, &PasswordPolicy::KEY, "expiresAfter", json!(90));
    let password = found(&seen);
    assert_eq!(password.key, "password-policy.expiresAfter");
    assert_eq!(
        (password.wanted.as_str(), password.found.as_str()),
        ("nothing", "90 days")
    );
    assert_eq!(password.remedy, "Set the password policy.");

    let mut seen = settled();
    edit(&mut seen, &AccountAlias::KEY, "name", json!("theirs"));
    let alias = found(&seen);
    let [slug, fallback] = AccountAlias::candidates(&present());
    assert_eq!(
        (alias.wanted, alias.found),
        (format!("{slug} or {fallback}"), "theirs".into())
    );
}

/// IAM makes no second one beside it, whatever tags it carries.
#[test]
fn what_has_our_name_in_other_letters_is_named_and_left_alone() {
    for key in [
        Role::key(names::READ_ONLY),
        Policy::key(names::BOUNDARY),
        InstanceProfile::key(names::INSTANCE),
    ] {
        let mut seen = settled();
        let theirs = key.name.to_uppercase();
        edit(&mut seen, &key, "otherCase", json!(theirs));
        let plan: Plan<ResourceChange> = Identity::plan(&present(), &seen);
        assert_eq!(plan.obstacles.len(), 1, "{key}: {:#?}", plan.obstacles);
        let said = plan.obstacles[0].to_string();
        assert!(said.contains(&format!("`{theirs}`")), "{said}");
        let touched = plan.changes.iter().any(|change| change.key == key);
        assert!(!touched, "{key}: {:#?}", plan.changes);
        let removed = Identity::plan(&desired(DesiredState::Absent), &seen);
        assert!(removed.changes.iter().all(|change| change.key != key));
    }
}

#[test]
fn fields_of_the_password_policy_are_found_one_by_one_and_set_by_one_call() {
    let mut seen = settled();
    edit(&mut seen, &PasswordPolicy::KEY, "symbols", json!(false));
    edit(&mut seen, &PasswordPolicy::KEY, "minimumLength", json!(6));
    let plan = Identity::plan(&present(), &seen);
    assert_eq!(plan.changes.len(), 1);
    let keys: Vec<String> = plan.changes[0]
        .differences()
        .into_iter()
        .map(|one| one.key)
        .collect();
    assert_eq!(
        keys,
        ["password-policy.minimumLength", "password-policy.symbols"]
    );
}

#[test]
fn either_candidate_is_a_good_alias_and_a_leaving_tenant_keeps_one_of_its_own() {
    let [_, fallback] = AccountAlias::candidates(&present());
    let mut seen = settled();
    edit(&mut seen, &AccountAlias::KEY, "name", json!(fallback));
    assert!(Identity::plan(&present(), &seen).is_settled());
    let resources = <Identity as Component>::resources(&present(), &seen);
    assert_eq!(resources["alias"], fallback);
    assert_eq!(
        resources["sign-in"],
        format!("https://{fallback}.signin.aws.amazon.com/console")
    );

    edit(&mut seen, &AccountAlias::KEY, "name", json!("theirs"));
    let leaving = Identity::plan(&desired(DesiredState::Absent), &seen);
    assert!(!keys(&leaving.changes).contains(&"alias".to_owned()));
}

#[test]
fn an_alias_that_others_have_parks_with_what_to_do() {
    let failure = AccountAlias::wanted(&present()).all_taken();
    let next = serde_json::to_value(failure).unwrap()["next"].clone();
    assert_eq!(next["reason"], "alias-taken");
}

#[test]
fn a_role_for_support_is_there_where_the_blueprint_asks_and_goes_where_it_no_longer_does() {
    let key = Role::key(names::SUPPORT);
    assert!(!settled().0.contains_key(&key));
    let mut supported = present();
    supported.spec.support_role = true;
    let mut seen = imagine_until_settled::<Identity>(&supported, settled()).seen;
    seen.1.insert(Role::KIND.name, const { &Role::KIND });
    let role: Role = seen.present(&key).unwrap();
    let managed = "arn:aws:iam::aws:policy/AWSSupportAccess".to_owned();
    assert!(role.attached.contains(&managed) && role.boundary.is_some());
    let removed = imagine_until_settled::<Identity>(&present(), seen);
    assert!(removed.converged);
    assert!(removed.seen.present::<Role>(&key).is_none());
    let last = removed.changes.last().unwrap();
    assert_eq!(last.key(), "role.tenant-support");
}
