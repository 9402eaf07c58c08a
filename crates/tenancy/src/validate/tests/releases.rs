//! What another release wrote into a spec.

use super::*;

fn from_the_future() -> Spec {
    serde_json::from_value(json!({
        "slug": "acme", "name": "Acme Ltd", "blueprint": "standard@1.0.0", "mode": "repair-at-night", "egress": "central-nat",
        "dataResidency": {"only": "eu"},
        "contacts": {
            "billing": {"name": "Ann", "email": "ann@acme.example", "pager": "+49"},
            "legal": {"name": "Bea", "email": "bea@acme.example"},
        },
    }))
    .unwrap()
}

fn patched(patch: Value) -> Value {
    let checked = changed(&from_the_future(), &patch, &deployment()).unwrap();
    serde_json::to_value(checked.spec).unwrap()
}

#[test]
fn a_change_keeps_what_another_release_wrote_into_the_spec() {
    let mut expected = serde_json::to_value(from_the_future()).unwrap();
    expected["name"] = json!("Acme");
    assert_eq!(patched(json!({"name": "Acme"})), expected);
    expected["name"] = json!("Acme Ltd");
    expected["contacts"]["billing"]["name"] = json!("Zoë");
    let contact = json!({"contacts": {"billing": {"name": "Zoë"}}});
    assert_eq!(patched(contact), expected);
}

#[test]
fn a_change_replaces_what_it_names_though_another_release_wrote_it() {
    let mut expected = serde_json::to_value(from_the_future()).unwrap();
    expected["egress"] = json!("none");
    expected["mode"] = json!("repair");
    let patch = json!({"egress": "none", "mode": "repair"});
    assert_eq!(patched(patch), expected);
    let without = patched(json!({"egress": null, "contacts": null}));
    assert_eq!(
        (without.get("egress"), without.get("contacts")),
        (None, None)
    );
}

#[test]
fn a_change_may_not_name_what_only_another_release_knows() {
    for (patch, field) in [
        (json!({"dataResidency": {"only": "us"}}), "dataResidency"),
        (json!({"dataResidency": null}), "dataResidency"),
        (json!({"egress": "central-nat"}), "egress"),
        (
            json!({"contacts": {"legal": {"name": "C"}}}),
            "contacts.legal",
        ),
        (
            json!({"contacts": {"billing": {"pager": "+1"}}}),
            "contacts.billing.pager",
        ),
    ] {
        let errors = changed(&from_the_future(), &patch, &deployment()).unwrap_err();
        assert_eq!(fields(&errors), [field], "{patch}");
    }
}

#[test]
fn nothing_is_built_from_a_value_that_only_another_release_can_read() {
    let catalog = Catalog::built_in().unwrap();
    let blueprint = catalog.find(&"standard@1.0.0".parse().unwrap()).unwrap();
    let deployment = deployment();
    let resolved = blueprint.resolve(
        &from_the_future(),
        &deployment.allowed_regions,
        &deployment.home_region,
    );
    assert_eq!(fields(&resolved.unwrap_err()), ["egress"]);
}
