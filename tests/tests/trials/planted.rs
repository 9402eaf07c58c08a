//! The patches of `make planted` still apply, and the tests that must find them are still there: otherwise they prove nothing.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

const RULES: &str = "tests/planted/rules";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn patches(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "patch"))
        .collect()
}

#[test]
fn every_planted_defect_applies_to_the_present_code() {
    let (trials, rules) = (patches("tests/planted"), patches(RULES));
    assert!(
        trials.len() >= 4 && rules.len() >= 20,
        "{trials:?} {rules:?}"
    );
    for patch in trials.into_iter().chain(rules) {
        let mut apply = Command::new("git");
        apply.current_dir(root());
        // As tests/local/planted.py applies them.
        let output = apply.args(["apply", "--check", "-C1"]).arg(&patch).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", patch.display());
    }
}

#[test]
fn every_broken_rule_names_a_test_that_is_there() {
    for patch in patches(RULES) {
        let text = std::fs::read_to_string(&patch).unwrap();
        let mut lines = text.lines();
        let command = lines.find_map(|line| line.strip_prefix("Caught by: "));
        let command = command.unwrap_or_else(|| panic!("{} names no test", patch.display()));
        let test = command.split(' ').next_back().unwrap();
        let mut grep = Command::new("git");
        grep.current_dir(root());
        let found = grep.args(["grep", "--quiet", "--untracked", &format!("fn {test}(")]);
        let found = found.args(["--", "*.rs"]).status().unwrap();
        assert!(found.success(), "{}: no test `{test}`", patch.display());
    }
}
