//! A blueprint as somebody writes it: read strictly, with everything that is wrong named by its field.
//!
//! # Guarantees
//! What is written is checked against the same schema that is published ([`schema`]), which is made from the types: a new setting is
//! known here without a line of its own. A blueprint that extends another takes over what it does not say, field by field; it extends
//! one level only, so that what it says can be read in two places at most.
//!
//! Blueprints in the ledger are read leniently, as any record is: another release may have written them.

mod form;
mod rules;
mod schema;

use serde_json::{Map, Value};

use super::{Blueprint, BlueprintRef, PublishedBlueprint, catalog::BUILT_IN, is_built_in};
use crate::{
    spec::FieldError,
    validate::{BODY, MOST_ERRORS, json::member, line, merge, quoted, wrong},
};

pub use schema::schema;

/// The largest file, in bytes: that of a request to the API.
pub const LARGEST: usize = 64 * 1024;
/// How deep objects and arrays may be nested. A blueprint needs four levels.
pub const DEEPEST: usize = 16;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 200;

const NAME: &str = "1 to 40 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen";
const EXTENDS: &str =
    "name and version of a blueprint that extends no other, such as `standard@1.0.0`";
const FIELDS: &[&str] = &[
    "name",
    "version",
    "description",
    "extends",
    "settings",
    "open",
];
/// Editors find the schema by it.
const SCHEMA_FIELD: &str = "$schema";

/// A blueprint that passed every check, with what it took over filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authored {
    /// What it says.
    pub blueprint: Blueprint,
    /// The blueprint it extends.
    pub extends: Option<BlueprintRef>,
}

/// The blueprint that another may extend: its content, and what it extends itself.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// What it says.
    pub blueprint: &'a Blueprint,
    /// The blueprint it was made from, if any.
    pub extends: Option<&'a BlueprintRef>,
}

impl<'a> From<&'a PublishedBlueprint> for Base<'a> {
    fn from(published: &'a PublishedBlueprint) -> Self {
        Self {
            blueprint: &published.blueprint,
            extends: published.extends.as_ref(),
        }
    }
}

impl<'a> From<&'a Blueprint> for Base<'a> {
    fn from(blueprint: &'a Blueprint) -> Self {
        Self {
            blueprint,
            extends: None,
        }
    }
}

/// The blueprint that `raw` extends, to be looked up before it is checked.
pub fn extends(raw: &Value) -> Option<BlueprintRef> {
    let reference: BlueprintRef = raw.get("extends")?.as_str()?.parse().ok()?;
    reference.version.is_some().then_some(reference)
}

/// Checks a blueprint. `base` is the one that [`extends`] names, if there is such a one.
///
/// # Errors
/// Everything wrong with it, at most [`MOST_ERRORS`], each field once.
pub fn check(raw: &Value, base: Option<Base<'_>>) -> Result<Authored, Vec<FieldError>> {
    let mut errors = complaints(raw, base);
    if errors.is_empty() {
        match whole(raw, base) {
            Ok(blueprint) => {
                errors = rules::complaints(&blueprint);
                if errors.is_empty() {
                    let extends = extends(raw);
                    return Ok(Authored { blueprint, extends });
                }
            }
            Err(error) => errors.push(error),
        }
    }
    errors.truncate(MOST_ERRORS);
    Err(errors)
}

/// Everything wrong with the form.
fn complaints(raw: &Value, base: Option<Base<'_>>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let Value::Object(members) = raw else {
        wrong(BODY, raw, "an object", &mut errors);
        return errors;
    };
    if depth(raw) > DEEPEST {
        let detail = "is nested too deeply";
        errors.push(FieldError::new(BODY, detail, format!("{DEEPEST} levels")));
        return errors;
    }
    name(members, &mut errors);
    text(
        members,
        "version",
        "major.minor.patch, such as `1.0.0`",
        &mut errors,
        |text| text.parse::<super::Version>().is_ok(),
    );
    let description =
        format!("1 to {LONGEST_DESCRIPTION} characters on one line, none of them invisible");
    text(members, "description", &description, &mut errors, |text| {
        line("description", text, LONGEST_DESCRIPTION).is_ok()
    });
    extension(members, base, &mut errors);
    let is_partial = members.contains_key("extends");
    form::settings(members.get("settings"), is_partial, &mut errors);
    form::open(members.get("open"), is_partial, &mut errors);
    for key in members.keys() {
        if !FIELDS.contains(&key.as_str()) && key != SCHEMA_FIELD {
            errors.push(FieldError::new(
                member("", key),
                "unknown field",
                FIELDS.join(", "),
            ));
        }
    }
    errors
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn name(members: &Map<String, Value>, errors: &mut Vec<FieldError>) {
    text(members, "name", NAME, errors, |text| {
        let letter = |byte: u8| byte.is_ascii_lowercase();
        text.parse::<BlueprintRef>()
            .is_ok_and(|reference| reference.version.is_none())
            && text.bytes().next().is_some_and(letter)
            && !text.ends_with('-')
    });
    let name = members.get("name").and_then(Value::as_str);
    if let Some(name) = name.filter(|name| is_built_in(name)) {
        let detail = format!("`{name}` is the name of a built-in blueprint");
        let allowed = format!("any name but {}", BUILT_IN.join(", "));
        errors.push(FieldError::new("name", detail, allowed));
    }
}

/// A required text.
fn text(
    members: &Map<String, Value>,
    field: &str,
    allowed: &str,
    errors: &mut Vec<FieldError>,
    fits: impl Fn(&str) -> bool,
) {
    match members.get(field) {
        None | Some(Value::Null) => errors.push(FieldError::new(field, "is required", allowed)),
        Some(Value::String(text)) if fits(text) => {}
        Some(other) => wrong(field, other, allowed, errors),
    }
}

fn extension(members: &Map<String, Value>, base: Option<Base<'_>>, errors: &mut Vec<FieldError>) {
    let Some(value) = members.get("extends") else {
        return;
    };
    let complaint = |detail: String| FieldError::new("extends", detail, EXTENDS);
    let reference = value.as_str().unwrap_or_default();
    let pinned = reference
        .parse::<BlueprintRef>()
        .is_ok_and(|r| r.version.is_some());
    if !pinned {
        return wrong("extends", value, EXTENDS, errors);
    }
    match base {
        None => errors.push(complaint(format!(
            "there is no blueprint {}",
            quoted(reference)
        ))),
        Some(base) => {
            if let Some(first) = base.extends {
                let detail = format!("`{reference}` extends `{first}` itself");
                errors.push(complaint(detail));
            }
        }
    }
}

/// The blueprint with what it takes over. `null` in `open` closes what the other leaves open.
fn whole(raw: &Value, base: Option<Base<'_>>) -> Result<Blueprint, FieldError> {
    let mut whole = Map::new();
    for part in ["settings", "open"] {
        let base = base.and_then(|base| serde_json::to_value(base.blueprint).ok());
        let mut value = base
            .and_then(|mut base| base.get_mut(part).map(Value::take))
            .unwrap_or_else(|| Value::Object(Map::new()));
        if let Some(patch) = raw.get(part) {
            merge(&mut value, patch);
        }
        whole.insert(part.to_owned(), value);
    }
    for field in ["name", "version", "description"] {
        let value = raw.get(field).cloned().unwrap_or_default();
        whole.insert(field.to_owned(), value);
    }
    // What the schema cannot say, the type does.
    serde_path_to_error::deserialize(Value::Object(whole)).map_err(|error| {
        let field = error.path().to_string();
        FieldError::new(
            field,
            error.into_inner().to_string(),
            "a value of this field",
        )
    })
}

#[cfg(test)]
mod tests;
