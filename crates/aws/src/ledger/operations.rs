//! Rows of operations. Those that are open are among what every pass reads. A finished one moves behind the history, where only who
//! asks for it reads it, and is deleted after 90 days: what came of it stays in the history.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tenancy::{Operation, OperationId};

use super::{
    LedgerError,
    item::{Item, doc, json, n, readable, with_doc},
    keys,
    write::Write,
};

/// How long a finished operation is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How many operations that were left in place are moved by who takes the lease: two writes each, beside the rows of components that the
/// release before has left in the main row.
const MOVED: usize = 30;
/// How many finished operations are moved by the write that finishes them.
const MOVED_AT_ONCE: usize = 10;

/// What another release wrote beside the operations.
pub(super) type Others = BTreeMap<OperationId, Item>;

/// Attributes of a row of an operation that this release does not know.
pub(super) fn other(row: &Item) -> Item {
    let mut other = row.clone();
    other.retain(|name, _| !["pk", "sk", "doc"].contains(&name.as_str()));
    other
}

/// Writes open operations where they are, and moves finished ones; those beyond ten are left in place, a write each, for who takes the lease
/// next: all that a tenant may have fit into one transaction. What another release wrote beside stays.
pub(super) fn operation_writes<'a>(
    operations: impl IntoIterator<Item = &'a Operation>,
    others: &Others,
) -> Result<Vec<Write>, LedgerError> {
    let (mut writes, mut moved) = (Vec::new(), 0);
    for operation in operations {
        let key = keys::operation(&operation.tenant_id, &operation.id);
        if !operation.state.is_final() || moved == MOVED_AT_ONCE {
            writes.push(Write::update(key).set("doc", json(operation)?));
            continue;
        }
        moved += 1;
        let mut row = others.get(&operation.id).cloned().unwrap_or_default();
        row.extend(finished(operation)?);
        writes.extend([Write::delete(key), Write::put(row)]);
    }
    Ok(writes)
}

/// How many writes that many operations are at most.
pub(super) fn most_writes(operations: usize) -> usize {
    operations + operations.min(MOVED_AT_ONCE)
}

/// Moves finished operations that were left in place.
pub(super) fn move_finished(rows: &[Item]) -> Vec<Write> {
    let moved = |row: &Item| -> Option<[Write; 2]> {
        let operation: Operation = readable(row, doc)?;
        let mut after = row.clone();
        after.extend(finished(&operation).ok()?);
        let key = keys::operation(&operation.tenant_id, &operation.id);
        Some([Write::delete(key), Write::put(after)])
    };
    rows.iter()
        .take(MOVED)
        .filter_map(moved)
        .flatten()
        .collect()
}

fn finished(operation: &Operation) -> Result<Item, LedgerError> {
    let key = keys::finished(&operation.tenant_id, &operation.id);
    let mut row = with_doc(key, operation)?;
    let expires = operation.updated_at.as_second() + KEPT.as_secs();
    row.insert("expires_at".to_owned(), n(expires));
    Ok(row)
}
