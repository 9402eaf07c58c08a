//! Values in words: what is wanted and what was found are shown, never "something else".

use serde_json::Value;

use super::{Field, State};

/// The longest value that is shown whole, in characters.
const MOST: usize = 300;

/// A value of a field, for people.
pub fn show(field: &Field, value: &Value) -> String {
    let text = match value {
        Value::Null => field.absent.to_owned(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::Number(number) if field.unit.is_empty() => number.to_string(),
        Value::Number(number) => format!("{number} {}", field.unit),
        Value::String(text) => text.clone(),
        Value::Array(items) => list(field, items),
        Value::Object(entries) => pairs(field, entries),
    };
    shorten(&text)
}

fn list(field: &Field, items: &[Value]) -> String {
    if items.is_empty() {
        return field.absent.to_owned();
    }
    let items: Vec<String> = items.iter().map(|item| show(field, item)).collect();
    items.join(", ")
}

/// Tags and the like as `key=value`, numbers with a unit as `key 5 days`; documents as JSON.
fn pairs(field: &Field, entries: &State) -> String {
    if entries.is_empty() {
        return field.absent.to_owned();
    }
    let flat = |(key, value): (&String, &Value)| match value {
        Value::Number(_) if !field.unit.is_empty() => Some(format!("{key} {}", show(field, value))),
        Value::String(_) | Value::Number(_) | Value::Bool(_) => {
            Some(format!("{key}={}", show(field, value)))
        }
        Value::Null => Some(format!("no {key}")),
        Value::Array(_) | Value::Object(_) => None,
    };
    let pairs: Option<Vec<String>> = entries.iter().map(flat).collect();
    pairs.map_or_else(
        || Value::Object(entries.clone()).to_string(),
        |pairs| pairs.join(", "),
    )
}

/// Short enough to be read in a finding.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
