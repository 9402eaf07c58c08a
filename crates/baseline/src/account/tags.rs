//! The tags of an account: what the spec wants is on it, and what the spec wants no more is off. Others are left alone.

use std::collections::BTreeMap;

use super::{Account, AccountChange, Found};
use crate::{component::Component, desired::Desired};

/// What has to change about the tags, where they were read and something has to.
pub(super) fn change(desired: &Desired, account: &Found) -> Option<AccountChange> {
    let found = account.tags.as_ref()?;
    let wanted = desired.tags(Account::NAME);
    let retired = desired.retired(found, &wanted);
    let tags = Desired::missing(found, wanted);
    if tags.is_empty() && retired.is_empty() {
        return None;
    }
    Some(AccountChange::Tag {
        id: account.id.clone(),
        relabelled: desired.is_anothers(found),
        found: Desired::tags_found(found, tags.keys().chain(&retired)),
        tags,
        retired,
    })
}

/// What is wanted, in words.
pub(super) fn words(tags: &BTreeMap<String, String>, retired: &[String]) -> String {
    let set = tags.iter().map(|(key, value)| format!("{key}={value}"));
    let off = retired.iter().map(|key| format!("no {key}"));
    let all: Vec<String> = set.chain(off).collect();
    all.join(", ")
}
