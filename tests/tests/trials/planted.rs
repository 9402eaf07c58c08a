//! The patches of `make planted` still apply: a patch that does not proves nothing.

use std::{path::Path, process::Command};

#[test]
fn every_planted_defect_applies_to_the_present_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let patches = std::fs::read_dir(root.join("tests/planted")).unwrap();
    let patches: Vec<_> = patches.map(|entry| entry.unwrap().path()).collect();
    assert!(patches.len() >= 4, "{patches:?}");
    for patch in patches {
        let mut apply = Command::new("git");
        apply.current_dir(&root);
        // As tests/local/planted.py applies them.
        let output = apply.args(["apply", "--check", "-C1"]).arg(&patch).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", patch.display());
    }
}
