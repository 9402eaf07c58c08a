//! The changes of an IAM role in words, as a finding or a preview shows them.

use std::collections::BTreeMap;

use serde_json::Value;
use tenancy::{ComponentName, Severity, finding::Difference};

use super::{Deed, RoleChange};

impl RoleChange {
    /// Stable and unique among the changes of a component's roles.
    pub fn key(&self) -> String {
        let property = match &self.deed {
            Deed::Create(_) | Deed::Delete => return format!("role.{}", self.role),
            Deed::SetTrust { .. } => "trust".to_owned(),
            Deed::PutInline { policy, .. } | Deed::DropInline(policy) => format!("inline.{policy}"),
            Deed::Attach(arn) | Deed::Detach(arn) => format!("attached.{arn}"),
            Deed::SetBoundary { .. } | Deed::DropBoundary(_) => "boundary".to_owned(),
            Deed::Tag(_) => "tags".to_owned(),
            Deed::SetSession { .. } => "session".to_owned(),
        };
        format!("role.{}.{property}", self.role)
    }

    /// In words.
    pub fn difference(&self, component: ComponentName) -> Difference {
        let Words {
            field,
            wanted,
            found,
            remedy,
        } = self.words();
        let severity = match self.deed {
            // Without its boundary a role, and whatever it makes, can reach everything in the account.
            Deed::SetBoundary { .. } => Severity::Critical,
            _ => self.severity,
        };
        Difference {
            key: self.key(),
            component,
            resource: self.role.clone(),
            field,
            wanted,
            found,
            severity,
            remedy: format!("{remedy} role `{}`.", self.role),
            repair: tenancy::finding::Repair::Tenantry,
        }
    }

    fn words(&self) -> Words {
        let none = || "nothing".to_owned();
        match &self.deed {
            Deed::Create(wanted) => {
                Words::new("role", wanted.description.to_owned(), none(), "Create")
            }
            Deed::SetTrust { wanted, found } => Words::new(
                "trust policy",
                brief(wanted),
                brief(found),
                "Put back who may assume",
            ),
            Deed::PutInline {
                policy,
                wanted,
                found,
            } => Words::new(
                &format!("inline policy `{policy}`"),
                brief(wanted),
                found.as_ref().map_or_else(none, brief),
                "Write the policy of",
            ),
            Deed::DropInline(policy) => Words::new(
                "inline policies",
                none(),
                format!("`{policy}`"),
                "Remove the inline policy from",
            ),
            Deed::Attach(arn) => Words::new(
                "managed policies",
                format!("`{arn}`"),
                none(),
                "Attach the policy to",
            ),
            Deed::Detach(arn) => Words::new(
                "managed policies",
                none(),
                format!("`{arn}`"),
                "Detach the policy from",
            ),
            Deed::SetBoundary { wanted, found } => Words::new(
                "permissions boundary",
                format!("`{wanted}`"),
                found.clone().unwrap_or_else(none),
                "Set the permissions boundary of",
            ),
            Deed::DropBoundary(found) => Words::new(
                "permissions boundary",
                none(),
                format!("`{found}`"),
                "Remove the permissions boundary from",
            ),
            Deed::Tag(tags) => Words::new(
                "tags",
                list(tags),
                "missing or different".into(),
                "Put our tags back on",
            ),
            Deed::SetSession { wanted, found } => Words::new(
                "longest session",
                format!("{wanted} s"),
                format!("{found} s"),
                "Set the session length of",
            ),
            Deed::Delete => Words::new("role", none(), format!("`{}`", self.role), "Delete"),
        }
    }
}

struct Words {
    field: String,
    wanted: String,
    found: String,
    remedy: &'static str,
}

impl Words {
    fn new(field: &str, wanted: String, found: String, remedy: &'static str) -> Self {
        Self {
            field: field.to_owned(),
            wanted,
            found,
            remedy,
        }
    }
}

/// A document short enough to be read in a finding.
pub fn brief(document: &Value) -> String {
    const MOST: usize = 300;
    let text = document.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Tags, as a list for people.
pub fn list(tags: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(", ")
}
