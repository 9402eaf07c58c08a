//! The shape of a policy document, and when two of them mean the same.

use serde_json::{Map, Value, json};

/// A policy document of these statements.
pub fn document(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A statement on `resources` for `actions`; `conditions` is an object of operators, or null.
pub fn statement(
    sid: &str,
    effect: &str,
    actions: &[&str],
    resources: &[String],
    conditions: Value,
) -> Value {
    let mut statement = Map::from_iter([
        ("Sid".to_owned(), json!(sid)),
        ("Effect".to_owned(), json!(effect)),
        ("Action".to_owned(), json!(actions)),
        ("Resource".to_owned(), json!(resources)),
    ]);
    if !conditions.is_null() {
        statement.insert("Condition".to_owned(), conditions);
    }
    Value::Object(statement)
}

/// Whether two documents mean the same to IAM: order, single-element lists and quoted booleans make no difference.
/// AWS may hand a document back in another form than it was given.
pub fn same(one: &Value, other: &Value) -> bool {
    one == other || canonical(one) == canonical(other)
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), canonical(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(canonical).collect();
            items.sort_by_cached_key(ToString::to_string);
            items.dedup();
            match items.as_slice() {
                [only] => only.clone(),
                _ => Value::Array(items),
            }
        }
        Value::Bool(value) => Value::String(value.to_string()),
        Value::Number(value) => Value::String(value.to_string()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_compared_by_meaning_and_not_by_text() {
        let ours = json!({"Statement": [{"Action": ["a:B", "a:C"], "Resource": ["*"], "Condition": {"Bool": {"k": "true"}}}]});
        let theirs = json!({"Statement": {"Condition": {"Bool": {"k": true}}, "Resource": "*", "Action": ["a:C", "a:B"]}});
        assert!(same(&ours, &theirs));
        let wider = json!({"Statement": [{"Action": ["a:B", "a:C", "a:D"], "Resource": ["*"]}]});
        assert!(!same(&ours, &wider));
    }
}
