//! What a tenant's own administrators may do by themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that a blueprint opens to the administrators of a tenant. What it does not open, operators do for them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SelfService {
    /// Create, change and delete projects.
    Projects,
    /// Give and revoke grants in the tenant, at most what they hold.
    Grants,
    /// Set the tenant's identity provider.
    IdentityProvider,
    /// Have the tenant's key pair.
    KeyPair,
    /// Set the budget above which somebody is told.
    BudgetAlerts,
}

impl SelfService {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Projects,
        Self::Grants,
        Self::IdentityProvider,
        Self::KeyPair,
        Self::BudgetAlerts,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::Grants => "grants",
            Self::IdentityProvider => "identity-provider",
            Self::KeyPair => "key-pair",
            Self::BudgetAlerts => "budget-alerts",
        }
    }
}
