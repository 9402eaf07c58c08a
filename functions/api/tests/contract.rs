//! The committed OpenAPI document is the one the code makes, and the template has exactly the routes of the table.
//!
//! `BLESS=1 cargo test -p api` writes the document.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests may look at the environment"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use api::{ROUTES, openapi_document};
use serde_json::{Value, json};

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

#[test]
fn the_committed_openapi_document_is_current() {
    let path = root("docs/openapi.json");
    let wanted = serde_json::to_string_pretty(&openapi_document()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert_eq!(
        committed, wanted,
        "docs/openapi.json is not current: run `BLESS=1 cargo test -p api`"
    );
}

#[test]
fn every_schema_of_the_document_can_be_used() {
    let document = openapi_document();
    let components = &document["components"];
    for name in components["schemas"].as_object().unwrap().keys() {
        let schema =
            json!({ "$ref": format!("#/components/schemas/{name}"), "components": components });
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let referred = references(&document);
    assert!(!referred.is_empty());
    for reference in referred {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if key == "$ref" => BTreeSet::from([text.clone()]),
                other => references(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn every_route_has_a_name_of_its_own() {
    let names: BTreeSet<_> = ROUTES.iter().map(|route| route.name).collect();
    assert_eq!(names.len(), ROUTES.len());
}

/// Route and authorization of every line of the template that declares a route.
fn template_routes() -> BTreeSet<(String, bool)> {
    let template = fs::read_to_string(root("infra/template.yaml")).unwrap();
    let routes = template.lines().filter_map(|line| {
        let (_, rest) = line.split_once("RouteKey:")?;
        let key = rest.trim().trim_start_matches('"');
        let key = key.split(['"', ',']).next()?.to_owned();
        Some((key, line.contains("AuthorizationType: NONE")))
    });
    routes.filter(|(key, _)| key != "$default").collect()
}

#[test]
fn the_template_has_the_same_routes_and_only_health_is_open() {
    let table: BTreeSet<(String, bool)> = ROUTES
        .iter()
        .map(|route| (format!("{} {}", route.method, route.path), route.open))
        .collect();
    assert_eq!(template_routes(), table);
    let open: Vec<_> = ROUTES.iter().filter(|route| route.open).collect();
    assert_eq!(
        open.iter().map(|route| route.path).collect::<Vec<_>>(),
        ["/v1/health"]
    );
}
