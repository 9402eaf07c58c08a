//! The committed JSON Schema of blueprints is the one the code makes.
//!
//! `BLESS=1 cargo test -p tenancy` writes the document.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail loudly and may read the environment"
)]
#![allow(
    unused_crate_dependencies,
    reason = "not every test needs every dependency"
)]

use std::{fs, path::PathBuf};

#[test]
fn the_committed_schema_of_blueprints_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/blueprint.schema.json");
    let mut schema = tenancy::blueprint::author::schema();
    // One order, also where some dependency has serde_json keep the order of insertion.
    schema.sort_all_objects();
    let wanted = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, wanted, "run `BLESS=1 cargo test -p tenancy`");
}
