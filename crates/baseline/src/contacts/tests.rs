//! Contacts with a telephone number are the account's; what was only the tenant's stays.

use serde_json::json;
use tenancy::DesiredState;

use super::*;
use crate::{
    account::tests::desired as sample,
    component::{Change, Component},
    declared::{Effect, Observation, Observed, ResourceFact, write},
    imagine_until_settled,
    recorded::Recorded,
};

/// Ann can be called, Zoe cannot.
pub(crate) fn contacts() -> tenancy::spec::Contacts {
    serde_json::from_value(json!({
        "billing": { "name": "Ann", "email": "ann@acme.example", "phone": "+49 30 1234" },
        "security": { "name": "Zoe", "email": "zoe@acme.example" },
    }))
    .unwrap()
}

fn desired() -> Desired {
    let mut desired = sample(DesiredState::Present);
    desired.spec.contacts = contacts();
    desired
}

fn built() -> Observation {
    let imagined = imagine_until_settled::<Contacts>(&desired(), Observation::default());
    assert!(imagined.converged);
    let mut seen = imagined.seen;
    let kind = const { &AlternateContact::KIND };
    seen.1.insert(kind.name, kind);
    seen
}

#[test]
fn a_contact_with_a_telephone_number_is_set_and_one_without_is_not() {
    let seen = built();
    let keys: Vec<String> = seen.0.keys().map(ToString::to_string).collect();
    assert_eq!(keys, ["contact.billing"]);
    let ann: AlternateContact = seen.present(&AlternateContact::key("billing")).unwrap();
    assert_eq!(
        (ann.title.as_str(), ann.phone.as_str()),
        ("Billing", "+49 30 1234")
    );
}

#[test]
fn every_field_is_compared_and_all_are_set_by_one_call() {
    let mut seen = built();
    let other = AlternateContact {
        name: "Eve".into(),
        title: "Boss".into(),
        email: "eve@evil.example".into(),
        phone: "1".into(),
        kind: "billing".into(),
    };
    let key = AlternateContact::key("billing");
    seen.0.insert(key, Observed::Present(write(&other)));
    let plan = Contacts::plan(&desired(), &seen);
    assert_eq!(plan.changes.len(), 1);
    let found = plan.changes.iter().flat_map(Change::differences);
    let found: Vec<String> = found
        .map(|d| format!("{}: {} not {}", d.key, d.found, d.wanted))
        .collect();
    assert_eq!(
        found,
        [
            "contact.billing.name: Eve not Ann",
            "contact.billing.title: Boss not Billing",
            "contact.billing.email: eve@evil.example not ann@acme.example",
            "contact.billing.phone: 1 not +49 30 1234",
        ]
    );
    ResourceFact::expected(&plan.changes[0]).learn(&mut seen);
    assert!(Contacts::plan(&desired(), &seen).is_settled());
}

#[test]
fn a_contact_taken_out_of_the_spec_goes_unless_somebody_changed_it_since() {
    let mut without = desired();
    without.spec.contacts = Default::default();
    let mut seen = built();
    assert!(
        Contacts::plan(&without, &seen).is_settled(),
        "nobody knows whose it is"
    );
    let recorded = <Contacts as Component>::resources(&desired(), &seen);
    without.recorded = Recorded::new([(<Contacts as Component>::NAME, recorded)]);
    let plan = Contacts::plan(&without, &seen);
    assert!(
        matches!(plan.changes[0].effect, Effect::Delete { .. }),
        "{plan:?}"
    );

    let mut theirs = built()
        .present::<AlternateContact>(&AlternateContact::key("billing"))
        .unwrap();
    theirs.email = "own@acme.example".into();
    let key = AlternateContact::key("billing");
    seen.0.insert(key, Observed::Present(write(&theirs)));
    assert!(Contacts::plan(&without, &seen).is_settled());
}
