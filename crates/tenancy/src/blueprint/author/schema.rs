//! The JSON Schema of blueprints, made from the types.

use std::sync::OnceLock;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{BUILT_IN, LONGEST_DESCRIPTION};
use crate::blueprint::{BlueprintRef, Open, Settings, Version};

/// Everything in a blueprint that has a type of its own.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "its schema holds the definitions of the types")]
struct Parts {
    settings: Settings,
    open: Open,
    version: Version,
    extends: BlueprintRef,
}

/// What is added to the name of a type where everything may be left out.
const PARTIAL: &str = "Override";

/// The schemas of all types, by name, as they are made from the types.
pub(super) fn definitions() -> &'static Map<String, Value> {
    static DEFINITIONS: OnceLock<Map<String, Value>> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let mut root = Value::from(generator.into_root_schema_for::<Parts>());
        root.sort_all_objects();
        let definitions = root.get("$defs").and_then(Value::as_object);
        definitions.cloned().unwrap_or_default()
    })
}

/// The document, as `docs/blueprint.schema.json` holds it and `tenantry blueprint schema` prints it: JSON Schema 2020-12. An editor
/// that knows it completes and checks a blueprint as it is written. What must hold between fields is not in it.
pub fn schema() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tenantry blueprint",
        "description": "A blueprint as it is written, in JSON or YAML: what a tenant of a kind gets, and what its spec may choose.",
        "type": "object",
        "properties": {
            "$schema": { "type": "string", "description": "Where this schema is, for editors." },
            "name": {
                "type": "string", "pattern": "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", "not": { "enum": BUILT_IN },
                "description": "Its name. The names of the built-in blueprints are reserved."
            },
            "version": { "$ref": "#/$defs/Version" },
            "description": {
                "type": "string", "minLength": 1, "maxLength": LONGEST_DESCRIPTION,
                "description": "For whom it is, in a sentence."
            },
            "extends": {
                "type": "string", "pattern": r"^[a-z0-9-]{1,40}@(0|[1-9][0-9]{0,4})(\.(0|[1-9][0-9]{0,4})){2}$",
                "description": "A blueprint whose settings and open fields hold where this one says nothing. It extends no other itself."
            },
            "settings": { "description": "What a tenant gets." },
            "open": { "description": "What a tenant's spec may choose. With `extends`, `null` closes what the other leaves open." }
        },
        "required": ["name", "version", "description"],
        "additionalProperties": false,
        "if": { "required": ["extends"] },
        "then": { "properties": {
            "settings": { "$ref": format!("#/$defs/Settings{PARTIAL}") },
            "open": { "$ref": "#/$defs/Open" }
        } },
        "else": {
            "properties": { "settings": { "$ref": "#/$defs/Settings" }, "open": { "$ref": "#/$defs/Open" } },
            "required": ["settings"]
        },
        "$defs": strict(definitions()),
    });
    schema.sort_all_objects();
    schema
}

/// The definitions with nothing unknown allowed; of each object, also one of which everything may be left out.
fn strict(definitions: &Map<String, Value>) -> Map<String, Value> {
    let is_object = |name: &str| {
        let definition = definitions.get(name);
        definition.is_some_and(|definition| definition.get("properties").is_some())
    };
    let mut all = Map::new();
    for (name, definition) in definitions {
        let mut definition = definition.clone();
        if let Some(members) = definition.as_object_mut()
            && is_object(name)
        {
            members.insert("additionalProperties".to_owned(), json!(false));
            let mut partial = members.clone();
            if partial.remove("required").is_some() {
                let mut partial = Value::Object(partial);
                refer_to_partial(&mut partial, &is_object);
                all.insert(format!("{name}{PARTIAL}"), partial);
            }
        }
        all.insert(name.clone(), definition);
    }
    all
}

fn refer_to_partial(value: &mut Value, is_object: &impl Fn(&str) -> bool) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(reference) if key == "$ref" => {
                        let name = reference.rsplit('/').next().unwrap_or_default();
                        if is_object(name) {
                            reference.push_str(PARTIAL);
                        }
                    }
                    other => refer_to_partial(other, is_object),
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| refer_to_partial(item, is_object)),
        _ => {}
    }
}
