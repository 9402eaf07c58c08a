//! What AWS answers under names that no type of the SDK has as fields, and that every table is held against the SDK somewhere.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may look for the sources of the SDK"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use aws_sdk_iam as iam;
use aws_sdk_s3 as s3;

use super::tables;

/// The names that the table of a shape decides about.
fn decided(shape: &str) -> BTreeSet<String> {
    let table = tables().find(|table| table.shape == shape);
    let names = table
        .unwrap_or_else(|| panic!("no table for `{shape}`"))
        .names();
    names.map(ToOwned::to_owned).collect()
}

/// `AccountMFAEnabled` as `account_mfa_enabled`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let follows_small = index > 0 && letters[index - 1].is_lowercase();
        let begins_word = letters
            .get(index + 1)
            .is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && index > 0 && (follows_small || begins_word) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Entries of the summary that say how much there is of something, and of which quotas are the most. What strangers made in IAM is
/// observed one by one (`TNT.IAM.1` to `TNT.IAM.3`).
const COUNTS: [&str; 10] = [
    "Groups",
    "InstanceProfiles",
    "MFADevices",
    "MFADevicesInUse",
    "Policies",
    "PolicyVersionsInUse",
    "Providers",
    "Roles",
    "ServerCertificates",
    "Users",
];
/// An entry that is a setting of STS for tokens of its global endpoint, which decides where they are valid and not who gets one.
const OF_TOKENS: &str = "GlobalEndpointTokenVersion";

#[test]
fn every_entry_of_the_account_s_summary_about_its_root_user_is_decided_about_and_the_rest_are_counts()
 {
    let entries = iam::types::SummaryKeyType::values().iter().copied();
    let (of_root, rest): (Vec<&str>, Vec<&str>) =
        entries.partition(|entry| entry.starts_with("Account"));
    let of_root: BTreeSet<String> = of_root.into_iter().map(snake_case).collect();
    assert_eq!(decided("iam GetAccountSummary"), of_root);
    for entry in rest {
        let is_known = entry.ends_with("Quota") || COUNTS.contains(&entry) || entry == OF_TOKENS;
        assert!(is_known, "`{entry}` is not decided about");
    }
}

/// Where cargo keeps the sources of the SDK's crate for S3, which has each operation in a module of its own.
fn operations_of_s3() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let registry = home.unwrap().join("registry/src");
    let name = format!("aws-sdk-s3-{}/src/operation", s3::meta::PKG_VERSION);
    let registries =
        fs::read_dir(&registry).unwrap_or_else(|error| panic!("{registry:?}: {error}"));
    let mut found = registries.map(|one| one.unwrap().path().join(&name));
    let found = found.find(|path| path.is_dir());
    found.unwrap_or_else(|| panic!("no `{name}` in {registry:?}"))
}

#[test]
fn every_read_of_a_bucket_s_settings_that_s3_has_is_decided_about() {
    let modules = fs::read_dir(operations_of_s3()).unwrap();
    let names = modules.filter_map(|module| {
        let path = module.unwrap().path();
        let name = path.file_stem()?.to_str()?.to_owned();
        path.is_file().then_some(name)
    });
    // Two that are about a bucket do not say so.
    let others = ["get_object_lock_configuration", "get_public_access_block"];
    let of_a_bucket =
        |name: &String| name.starts_with("get_bucket_") || others.contains(&name.as_str());
    let reads: BTreeSet<String> = names.filter(of_a_bucket).collect();
    assert!(reads.len() > 20, "{reads:?}");
    assert_eq!(decided("s3"), reads);
}

/// The text of every source of this crate below a folder.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_table_is_held_against_the_sdk() {
    let mut text = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut text,
    );
    let text: String = text.split_whitespace().collect::<Vec<_>>().join("");
    let by_name = ["iam GetAccountSummary", "s3"];
    for table in tables() {
        let shape: String = table.shape.split_whitespace().collect();
        let is_held =
            text.contains(&format!("check(\"{shape}\",")) || by_name.contains(&table.shape);
        assert!(is_held, "`{}` is compared with nothing", table.shape);
    }
}
