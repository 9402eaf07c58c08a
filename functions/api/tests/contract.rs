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
#![allow(clippy::disallowed_methods, reason = "tests may read the environment")]

#[path = "contract/etags.rs"]
mod etags;

use std::{collections::BTreeSet, fs, path::PathBuf};

use api::{openapi_document, routes};
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
    // Patterns hold characters that do not show, of which who reads the file should see something.
    let wanted = tenancy::text::escaped_json(&wanted);
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
    let names: BTreeSet<_> = routes().map(|route| route.name).collect();
    assert_eq!(names.len(), routes().count());
}

/// Routes of one API in the template, each with whether it is open to everybody.
fn template_routes(api: &str) -> BTreeSet<(String, bool)> {
    let template = fs::read_to_string(root("infra/template.yaml")).unwrap();
    let routes = template.lines().filter_map(|line| {
        let (before, rest) = line.split_once("RouteKey:")?;
        before
            .contains(&format!("ApiId: !Ref {api},"))
            .then_some(())?;
        let key = rest.trim().trim_start_matches('"');
        let key = key.split(['"', ',']).next()?.to_owned();
        Some((key, line.contains("AuthorizationType: NONE")))
    });
    // Sign-in is of the portal.
    let is_ours = |key: &str| key.contains(" /v1/");
    routes.filter(|(key, _)| is_ours(key)).collect()
}

#[test]
fn the_template_has_the_same_routes_and_only_health_is_open() {
    let table: BTreeSet<(String, bool)> = routes()
        .map(|route| (format!("{} {}", route.method, route.path), route.open))
        .collect();
    assert_eq!(template_routes("Api"), table);
    // People have the same operations, by a token of the portal.
    assert_eq!(template_routes("PortalApi"), table);
    let open: Vec<_> = routes().filter(|route| route.open).collect();
    assert_eq!(
        open.iter().map(|route| route.path).collect::<Vec<_>>(),
        ["/v1/health"]
    );
}

fn accepts(schema: &str, text: &str) -> bool {
    let components = &openapi_document()["components"];
    let schema =
        json!({ "$ref": format!("#/components/schemas/{schema}"), "components": components });
    jsonschema::is_valid(&schema, &json!(text))
}

/// Whether parser and pattern agree on each text, and both accept some and refuse some.
fn agree<T: std::str::FromStr>(schema: &str, texts: &[&str]) {
    let mut seen = BTreeSet::new();
    for text in texts {
        let parsed = text.parse::<T>().is_ok();
        assert_eq!(accepts(schema, text), parsed, "{schema} {text:?}");
        seen.insert(parsed);
    }
    assert_eq!(seen.len(), 2, "{schema}");
}

#[test]
fn the_patterns_of_the_document_are_those_of_the_parsers() {
    let odd = [
        "",
        " ",
        "-",
        ".",
        "@",
        "a",
        "A",
        "0",
        "ä",
        "a b",
        "a\n",
        "a\u{202e}b",
        "\n",
    ];
    type Agree = fn(&str, &[&str]);
    let table: [(&str, &[&str], Agree); 9] = [
        (
            "TenantId",
            &[
                "t-aaaaaaaaaaaaaaaa",
                "t-aaaaaaaaaaaaaaa1",
                "t-aaaaaaaaaaaaaaaaa",
                "T-aaaaaaaaaaaaaaaa",
            ],
            agree::<tenancy::TenantId>,
        ),
        (
            "Slug",
            &[
                "acme",
                "a-1",
                "ab",
                "ac--me",
                "acme-",
                "1acme",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            ],
            agree::<tenancy::Slug>,
        ),
        (
            "GroupName",
            &["contoso", "a-1", "ab", "con--toso", "contoso-", "1contoso"],
            agree::<tenancy::GroupName>,
        ),
        (
            "AccountId",
            &["012345678901", "01234567890", "01234567890a"],
            agree::<tenancy::AccountId>,
        ),
        (
            "Region",
            &[
                "eu-central-1",
                "us-gov-west-1",
                "eu-central",
                "eu--1",
                "eu-central-123",
                "a-b-1",
            ],
            agree::<tenancy::Region>,
        ),
        (
            "OperationId",
            &[
                "t-aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb",
                "t-aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb",
                "t-aaaaaaaaaaaaaaaa.",
            ],
            agree::<tenancy::OperationId>,
        ),
        (
            "Email",
            &[
                "a@b.co",
                "aws+t-abc@example.com",
                "x.y-z_1@sub.example.org",
                "a@b",
                ".a@b.com",
                "a@b..com",
                "a@@b.com",
                "a,b@c.com",
                "a@b_c.com",
                "a@-b.com",
                "a@b-.com",
                "a%b@c.com",
                "a..b@c.com",
            ],
            agree::<tenancy::Email>,
        ),
        (
            "BlueprintRef",
            &[
                "standard",
                "standard@1.0.0",
                "standard@01.0.0",
                "standard@+1.0.0",
                "standard@1.0",
                "Standard",
                "standard@",
            ],
            agree::<tenancy::BlueprintRef>,
        ),
        (
            "Version",
            &[
                "1.0.0",
                "10.20.30",
                "01.0.0",
                "1.0.0.0",
                "1.0",
                "+1.0.0",
                "65535.0.0",
            ],
            agree::<tenancy::blueprint::Version>,
        ),
    ];
    for (schema, texts, agree) in table {
        agree(schema, texts);
        let refused: Vec<&str> = odd
            .iter()
            .copied()
            .filter(|text| !accepts(schema, text))
            .collect();
        // A blueprint may have any short name.
        assert!(refused.len() >= 9, "{schema}: {refused:?}");
    }
}

#[test]
fn the_document_takes_the_addresses_of_a_contact_that_the_parser_takes() {
    let components = &openapi_document()["components"];
    let schema = json!({ "$ref": "#/components/schemas/Contact", "components": components });
    let mut seen = BTreeSet::new();
    for address in [
        "ann@acme.example",
        "a_b+c=d.e#f!g-h@my-acme.example",
        "soc@xn--mnchen-3ya.example",
        "a*n@acme.example",
        "a/n@acme.example",
        "a~n@acme.example",
        "ann@acme.xn--p1ai",
        "ann@acme",
    ] {
        for phone in ["", "+49 30 1234"] {
            let mut contact = json!({ "name": "Ann", "email": address });
            if !phone.is_empty() {
                contact["phone"] = json!(phone);
            }
            let text = format!("Ann <{address}> {phone}");
            let parsed = tenancy::validate::contact("contact", &text).is_ok();
            let taken = jsonschema::is_valid(&schema, &contact);
            assert_eq!(taken, parsed, "{contact}");
            seen.insert((phone, parsed));
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn the_document_says_what_the_gateway_itself_answers() {
    let document = openapi_document();
    for route in routes() {
        let operation = &document["paths"][route.path][route.method.to_ascii_lowercase()];
        for status in ["429", "503"] {
            assert!(
                operation["responses"][status].is_object(),
                "{} {status}",
                route.name
            );
        }
        let signed =
            operation["responses"]["403"].is_object() && operation["responses"]["401"].is_object();
        assert_eq!(signed, !route.open, "{}", route.name);
        let ways_in = match route.open {
            true => json!([]),
            false => json!([{ "sigv4": [] }, { "bearer": [] }]),
        };
        assert_eq!(operation["security"], ways_in, "{}", route.name);
        for parameter in operation["parameters"].as_array().unwrap() {
            let schema = &parameter["schema"];
            let bounded = ["pattern", "enum", "$ref", "maximum"]
                .iter()
                .any(|key| schema.get(key).is_some());
            assert!(
                bounded || schema["type"] == "boolean",
                "{} {parameter}",
                route.name
            );
        }
    }
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(schemes["sigv4"]["x-amazon-apigateway-authtype"], "awsSigv4");
}
