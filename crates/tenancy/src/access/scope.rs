//! Where a role is held, and whose provider a person is of.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Level;
use crate::id::{Malformed, Slug, TenantId};

const INSTALLATION: &str = "installation";

/// What a grant is about, and what a request acts on. As text: `installation`, a tenant's id, or `<tenant id>/<project>`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = "^(installation|t-[a-z2-7]{16}(/[a-z][a-z0-9]*(-[a-z0-9]+)*)?)$")
)]
pub enum Scope {
    /// Everything.
    Installation,
    /// One tenant, with its projects.
    Tenant(TenantId),
    /// One project of a tenant.
    Project(TenantId, Slug),
}

/// Whose identity provider signs a person in. As text: `installation`, or the tenant's id.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Provider {
    /// The installation's.
    Installation,
    /// The tenant's.
    Tenant(TenantId),
}

impl Scope {
    /// The form, for error messages.
    pub const ALLOWED: &'static str =
        "`installation`, a tenant's id, or a tenant's id, `/` and a project's slug";

    /// How wide it is.
    pub fn level(&self) -> Level {
        match self {
            Self::Installation => Level::Installation,
            Self::Tenant(_) => Level::Tenant,
            Self::Project(..) => Level::Project,
        }
    }

    /// The tenant it is about, unless it is the installation.
    pub fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Installation => None,
            Self::Tenant(tenant) | Self::Project(tenant, _) => Some(tenant),
        }
    }

    /// Whether `other` is this or lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        match self {
            Self::Installation => true,
            Self::Tenant(tenant) => other.tenant() == Some(tenant),
            Self::Project(..) => self == other,
        }
    }
}

impl Provider {
    /// Whether a principal of this provider may hold a role there: those of a tenant's only in that tenant.
    pub fn reaches(&self, scope: &Scope) -> bool {
        match self {
            Self::Installation => true,
            Self::Tenant(tenant) => scope.tenant() == Some(tenant),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str(INSTALLATION),
            Self::Tenant(tenant) => write!(f, "{tenant}"),
            Self::Project(tenant, project) => write!(f, "{tenant}/{project}"),
        }
    }
}

impl FromStr for Scope {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let read = || match text.split_once('/') {
            None if text == INSTALLATION => Some(Self::Installation),
            None => Some(Self::Tenant(text.parse().ok()?)),
            Some((tenant, project)) => {
                Some(Self::Project(tenant.parse().ok()?, project.parse().ok()?))
            }
        };
        read().ok_or_else(|| Malformed {
            what: "scope",
            found: text.chars().take(80).collect(),
            allowed: Self::ALLOWED,
        })
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str(INSTALLATION),
            Self::Tenant(tenant) => write!(f, "{tenant}"),
        }
    }
}

impl FromStr for Provider {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            INSTALLATION => Ok(Self::Installation),
            tenant => tenant.parse().map(Self::Tenant),
        }
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = Malformed;
            fn try_from(text: String) -> Result<Self, Malformed> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    )*};
}
pub(super) use as_text;

as_text!(Scope, Provider);
