//! The OpenAPI 3.1 document, made from the table of routes and the types.

use api_types::{GatewayMessage, Problem, ProblemKind};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use tenancy::{
    OperationId, Slug,
    access::{AccessRequestId, GrantId},
    suppression::SuppressionId,
};

use crate::routes::{Param, Route, routes};

/// The document, as `docs/openapi.json` holds it and `GET /v1/openapi.json` answers.
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    let problem = schemas.subschema_for::<Problem>();
    let message = schemas.subschema_for::<GatewayMessage>();
    for route in routes() {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        item[route.method.to_ascii_lowercase()] = operation(route, &mut schemas);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "tenantry",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One AWS account per tenant: created, audited and deleted by one call each.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "security": either_way_in(),
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": refusals(&problem, &message),
            "securitySchemes": ways_in()
        }
    });
    // One order, also where some dependency has serde_json keep the order of insertion.
    document.sort_all_objects();
    document
}

/// What every operation may be answered that refuses.
fn refusals(problem: &Schema, message: &Schema) -> Value {
    json!({
        "unauthenticated": refused(
            "The caller is not authenticated: the request has neither signature nor token, has both, has one that is not valid, or its session has ended.",
            (problem, message),
        ),
        "forbidden": refused(
            "The caller is known and may not do this: no role that is held allows it (`problem`, with the roles that would), or IAM does not (`gateway`).",
            (problem, message),
        ),
        "too-many": refused(
            "The caller calls too fast (`problem`), or all callers together (`gateway`).",
            (problem, message),
        ),
        "problem": {
            "description": problems(),
            "headers": {
                "x-request-id": header("The id of the request in the log."),
                "Retry-After": seconds()
            },
            "content": { "application/problem+json": { "schema": problem } }
        },
        "gateway": {
            "description": "API Gateway has refused the request, or could not reach tenantry.",
            "headers": { "Retry-After": seconds() },
            "content": { "application/json": { "schema": message } }
        },
        "either": refused(
            "A refusal of tenantry (see `problem`) or of API Gateway (see `gateway`).",
            (problem, message),
        )
    })
}

/// The two ways in.
fn ways_in() -> Value {
    json!({
        "sigv4": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "For machines, at the API's own address: AWS Signature Version 4, service `execute-api`.",
            "x-amazon-apigateway-authtype": "awsSigv4"
        },
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "For people, at the portal's address: a token that the portal issued, such as `tenantry login` fetches. It is good for fifteen minutes."
        }
    })
}

/// A request is signed or carries a token; one with both, or neither, is refused.
fn either_way_in() -> Value {
    json!([{ "sigv4": [] }, { "bearer": [] }])
}

/// A refusal of ours or of API Gateway.
fn refused(about: &str, (problem, message): (&Schema, &Schema)) -> Value {
    json!({
        "description": about,
        "headers": { "Retry-After": seconds() },
        "content": {
            "application/problem+json": { "schema": problem },
            "application/json": { "schema": message }
        }
    })
}

#[expect(
    clippy::indexing_slicing,
    reason = "an assignment by name to a JSON object adds the field"
)]
fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.about,
        "parameters": parameters(route, schemas),
        "responses": responses(route, schemas),
        "security": if route.open { json!([]) } else { either_way_in() }
    });
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
    let in_path = route.path.split(['{', '}']).skip(1).step_by(2).map(
        |name| json!({ "name": name, "in": "path", "required": true, "schema": named(route.path, name) }),
    );
    let others = route.params.iter().map(|param: &Param| {
        json!({
            "name": param.name, "in": param.place, "description": param.about,
            "required": false, "schema": (param.schema)(schemas)
        })
    });
    in_path.chain(others).collect()
}

/// What may stand in the path of a route.
fn named(path: &str, name: &str) -> Value {
    let pattern = match name {
        "grant" => Some(GrantId::PATTERN),
        "request" => Some(AccessRequestId::PATTERN),
        "suppression" => Some(SuppressionId::PATTERN),
        _ => None,
    };
    if let Some(pattern) = pattern {
        return json!({ "type": "string", "pattern": pattern });
    }
    let segment = path.split('/').nth(2).unwrap_or_default();
    match segment {
        // A tenant's id has the form of a slug.
        "tenants" => {
            json!({ "type": "string", "pattern": Slug::PATTERN, "minLength": 3, "maxLength": 40 })
        }
        "grants" => json!({ "type": "string", "pattern": GrantId::PATTERN }),
        "operations" => json!({ "type": "string", "pattern": OperationId::PATTERN }),
        "dead-letters" => json!({ "type": "string", "pattern": "^[A-Za-z0-9-]{1,100}$" }),
        _ => json!({ "$ref": "#/components/schemas/BlueprintRef" }),
    }
}

fn responses(route: &Route, schemas: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for (status, about, body) in route.answers {
        let response = json!({
            "description": about, "headers": headers(route, *status),
            "content": { "application/json": { "schema": body(schemas) } }
        });
        responses.insert(status.to_string(), response);
    }
    let reference = |name: &str| json!({ "$ref": format!("#/components/responses/{name}") });
    if !route.open {
        responses.insert("401".to_owned(), reference("unauthenticated"));
        responses.insert("403".to_owned(), reference("forbidden"));
    }
    responses.insert("429".to_owned(), reference("too-many"));
    responses.insert("500".to_owned(), reference("either"));
    responses.insert("503".to_owned(), reference("either"));
    responses.insert("default".to_owned(), reference("problem"));
    Value::Object(responses)
}

#[expect(
    clippy::indexing_slicing,
    reason = "an assignment by name to a JSON object adds the field"
)]
fn headers(route: &Route, status: u16) -> Value {
    let mut headers = json!({ "x-request-id": header("The id of the request in the log.") });
    if route.etag && !(route.name == "createTenant" && status == 200) {
        headers["ETag"] = json!({
            "description": "The version of what is answered, for `If-Match`.",
            "schema": { "type": "string", "pattern": "^\"(0|[1-9][0-9]*)\"$" }
        });
    }
    if status == 201 {
        headers["Location"] = header("What was made, where it can be read by itself.");
        headers["Idempotent-Replayed"] =
            header("`true` when this is the answer to an earlier request with the same key.");
    }
    if status == 202 {
        headers["Location"] = header("The operation to poll.");
        headers["Idempotent-Replayed"] =
            header("`true` when this is the answer to an earlier request with the same key.");
    }
    headers
}

fn seconds() -> Value {
    json!({
        "description": "Seconds after which the same request may succeed.",
        "schema": { "type": "integer", "minimum": 1 }
    })
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
