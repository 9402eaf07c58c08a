//! Blueprints as people write them.

use serde_json::json;

use super::*;
use crate::{blueprint::Catalog, stored::OrWord};

fn good() -> Value {
    json!({
        "name": "acme", "version": "1.0.0", "description": "For Acme.",
        "settings": {
            "network": true, "availabilityZones": 2, "egress": "none", "cidrPrefix": 20, "flowLogRetentionDays": 90,
            "trail": "tenant", "trailRetentionDays": 365,
            "passwordPolicy": { "minimumLength": 14, "reusePrevention": 24 }
        },
        "open": { "maxRegions": 2, "availabilityZones": [1, 3], "egress": ["none", "single-nat"], "cidrPrefix": [16, 24] }
    })
}

fn extending() -> Value {
    json!({ "name": "acme", "version": "1.0.0", "description": "For Acme.", "extends": "standard@1.0.0" })
}

fn with(mut raw: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = raw.pointer_mut(parent).unwrap();
    match value {
        Value::Null => parent.as_object_mut().unwrap().remove(field).map(drop),
        value => parent
            .as_object_mut()
            .unwrap()
            .insert(field.into(), value)
            .map(drop),
    };
    raw
}

fn standard() -> Blueprint {
    let catalog = Catalog::built_in().unwrap();
    catalog
        .find(&"standard@1.0.0".parse().unwrap())
        .unwrap()
        .clone()
}

fn fields(result: Result<Authored, Vec<FieldError>>) -> Vec<String> {
    let errors = result.unwrap_err();
    assert!(
        errors
            .iter()
            .all(|e| !e.allowed.is_empty() && !e.detail.is_empty()),
        "{errors:?}"
    );
    errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn a_blueprint_that_says_everything_is_taken_as_it_is() {
    let authored = check(&good(), None).unwrap();
    let written = serde_json::to_value(&authored.blueprint).unwrap();
    assert_eq!(written["open"], good()["open"]);
    assert_eq!(authored.extends, None);
    let alone = with(good(), "/open", Value::Null);
    assert_eq!(
        check(&alone, None).unwrap().blueprint.open,
        Default::default()
    );
}

#[test]
fn what_is_not_said_is_taken_over_field_by_field() {
    let mut raw = extending();
    raw["settings"] = json!({ "egress": "single-nat", "passwordPolicy": { "minimumLength": 20 } });
    raw["open"] = json!({ "maxRegions": 1, "cidrPrefix": null });
    let (authored, base) = (check(&raw, Some((&standard()).into())).unwrap(), standard());
    let mut wanted = base.clone();
    wanted.name = "acme".into();
    wanted.description = "For Acme.".into();
    wanted.settings.egress = OrWord::Known(crate::Egress::SingleNat);
    wanted.settings.password_policy.minimum_length = 20;
    wanted.open.max_regions = Some(1);
    wanted.open.cidr_prefix = None;
    assert_eq!(authored.blueprint, wanted);
    assert_eq!(authored.extends, Some(base.reference()));
}

#[test]
fn a_blueprint_extends_one_that_exists_and_that_extends_none() {
    assert_eq!(fields(check(&extending(), None)), ["extends"]);
    let (standard, sandbox) = (standard(), "sandbox@1.0.0".parse().unwrap());
    let twice = Base {
        extends: Some(&sandbox),
        ..(&standard).into()
    };
    assert_eq!(fields(check(&extending(), Some(twice))), ["extends"]);
    for name in ["standard", "Standard@1.0.0", "standard@1"] {
        let raw = with(extending(), "/extends", json!(name));
        assert_eq!(extends(&raw), None);
        assert_eq!(fields(check(&raw, Some((&standard).into()))), ["extends"]);
    }
}

/// Whether the published schema takes it.
fn schema_takes(raw: &Value) -> bool {
    jsonschema::is_valid(&schema(), raw)
}

#[test]
fn what_is_wrong_is_named_by_its_field_and_the_published_schema_refuses_it_too() {
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    let setting = |field: &str, value| with(good(), &format!("/settings/{field}"), value);
    let open = |field: &str, value| with(good(), &format!("/open/{field}"), value);
    let table = [
        (json!([]), BODY),
        (json!("acme"), BODY),
        (with(good(), "/name", Value::Null), "name"),
        (with(good(), "/name", json!(7)), "name"),
        (with(good(), "/name", json!("Acme")), "name"),
        (with(good(), "/name", json!("acme@1.0.0")), "name"),
        (with(good(), "/name", json!("a".repeat(41))), "name"),
        (with(good(), "/name", json!("1acme")), "name"),
        (with(good(), "/name", json!("acme-")), "name"),
        (with(good(), "/name", json!("standard")), "name"),
        (with(good(), "/version", Value::Null), "version"),
        (with(good(), "/version", json!(1.0)), "version"),
        (with(good(), "/version", json!("1.0")), "version"),
        (with(good(), "/version", json!("v1.0.0")), "version"),
        (with(good(), "/version", json!("01.0.0")), "version"),
        (with(good(), "/description", Value::Null), "description"),
        (with(good(), "/description", json!("")), "description"),
        (
            with(good(), "/description", json!("d".repeat(201))),
            "description",
        ),
        (with(good(), "/settings", Value::Null), "settings"),
        (with(good(), "/settings", json!([])), "settings"),
        (with(good(), "/settings", json!("none")), "settings"),
        (with(good(), "/color", json!("red")), "color"),
        (with(good(), "/Settings", json!({})), "Settings"),
        (setting("network", json!("yes")), "settings.network"),
        (setting("network", json!(1)), "settings.network"),
        (setting("network", Value::Null), "settings.network"),
        (
            setting("availabilityZones", json!(0)),
            "settings.availabilityZones",
        ),
        (
            setting("availabilityZones", json!(4)),
            "settings.availabilityZones",
        ),
        (
            setting("availabilityZones", json!(-1)),
            "settings.availabilityZones",
        ),
        (
            setting("availabilityZones", json!(1.5)),
            "settings.availabilityZones",
        ),
        (
            setting("availabilityZones", json!("2")),
            "settings.availabilityZones",
        ),
        (setting("egress", json!("nat")), "settings.egress"),
        (setting("egress", json!(["none"])), "settings.egress"),
        (setting("cidrPrefix", json!(15)), "settings.cidrPrefix"),
        (setting("cidrPrefix", json!(25)), "settings.cidrPrefix"),
        (
            setting("cidrPrefix", json!("10.0.0.0/20")),
            "settings.cidrPrefix",
        ),
        (
            setting("flowLogRetentionDays", json!(91)),
            "settings.flowLogRetentionDays",
        ),
        (
            setting("flowLogRetentionDays", json!(0)),
            "settings.flowLogRetentionDays",
        ),
        (setting("trail", json!("mine")), "settings.trail"),
        (
            setting("trailRetentionDays", json!(89)),
            "settings.trailRetentionDays",
        ),
        (
            setting("trailRetentionDays", json!(99_999)),
            "settings.trailRetentionDays",
        ),
        (
            setting("passwordPolicy", json!({ "minimumLength": 14 })),
            "settings.passwordPolicy.reusePrevention",
        ),
        (
            setting(
                "passwordPolicy",
                json!({ "minimumLength": 5, "reusePrevention": 24 }),
            ),
            "settings.passwordPolicy.minimumLength",
        ),
        (
            setting("passwordPolicy", json!(14)),
            "settings.passwordPolicy",
        ),
        (
            setting("allowedImages", json!([])),
            "settings.allowedImages",
        ),
        (
            setting("budget", json!({ "monthlyUsd": 0 })),
            "settings.budget.monthlyUsd",
        ),
        (
            setting("budget", json!({ "monthlyUsd": "5" })),
            "settings.budget.monthlyUsd",
        ),
        (
            setting("budget", json!({ "monthlyUsd": 5, "daily": 1 })),
            "settings.budget.daily",
        ),
        (
            setting("anomalies", json!({ "thresholdUsd": 0 })),
            "settings.anomalies.thresholdUsd",
        ),
        (
            setting("anomalies", json!({})),
            "settings.anomalies.thresholdUsd",
        ),
        (setting("expectIdle", json!("yes")), "settings.expectIdle"),
        (
            setting("trailLogRetentionDays", json!(91)),
            "settings.trailLogRetentionDays",
        ),
        (
            setting("unusedAccessDays", json!(366)),
            "settings.unusedAccessDays",
        ),
        (setting("Keys", json!(true)), "settings.Keys"),
        (setting("keys", json!("true")), "settings.keys"),
        (open("maxRegions", json!(0)), "open.maxRegions"),
        (open("maxRegions", json!(18)), "open.maxRegions"),
        (
            open("availabilityZones", json!(2)),
            "open.availabilityZones",
        ),
        (
            open("availabilityZones", json!([1])),
            "open.availabilityZones",
        ),
        (
            open("availabilityZones", json!([1, 2, 3])),
            "open.availabilityZones",
        ),
        (
            open("availabilityZones", json!([0, 3])),
            "open.availabilityZones[0]",
        ),
        (open("cidrPrefix", json!([16, 28])), "open.cidrPrefix[1]"),
        (open("egress", json!(["none", "vpn"])), "open.egress[1]"),
        (open("egress", json!("none")), "open.egress"),
        (open("network", json!(true)), "open.network"),
        (open("availabilityZones", json!(deep)), BODY),
    ];
    assert!(schema_takes(&good()) && schema_takes(&extending()));
    for (raw, field) in table {
        assert_eq!(fields(check(&raw, None)), [field], "{raw}");
        assert!(!schema_takes(&raw), "{raw}");
    }
}

#[test]
fn what_does_not_hold_between_fields_is_named() {
    let table = [
        (
            with(good(), "/open/availabilityZones", json!([3, 1])),
            "open.availabilityZones",
        ),
        (
            with(good(), "/open/availabilityZones", json!([3, 3])),
            "open.availabilityZones",
        ),
        (
            with(good(), "/open/cidrPrefix", json!([22, 24])),
            "open.cidrPrefix",
        ),
        (
            with(good(), "/open/cidrPrefix", json!([24, 16])),
            "open.cidrPrefix",
        ),
        (with(good(), "/open/egress", json!([])), "open.egress"),
        (
            with(good(), "/open/egress", json!(["nat-per-az"])),
            "open.egress",
        ),
        (
            with(good(), "/open/egress", json!(["none", "none"])),
            "open.egress",
        ),
        (
            with(good(), "/description", json!("a\u{202e}b")),
            "description",
        ),
        (
            with(good(), "/description", json!("two\nlines")),
            "description",
        ),
        (
            with(good(), "/settings/encryption", json!("tenant-key")),
            "settings.encryption",
        ),
        (
            with(
                with(good(), "/settings/trailLogRetentionDays", json!(90)),
                "/settings/trail",
                json!("organization"),
            ),
            "settings.trailLogRetentionDays",
        ),
        (
            with(
                with(good(), "/settings/alerting", json!(true)),
                "/open/egress",
                Value::Null,
            ),
            "settings.alerting",
        ),
        (
            with(
                with(good(), "/settings/dashboard", json!(true)),
                "/open/egress",
                Value::Null,
            ),
            "settings.dashboard",
        ),
        (
            with(good(), "/settings/expectIdle", json!(true)),
            "settings.expectIdle",
        ),
        (
            with(
                good(),
                "/settings/allowedImages",
                json!(["amazon", "ubuntu"]),
            ),
            "settings.allowedImages[1]",
        ),
        (
            with(
                with(good(), "/settings/guard", json!(false)),
                "/settings/vpcBlockPublicAccess",
                json!("block-ingress"),
            ),
            "settings.vpcBlockPublicAccess",
        ),
        (
            with(
                with(good(), "/settings/guard", json!(false)),
                "/settings/allowedImages",
                json!(["amazon"]),
            ),
            "settings.allowedImages",
        ),
    ];
    for (raw, field) in table {
        assert_eq!(fields(check(&raw, None)), [field], "{raw}");
    }
    let none = with(good(), "/settings/network", json!(false));
    let chosen = ["open.availabilityZones", "open.egress", "open.cidrPrefix"];
    assert_eq!(fields(check(&none, None)), chosen);
    let none = with(
        with(none, "/open", Value::Null),
        "/settings/egress",
        json!("single-nat"),
    );
    assert_eq!(fields(check(&none, None)), ["settings.egress"]);
    let mut raw = extending();
    raw["settings"] = json!({ "availabilityZones": 1, "cidrPrefix": 16 });
    raw["open"] = json!({ "availabilityZones": [2, 3] });
    assert_eq!(
        fields(check(&raw, Some((&standard()).into()))),
        ["open.availabilityZones"]
    );
}

#[test]
fn everything_that_is_wrong_is_named_at_once_and_no_more_than_a_hundred_times() {
    let raw = json!({ "name": "Acme", "color": 1, "settings": { "network": 1, "egress": "vpn" }, "open": [] });
    let errors = check(&raw, None).unwrap_err();
    assert!(errors.len() >= 10, "{errors:?}");
    let many: Map<String, Value> = (0..1000).map(|n| (format!("f{n}"), json!(1))).collect();
    assert_eq!(
        check(&Value::Object(many), None).unwrap_err().len(),
        MOST_ERRORS
    );
}

fn keywords(schema: &Value, all: &mut Vec<String>) {
    let Value::Object(members) = schema else {
        return;
    };
    for (keyword, value) in members {
        all.push(keyword.clone());
        match (keyword.as_str(), value) {
            ("properties", Value::Object(fields)) => {
                fields.values().for_each(|field| keywords(field, all));
            }
            ("oneOf" | "anyOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter().for_each(|schema| keywords(schema, all));
            }
            ("items" | "additionalProperties", schema) => keywords(schema, all),
            _ => {}
        }
    }
}

#[test]
fn every_keyword_in_the_schemas_of_the_types_is_understood() {
    let mut all = Vec::new();
    for definition in schema::definitions().values() {
        keywords(definition, &mut all);
    }
    assert!(all.len() > 50);
    let unknown: Vec<_> = all
        .iter()
        .filter(|word| !form::KEYWORDS.contains(&word.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "teach `author::form` these keywords: {unknown:?}"
    );
}

#[test]
fn what_a_later_release_wrote_is_not_taken_over_into_another_blueprint() {
    let mut later = good();
    later["settings"]["encryption"] = json!("hsm");
    later["settings"]["selfService"] = json!(["projects", "teleport"]);
    let base: Blueprint = serde_json::from_value(later).unwrap();
    let raw = json!({
        "name": "gold", "version": "1.0.0", "description": "For all.", "extends": "acme@1.0.0",
    });
    let extending = check(&raw, Some(Base::from(&base)));
    let wrong: Vec<String> = extending
        .unwrap_err()
        .into_iter()
        .map(|it| it.field)
        .collect();
    assert!(
        wrong.contains(&"settings.encryption".to_owned()),
        "{wrong:?}"
    );
    assert!(
        wrong.contains(&"settings.selfService".to_owned()),
        "{wrong:?}"
    );
}
