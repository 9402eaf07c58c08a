//! Values against the schemas that are made from the types: the part of JSON Schema that those use, with what is allowed in words.
//!
//! A test fails for a keyword that is not understood here. What no keyword says, such as the form of a Region, the type itself checks
//! when the blueprint is read.

use serde_json::{Map, Value};

use super::schema::definitions;
use crate::{
    spec::FieldError,
    validate::{json::member, wrong},
};

/// Keywords that are understood, or say nothing about what is allowed.
#[cfg(test)]
pub(super) const KEYWORDS: &[&str] = &[
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    // Of an amount: the type itself checks its decimals.
    "multipleOf",
    "oneOf",
    "pattern",
    "prefixItems",
    "properties",
    "required",
    "type",
];

/// Checks the settings. Of partial ones, nothing is required.
pub(super) fn settings(value: Option<&Value>, is_partial: bool, errors: &mut Vec<FieldError>) {
    match value {
        None if is_partial => {}
        None => errors.push(FieldError::new("settings", "is required", "an object")),
        Some(value) => checked("Settings", "settings", value, is_partial, errors),
    }
}

/// Checks what is open.
pub(super) fn open(value: Option<&Value>, is_partial: bool, errors: &mut Vec<FieldError>) {
    if let Some(value) = value {
        checked("Open", "open", value, is_partial, errors);
    }
}

fn checked(name: &str, path: &str, value: &Value, is_partial: bool, errors: &mut Vec<FieldError>) {
    if let Some(schema) = definitions().get(name) {
        Form { is_partial }.check(schema, path, value, errors);
    }
}

struct Form {
    is_partial: bool,
}

impl Form {
    fn check(&self, schema: &Value, path: &str, value: &Value, errors: &mut Vec<FieldError>) {
        let schema = resolved(schema, value);
        match value {
            Value::Object(members) if is_type(schema, "object") => {
                self.object(schema, path, members, errors);
            }
            Value::Array(items) if is_type(schema, "array") => {
                self.array(schema, path, items, errors);
            }
            _ if fits(schema, value) => {}
            _ => wrong(path, value, allowed(schema), errors),
        }
    }

    fn object(
        &self,
        schema: &Value,
        path: &str,
        members: &Map<String, Value>,
        errors: &mut Vec<FieldError>,
    ) {
        let none = Map::new();
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.unwrap_or(&none);
        let required = schema.get("required").and_then(Value::as_array);
        for field in required.into_iter().flatten().filter_map(Value::as_str) {
            if !self.is_partial && !members.contains_key(field) {
                let allowed = fields
                    .get(field)
                    .map(|schema| allowed(resolved(schema, &Value::Null)));
                let allowed = allowed.unwrap_or_default();
                errors.push(FieldError::new(member(path, field), "is required", allowed));
            }
        }
        let others = schema
            .get("additionalProperties")
            .filter(|others| others.is_object());
        for (key, value) in members {
            let path = member(path, key);
            match fields.get(key).or(others) {
                Some(schema) => self.check(schema, &path, value, errors),
                None => {
                    let known: Vec<&str> = fields.keys().map(String::as_str).collect();
                    errors.push(FieldError::new(path, "unknown field", known.join(", ")));
                }
            }
        }
    }

    fn array(&self, schema: &Value, path: &str, items: &[Value], errors: &mut Vec<FieldError>) {
        let bound = |name| schema.get(name).and_then(Value::as_u64);
        let length = items.len() as u64;
        if bound("minItems").is_some_and(|least| length < least)
            || bound("maxItems").is_some_and(|most| length > most)
        {
            let detail = format!("{length} items");
            errors.push(FieldError::new(path, detail, allowed(schema)));
            return;
        }
        let by_position = schema.get("prefixItems").and_then(Value::as_array);
        for (index, item) in items.iter().enumerate() {
            let own = by_position.and_then(|schemas| schemas.get(index));
            if let Some(schema) = own.or_else(|| schema.get("items")) {
                self.check(schema, &format!("{path}[{index}]"), item, errors);
            }
        }
    }
}

/// The schema that counts for a value: behind references, and of alternatives the one that is not `null`, unless the value is.
fn resolved<'a>(mut schema: &'a Value, value: &Value) -> &'a Value {
    // References do not go round in circles in types that can be built.
    for _ in 0..8 {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            match definitions().get(name) {
                Some(definition) => schema = definition,
                None => return schema,
            }
        } else if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
            let is_null = |schema: &&Value| is_type(schema, "null") == value.is_null();
            match any.iter().find(is_null).or_else(|| any.first()) {
                Some(one) => schema = one,
                None => return schema,
            }
        } else {
            return schema;
        }
    }
    schema
}

fn is_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// Whether a value that is neither object nor array is allowed.
fn fits(schema: &Value, value: &Value) -> bool {
    if let Some(words) = words(schema) {
        return words.contains(&value);
    }
    match value {
        Value::Null => is_type(schema, "null"),
        Value::Bool(_) => is_type(schema, "boolean"),
        Value::String(_) => is_type(schema, "string"),
        Value::Number(number) if is_type(schema, "number") => {
            let bound = |name| schema.get(name).and_then(Value::as_f64);
            let number = number.as_f64().unwrap_or(f64::NAN);
            bound("minimum").is_none_or(|least| number >= least)
                && bound("maximum").is_none_or(|most| number <= most)
        }
        Value::Number(number) => {
            let at_least = |least: i64| number.as_i64().is_some_and(|number| number >= least);
            let at_most = |most: i64| number.as_i64().is_some_and(|number| number <= most);
            is_type(schema, "integer")
                && number.as_i64().is_some()
                && bound(schema, "minimum").is_none_or(at_least)
                && bound(schema, "maximum").is_none_or(at_most)
        }
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn bound(schema: &Value, name: &str) -> Option<i64> {
    schema.get(name)?.as_i64()
}

/// The values of a schema that lists them.
fn words(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(listed) = schema.get("enum").and_then(Value::as_array) {
        return Some(listed.iter().collect());
    }
    let alternatives = schema.get("oneOf")?.as_array()?;
    let mut all = Vec::new();
    for alternative in alternatives {
        match alternative.get("const") {
            Some(word) => all.push(word),
            None => all.extend(words(alternative)?),
        }
    }
    Some(all)
}

/// What is allowed, in words.
fn allowed(schema: &Value) -> String {
    let schema = resolved(schema, &Value::Bool(true));
    if let Some(words) = words(schema) {
        let words: Vec<String> = words.into_iter().map(word).collect();
        return words.join(", ");
    }
    if is_type(schema, "integer") {
        let (least, most) = (bound(schema, "minimum"), bound(schema, "maximum"));
        return match (least, most) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number from {least}"),
            _ => "a whole number".to_owned(),
        };
    }
    if is_type(schema, "number") {
        let bound = |name, none: &str| schema.get(name).map_or(none.to_owned(), word);
        let (least, most) = (bound("minimum", "any"), bound("maximum", "any"));
        return format!("a number from {least} to {most}");
    }
    if is_type(schema, "array") {
        let positions = schema.get("prefixItems").and_then(Value::as_array);
        let each = positions
            .and_then(|items| items.first())
            .or_else(|| schema.get("items"));
        let each = each.map(allowed).unwrap_or_default();
        return match positions {
            Some(positions) => format!("a list of {}, each {each}", positions.len()),
            None => format!("a list of: {each}"),
        };
    }
    let simple = [
        ("boolean", "true or false"),
        ("object", "an object"),
        ("string", "a text"),
    ];
    let simple = simple.into_iter().find(|(name, _)| is_type(schema, name));
    simple
        .map_or("a value of this field", |(_, words)| words)
        .to_owned()
}

fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
