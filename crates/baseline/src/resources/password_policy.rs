//! The account's password policy.

use serde::{Deserialize, Serialize};
use tenancy::Severity;

use crate::{
    declared::{Field, Key, Kind, Resource},
    desired::Desired,
};

/// The account's password policy: one call sets all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordPolicy {
    /// Characters at least.
    pub minimum_length: i32,
    /// How many earlier passwords may not be used again.
    pub reuse_prevention: i32,
    /// Whether there must be a symbol.
    pub symbols: bool,
    /// Whether there must be a digit.
    pub digits: bool,
    /// Whether there must be an uppercase letter. Findings are stored under the older name.
    #[serde(rename = "capitals")]
    pub uppercase: bool,
    /// Whether there must be a lowercase letter. Findings are stored under the older name.
    #[serde(rename = "smallLetters")]
    pub lowercase: bool,
    /// Whether people may change their own.
    pub may_change: bool,
    /// Days until a password expires; never where absent.
    pub expires_after: Option<i32>,
}

const FIELDS: &[Field] = &[
    field("minimumLength", "shortest password").unit("characters"),
    field("reusePrevention", "earlier passwords refused"),
    field("symbols", "symbols required"),
    field("digits", "digits required"),
    field("capitals", "uppercase letters required"),
    field("smallLetters", "lowercase letters required"),
    field("mayChange", "changing one's own"),
    field("expiresAfter", "expiry").unit("days"),
];

const fn field(name: &'static str, label: &'static str) -> Field {
    Field::new(name, label, "Set the").call("settings")
}

impl PasswordPolicy {
    /// The key of the account's only one.
    pub const KEY: Key = Key::only("password-policy");
}

impl Resource for PasswordPolicy {
    const KIND: Kind = Kind::of::<Self>("password-policy", "password policy", FIELDS)
        .missing(Severity::Medium)
        .setting();
    #[cfg(test)]
    const ASKS: crate::asks::Asks = super::asks::password_policy;

    fn ours(&self, _desired: &Desired) -> bool {
        true
    }
}
