//! Ledgers that other releases wrote, kept as files, and what becomes of their rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use serde_json::{Value, json};

/// Written by the release before this one: whole component statuses in the main row, `wish` for the desired state.
pub const PREVIOUS_RELEASE: &str = include_str!("../fixtures/ledger/previous-release.json");
/// As a later release may write: words, fields, attributes and rows that this one does not know, and some it cannot read.
pub const NEXT_RELEASE: &str = include_str!("../fixtures/ledger/next-release.json");

/// Every value in a table by its row (`pk sk`) and its path in it, such as `doc/spec/name`.
pub type Values = BTreeMap<String, BTreeMap<String, Value>>;

/// Puts the rows of a file into a table.
///
/// # Panics
/// The file is not one of rows, or the table does not take them.
pub async fn load(client: &Client, table: &str, file: &str) {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(file).unwrap();
    for row in rows {
        let row = row
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)));
        let call = client.put_item().table_name(table);
        let call = call.set_item(Some(row.collect()));
        call.send().await.unwrap();
    }
}

/// All values in a table.
///
/// # Panics
/// The table cannot be read, or holds an attribute of a type that no ledger has.
pub async fn values(client: &Client, table: &str) -> Values {
    let mut values = Values::new();
    let mut pages = client
        .scan()
        .table_name(table)
        .into_paginator()
        .items()
        .send();
    while let Some(row) = pages.next().await {
        let row = row.unwrap();
        let key = |name: &str| row[name].as_s().unwrap().clone();
        values.insert(format!("{} {}", key("pk"), key("sk")), flat(&row));
    }
    values
}

/// What is missing or another in `after`, by row; what was added is not.
pub fn changes(before: &Values, after: &Values) -> BTreeMap<String, BTreeSet<String>> {
    let nothing = BTreeMap::new();
    let mut changes = BTreeMap::new();
    for (row, values) in before {
        let now = after.get(row).unwrap_or(&nothing);
        let changed = values
            .iter()
            .filter(|(path, value)| now.get(*path) != Some(*value));
        let changed: BTreeSet<String> = changed.map(|(path, _)| path.clone()).collect();
        if !changed.is_empty() {
            changes.insert(row.clone(), changed);
        }
    }
    changes
}

fn flat(row: &HashMap<String, AttributeValue>) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (name, attribute) in row {
        let value = plain(attribute);
        let inside = value.as_str().filter(|_| name == "doc");
        let inside = inside.and_then(|text| serde_json::from_str(text).ok());
        flatten(name, inside.unwrap_or(value), &mut values);
    }
    values
}

fn flatten(path: &str, value: Value, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                flatten(&format!("{path}/{name}"), value, into);
            }
        }
        other => {
            into.insert(path.to_owned(), other);
        }
    }
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(attribute).collect()),
        "M" => {
            let members = value.as_object().unwrap().iter();
            AttributeValue::M(members.map(|(k, v)| (k.clone(), attribute(v))).collect())
        }
        other => panic!("an attribute of type {other}"),
    }
}

fn plain(attribute: &AttributeValue) -> Value {
    match attribute {
        AttributeValue::S(text) | AttributeValue::N(text) => json!(text),
        AttributeValue::Bool(truth) => json!(truth),
        AttributeValue::L(items) => items.iter().map(plain).collect(),
        AttributeValue::M(members) => members.iter().map(|(k, v)| (k.clone(), plain(v))).collect(),
        other => panic!("an attribute {other:?}"),
    }
}
