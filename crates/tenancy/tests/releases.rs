//! What other releases wrote into the ledger is read, and what this release does not know of it is written back as it was.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

use std::collections::BTreeSet;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tenancy::{
    Finding, Operation, PublishedBlueprint, Region, Spec, Tenant,
    access::{Approval, SelfService},
    blueprint::Catalog,
    history::HistoryEntry,
};

const PREVIOUS: &str = include_str!("../../../tests/fixtures/ledger/previous-release.json");
const NEXT: &str = include_str!("../../../tests/fixtures/ledger/next-release.json");

/// The documents of all rows whose sort key begins with this. Those that are no JSON are nobody's to read.
fn documents(ledger: &str, sort_key: &str) -> Vec<Value> {
    let rows: Vec<Value> = serde_json::from_str(ledger).unwrap();
    let of_kind = |row: &&Value| {
        row["pk"]["S"].as_str().unwrap().starts_with("T#")
            && row["sk"]["S"].as_str().unwrap().starts_with(sort_key)
    };
    let documents = rows.iter().filter(of_kind);
    let documents: Vec<Value> = documents
        .filter_map(|row| serde_json::from_str(row["doc"]["S"].as_str()?).ok())
        .collect();
    assert!(!documents.is_empty(), "{sort_key}");
    documents
}

/// Each document as it is read.
fn read<T: DeserializeOwned>(ledger: &str, sort_key: &str) -> Vec<(Value, T)> {
    let read = |document: Value| {
        let read = T::deserialize(&document);
        let read = read.unwrap_or_else(|error| panic!("unreadable, {error}: {document}"));
        (document, read)
    };
    let documents = documents(ledger, sort_key).into_iter();
    documents.map(read).collect()
}

/// Adds the paths of values that are not `after` what they were `before`.
fn lost(path: &str, before: &Value, after: &Value, all: &mut BTreeSet<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                let now = after.get(name).unwrap_or(&Value::Null);
                lost(&format!("{path}/{name}"), value, now, all);
            }
        }
        _ if before != after => drop(all.insert(format!("{path}: {before}, now {after}"))),
        _ => {}
    }
}

/// Reads and writes each document, and says what was lost.
fn rewritten<T: Serialize + DeserializeOwned>(sort_key: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (before, value) in read::<T>(NEXT, sort_key) {
        let after = serde_json::to_value(&value).unwrap();
        lost(sort_key, &before, &after, &mut all);
    }
    all
}

#[test]
fn what_the_previous_release_wrote_is_read() {
    for (document, tenant) in read::<Tenant>(PREVIOUS, "META") {
        let state = serde_json::to_value(tenant.desired_state).unwrap();
        assert_eq!(state, document["wish"]);
        let components = document["components"].as_object().unwrap().keys();
        assert!(
            tenant
                .components
                .keys()
                .map(|name| name.as_str())
                .eq(components)
        );
    }
    for (_, finding) in read::<Finding>(PREVIOUS, "F#") {
        assert!(finding.difference.repair.is_ours());
    }
    for (_, operation) in read::<Operation>(PREVIOUS, "OP#") {
        assert!(operation.is_known());
    }
    for (_, entry) in read::<HistoryEntry>(PREVIOUS, "PAST#") {
        assert_eq!(entry.hash, entry.computed_hash());
    }
}

#[test]
fn what_a_later_release_wrote_is_written_back_as_it_was() {
    let mut lost = rewritten::<Tenant>("META");
    lost.extend(rewritten::<Finding>("F#"));
    lost.extend(rewritten::<Operation>("OP#"));
    assert_eq!(lost, BTreeSet::new());
}

/// A blueprint that was published, with these settings instead of a built-in one's.
fn published(settings: &Value) -> (Value, PublishedBlueprint) {
    let catalog = Catalog::built_in().unwrap();
    let standard = catalog.find(&"standard@1.0.0".parse().unwrap()).unwrap();
    let mut document = json!({
        "blueprint": standard, "publishedBy": "ann", "publishedAt": "2026-11-01T00:00:00Z",
    });
    document["blueprint"]["name"] = json!("gold");
    for (field, value) in settings.as_object().unwrap() {
        document["blueprint"]["settings"][field] = value.clone();
    }
    document["blueprint"]["open"]["egress"] = json!(["none", "central-nat"]);
    let published = serde_json::from_value(document.clone()).unwrap();
    (document, published)
}

/// What it comes to for a spec with this way out, or which fields keep it from that.
fn resolved(published: &PublishedBlueprint, egress: Option<&str>) -> Result<(), Vec<String>> {
    let spec =
        json!({ "slug": "acme", "name": "Acme", "blueprint": "gold@1.0.0", "egress": egress });
    let spec: Spec = serde_json::from_value(spec).unwrap();
    let home: Region = "eu-central-1".parse().unwrap();
    let resolved = published
        .blueprint
        .resolve(&spec, std::slice::from_ref(&home), &home);
    let refusals = |errors: Vec<_>| errors.iter().map(ToString::to_string).collect();
    resolved.map(drop).map_err(refusals)
}

#[test]
fn a_published_blueprint_with_words_of_a_later_release_is_read_and_written_back_as_it_was() {
    let (document, later) = published(&json!({
        "egress": "central-nat", "trail": "both", "vpcBlockPublicAccess": "block-egress", "encryption": "hsm",
        "selfService": ["projects", "teleport"], "accessApproval": "board",
    }));
    let mut lost_of_it = BTreeSet::new();
    let after = serde_json::to_value(&later).unwrap();
    lost("BLUEPRINTS", &document, &after, &mut lost_of_it);
    assert_eq!(lost_of_it, BTreeSet::new());
    assert_eq!(later.blueprint.settings.opened(), [SelfService::Projects]);
    assert_eq!(later.blueprint.settings.approval(), Some(Approval::Two));
}

#[test]
fn nothing_is_built_of_a_setting_of_a_later_release_and_the_rest_of_it_holds_up_nobody() {
    let (_, rules) = published(&json!({
        "selfService": ["teleport"], "accessApproval": "board",
    }));
    assert_eq!(resolved(&rules, None), Ok(()));
    for (field, word) in [
        ("egress", "central-nat"),
        ("trail", "both"),
        ("vpcBlockPublicAccess", "block-egress"),
        ("encryption", "hsm"),
    ] {
        let (_, later) = published(&json!({ field: word }));
        let refused = resolved(&later, None).unwrap_err();
        let [refused] = refused.as_slice() else {
            panic!("{refused:?}");
        };
        let said = format!("says `{word}` in `settings.{field}`");
        assert!(refused.contains(&said), "{refused}");
        // Who chooses a way out needs no other.
        let chosen = resolved(&later, Some("none"));
        assert_eq!(chosen.is_ok(), field == "egress", "{field}");
    }
}
