//! The tests that `docs/invariants.md` names for each invariant are there.

#![allow(clippy::unwrap_used, reason = "tests fail loudly")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every source of this folder and those below, but for what is built.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_built = path.ends_with("target");
        if path.is_dir() && !is_built {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// The names of all functions in a source.
fn functions(source: &str) -> impl Iterator<Item = String> {
    let after = source.split("fn ").skip(1);
    after.map(|rest| {
        let name = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_');
        name.collect()
    })
}

/// Names of tests, which are sentences, in backticks.
fn named(text: &str) -> BTreeSet<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| name.matches('_').count() >= 4)
        .filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .collect()
}

#[test]
fn every_test_that_the_page_of_invariants_names_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut files = Vec::new();
    for folder in ["crates", "events", "functions", "tests"] {
        sources(&root.join(folder), &mut files);
    }
    let there: BTreeSet<String> = files
        .iter()
        .flat_map(|file| functions(&fs::read_to_string(file).unwrap()).collect::<Vec<_>>())
        .collect();
    let page = fs::read_to_string(root.join("docs/invariants.md")).unwrap();
    let named = named(&page);
    assert!(named.len() > 60, "{named:#?}");
    let lost: Vec<&&str> = named
        .iter()
        .filter(|name| !there.contains(**name))
        .collect();
    assert!(lost.is_empty(), "{lost:#?}");
}
