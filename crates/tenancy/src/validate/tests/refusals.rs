//! What is not allowed, each fault at its own field.

use super::*;

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
        (
            with(
                "contacts",
                json!({"billing": {"name": "A", "email": "a*n@b.co", "phone": "+49 30 1234"}}),
            ),
            "contacts.billing.email",
        ),
        (
            with(
                "contacts",
                json!({"security": {"name": "A", "email": "ann@acme.xn--p1ai", "phone": "1"}}),
            ),
            "contacts.security.email",
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
        (with("budget", json!(500)), "budget"),
        (with("budget", json!({})), "budget.monthlyUsd"),
        (
            with("budget", json!({"monthlyUsd": 0})),
            "budget.monthlyUsd",
        ),
        (
            with("budget", json!({"monthlyUsd": -5})),
            "budget.monthlyUsd",
        ),
        (
            with("budget", json!({"monthlyUsd": 0.001})),
            "budget.monthlyUsd",
        ),
        (
            with("budget", json!({"monthlyUsd": 10_000_001})),
            "budget.monthlyUsd",
        ),
        (
            with("budget", json!({"monthlyUsd": "500"})),
            "budget.monthlyUsd",
        ),
        (
            with("budget", json!({"monthlyUsd": 5, "daily": 1})),
            "budget.daily",
        ),
        (with("expectIdle", json!("yes")), "expectIdle"),
        (with("expectIdle", json!(true)), "expectIdle"),
        (with("group", json!("Acme Group")), "group"),
        (with("group", json!("ab")), "group"),
        (with("group", json!(["acme"])), "group"),
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
