//! A tenant moves between blueprints: each move does what its preview said, and a retired version keeps its tenants.

use std::{collections::BTreeSet, io::Write};

use scenarios::machine::AnyError;
use serde_json::{Value, json};

use crate::site::{Site, text};

/// What is done to a tenant, as component and sentence, in no order.
type Changes = Vec<(String, String)>;

const GOLD: &str = "name: gold\nversion: 1.0.0\ndescription: As standard, with a dashboard.\nextends: standard@1.1.0\nsettings:\n  dashboard: true\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_move_between_blueprints_does_what_its_preview_said_and_a_retired_one_keeps_its_tenants()
-> Result<(), AnyError> {
    let site = Site::open(&json!({}))?;
    let mut words = vec!["tenant", "create", "--slug", "acme", "--name", "acme"];
    words.extend(["--blueprint", "sandbox", "--wait"]);
    site.ask(&words);
    for blueprint in ["standard", "regulated"] {
        moves(&site, blueprint);
    }
    publish(&site)?;
    moves(&site, "gold");
    site.ask(&["blueprint", "retire", "gold@1.0.0"]);
    site.ask(&["repair", "acme", "--wait"]);
    let tenant = site.ask(&["tenant", "show", "acme"]);
    assert_eq!(tenant["phase"], "active");
    assert_eq!(tenant["spec"]["blueprint"], "gold@1.0.0");
    assert_eq!(findings(&site), Vec::<String>::new());
    let words = ["tenant", "create", "--slug", "late", "--name", "late"];
    let words = [&words[..], &["--blueprint", "gold@1.0.0"]].concat();
    let refused = site.begin(&words)?.wait_with_output()?;
    assert!(!refused.status.success(), "{refused:?}");
    Ok(())
}

/// Moves the tenant, after a preview of what that would do.
fn moves(site: &Site, blueprint: &str) {
    let words = ["tenant", "update", "acme", "--blueprint", blueprint];
    let preview = site.ask(&[&words[..], &["--dry-run"]].concat());
    let said = once(said(&preview));
    assert!(!said.is_empty(), "{preview:#}");
    let before = changes(site).len();
    site.ask(&[&words[..], &["--wait"]].concat());
    let done = once(changes(site).split_off(before));
    assert_eq!(
        only_in(&done, &said),
        Changes::new(),
        "not said of `{blueprint}`"
    );
    assert_eq!(
        only_in(&said, &done),
        Changes::new(),
        "not done for `{blueprint}`"
    );
    site.ask(&["audit", "acme", "--wait"]);
    assert_eq!(findings(site), Vec::<String>::new(), "`{blueprint}`");
}

fn said(preview: &Value) -> Changes {
    let items = preview["plan"].as_array();
    let change = |item: &Value| {
        (
            text(item, "component").to_owned(),
            text(item, "remedy").to_owned(),
        )
    };
    items.into_iter().flatten().map(change).collect()
}

/// Each once: a sentence is said for each field of a resource that is set, and in the preview for the resource as a whole.
fn once(changes: Changes) -> Changes {
    let each: BTreeSet<(String, String)> = changes.into_iter().collect();
    let each = each.into_iter();
    each.map(|(component, sentence)| (component, masked(&sentence)))
        .collect()
}

/// A sentence without the ids that AWS gives, and without those that a preview makes up for what is not there yet.
fn masked(sentence: &str) -> String {
    let kinds = [
        "subnet-",
        "rtb-",
        "vpc-",
        "nat-",
        "igw-",
        "sg-",
        "eipalloc-",
        "vpce-",
        "fl-",
    ];
    let is_id = |word: &str| {
        let given = kinds.iter().find_map(|kind| word.strip_prefix(kind));
        let given =
            given.is_some_and(|id| id.len() > 7 && id.bytes().all(|b| b.is_ascii_hexdigit()));
        given || word.starts_with("new-")
    };
    let words = sentence.split(' ').map(|word| {
        let bare = word.trim_matches(|char| "`,.:".contains(char));
        if is_id(bare) {
            word.replace(bare, "ID")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Every change that the history has, in its order.
fn changes(site: &Site) -> Changes {
    let history = site.ask(&["tenant", "history", "acme", "--limit", "1000"]);
    let mut entries: Vec<&Value> = history["items"].as_array().unwrap().iter().collect();
    entries.sort_by_key(|entry| entry["sequence"].as_u64());
    let applied = entries
        .into_iter()
        .filter(|e| e["action"] == "changes-applied");
    let of = |entry: &Value| {
        let component = text(&entry["details"], "component").to_owned();
        let sentences = entry["details"]["changes"].as_array().unwrap().clone();
        let sentences = sentences.into_iter();
        let change = |sentence: Value| (component.clone(), sentence.as_str().unwrap().to_owned());
        sentences.map(change).collect::<Vec<_>>()
    };
    applied.flat_map(of).collect()
}

/// Those of the first that the second does not have as often.
fn only_in(first: &Changes, second: &Changes) -> Changes {
    let mut left = second.clone();
    let mut only = Changes::new();
    for change in first {
        match left.iter().position(|other| other == change) {
            Some(index) => drop(left.swap_remove(index)),
            None => only.push(change.clone()),
        }
    }
    only
}

fn findings(site: &Site) -> Vec<String> {
    let found = site.ask(&["findings", "acme"]);
    let items = found["items"].as_array().cloned().unwrap_or_default();
    let keys = items.iter().map(|item| item["key"].to_string());
    keys.collect()
}

fn publish(site: &Site) -> Result<(), AnyError> {
    let path = std::env::temp_dir().join(format!("gold-{}.yaml", std::process::id()));
    std::fs::File::create(&path)?.write_all(GOLD.as_bytes())?;
    let file = path.to_str().ok_or("no path")?.to_owned();
    site.ask(&["blueprint", "publish", &file]);
    std::fs::remove_file(path)?;
    Ok(())
}
