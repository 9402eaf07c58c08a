//! The OpenAPI 3.1 document, made from the table of routes and the types.

use api_types::{Problem, ProblemKind};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::routes::{Param, ROUTES, Route};

/// The document, as `docs/openapi.json` holds it and `GET /v1/openapi.json` answers.
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    let problem = schemas.subschema_for::<Problem>();
    for route in ROUTES {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        item[route.method.to_ascii_lowercase()] = operation(route, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "tenantry",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One AWS account per tenant: created, audited and deleted by one call each.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "security": [{ "sigv4": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": { "problem": {
                "description": problems(),
                "headers": { "x-request-id": header("The id of the request in the log.") },
                "content": { "application/problem+json": { "schema": problem } }
            } },
            "securitySchemes": { "sigv4": {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "description": "AWS Signature Version 4, service `execute-api`",
                "x-amazon-apigateway-authtype": "awsSigv4"
            } }
        }
    })
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.about,
        "parameters": parameters(route, schemas),
        "responses": responses(route, schemas)
    });
    if route.open {
        operation["security"] = json!([]);
    }
    if let Some(body) = route.body {
        let schema = body(schemas);
        let mut content = Map::new();
        if route.method == "PATCH" {
            let patch = json!({ "schema": schema.clone() });
            content.insert("application/merge-patch+json".to_owned(), patch);
        }
        content.insert("application/json".to_owned(), json!({ "schema": schema }));
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn parameters(route: &Route, schemas: &mut SchemaGenerator) -> Vec<Value> {
    let in_path = route
        .path
        .split(['{', '}'])
        .skip(1)
        .step_by(2)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let others = route.params.iter().map(|param: &Param| {
        json!({
            "name": param.name, "in": param.place, "description": param.about,
            "required": false, "schema": (param.schema)(schemas)
        })
    });
    in_path.chain(others).collect()
}

fn responses(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for (status, about, body) in route.answers {
        let mut headers = json!({ "x-request-id": header("The id of the request in the log.") });
        if *status == 202 {
            headers["Location"] = header("The operation to poll.");
            headers["Idempotent-Replayed"] =
                header("`true` when this is the answer to an earlier request with the same key.");
        }
        let response = json!({
            "description": about, "headers": headers,
            "content": { "application/json": { "schema": body(schemas) } }
        });
        responses.insert(status.to_string(), response);
    }
    let problem = json!({ "$ref": "#/components/responses/problem" });
    responses.insert("default".to_owned(), problem);
    Value::Object(responses)
}

fn header(about: &str) -> Value {
    json!({ "description": about, "schema": { "type": "string" } })
}

fn problems() -> String {
    let kinds: Vec<String> = ProblemKind::ALL
        .iter()
        .map(|kind| format!("- `{}` ({}): {}", kind.slug, kind.status, kind.title))
        .collect();
    format!(
        "A refusal (RFC 9457); the last part of `type` is one of:\n{}",
        kinds.join("\n")
    )
}
