//! The tables of what an audit watches have every property of AWS's own model, so that one that AWS adds has to be decided about: what
//! each table is checked with stands beside what reads it.

mod by_name;

use std::{collections::BTreeSet, fmt::Debug};

use baseline::drift_page::tables;

/// The fields of an empty answer, as it shows itself.
fn fields(empty: &impl Debug) -> BTreeSet<String> {
    let text = format!("{empty:#?}");
    let of_its_own = |line: &str| {
        let (name, _) = line.strip_prefix("    ")?.split_once(": ")?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_field = name.bytes().all(plain) && name != "_request_id";
        is_field.then(|| name.to_owned())
    };
    text.lines().filter_map(of_its_own).collect()
}

/// Fails where a property of an answer is not decided about.
pub(crate) fn check(shape: &str, empty: &impl Debug) {
    let table = tables().find(|table| table.shape == shape);
    let table = table.unwrap_or_else(|| panic!("no table for `{shape}`"));
    let decided: BTreeSet<String> = table.names().map(ToOwned::to_owned).collect();
    assert_eq!(decided, fields(empty), "`{shape}`");
}
