use serde_json::{Value, json};

use super::*;
use crate::spec::{Egress, Mode, PATCHABLE, notes};

fn deployment() -> Deployment {
    Deployment {
        catalog: Catalog::built_in().unwrap(),
        allowed_regions: ["eu-central-1", "eu-west-1", "us-east-1"]
            .map(|r| r.parse().unwrap())
            .to_vec(),
        home_region: "eu-central-1".parse().unwrap(),
    }
}

fn good() -> Value {
    json!({"slug": "acme", "name": "Acme Ltd", "blueprint": "standard"})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = good();
    body[field] = value;
    body
}

fn fields(errors: &[FieldError]) -> Vec<&str> {
    errors.iter().map(|e| e.field.as_str()).collect()
}

#[test]
fn a_small_spec_is_completed_from_its_blueprint_and_pinned() {
    let checked = deployment().check(&good()).unwrap();
    assert_eq!(checked.spec.blueprint.to_string(), "standard@1.0.0");
    assert_eq!(checked.effective.regions, [deployment().home_region]);
    assert_eq!(checked.effective.cost_center, "acme");
}

#[test]
fn a_full_spec_is_taken_as_it_is() {
    let body = json!({
        "slug": "acme", "name": "Acme Ltd", "blueprint": "standard@1.0.0", "regions": ["eu-west-1", "us-east-1"],
        "availabilityZones": 3, "egress": "single-nat", "cidrPrefix": 18,
        "contacts": {"billing": {"name": "Zoë", "email": "zoe@acme.example"}, "security": null},
        "tags": {"team": "core", "empty": ""}, "costCenter": "cc/42", "mode": "observe-only"
    });
    let spec = deployment().check(&body).unwrap().spec;
    assert_eq!(spec.egress, Some(Egress::SingleNat));
    assert_eq!(spec.mode, Mode::ObserveOnly);
    assert_eq!(spec.contacts.security, None);
}

#[test]
fn each_fault_is_reported_at_its_own_field() {
    let person = json!({"name": "Ann", "email": "ann@acme.example"});
    let many: serde_json::Map<String, Value> =
        (0..21).map(|i| (format!("k{i}"), json!("v"))).collect();
    let table: &[(Value, &str)] = &[
        (json!([]), BODY),
        (json!("acme"), BODY),
        (json!(null), BODY),
        (with("slug", json!("Acme")), "slug"),
        (with("slug", json!("a")), "slug"),
        (with("slug", json!("a".repeat(41))), "slug"),
        (with("slug", json!("ac--me")), "slug"),
        (with("slug", json!(7)), "slug"),
        (with("slug", json!(null)), "slug"),
        (json!({"name": "A", "blueprint": "standard"}), "slug"),
        (json!({"slug": "acme", "blueprint": "standard"}), "name"),
        (json!({"slug": "acme", "name": "A"}), "blueprint"),
        (with("name", json!("")), "name"),
        (with("name", json!("a ")), "name"),
        (with("name", json!("A\u{202e}cme")), "name"),
        (with("name", json!("a\nb")), "name"),
        (with("name", json!(" a")), "name"),
        (with("name", json!("ü".repeat(101))), "name"),
        (with("name", json!(["a"])), "name"),
        (with("blueprint", json!("platinum")), "blueprint"),
        (with("blueprint", json!("standard@9.9.9")), "blueprint"),
        (with("blueprint", json!("standard@1")), "blueprint"),
        (with("blueprint", json!("standard@latest")), "blueprint"),
        (with("blueprint", json!("standard@01.0.0")), "blueprint"),
        (with("blueprint", json!("standard@+1.0.0")), "blueprint"),
        (with("blueprint", json!("Standard!")), "blueprint"),
        (with("regions", json!("eu-west-1")), "regions"),
        (with("regions", json!([])), "regions"),
        (with("regions", json!(["europe"])), "regions[0]"),
        (with("regions", json!(["eu-west-1", 3])), "regions[1]"),
        (
            with("regions", json!(["eu-west-1", "ap-south-1"])),
            "regions[1]",
        ),
        (
            with("regions", json!(["eu-west-1", "eu-west-1"])),
            "regions[1]",
        ),
        (with("availabilityZones", json!(0)), "availabilityZones"),
        (with("availabilityZones", json!(4)), "availabilityZones"),
        (with("availabilityZones", json!("2")), "availabilityZones"),
        (with("availabilityZones", json!(1.5)), "availabilityZones"),
        (with("egress", json!("nat")), "egress"),
        (with("egress", json!(true)), "egress"),
        (with("cidrPrefix", json!(8)), "cidrPrefix"),
        (with("cidrPrefix", json!(28)), "cidrPrefix"),
        (with("cidrPrefix", json!("/20")), "cidrPrefix"),
        (with("cidrPrefix", json!(-20)), "cidrPrefix"),
        (with("contacts", json!([])), "contacts"),
        (with("contacts", json!({"sales": person})), "contacts.sales"),
        (
            with("contacts", json!({"billing": "ann"})),
            "contacts.billing",
        ),
        (
            with("contacts", json!({"billing": {"name": "Ann"}})),
            "contacts.billing.email",
        ),
        (
            with(
                "contacts",
                json!({"billing": {"name": "Ann", "email": "ann@"}}),
            ),
            "contacts.billing.email",
        ),
        (
            with(
                "contacts",
                json!({"security": {"name": "", "email": "a@b.co"}}),
            ),
            "contacts.security.name",
        ),
        (
            with(
                "contacts",
                json!({"billing": {"name": "A", "email": "a@b.co", "fax": "1"}}),
            ),
            "contacts.billing.fax",
        ),
        (
            with(
                "contacts",
                json!({"security": {"name": "A\u{202e}n", "email": "a@b.co"}}),
            ),
            "contacts.security.name",
        ),
        (
            with(
                "contacts",
                json!({"security": {"name": "A\u{200b}n", "email": "a@b.co"}}),
            ),
            "contacts.security.name",
        ),
        (with("tags", json!(["a"])), "tags"),
        (with("tags", json!(many)), "tags"),
        (with("tags", json!({"aws:x": "1"})), r#"tags["aws:x"]"#),
        (
            with("tags", json!({"Tenantry:tenant": "1"})),
            r#"tags["Tenantry:tenant"]"#,
        ),
        (with("tags", json!({"": "1"})), r#"tags[""]"#),
        (with("tags", json!({"a=b": "1"})), r#"tags["a=b"]"#),
        (with("tags", json!({"team": 1})), "tags.team"),
        (with("tags", json!({"team": "ä"})), "tags.team"),
        (with("tags", json!({"Team": "a", "team": "b"})), "tags.team"),
        (with("tags", json!({"team": "x".repeat(129)})), "tags.team"),
        (with("costCenter", json!("")), "costCenter"),
        (with("costCenter", json!("a;b")), "costCenter"),
        (with("mode", json!("off")), "mode"),
        (with("accountId", json!("123456789012")), "accountId"),
        (with("Name", json!("x")), "Name"),
    ];
    for (body, field) in table {
        let errors = deployment().check(body).unwrap_err();
        assert!(fields(&errors).contains(field), "{body}: {errors:?}");
        assert!(errors.iter().all(|e| !e.allowed.is_empty()), "{errors:?}");
        if body.is_object() {
            assert_eq!(errors.len(), 1, "{body}: {errors:?}");
        }
    }
}

#[test]
fn what_the_blueprint_does_not_leave_open_is_refused() {
    let body = json!({
        "slug": "acme", "name": "Acme", "blueprint": "sandbox", "regions": ["eu-west-1", "us-east-1"],
        "availabilityZones": 3, "egress": "nat-per-az", "cidrPrefix": 16
    });
    let errors = deployment().check(&body).unwrap_err();
    assert_eq!(
        fields(&errors),
        ["regions", "availabilityZones", "cidrPrefix", "egress"]
    );
}

#[test]
fn all_faults_come_at_once_those_of_form_and_those_of_choice() {
    let body = json!({
        "slug": "A", "blueprint": "sandbox", "regions": ["nowhere", "ap-south-1"], "availabilityZones": 3, "egress": "wide",
        "tags": {"aws:x": 1}, "color": "red"
    });
    let errors = deployment().check(&body).unwrap_err();
    for field in [
        "slug",
        "name",
        "regions",
        "regions[0]",
        "regions[1]",
        "availabilityZones",
        "egress",
        r#"tags["aws:x"]"#,
        "color",
    ] {
        assert!(fields(&errors).contains(&field), "{field}: {errors:?}");
    }
}

#[test]
fn a_flood_of_faults_is_cut_off() {
    let tags: serde_json::Map<String, Value> =
        (0..5000).map(|i| (format!("ä{i}"), json!(1))).collect();
    let errors = deployment().check(&with("tags", json!(tags))).unwrap_err();
    assert_eq!(errors.len(), MOST_ERRORS);
}

#[test]
fn a_patch_changes_what_it_names_and_null_returns_to_the_blueprint() {
    let current = deployment()
        .check(&json!({
            "slug": "acme", "name": "Acme", "blueprint": "standard", "egress": "single-nat", "tags": {"a": "1", "b": "2"}
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
        (json!({"blueprint": "sandbox"}), &["blueprint"]),
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
            json!({"slug": "x", "blueprint": "sandbox", "cidrPrefix": 2, "mode": 1}),
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
fn a_tenant_is_meant_by_id_or_slug() {
    let id = TenantId::from_random([3; 10]);
    assert_eq!(tenant_key(id.as_str()), Ok(TenantKey::Id(id)));
    assert!(matches!(tenant_key("acme"), Ok(TenantKey::Slug(_))));
    assert_eq!(tenant_key("A CME").unwrap_err().field, "id");
}

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

#[test]
fn a_name_may_be_in_any_writing_and_the_account_is_named_by_the_slug_where_aws_takes_no_such_name()
{
    for (name, account) in [
        ("Acme Ltd", "Acme Ltd"),
        ("Müller & Söhne GmbH", "acme"),
        ("株式会社テナント", "acme"),
        (&"x".repeat(51), "acme"),
    ] {
        let checked = deployment().check(&with("name", json!(name))).unwrap().spec;
        assert_eq!(
            (checked.name.as_str(), checked.account_name()),
            (name, account)
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
        ("blueprint", json!("sandbox"), Refused),
        ("regions", json!(["eu-central-1", "us-east-1"]), All),
        ("regions", json!(["us-east-1"]), Noted),
        ("availabilityZones", json!(3), All),
        ("availabilityZones", json!(1), Noted),
        ("egress", json!("nat-per-az"), All),
        ("cidrPrefix", json!(16), Noted),
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
