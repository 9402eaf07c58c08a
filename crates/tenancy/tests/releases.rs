//! What other releases wrote into the ledger is read, and what this release does not know of it is written back as it was.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

use std::collections::BTreeSet;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tenancy::{Finding, Operation, Tenant, history::HistoryEntry};

const PREVIOUS: &str = include_str!("../../../tests/fixtures/ledger/previous-release.json");
const NEXT: &str = include_str!("../../../tests/fixtures/ledger/next-release.json");

/// The documents of all rows whose sort key begins with this. Those that are no JSON are nobody's to read.
fn documents(ledger: &str, sort_key: &str) -> Vec<Value> {
    let rows: Vec<Value> = serde_json::from_str(ledger).unwrap();
    let of_kind = |row: &&Value| {
        row["pk"]["S"].as_str().unwrap().starts_with("T#")
            && row["sk"]["S"].as_str().unwrap().starts_with(sort_key)
    };
    let documents = rows.iter().filter(of_kind);
    let documents: Vec<Value> = documents
        .filter_map(|row| serde_json::from_str(row["doc"]["S"].as_str()?).ok())
        .collect();
    assert!(!documents.is_empty(), "{sort_key}");
    documents
}

/// Each document as it is read.
fn read<T: DeserializeOwned>(ledger: &str, sort_key: &str) -> Vec<(Value, T)> {
    let read = |document: Value| {
        let read = T::deserialize(&document);
        let read = read.unwrap_or_else(|error| panic!("unreadable, {error}: {document}"));
        (document, read)
    };
    let documents = documents(ledger, sort_key).into_iter();
    documents.map(read).collect()
}

/// Adds the paths of values that are not `after` what they were `before`.
fn lost(path: &str, before: &Value, after: &Value, all: &mut BTreeSet<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                let now = after.get(name).unwrap_or(&Value::Null);
                lost(&format!("{path}/{name}"), value, now, all);
            }
        }
        _ if before != after => drop(all.insert(format!("{path}: {before}, now {after}"))),
        _ => {}
    }
}

/// Reads and writes each document, and says what was lost.
fn rewritten<T: Serialize + DeserializeOwned>(sort_key: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (before, value) in read::<T>(NEXT, sort_key) {
        let after = serde_json::to_value(&value).unwrap();
        lost(sort_key, &before, &after, &mut all);
    }
    all
}

#[test]
fn what_the_previous_release_wrote_is_read() {
    for (document, tenant) in read::<Tenant>(PREVIOUS, "META") {
        let state = serde_json::to_value(tenant.desired_state).unwrap();
        assert_eq!(state, document["wish"]);
        let components = document["components"].as_object().unwrap().keys();
        assert!(
            tenant
                .components
                .keys()
                .map(|name| name.as_str())
                .eq(components)
        );
    }
    for (_, finding) in read::<Finding>(PREVIOUS, "F#") {
        assert!(finding.difference.repair.is_ours());
    }
    for (_, operation) in read::<Operation>(PREVIOUS, "OP#") {
        assert!(operation.is_known());
    }
    for (_, entry) in read::<HistoryEntry>(PREVIOUS, "PAST#") {
        assert_eq!(entry.hash, entry.computed_hash());
    }
}

#[test]
fn what_a_later_release_wrote_is_written_back_as_it_was() {
    let mut lost = rewritten::<Tenant>("META");
    lost.extend(rewritten::<Finding>("F#"));
    lost.extend(rewritten::<Operation>("OP#"));
    assert_eq!(lost, BTreeSet::new());
}
