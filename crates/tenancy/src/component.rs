//! The names of the parts a tenant is made of.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::stored::intern;

/// One part of a tenant that can be observed, repaired and removed by itself.
///
/// The set is open: each component defines its own name, and a ledger written by another release may hold names that this
/// one does not know. Those are kept as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct ComponentName(
    #[schemars(regex(pattern = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"), length(max = 40))] &'static str,
);

/// The longest name, in characters.
const LONGEST: usize = 40;

impl ComponentName {
    /// The AWS account itself.
    pub const ACCOUNT: Self = Self::new("account");
    /// The organizational unit the account is in, and the guardrail on it.
    pub const PLACEMENT: Self = Self::new("placement");
    /// The three roles of ours by which passes enter the account.
    pub const ACCESS: Self = Self::new("access");
    /// The tenant's own roles, boundary, password policy and alias.
    pub const IDENTITY: Self = Self::new("identity");
    /// The tenant's KMS keys, one per Region.
    pub const KEYS: Self = Self::new("keys");
    /// The tenant's EC2 key pairs, one per Region.
    pub const KEY_PAIR: Self = Self::new("key-pair");
    /// The tenant's VPCs, one per Region.
    pub const NETWORK: Self = Self::new("network");
    /// IAM Access Analyzer.
    pub const ACCESS_ANALYZER: Self = Self::new("access-analyzer");
    /// The tenant's CloudTrail and its bucket.
    pub const TRAIL: Self = Self::new("trail");
    /// What happens in the account, forwarded to the installation.
    pub const EVENT_FORWARDING: Self = Self::new("event-forwarding");
    /// The tenant's dashboard.
    pub const DASHBOARD: Self = Self::new("dashboard");
    /// Topics and alarms.
    pub const ALERTING: Self = Self::new("alerting");

    /// A component of this release: lower-case words joined by hyphens.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// A name read from the ledger, whichever release wrote it. Not for what callers send: it is kept until the process ends.
    ///
    /// # Errors
    /// A name that is none, or one more than a process can remember.
    pub fn from_stored(name: &str) -> Result<Self, NoComponentName> {
        if !Self::is_name(name) {
            return Err(NoComponentName(name.chars().take(LONGEST).collect()));
        }
        intern(name)
            .map(Self)
            .ok_or_else(|| NoComponentName(name.to_owned()))
    }

    /// Whether a text has the form of a component's name. What callers send is compared as text: a name that is read is kept until the
    /// process ends.
    pub fn is_name(name: &str) -> bool {
        name.len() <= LONGEST
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && !name.ends_with('-')
            && !name.contains("--")
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }

    /// The name as it is written in the API, in tags, in logs and in names of resources.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Not the name of a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a component's name: lower-case letters, digits and hyphens, 40 at most")]
pub struct NoComponentName(String);

impl<'de> Deserialize<'de> for ComponentName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_stored(&name).map_err(de::Error::custom)
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_release_is_kept_and_equals_itself() {
        let read: ComponentName = serde_json::from_str("\"flux-capacitor\"").unwrap();
        assert_eq!(read, ComponentName::new("flux-capacitor"));
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"flux-capacitor\"");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in ["", "-a", "a-", "a--b", "A", "a b", "a#b", &"a".repeat(41)] {
            assert!(ComponentName::from_stored(name).is_err(), "{name}");
        }
    }
}
