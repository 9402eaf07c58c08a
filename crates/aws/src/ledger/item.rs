//! Rows as DynamoDB has them, and what is read out of them.
//!
//! Structured content is one attribute `doc` of JSON text; what conditions, filters and indexes need stands beside it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};
use tenancy::{Failure, Timestamp};
use tracing::error;

use super::LedgerError;

/// A row, or a key.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn s(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

pub(super) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn time(item: &Item, name: &str) -> Option<Timestamp> {
    text(item, name)?.parse().ok()
}

/// The content of a row.
pub(super) fn doc<T: DeserializeOwned>(item: &Item) -> Result<T, LedgerError> {
    let text = text(item, "doc").unwrap_or_default();
    serde_json::from_str(text).map_err(|error| {
        let row = |name| self::text(item, name).unwrap_or("?");
        let doing = format!("reading row `{}` `{}` of the ledger", row("pk"), row("sk"));
        Failure::bug(doing, error.to_string()).into()
    })
}

/// The content of a row, or `None` and a line in the log: one bad row does not hide the others.
pub(super) fn readable<T>(
    row: &Item,
    read: impl FnOnce(&Item) -> Result<T, LedgerError>,
) -> Option<T> {
    let read = read(row);
    if let Err(error) = &read {
        error!("{error}; the row is left as it is");
    }
    read.ok()
}

/// A row of `key` with its content.
pub(super) fn with_doc(mut key: Item, content: &impl Serialize) -> Result<Item, LedgerError> {
    key.insert("doc".to_owned(), json(content)?);
    Ok(key)
}

/// Content as it stands in `doc`.
pub(super) fn json(content: &impl Serialize) -> Result<AttributeValue, LedgerError> {
    serde_json::to_string(content)
        .map(s)
        .map_err(|error| Failure::bug("writing a row of the ledger", error.to_string()).into())
}

/// The serde name of a unit variant, such as `open`.
pub(super) fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
