use serde_json::json;

use super::*;
use crate::{blueprint::Catalog, spec::Spec};

fn spec(blueprint: &str, choices: serde_json::Value) -> EffectiveSpec {
    let mut spec = json!({ "slug": "acme", "name": "Acme", "blueprint": blueprint });
    let members = choices.as_object().cloned().unwrap();
    spec.as_object_mut().unwrap().extend(members);
    let spec: Spec = serde_json::from_value(spec).unwrap();
    let regions = ["eu-central-1", "us-east-1", "sa-east-1"].map(|region| region.parse().unwrap());
    let catalog = Catalog::built_in().unwrap();
    let blueprint = catalog.find(&blueprint.parse().unwrap()).unwrap();
    blueprint.resolve(&spec, &regions, &regions[0]).unwrap()
}

fn of(spec: &EffectiveSpec) -> IdleCost {
    idle_cost(spec, &Prices::built_in().unwrap())
}

fn shown(cost: &IdleCost) -> Vec<String> {
    let line = |line: &CostLine| {
        let estimate = if line.is_estimate { " or so" } else { "" };
        let (component, region) = (line.component, &line.region);
        format!(
            "{component} {region} {}: {}{estimate}",
            line.quantity, line.monthly_micro_usd
        )
    };
    cost.lines.iter().map(line).collect()
}

#[test]
fn a_sandbox_costs_no_more_than_some_events() {
    let cost = of(&spec("sandbox", json!({})));
    assert_eq!(shown(&cost), ["trail eu-central-1 3000: $0.06"]);
    assert_eq!(cost.monthly_micro_usd, MicroUsd(60_000));
    assert_eq!(cost.prices_of, "2026-11-26");
}

#[test]
fn each_component_is_counted_in_each_region_at_the_price_of_the_region() {
    let regions = json!(["eu-central-1", "us-east-1", "sa-east-1"]);
    let choices = json!({ "regions": regions, "egress": "nat-per-az", "availabilityZones": 2 });
    let cost = of(&spec("regulated@1.0.0", choices));
    let wanted = [
        "keys eu-central-1 1: $1.00",
        "keys us-east-1 1: $1.00",
        "keys sa-east-1 1: $1.00",
        // 2 x 730 hours x 0.052, and x 0.005.
        "network eu-central-1 2: $75.92",
        "network eu-central-1 2: $7.30",
        "network us-east-1 2: $65.70",
        "network us-east-1 2: $7.30",
        // The table has no price of this Region: the highest one.
        "network sa-east-1 2: $86.14 or so",
        "network sa-east-1 2: $7.30",
        "trail eu-central-1 3000: $0.06",
    ];
    assert_eq!(shown(&cost), wanted);
    let sum: i64 = cost.lines.iter().map(|line| line.monthly_micro_usd.0).sum();
    assert_eq!(cost.monthly_micro_usd, MicroUsd(sum));
}

#[test]
fn alarms_secrets_and_analyzed_roles_are_counted() {
    let regions = json!(["eu-central-1", "us-east-1"]);
    let choices = json!({ "regions": regions, "egress": "nat-per-az", "availabilityZones": 3 });
    let cost = of(&spec("regulated@1.1.0", choices));
    let shown = shown(&cost);
    for wanted in [
        "key-pair eu-central-1 1: $0.40",
        "key-pair us-east-1 1: $0.40",
        "access-analyzer eu-central-1 12: $2.40",
        "alerting eu-central-1 21: $2.10",
        "alerting us-east-1 6: $0.60",
    ] {
        assert!(shown.contains(&wanted.to_owned()), "{wanted} in {shown:#?}");
    }
}

#[test]
fn a_dashboard_is_counted_once_and_the_forwarder_among_the_analyzed_roles() {
    let regions = json!(["eu-central-1", "us-east-1"]);
    let mut spec = spec("regulated@1.1.0", json!({ "regions": regions }));
    let before = shown(&of(&spec));
    assert!(before.contains(&"access-analyzer eu-central-1 12: $2.40".to_owned()));
    (spec.dashboard, spec.event_forwarding) = (true, true);
    let after = shown(&of(&spec));
    assert!(after.contains(&"access-analyzer eu-central-1 13: $2.60".to_owned()));
    let dashboards: Vec<&String> = after
        .iter()
        .filter(|line| line.contains("dashboard"))
        .collect();
    assert_eq!(dashboards, ["dashboard eu-central-1 1: $3.00"]);
}

/// docs/blueprints.md and the changelog say so.
#[test]
fn the_built_in_blueprints_cost_what_their_page_says() {
    for (blueprint, wanted) in [
        ("sandbox@1.0.0", "$0.06"),
        ("standard@1.0.0", "$0.06"),
        ("standard@1.1.0", "$1.56"),
        ("regulated@1.1.0", "$5.36"),
    ] {
        let cost = of(&spec(blueprint, json!({})));
        assert_eq!(cost.monthly_micro_usd.to_string(), wanted, "{blueprint}");
    }
}

#[test]
fn prices_are_replaced_one_by_one_and_what_is_no_table_is_refused() {
    let patch =
        r#"{"date": "2027-01-01", "prices": {"kms-key-month": {"usd": {"eu-central-1": "0.9"}}}}"#;
    let prices = Prices::replaced(patch).unwrap();
    let cost = idle_cost(&spec("regulated@1.0.0", json!({})), &prices);
    assert_eq!(shown(&cost)[0], "keys eu-central-1 1: $0.90");
    assert_eq!(cost.prices_of, "2027-01-01");
    assert_eq!(Prices::replaced(" "), Prices::built_in());
    for bad in [
        "[]",
        "{",
        r#"{"currency": "EUR"}"#,
        r#"{"price": {}}"#,
        r#"{"prices": {"moon-hour": {"usd": {"*": "1"}, "source": "s"}}}"#,
        r#"{"prices": {"log-gb": null}}"#,
        r#"{"prices": {"kms-key-month": {"usd": {"*": 1.5}}}}"#,
        r#"{"prices": {"kms-key-month": {"usd": {"*": "-1"}}}}"#,
        r#"{"prices": {"kms-key-month": {"usd": {"*": "1,50"}}}}"#,
        r#"{"prices": {"kms-key-month": {"usd": {"*": "0.0000001"}}}}"#,
        r#"{"date": "a", "date": "b"}"#,
    ] {
        assert!(Prices::replaced(bad).is_err(), "{bad}");
    }
}

#[test]
fn amounts_are_shown_in_cents_rounded_half_up() {
    for (micros, text) in [
        (0, "$0.00"),
        (4_999, "$0.00"),
        (5_000, "$0.01"),
        (36_500_000, "$36.50"),
    ] {
        assert_eq!(MicroUsd(micros).to_string(), text);
    }
    assert_eq!(MicroUsd(-1_500_000).to_string(), "-$1.50");
    assert_eq!(
        MicroUsd(i64::MAX).plus(MicroUsd(1)).times(2),
        MicroUsd(i64::MAX)
    );
}

#[test]
fn an_amount_of_aws_is_read_to_the_micro_dollar() {
    for (text, micros) in [
        ("0", 0),
        ("0.0", 0),
        ("12.345", 12_345_000),
        ("0.0000019999", 1),
        ("500.0", 500_000_000),
        ("-3.5", -3_500_000),
    ] {
        assert_eq!(text.parse(), Ok(MicroUsd(micros)), "{text}");
    }
    for text in ["", ".5", "5.", "1e3", "+1", "1,5", "--1", "99999999999999"] {
        assert!(text.parse::<MicroUsd>().is_err(), "{text}");
    }
}

#[test]
fn an_idle_tenant_may_cost_twice_what_it_does_by_itself_and_a_dollar_more_at_least() {
    for (idle, most) in [
        (0, 1_000_000),
        (60_000, 1_060_000),
        (36_500_000, 73_000_000),
    ] {
        assert_eq!(most_of_idle(MicroUsd(idle)), MicroUsd(most));
    }
}

#[test]
fn what_tells_of_unusual_costs_costs_nothing() {
    let mut spec = spec("standard@1.0.0", json!({}));
    let before = of(&spec);
    spec.anomalies = serde_json::from_value(json!({ "thresholdUsd": 50 })).unwrap();
    assert_eq!(of(&spec), before);
}
