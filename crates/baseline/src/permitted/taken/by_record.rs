//! Kinds without tags.

use super::*;
use crate::{alerting::Alerting, contacts::Contacts};

/// Kinds that are ours by the spec, or by the id that the ledger recorded where the spec does not name them.
pub(super) const BY_RECORD: [&str; 2] = ["contact", "subscription"];

/// What is there and the spec does not name is ours only by its record.
fn unnamed<C: Listed>(kind: &str) -> usize {
    let mut tried = 0;
    for from in specs() {
        let mut to = from.clone();
        to.spec.contacts = tenancy::spec::Contacts::default();
        let mut seen = built::<C>(&from);
        let resources = C::resources_of(&mut seen).unwrap();
        resources.1.extend(kinds::<C>());
        let keys: Vec<Key> = resources.0.keys().cloned().collect();
        for key in keys.into_iter().filter(|key| key.kind == kind) {
            let of = |id: &str| put::<C>(&seen, &key, |state| identify(state, kind, id));
            let known = knowing::<C>(&to, &from, &of("ours"));
            for desired in [&to, &known, &leaving(&to), &leaving(&known)] {
                let (done, _) = done_to::<C>(desired, &of("theirs"), &key);
                assert_eq!(done, Vec::<String>::new(), "{key}");
            }
            let [deleted] = &done_to::<C>(&known, &of("ours"), &key).0[..] else {
                panic!("{key}");
            };
            assert!(deleted.contains("Delete"), "{deleted}");
            tried += 1;
        }
    }
    tried
}

#[test]
fn what_has_no_tags_and_is_not_in_the_spec_is_left_where_the_ledger_did_not_record_its_id() {
    for (kind, tried) in [
        ("contact", unnamed::<Contacts>("contact")),
        ("subscription", unnamed::<Alerting>("subscription")),
    ] {
        assert!(BY_RECORD.contains(&kind) && tried > 0, "{kind}");
    }
}
