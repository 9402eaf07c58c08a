//! Write units of DynamoDB, as it bills them.
//!
//! The emulator does not report consumed capacity, so each row is read before and after its write, at the emulator itself.
//! A write costs one unit for each kilobyte begun of the larger of the two, twice that in a transaction, where a condition
//! check costs what a write of its row would, and so does each write of a transaction that is refused. An index is written
//! where what it projects of the row changes: one unit for each kilobyte begun of what is projected, and where its key
//! changes for the entry that goes and the entry that comes. Indexes follow later, outside the transaction, and are not doubled.
//!
//! Sources: DynamoDB Developer Guide, "DynamoDB item sizes and formats", "DynamoDB write operations", "Capacity management for
//! transactions", "Provisioned throughput considerations for Global Secondary Indexes".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::state::State;
use super::upstream::AnyError;

/// What one row of a write cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteUnits {
    /// Its partition key.
    pub pk: String,
    /// Its sort key.
    pub sk: String,
    /// Units of the table.
    pub table: u64,
    /// Units of its indexes.
    pub indexes: u64,
}

type Row = Map<String, Value>;

/// A global secondary index.
#[derive(Debug, Default)]
struct Index {
    keys: Vec<String>,
    /// What it projects beside the keys; `None` for everything.
    projected: Option<Vec<String>>,
}

/// A write that has yet to take effect.
pub struct Counting {
    table: String,
    factor: u64,
    keys: Vec<Row>,
    indexes: Vec<Index>,
    before: Vec<Row>,
}

/// Reads the rows a call is about to write, if it writes any.
pub async fn before(state: &State, call: &Call) -> Option<Counting> {
    let (factor, writes) = writes(call)?;
    let table = writes.first()?.0.clone();
    let keys: Vec<Row> = writes.into_iter().map(|(_, key)| key).collect();
    let indexes = indexes(state, call, &table).await.ok()?;
    let before = rows(state, call, &table, &keys).await.ok()?;
    Some(Counting {
        table,
        factor,
        keys,
        indexes,
        before,
    })
}

impl Counting {
    /// What the write cost, row by row.
    pub async fn units(self, state: &State, call: &Call) -> Vec<WriteUnits> {
        let after = rows(state, call, &self.table, &self.keys).await;
        let after = after.unwrap_or_default();
        let cost = |key: &Row| {
            let (old, new) = (find(&self.before, key), find(&after, key));
            let size = size(old).max(size(new));
            let indexes = self.indexes.iter();
            let text = |name| key.get(name).and_then(|value| value["S"].as_str());
            WriteUnits {
                pk: text("pk").unwrap_or_default().to_owned(),
                sk: text("sk").unwrap_or_default().to_owned(),
                table: self.factor * units(size).max(1),
                indexes: indexes.map(|index| index.units(old, new)).sum(),
            }
        };
        self.keys.iter().map(cost).collect()
    }
}

impl Index {
    fn units(&self, old: Option<&Row>, new: Option<&Row>) -> u64 {
        let (old, new) = (self.entry(old), self.entry(new));
        match (&old, &new) {
            (Some(was), Some(is)) if was == is => 0,
            (Some(was), Some(is)) if self.keys.iter().all(|key| was.get(key) == is.get(key)) => {
                units(size(old.as_ref()).max(size(new.as_ref())))
            }
            _ => units(size(old.as_ref())) + units(size(new.as_ref())),
        }
    }

    /// What the index has of a row; `None` if the row is not in it.
    fn entry(&self, row: Option<&Row>) -> Option<Row> {
        let row = row?;
        if !self.keys.iter().all(|key| row.contains_key(key)) {
            return None;
        }
        let Some(projected) = &self.projected else {
            return Some(row.clone());
        };
        let keys = ["pk".to_owned(), "sk".to_owned()];
        let names = keys.iter().chain(&self.keys).chain(projected);
        let entry = names.filter_map(|name| Some((name.clone(), row.get(name)?.clone())));
        Some(entry.collect())
    }
}

/// By how much writes are multiplied, and the table and key of each.
pub(super) fn writes(call: &Call) -> Option<(u64, Vec<(String, Row)>)> {
    if call.identity.service != "dynamodb" {
        return None;
    }
    let body = call.json();
    match call.identity.operation.as_str() {
        "PutItem" | "UpdateItem" | "DeleteItem" => Some((1, vec![write(&body)?])),
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array()?.iter();
            let writes = items.filter_map(|item| write(item.as_object()?.values().next()?));
            Some((2, writes.collect()))
        }
        _ => None,
    }
}

fn write(write: &Value) -> Option<(String, Row)> {
    let table = write["TableName"].as_str()?.to_owned();
    let key = write["Key"].as_object().or(write["Item"].as_object())?;
    let key = ["pk", "sk"].map(|name| Some((name.to_owned(), key.get(name)?.clone())));
    Some((table, key.into_iter().collect::<Option<Row>>()?))
}

async fn indexes(state: &State, call: &Call, table: &str) -> Result<Vec<Index>, AnyError> {
    let body = json!({ "TableName": table });
    let answer = ask(state, call, "DescribeTable", &body).await?;
    let indexes = answer["Table"]["GlobalSecondaryIndexes"].as_array();
    let index = |index: &Value| {
        let texts = |value: &Value| -> Vec<String> {
            let values = value.as_array().into_iter().flatten();
            values
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        let schema = index["KeySchema"].as_array().into_iter().flatten();
        let keys = schema.filter_map(|key| key["AttributeName"].as_str());
        let projection = &index["Projection"];
        Index {
            keys: keys.map(str::to_owned).collect(),
            projected: (projection["ProjectionType"] != "ALL")
                .then(|| texts(&projection["NonKeyAttributes"])),
        }
    };
    Ok(indexes.into_iter().flatten().map(index).collect())
}

async fn rows(state: &State, call: &Call, table: &str, keys: &[Row]) -> Result<Vec<Row>, AnyError> {
    let body = json!({ "RequestItems": { table: { "Keys": keys, "ConsistentRead": true } } });
    let answer = ask(state, call, "BatchGetItem", &body).await?;
    let rows = answer["Responses"][table].as_array();
    let rows = rows.into_iter().flatten().filter_map(Value::as_object);
    Ok(rows.cloned().collect())
}

async fn ask(state: &State, call: &Call, action: &str, body: &Value) -> Result<Value, AnyError> {
    let (account, region) = (call.account(), &call.identity.region);
    let target = format!("DynamoDB_20120810.{action}");
    let answer = state
        .upstream
        .json(account, "dynamodb", region, &target, body)
        .await?;
    Ok(answer.value())
}

fn find<'a>(rows: &'a [Row], key: &Row) -> Option<&'a Row> {
    let same = |row: &&Row| key.iter().all(|(name, value)| row.get(name) == Some(value));
    rows.iter().find(same)
}

fn units(bytes: u64) -> u64 {
    bytes.div_ceil(1024)
}

fn size(row: Option<&Row>) -> u64 {
    row.map_or(0, members)
}

fn members(row: &Row) -> u64 {
    let member = |(name, value): (&String, &Value)| length(name) + value_size(value);
    row.iter().map(member).sum()
}

fn value_size(value: &Value) -> u64 {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else {
        return 0;
    };
    match (kind.as_str(), value) {
        // Two digits in a byte, and one more.
        ("N", Value::String(digits)) => length(digits).div_ceil(2) + 1,
        (_, Value::String(text)) => length(text),
        ("M", Value::Object(map)) => 3 + map.len() as u64 + members(map),
        ("L", Value::Array(list)) => 3 + list.iter().map(|item| 1 + value_size(item)).sum::<u64>(),
        (_, Value::Array(set)) => set.iter().filter_map(Value::as_str).map(length).sum(),
        _ => 1,
    }
}

fn length(text: &str) -> u64 {
    text.len() as u64
}

/// What writes cost by the kind of row, such as `META` or `PAST#`: their number, units of the table, units of the indexes.
pub fn by_kind<'a>(
    units: impl IntoIterator<Item = &'a WriteUnits>,
) -> BTreeMap<String, (u64, u64, u64)> {
    let mut kinds = BTreeMap::<_, (u64, u64, u64)>::new();
    for row in units {
        let kind = if row.pk.starts_with("T#") {
            row.sk.split_inclusive('#').next()
        } else {
            row.pk.split_inclusive('#').next()
        };
        let (count, table, indexes) = kinds
            .entry(kind.unwrap_or_default().to_owned())
            .or_default();
        *count += 1;
        *table += row.table;
        *indexes += row.indexes;
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Value) -> Row {
        value.as_object().unwrap().clone()
    }

    fn index(projected: Option<&[&str]>) -> Index {
        Index {
            keys: vec!["due_pk".into(), "due_sk".into()],
            projected: projected.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
        }
    }

    #[test]
    fn a_row_is_as_large_as_its_names_and_values() {
        let text = json!({"pk": {"S": "T#1"}, "n": {"N": "123"}, "m": {"M": {"a": {"S": "bc"}}}});
        assert_eq!(
            size(Some(&row(text))),
            (2 + 3) + (1 + 3) + (1 + 3 + 1 + 1 + 2)
        );
        assert_eq!((units(0), units(1), units(1024), units(1025)), (0, 1, 1, 2));
    }

    #[test]
    fn an_index_is_written_where_what_it_projects_changes() {
        let at = |due: &str, other: &str| {
            row(
                json!({"pk": {"S": "T"}, "sk": {"S": "L"}, "due_pk": {"S": "D"}, "due_sk": {"S": due}, "o": {"S": other}}),
            )
        };
        let absent = row(json!({"pk": {"S": "T"}, "sk": {"S": "L"}}));
        let (one, later, other) = (at("1", "a"), at("2", "a"), at("1", "b"));
        for (index, changed) in [(index(None), 1), (index(Some(&[])), 0)] {
            assert_eq!(index.units(Some(&one), Some(&one)), 0);
            assert_eq!(index.units(Some(&one), Some(&other)), changed);
            assert_eq!(
                index.units(Some(&one), Some(&later)),
                2,
                "one goes, one comes"
            );
            assert_eq!(index.units(Some(&absent), Some(&one)), 1);
            assert_eq!(index.units(Some(&one), Some(&absent)), 1);
            assert_eq!(index.units(None, Some(&absent)), 0);
        }
    }
}
