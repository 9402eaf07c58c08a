//! The runbook knows every reason a tenant is parked for, and every reason a creation fails for.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    by_code,
    codes::{CODES, Class},
    organizations,
};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A part of the runbook, from its heading to the next of the same level.
fn chapter(heading: &str) -> String {
    let text = fs::read_to_string(root("docs/operations.md")).unwrap();
    let from = text.find(&format!("\n## {heading}\n")).unwrap() + 1;
    let rest = &text[from..];
    let to = rest[3..].find("\n## ").map_or(rest.len(), |at| at + 3);
    rest[..to].to_owned()
}

fn headings() -> BTreeSet<String> {
    let chapter = chapter("Parked tenants");
    let headings = chapter.lines().filter_map(|line| line.strip_prefix("### "));
    headings.map(|heading| heading.trim().to_owned()).collect()
}

/// The sources that park tenants, without their tests.
fn sources() -> Vec<String> {
    let crates = [
        "crates/aws/src",
        "crates/baseline/src",
        "crates/tenancy/src",
    ];
    let mut folders = crates.map(root).to_vec();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let text = fs::read_to_string(path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next();
                sources.push(code.unwrap_or_default().to_owned());
            }
        }
    }
    sources
}

/// Words like `quota-reached` in quotation marks.
fn reasons_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2).filter(|word| {
        word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    })
}

/// The reasons that stand where a failure is made: after its kind.
fn reasons() -> BTreeSet<String> {
    let mut reasons = BTreeSet::new();
    for source in sources() {
        for place in ["FailureKind::", "Failure::park("] {
            for (at, _) in source.match_indices(place) {
                let near: String = source[at..].chars().take(280).collect();
                // A word the end cut in two is none.
                let cut = near.matches('"').count() % 2 == 1;
                let whole = near.rsplit_once('"').filter(|_| cut);
                let whole = whole.map_or(near.as_str(), |(whole, _)| whole);
                reasons.extend(reasons_in(whole).map(ToOwned::to_owned));
            }
        }
    }
    reasons
}

#[test]
fn every_reason_a_tenant_is_parked_for_has_a_heading_in_the_runbook() {
    let (headings, reasons) = (headings(), reasons());
    assert!(reasons.len() > 30, "{reasons:?}");
    let missing: Vec<_> = reasons.difference(&headings).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (code, class) in CODES {
        if let Class::Park(_, reason, _) = class {
            assert!(headings.contains(*reason), "{code}: {reason}");
        }
    }
    for (constraint, reason) in organizations::parking() {
        assert!(headings.contains(reason), "{constraint}: {reason}");
    }
}

#[test]
fn every_heading_of_the_runbook_is_a_reason_there_is() {
    let sources = sources();
    for heading in headings() {
        let word = format!("\"{heading}\"");
        assert!(
            sources.iter().any(|source| source.contains(&word)),
            "{heading}"
        );
    }
}

#[test]
fn every_reason_of_a_failed_creation_has_a_full_row_in_the_runbook() {
    let chapter = chapter("Failed creations");
    for reason in organizations::creation_reasons() {
        let start = format!("| `{reason}` |");
        let row = chapter.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("{reason} has no row"));
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        // Reason, what is seen, what a person does, how it goes on.
        assert_eq!(cells.len(), 4, "{row}");
        assert!(cells.iter().all(|cell| cell.len() > 3), "{row}");
        let parked = cells[1].split_once("parked, `").map(|(_, rest)| rest);
        if let Some(word) = parked.and_then(|rest| rest.split('`').next()) {
            assert!(headings().contains(word), "{reason}: {word}");
        }
    }
}

#[test]
fn every_code_is_what_its_row_says_whatever_the_status() {
    use tenancy::{FailureKind, Next};
    for (code, class) in CODES {
        for status in [200, 400, 403, 429, 500, 503] {
            let failure = by_code("doing".into(), format!("{code}: x"), Some(code), status);
            let retries = |kind, after: &u32| {
                assert_eq!(failure.kind, kind, "{code} {status}");
                assert_eq!(
                    failure.next,
                    Next::Retry { after_secs: *after },
                    "{code} {status}"
                );
                assert!((1..=900).contains(after), "{code}: {after}");
            };
            match class {
                Class::Throttle(after) => retries(FailureKind::Throttled, after),
                Class::Transient(after) => retries(FailureKind::Transient, after),
                Class::NotReady(after) => retries(FailureKind::NotReady, after),
                Class::Park(kind, reason, remedy) => {
                    let (reason, remedy) = ((*reason).to_owned(), (*remedy).to_owned());
                    assert!(remedy.len() > 20, "{code}");
                    assert_eq!(failure.kind, *kind, "{code} {status}");
                    assert_eq!(
                        failure.next,
                        Next::Park { reason, remedy },
                        "{code} {status}"
                    );
                }
            }
            assert_eq!(
                (failure.doing.as_str(), failure.detail),
                ("doing", format!("{code}: x"))
            );
        }
    }
}
