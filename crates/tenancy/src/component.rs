//! The names of the parts a tenant is made of.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One part of a tenant that can be looked at, put right and taken away by itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentName {
    /// The AWS account itself.
    Account,
    /// The organizational unit the account is in, and the guardrail on it.
    Placement,
    /// The three roles of ours by which passes enter the account.
    Access,
    /// The tenant's own roles, boundary, password policy and alias.
    Identity,
    /// The tenant's VPCs, one per Region.
    Network,
    /// The tenant's CloudTrail and its bucket.
    Trail,
}

impl ComponentName {
    /// All components, in the order they are built.
    pub const ALL: [Self; 6] = [
        Self::Account,
        Self::Placement,
        Self::Access,
        Self::Identity,
        Self::Network,
        Self::Trail,
    ];

    /// The name as it is written in the API, in tags, in logs and in names of resources.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Placement => "placement",
            Self::Access => "access",
            Self::Identity => "identity",
            Self::Network => "network",
            Self::Trail => "trail",
        }
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
