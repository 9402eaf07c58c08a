//! The committed page of what an audit watches is the one the tables make, and the tables are complete in themselves.
//!
//! `BLESS=1 cargo test -p baseline --test contract` writes the page.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]
#![allow(clippy::disallowed_methods, reason = "tests may read the environment")]

use std::{collections::BTreeSet, fs};

use baseline::drift_page::{page, tables};

#[test]
fn the_committed_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/drift.md");
    let wanted = page();
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, &wanted).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap();
    assert_eq!(
        committed, wanted,
        "docs/drift.md is not current: run `BLESS=1 cargo test -p baseline --test contract`"
    );
}

#[test]
fn every_property_is_in_its_table_once_and_every_reason_is_said() {
    for table in tables() {
        let names: BTreeSet<&str> = table.names().collect();
        assert_eq!(names.len(), table.names().count(), "{}", table.resource);
        for (names, why) in table.reasons() {
            assert!(why.len() > 8, "{} {names}", table.resource);
        }
    }
}
