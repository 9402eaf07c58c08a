//! Roles, and the levels at which they can be held.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::Malformed;

/// What a principal may do where it holds the role. The policies of the crate `access` say what that is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Of the installation: everything.
    Operator,
    /// Of the installation: reads everything, audits, repairs and retries.
    Support,
    /// Of the installation: reads everything.
    Auditor,
    /// Of the installation or of one tenant: reads what costs money.
    Billing,
    /// Of a tenant: reads it, audits and repairs it, and changes what its blueprint opens.
    TenantAdmin,
    /// Of a tenant: reads and audits it.
    Developer,
    /// Of a tenant: reads it.
    ReadOnly,
    /// Of a project: reads and changes it.
    ProjectAdmin,
    /// Of a project: reads it, and works in it.
    ProjectDeveloper,
    /// Of a project: reads it.
    ProjectReadOnly,
}

/// How wide a scope is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Everything.
    Installation,
    /// One tenant, with its projects.
    Tenant,
    /// One project of a tenant.
    Project,
}

impl Role {
    /// Every role, the widest first.
    pub const ALL: [Self; 10] = [
        Self::Operator,
        Self::Support,
        Self::Auditor,
        Self::Billing,
        Self::TenantAdmin,
        Self::Developer,
        Self::ReadOnly,
        Self::ProjectAdmin,
        Self::ProjectDeveloper,
        Self::ProjectReadOnly,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Support => "support",
            Self::Auditor => "auditor",
            Self::Billing => "billing",
            Self::TenantAdmin => "tenant-admin",
            Self::Developer => "developer",
            Self::ReadOnly => "read-only",
            Self::ProjectAdmin => "project-admin",
            Self::ProjectDeveloper => "project-developer",
            Self::ProjectReadOnly => "project-read-only",
        }
    }

    /// Whether it can be held at this level.
    pub fn is_of(self, level: Level) -> bool {
        match self {
            Self::Operator | Self::Support | Self::Auditor => level == Level::Installation,
            Self::Billing => level != Level::Project,
            Self::TenantAdmin | Self::Developer | Self::ReadOnly => level == Level::Tenant,
            Self::ProjectAdmin | Self::ProjectDeveloper | Self::ProjectReadOnly => {
                level == Level::Project
            }
        }
    }

    /// The roles of a level.
    pub fn of(level: Level) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |role| role.is_of(level))
    }
}

impl Level {
    /// Every level, the widest first.
    pub const ALL: [Self; 3] = [Self::Installation, Self::Tenant, Self::Project];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let known = Self::ALL.into_iter().find(|role| role.as_str() == text);
        known.ok_or_else(|| Malformed {
            what: "role",
            found: text.chars().take(80).collect(),
            allowed: "operator, support, auditor, billing, tenant-admin, developer, read-only, project-admin, project-developer or project-read-only",
        })
    }
}
