//! The defects of `make planted` can still be planted: a patch that no longer fits proves nothing.

use std::{path::Path, process::Command};

#[test]
fn every_planted_defect_fits_the_code_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let patches = std::fs::read_dir(root.join("tests/planted")).unwrap();
    let patches: Vec<_> = patches.map(|entry| entry.unwrap().path()).collect();
    assert!(patches.len() >= 4, "{patches:?}");
    for patch in patches {
        let mut fits = Command::new("git");
        fits.current_dir(&root);
        // As tests/local/planted.py applies them.
        let output = fits.args(["apply", "--check", "-C1"]).arg(&patch).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", patch.display());
    }
}
