//! Changes of a spec, and that each has an effect or is said to have none.

use super::*;
use crate::PublishedBlueprint;

#[test]
fn a_patch_changes_what_it_names_and_null_returns_to_the_blueprint() {
    let current = deployment()
        .check(&json!({
            "slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0", "egress": "single-nat", "tags": {"a": "1", "b": "2"}
        }))
        .unwrap()
        .spec;
    let patch =
        json!({"name": "Acme 2", "egress": null, "tags": {"a": null, "c": "3"}, "slug": "acme"});
    let spec = changed(&current, &patch, &deployment()).unwrap().spec;
    assert_eq!((spec.name.as_str(), spec.egress), ("Acme 2", None));
    assert_eq!(spec.tags.keys().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(
        changed(&current, &json!({}), &deployment()).unwrap().spec,
        current
    );
}

#[test]
fn a_patch_cannot_change_what_is_fixed_and_names_every_fault() {
    let current = deployment().check(&good()).unwrap().spec;
    let table: &[(Value, &[&str])] = &[
        (json!([]), &[BODY]),
        (json!({"slug": "other"}), &["slug"]),
        (json!({"slug": null}), &["slug"]),
        (json!({"blueprint": "nowhere"}), &["blueprint"]),
        (json!({"blueprint": null}), &["blueprint"]),
        (json!({"blueprint": "standard@7.0.0"}), &["blueprint"]),
        (json!({"name": null}), &["name"]),
        (json!({"color": null}), &["color"]),
        (json!({"color": "red"}), &["color"]),
        (
            json!({"contacts": {"billing": {"email": "x"}}}),
            &["contacts.billing.name", "contacts.billing.email"],
        ),
        (
            json!({"slug": "x", "blueprint": "nowhere", "cidrPrefix": 2, "mode": 1}),
            &["slug", "blueprint", "cidrPrefix", "mode"],
        ),
    ];
    for (patch, expected) in table {
        let errors = changed(&current, patch, &deployment()).unwrap_err();
        for field in *expected {
            assert!(fields(&errors).contains(field), "{patch}: {errors:?}");
        }
    }
}

#[test]
fn an_address_that_an_earlier_release_took_for_an_alternate_contact_stays_until_the_contact_is_changed()
 {
    let mut stored = good();
    let ann = json!({ "name": "Ann", "email": "a*n@acme.example", "phone": "+49 30 1234" });
    let bo = json!({ "name": "Bo", "email": "b*o@acme.example" });
    stored["contacts"] = json!({ "billing": ann, "security": bo });
    let current: Spec = serde_json::from_value(stored).unwrap();
    for patch in [
        json!({ "name": "Acme 2" }),
        json!({ "contacts": { "billing": { "title": "CFO" } } }),
        json!({ "contacts": { "billing": { "phone": null } } }),
        json!({ "contacts": { "billing": { "email": "ann@acme.example" } } }),
    ] {
        assert!(changed(&current, &patch, &deployment()).is_ok(), "{patch}");
    }
    for (patch, field) in [
        (
            json!({ "contacts": { "billing": { "email": "a*n@acme2.example" } } }),
            "contacts.billing.email",
        ),
        (
            json!({ "contacts": { "security": { "phone": "1" } } }),
            "contacts.security.email",
        ),
    ] {
        let errors = changed(&current, &patch, &deployment()).unwrap_err();
        assert_eq!(fields(&errors), [field], "{patch}");
        assert!(
            errors[0].allowed.contains("alternate contact"),
            "{errors:?}"
        );
    }
}

/// What follows from a change of a field.
enum Follows {
    /// Everything that is built, or the account's name, follows from it.
    All,
    /// The answer says what does not.
    Noted,
    Refused,
}

/// A change of each field of a spec, and what follows. A new field does not compile until it is here.
fn changes(spec: &Spec) -> Vec<(&'static str, Value, Follows)> {
    use Follows::{All, Noted, Refused};
    let Spec {
        slug: _,
        name: _,
        blueprint: _,
        regions: _,
        availability_zones: _,
        egress: _,
        cidr_prefix: _,
        budget: _,
        expect_idle: _,
        group: _,
        contacts: _,
        tags: _,
        cost_center: _,
        mode: _,
        other: _,
    } = spec;
    let contact = json!({ "billing": { "name": "Bill", "email": "bill@example.com" } });
    vec![
        ("slug", json!("other"), Refused),
        ("name", json!("Acme & Sons"), All),
        ("name", json!("株式会社テナント"), Noted),
        ("blueprint", json!("sandbox"), All),
        ("regions", json!(["eu-central-1", "us-east-1"]), All),
        ("regions", json!(["us-east-1"]), Noted),
        ("availabilityZones", json!(3), All),
        ("availabilityZones", json!(1), Noted),
        ("egress", json!("nat-per-az"), All),
        ("cidrPrefix", json!(16), Noted),
        ("budget", json!({ "monthlyUsd": 750.25 }), All),
        ("expectIdle", json!(true), All),
        ("group", json!("acme-group"), All),
        ("contacts", contact, Noted),
        ("tags", json!({ "team": "red" }), All),
        ("costCenter", json!("c2"), All),
        ("mode", json!("observe-only"), All),
    ]
}

#[test]
fn every_field_that_can_be_changed_is_carried_out_refused_or_said_to_be_a_note() {
    let deployment = deployment();
    let mut body = good();
    body["regions"] = json!(["eu-central-1"]);
    body["availabilityZones"] = json!(2);
    body["budget"] = json!({ "monthlyUsd": 500 });
    let before = deployment.check(&body).unwrap().spec;
    let built = |spec: &Spec| {
        let blueprint = deployment.catalog.find(&spec.blueprint).unwrap();
        let (allowed, home) = (&deployment.allowed_regions, &deployment.home_region);
        let mut effective = blueprint.resolve(spec, allowed, home).unwrap();
        effective.contacts = Default::default();
        effective.cidr_prefix = 0;
        (spec.account_name().to_owned(), effective)
    };
    let all = changes(&before);
    for (field, value, follows) in &all {
        let patch = json!({ *field: value });
        let after = changed(&before, &patch, &deployment).map(|checked| checked.spec);
        match (follows, after) {
            (Follows::Refused, after) => assert!(after.is_err(), "{patch}"),
            (Follows::All, after) => {
                let after = after.unwrap();
                assert_ne!(built(&before), built(&after), "{patch}");
                assert_eq!(notes(Some(&before), &after), [""; 0], "{patch}");
            }
            (Follows::Noted, after) => {
                let notes = notes(Some(&before), &after.unwrap());
                assert_eq!(notes.len(), 1, "{patch}: {notes:?}");
            }
        }
    }
    for field in PATCHABLE {
        assert!(all.iter().any(|(known, ..)| known == field), "{field}");
    }
}

#[test]
fn a_tenant_keeps_a_retired_blueprint_and_none_is_moved_to_it() {
    let mut deployment = deployment();
    let published = json!({
        "blueprint": deployment.catalog.find(&"standard@1.0.0".parse().unwrap()),
        "publishedBy": "ann", "publishedAt": "2026-11-01T00:00:00Z",
        "retired": { "by": "bob", "at": "2026-11-02T00:00:00Z" },
    });
    let mut published: PublishedBlueprint = serde_json::from_value(published).unwrap();
    published.blueprint.name = "gold".into();
    let retired = published.clone();
    published.retired = None;
    let open = Deployment {
        catalog: deployment.catalog.clone().with([published]),
        ..deployment.clone()
    };
    let tenant = open.check(&with("blueprint", json!("gold"))).unwrap().spec;
    deployment.catalog = deployment.catalog.clone().with([retired]);
    for reference in ["gold", "gold@1.0.0"] {
        let errors = deployment
            .check(&with("blueprint", json!(reference)))
            .unwrap_err();
        assert_eq!(fields(&errors), ["blueprint"]);
        assert!(errors[0].detail.contains("retired"), "{errors:?}");
        assert!(!errors[0].allowed.contains("gold"), "{errors:?}");
    }
    let renamed = changed(&tenant, &json!({"name": "Acme 2"}), &deployment).unwrap();
    assert_eq!(renamed.spec.blueprint, tenant.blueprint);
    let other = deployment.check(&good()).unwrap().spec;
    let moved = changed(&other, &json!({"blueprint": "gold@1.0.0"}), &deployment);
    assert_eq!(fields(&moved.unwrap_err()), ["blueprint"]);
}

#[test]
fn an_idle_tenant_needs_a_budget_and_keeps_the_one_that_it_is_compared_with() {
    let deployment = deployment();
    let mut body = with("expectIdle", json!(true));
    body["budget"] = json!({ "monthlyUsd": 20 });
    let checked = deployment.check(&body).unwrap();
    assert!(checked.effective.expect_idle);
    let refused = changed(&checked.spec, &json!({ "budget": null }), &deployment);
    assert_eq!(fields(&refused.unwrap_err()), ["expectIdle"]);
    let patch = json!({ "budget": null, "expectIdle": null });
    let used = changed(&checked.spec, &patch, &deployment).unwrap();
    assert!(!used.effective.expect_idle);
}

#[test]
fn the_group_is_a_tag_and_comes_off_what_we_made_when_the_tenant_leaves_it() {
    let deployment = deployment();
    let checked = deployment.check(&with("group", json!("acme"))).unwrap();
    let tags = |effective| {
        let tenant = TenantId::from_random([1; 10]);
        crate::names::tags(&tenant, crate::ComponentName::NETWORK, effective)
    };
    let all = tags(&checked.effective);
    assert_eq!(all["tenantry:group"], "acme");
    let allocated = crate::names::COST_ALLOCATION_TAGS.map(str::to_owned);
    assert!(allocated.iter().all(|key| all.contains_key(key)), "{all:?}");
    let left = changed(&checked.spec, &json!({ "group": null }), &deployment).unwrap();
    assert!(!tags(&left.effective).contains_key("tenantry:group"));
    assert_eq!(
        checked.spec.tag_keys().collect::<Vec<_>>(),
        ["tenantry:group"]
    );
    assert_eq!(left.spec.tag_keys().count(), 0);
}
