mod changes;
mod patterns;
mod refusals;
mod releases;

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
    json!({"slug": "acme", "name": "Acme Ltd", "blueprint": "standard@1.0.0"})
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
fn a_slug_that_would_name_another_tenant_or_all_of_them_is_refused() {
    let id = TenantId::from_random([3; 10]).to_string();
    for slug in [id.as_str(), "installation"] {
        let errors = deployment().check(&with("slug", json!(slug))).unwrap_err();
        assert_eq!(fields(&errors), ["slug"]);
        assert!(errors[0].allowed.contains("tenant id"), "{errors:?}");
    }
    for slug in ["t-acme", "installations"] {
        assert!(deployment().check(&with("slug", json!(slug))).is_ok());
    }
}

#[test]
fn a_tenant_is_meant_by_id_or_slug() {
    let id = TenantId::from_random([3; 10]);
    assert_eq!(tenant_key(id.as_str()), Ok(TenantKey::Id(id)));
    assert!(matches!(tenant_key("acme"), Ok(TenantKey::Slug(_))));
    assert_eq!(tenant_key("A CME").unwrap_err().field, "id");
}

#[test]
fn a_name_may_be_in_any_writing_and_the_account_is_named_by_the_slug_where_aws_takes_no_such_name()
{
    for (name, account) in [
        ("Acme Ltd", "Acme Ltd"),
        ("Müller & Söhne GmbH", "acme"),
        ("株式会社テナント", "acme"),
        ("Acme <Europe>", "acme"),
        (&"x".repeat(51), "acme"),
    ] {
        let checked = deployment().check(&with("name", json!(name))).unwrap().spec;
        assert_eq!(
            (checked.name.as_str(), checked.account_name()),
            (name, account)
        );
    }
}
