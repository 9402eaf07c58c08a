//! The committed page of what an audit watches is the one the tables make, and the tables leave out nothing that we set.
//!
//! `BLESS=1 cargo test -p baseline --test contract` writes the page.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]
#![allow(clippy::disallowed_methods, reason = "tests may read the environment")]

use std::{collections::BTreeSet, fs};

use baseline::{
    declared::{Kind, Resource},
    drift_page::{page, tables},
    guard, resources, trail,
    watched::{Properties, Watch},
};

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

/// What findings of these tables end in.
fn found_as(tables: &[Properties], watch: impl Fn(Watch) -> bool) -> BTreeSet<&'static str> {
    let all = tables.iter().flat_map(|table| table.watched);
    let found = all.filter(|property| watch(property.watch));
    found.map(|property| property.found_as).collect()
}

#[test]
fn every_field_that_is_compared_is_in_a_table_with_what_becomes_of_it() {
    let shared: [&Kind; 7] = const {
        [
            &resources::Role::KIND,
            &resources::Policy::KIND,
            &resources::InstanceProfile::KIND,
            &resources::PasswordPolicy::KIND,
            &resources::AccountAlias::KIND,
            &resources::LogGroup::KIND,
            &resources::Bucket::KIND,
        ]
    };
    let of_trail: [&Kind; 1] = const { [&trail::OwnTrail::KIND] };
    let switches: [&Kind; 6] = const {
        [
            &guard::PublicAccess::KIND,
            &guard::EbsEncryption::KIND,
            &guard::InstanceMetadata::KIND,
            &guard::SnapshotBlock::KIND,
            &guard::ImageBlock::KIND,
            &guard::SerialConsole::KIND,
        ]
    };
    let cases: [(&[Properties], &[&Kind]); 3] = [
        (resources::WATCHED, &shared),
        (trail::WATCHED, &of_trail),
        (guard::WATCHED, &switches),
    ];
    for (tables, kinds) in cases {
        let restored = found_as(tables, |watch| watch == Watch::Restored);
        let reported = found_as(tables, |watch| watch == Watch::Reported);
        for kind in kinds {
            for field in kind.fields {
                let documented = match field.person {
                    true => &reported,
                    false => &restored,
                };
                let name = field.name;
                assert!(documented.contains(name), "{kind:?} {name}: {documented:?}");
            }
        }
    }
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
