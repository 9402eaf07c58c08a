//! A change to a spec: JSON merge patch (RFC 7396), with what can never change refused by name.

use serde_json::{Map, Value};

use super::{Checked, Deployment, MOST_ERRORS, add_new};
use crate::spec::{FieldError, PATCHABLE, Spec};

/// The spec after `patch`, checked as a whole. `null` returns a field to the blueprint's value; a bare blueprint name means
/// its newest version. What another release wrote into the spec is kept.
///
/// # Errors
/// Everything wrong with it, a change of slug included. A tenant keeps a retired blueprint, and cannot be moved to one.
pub fn changed(
    current: &Spec,
    patch: &Value,
    deployment: &Deployment,
) -> Result<Checked, Vec<FieldError>> {
    let Value::Object(members) = patch else {
        return deployment.check(patch);
    };
    let mut errors = fixed(current, members);
    // What another release wrote was not sent by this caller: it is neither checked nor lost.
    let mut whole = serde_json::to_value(current.without_other()).unwrap_or_default();
    let mut allowed = patch.clone();
    if let Value::Object(allowed) = &mut allowed {
        allowed.retain(|field, _| errors.iter().all(|e| e.field != *field));
    }
    merge(&mut whole, &allowed);
    match deployment.check_change(&whole, Some(current)) {
        Ok(mut checked) if errors.is_empty() => {
            checked.spec.keep_other(current, members);
            Ok(checked)
        }
        Ok(_) => {
            errors.truncate(MOST_ERRORS);
            Err(errors)
        }
        Err(more) => {
            add_new(&mut errors, more);
            errors.truncate(MOST_ERRORS);
            Err(errors)
        }
    }
}

fn fixed(current: &Spec, patch: &Map<String, Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if patch
        .get("slug")
        .is_some_and(|slug| slug.as_str() != Some(current.slug.as_str()))
    {
        errors.push(FieldError::new(
            "slug",
            "cannot be changed",
            format!("`{}`, or leave it out", current.slug),
        ));
    }
    if patch.get("blueprint") == Some(&Value::Null) {
        errors.push(FieldError::new(
            "blueprint",
            "cannot be left to a default",
            format!("`{}`, another one, or leave it out", current.blueprint),
        ));
    }
    if patch.get("name") == Some(&Value::Null) {
        errors.push(FieldError::new("name", "is required", "a name"));
    }
    let unknown = patch
        .iter()
        .filter(|(field, value)| {
            // A null for a field that is not there would vanish in the merge.
            value.is_null() && *field != "slug" && !PATCHABLE.contains(&field.as_str())
        })
        .map(|(field, _)| FieldError::new(field.clone(), "unknown field", PATCHABLE.join(", ")));
    errors.extend(unknown);
    errors
}

/// RFC 7396, section 2.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (key, value) in members {
            if value.is_null() {
                target.remove(key);
            } else {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_of_rfc_7396_hold() {
        for (mut target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ] {
            merge(&mut target, &patch);
            assert_eq!(target, result, "{patch}");
        }
    }
}
