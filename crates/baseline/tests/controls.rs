//! The committed page of controls is the one the catalogue makes, and no id is ever given again.
//!
//! `BLESS=1 cargo test -p baseline --test controls` writes the page, and adds new ids to `controls.txt`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]
#![allow(clippy::disallowed_methods, reason = "tests may read the environment")]
#![allow(
    unused_crate_dependencies,
    reason = "not every test needs every dependency"
)]

use std::{collections::BTreeSet, fs};

use baseline::catalogue::{RETIRED, controls, page};

/// Every id that there ever was. Ids are only added there.
const EVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controls.txt");

#[test]
fn the_committed_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/controls.md");
    let wanted = page();
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, &wanted).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap();
    assert_eq!(
        committed, wanted,
        "docs/controls.md is not current: run `BLESS=1 cargo test -p baseline --test controls`"
    );
}

#[test]
fn an_id_is_given_once_and_stays_on_record_when_it_is_retired() {
    let mut ever = fs::read_to_string(EVER).unwrap();
    if std::env::var_os("BLESS").is_some() {
        ever = with_new(&ever);
        fs::write(EVER, &ever).unwrap();
    }
    let ever: Vec<&str> = ever.lines().collect();
    let known: BTreeSet<&str> = ever.iter().copied().collect();
    assert_eq!(ever.len(), known.len(), "an id is there twice");
    let present: BTreeSet<&str> = controls().map(|control| control.id.as_str()).collect();
    let retired: BTreeSet<&str> = RETIRED.iter().copied().collect();
    let again: Vec<_> = present.intersection(&retired).collect();
    assert!(again.is_empty(), "given again: {again:?}");
    let all: BTreeSet<&str> = present.union(&retired).copied().collect();
    let new: Vec<_> = all.difference(&known).collect();
    assert!(
        new.is_empty(),
        "run `BLESS=1 cargo test -p baseline --test controls`, which adds to tests/controls.txt: {new:#?}"
    );
    let lost: Vec<_> = known.difference(&all).collect();
    assert!(lost.is_empty(), "neither there nor in RETIRED: {lost:?}");
}

/// These ids, and after them those that are new.
fn with_new(ever: &str) -> String {
    let is_new = |id: &&str| ever.lines().all(|known| known != *id);
    let new = controls().map(|control| control.id.as_str());
    let lines = ever.lines().chain(new.filter(is_new));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_control_says_what_it_reads_and_what_to_do() {
    for control in controls() {
        for text in [&control.title, &control.reads, &control.remedy] {
            assert!(
                text.len() > 3 && !text.contains('|'),
                "{}: {text}",
                control.id
            );
        }
    }
}
