//! What differs between two blueprints, field by field. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Blueprint;
use crate::validate::json::member;

/// A field that two blueprints do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDifference {
    /// Path of the field, such as `settings.egress`.
    pub field: String,
    /// Its value in the first; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Its value in the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Every field that differs, in the order of their paths.
pub fn differences(before: &Blueprint, after: &Blueprint) -> Vec<FieldDifference> {
    let (mut before, after) = (fields(before), fields(after));
    let mut all = Vec::new();
    for (field, after) in after {
        let before = before.remove(&field);
        if before.as_ref() != Some(&after) {
            all.push((field, before, Some(after)));
        }
    }
    all.extend(
        before
            .into_iter()
            .map(|(field, value)| (field, Some(value), None)),
    );
    all.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    let difference = |(field, before, after)| FieldDifference {
        field,
        before,
        after,
    };
    all.into_iter().map(difference).collect()
}

/// The fields that are no objects, by path. What is null is absent.
fn fields(blueprint: &Blueprint) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    let whole = serde_json::to_value(blueprint).unwrap_or_default();
    flatten("", whole, &mut fields);
    fields
}

fn flatten(path: &str, value: Value, fields: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                flatten(&member(path, &key), value, fields);
            }
        }
        Value::Null => {}
        other => {
            fields.insert(path.to_owned(), other);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::blueprint::Catalog;

    #[test]
    fn each_field_that_differs_is_named_with_both_values() {
        let catalog = Catalog::built_in().unwrap();
        let before = catalog.find(&"sandbox@1.0.0".parse().unwrap()).unwrap();
        let mut after = before.clone();
        assert_eq!(differences(before, &after), []);
        after.settings.password_policy.minimum_length = 20;
        after.open.egress = None;
        let all = serde_json::to_value(differences(before, &after)).unwrap();
        assert_eq!(
            all,
            json!([
                { "field": "open.egress", "before": ["none", "single-nat"] },
                { "field": "settings.passwordPolicy.minimumLength", "before": 14, "after": 20 },
            ])
        );
    }
}
