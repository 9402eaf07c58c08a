//! The effects on a tenant's identities, in words and in what they teach.

use std::collections::BTreeMap;

use serde_json::Value;
use tenancy::{ComponentName, Severity, finding::Difference, names};

use super::{BoundarySeen, PasswordSeen, ProfileSeen, Seen};
use crate::access::{RoleChange, brief, list};

type Tags = BTreeMap<String, String>;

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityChange {
    /// On a role.
    Role(RoleChange),
    /// The permissions boundary is made.
    CreateBoundary {
        /// What it says.
        document: Value,
        /// Its tags.
        tags: Tags,
    },
    /// A new version of the boundary is put in force.
    UpdateBoundary {
        /// What it is to say.
        wanted: Value,
        /// What it said.
        found: Value,
    },
    /// A version of the boundary that is not in force is removed: IAM keeps five.
    DropBoundaryVersion(String),
    /// Tags are put back on the boundary.
    TagBoundary(Tags),
    /// The boundary is deleted.
    DeleteBoundary,
    /// The instance profile is made.
    CreateProfile(Tags),
    /// The instance role is put into its profile.
    FillProfile,
    /// A role is taken out of the instance profile, by name.
    EmptyProfile(String),
    /// Tags are put back on the instance profile.
    TagProfile(Tags),
    /// The instance profile is deleted.
    DeleteProfile,
    /// The password policy is set.
    SetPassword {
        /// What is set.
        wanted: PasswordSeen,
        /// What was set.
        found: Option<PasswordSeen>,
    },
    /// The account's alias is set; one it had goes.
    SetAlias {
        /// What is set.
        wanted: String,
        /// What was set.
        found: Option<String>,
    },
    /// The account's alias is removed, so that it is free again.
    DropAlias(String),
}

impl IdentityChange {
    /// Stable and unique within the component.
    pub(super) fn name(&self) -> String {
        let fixed = match self {
            Self::Role(change) => return change.key(),
            Self::DropBoundaryVersion(version) => return format!("boundary.version.{version}"),
            // The second candidate is another change: the first may have been tried in the same pass.
            Self::SetAlias { wanted, .. } => return format!("alias.{wanted}"),
            Self::CreateBoundary { .. } | Self::DeleteBoundary => "boundary",
            Self::UpdateBoundary { .. } => "boundary.document",
            Self::TagBoundary(_) => "boundary.tags",
            Self::CreateProfile(_) | Self::DeleteProfile => "profile",
            Self::FillProfile => "profile.role",
            Self::EmptyProfile(_) => "profile.foreign-role",
            Self::TagProfile(_) => "profile.tags",
            Self::SetPassword { .. } => "password-policy",
            Self::DropAlias(_) => "alias",
        };
        fixed.to_owned()
    }

    /// In words.
    pub(super) fn words(&self) -> Difference {
        let (resource, field) = self.subject();
        let (wanted, found) = self.sides();
        let remedy = match self {
            Self::Role(change) => return change.difference(ComponentName::IDENTITY),
            Self::CreateBoundary { .. } => "Create the permissions boundary.",
            Self::UpdateBoundary { .. } => "Put a new version of the boundary in force.",
            Self::DropBoundaryVersion(_) => "Remove the version to make room.",
            Self::TagBoundary(_) | Self::TagProfile(_) => "Put our tags back.",
            Self::DeleteBoundary => "Delete the permissions boundary.",
            Self::CreateProfile(_) => "Create the instance profile.",
            Self::FillProfile => "Put the instance role into its profile.",
            Self::EmptyProfile(_) => "Take the role out of the instance profile.",
            Self::DeleteProfile => "Delete the instance profile.",
            Self::SetPassword { .. } => "Set the account's password policy.",
            Self::SetAlias { .. } => "Set the account's alias.",
            Self::DropAlias(_) => "Free the account's alias.",
        };
        Difference {
            key: self.name(),
            component: ComponentName::IDENTITY,
            resource: resource.to_owned(),
            field: field.to_owned(),
            wanted,
            found,
            severity: self.severity(),
            remedy: remedy.to_owned(),
            repair: tenancy::finding::Repair::Tenantry,
        }
    }

    fn subject(&self) -> (&'static str, &'static str) {
        match self {
            Self::Role(_) => ("role", "role"),
            Self::CreateBoundary { .. } | Self::DeleteBoundary => (names::BOUNDARY, "policy"),
            Self::UpdateBoundary { .. } => (names::BOUNDARY, "document"),
            Self::DropBoundaryVersion(_) => (names::BOUNDARY, "versions"),
            Self::TagBoundary(_) => (names::BOUNDARY, "tags"),
            Self::CreateProfile(_) | Self::DeleteProfile => (names::INSTANCE, "instance profile"),
            Self::FillProfile | Self::EmptyProfile(_) => (names::INSTANCE, "role in the profile"),
            Self::TagProfile(_) => (names::INSTANCE, "tags of the profile"),
            Self::SetPassword { .. } => ("account", "password policy"),
            Self::SetAlias { .. } | Self::DropAlias(_) => ("account", "alias"),
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::CreateBoundary { .. } | Self::UpdateBoundary { .. } => Severity::Critical,
            Self::EmptyProfile(_) => Severity::High,
            Self::CreateProfile(_) | Self::FillProfile | Self::SetPassword { .. } => {
                Severity::Medium
            }
            _ => Severity::Low,
        }
    }

    /// What is wanted, and what is there.
    fn sides(&self) -> (String, String) {
        let none = || "nothing".to_owned();
        let quoted = |text: &str| format!("`{text}`");
        match self {
            Self::Role(_) => (none(), none()),
            Self::CreateBoundary { document, .. } => (brief(document), none()),
            Self::UpdateBoundary { wanted, found } => (brief(wanted), brief(found)),
            Self::DropBoundaryVersion(version) => {
                ("room for a new version".into(), quoted(version))
            }
            Self::TagBoundary(tags) | Self::TagProfile(tags) => {
                (list(tags), "missing or different".into())
            }
            Self::DeleteBoundary => (none(), quoted(names::BOUNDARY)),
            Self::CreateProfile(_) | Self::FillProfile => (quoted(names::INSTANCE), none()),
            Self::EmptyProfile(role) => (quoted(names::INSTANCE), quoted(role)),
            Self::DeleteProfile => (none(), quoted(names::INSTANCE)),
            Self::SetPassword { wanted, found } => {
                (in_words(*wanted), found.map_or_else(none, in_words))
            }
            Self::SetAlias { wanted, found } => {
                (quoted(wanted), found.as_deref().map_or_else(none, quoted))
            }
            Self::DropAlias(alias) => (none(), quoted(alias)),
        }
    }

    /// What is seen after it.
    pub(super) fn learn(&self, seen: &mut Seen) {
        match self {
            Self::Role(change) => change.learn(&mut seen.roles),
            Self::CreateBoundary { document, tags } => {
                seen.boundary = Some(BoundarySeen {
                    document: document.clone(),
                    tags: tags.clone(),
                    ..BoundarySeen::default()
                });
            }
            Self::DeleteBoundary => seen.boundary = None,
            Self::CreateProfile(tags) => {
                seen.profile = Some(ProfileSeen {
                    path: names::TENANT_PATH.into(),
                    role: None,
                    tags: tags.clone(),
                });
            }
            Self::DeleteProfile => seen.profile = None,
            Self::SetPassword { wanted, .. } => seen.password = Some(*wanted),
            Self::SetAlias { wanted, .. } => seen.alias = Some(wanted.clone()),
            Self::DropAlias(_) => seen.alias = None,
            Self::FillProfile | Self::EmptyProfile(_) | Self::TagProfile(_) => {
                if let Some(profile) = &mut seen.profile {
                    self.learn_profile(profile);
                }
            }
            Self::UpdateBoundary { .. } | Self::DropBoundaryVersion(_) | Self::TagBoundary(_) => {
                if let Some(boundary) = &mut seen.boundary {
                    self.learn_boundary(boundary);
                }
            }
        }
    }

    fn learn_profile(&self, profile: &mut ProfileSeen) {
        match self {
            Self::FillProfile => profile.role = Some(names::INSTANCE.into()),
            Self::EmptyProfile(_) => profile.role = None,
            Self::TagProfile(tags) => profile.tags.extend(tags.clone()),
            _ => {}
        }
    }

    fn learn_boundary(&self, boundary: &mut BoundarySeen) {
        match self {
            Self::UpdateBoundary { wanted, .. } => boundary.document = wanted.clone(),
            Self::DropBoundaryVersion(gone) => {
                boundary.old_versions.retain(|version| version != gone);
            }
            Self::TagBoundary(tags) => boundary.tags.extend(tags.clone()),
            _ => {}
        }
    }
}

fn in_words(policy: PasswordSeen) -> String {
    let expiry = match policy.expires_after_days {
        0 => "no expiry".to_owned(),
        days => format!("expiry after {days} days"),
    };
    format!(
        "{} characters of {}, last {} not again, {expiry}, {}",
        policy.minimum_length,
        if policy.all_kinds {
            "all four kinds"
        } else {
            "any kind"
        },
        policy.reuse_prevention,
        if policy.may_change {
            "own may be changed"
        } else {
            "own may not be changed"
        },
    )
}
