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

/// In the one order that does not depend on the build.
fn sorted(schema: impl serde::Serialize) -> serde_json::Value {
    let mut schema = serde_json::to_value(schema).unwrap();
    schema.sort_all_objects();
    schema
}

#[test]
fn the_committed_schema_of_blueprints_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/blueprint.schema.json");
    let wanted =
        serde_json::to_string_pretty(&sorted(tenancy::blueprint::author::schema())).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, wanted, "run `BLESS=1 cargo test -p tenancy`");
}
