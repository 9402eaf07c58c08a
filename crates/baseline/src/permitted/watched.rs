//! Every field of every kind that a component declares is in a table of what is watched, and the tables name nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::{kinds::kinds, *};
use crate::{drift_page::tables, watched::Watch};

macro_rules! kinds_of_all {
    ($($component:ty),*) => {
        [$(kinds::<$component>()),*].into_iter().flatten().collect()
    };
}

/// What findings of a kind end in, as the tables of the kind say.
fn found_as(kind: &str) -> BTreeSet<(&'static str, Watch)> {
    let tables = tables().filter(|table| table.kind == kind);
    let watched = tables.flat_map(|table| table.watched);
    let names = watched.flat_map(|property| {
        let names = property.found_as.split(", ");
        names.map(|name| (name, property.watch))
    });
    names.collect()
}

#[test]
fn every_field_that_is_compared_is_in_a_table_of_its_kind_with_what_becomes_of_it() {
    let kinds: BTreeMap<&str, &declared::Kind> = with_components!(kinds_of_all);
    assert!(kinds.len() > 20, "{kinds:?}");
    let mut wrong = Vec::new();
    for kind in kinds.values() {
        let documented = found_as(kind.name);
        for field in kind.fields {
            let watch = match field.person {
                true => Watch::Reported,
                false => Watch::Restored,
            };
            if !documented.contains(&(field.name, watch)) {
                wrong.push(format!("{kind:?} {}", field.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_table_of_a_declared_kind_is_of_one_that_a_component_declares() {
    let kinds: BTreeMap<&str, &declared::Kind> = with_components!(kinds_of_all);
    for table in tables().filter(|table| !table.kind.is_empty()) {
        assert!(
            kinds.contains_key(table.kind),
            "{}: {}",
            table.resource,
            table.kind
        );
    }
}
