//! What is done to units, policies and the place of an account, and the words for it.

use serde_json::Value;
use tenancy::{
    AccountId,
    finding::{Difference, Severity},
};

use super::Placement;
use crate::{
    component::{Change, Component},
    declared::shorten,
};

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacementChange {
    /// Makes an organizational unit under the root.
    MakeUnit {
        /// What it is for.
        name: String,
        /// Its name: another one where others have that.
        called: String,
    },
    /// Makes a service control policy.
    MakePolicy {
        /// What it is for.
        name: String,
        /// Its name: another one where others have that.
        called: String,
        /// Its document.
        content: Value,
    },
    /// Gives a policy the document it is to have.
    UpdatePolicy {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
        /// The document it has.
        found: Value,
        /// The document it is to have.
        content: Value,
    },
    /// Tags a unit or policy as this installation's.
    Mark {
        /// What it is for.
        name: String,
        /// Its id.
        id: String,
        /// The tag that says it is something else, if one does.
        found: Option<String>,
    },
    /// Puts a policy on a unit.
    AttachPolicy {
        /// Name of the policy.
        name: String,
        /// Its id.
        id: String,
        /// Name of the unit.
        unit: String,
        /// Id of the unit.
        target: String,
    },
    /// Moves the account into a unit.
    Move {
        /// The account.
        account: AccountId,
        /// Id of where it was seen.
        from: Option<String>,
        /// The same in words, by name where it has one.
        found: String,
        /// Name of the unit.
        unit: String,
        /// Id of the unit.
        to: String,
    },
}

impl Change for PlacementChange {
    fn key(&self) -> String {
        match self {
            Self::MakeUnit { name, .. } => format!("unit.{name}"),
            Self::Mark { name, .. } => format!("mark.{name}"),
            Self::MakePolicy { name, .. } => format!("policy.{name}"),
            Self::UpdatePolicy { name, .. } => format!("policy.{name}.content"),
            Self::AttachPolicy { name, unit, .. } => format!("policy.{name}.{unit}"),
            // The unit is part of the key: on the way out an account moves twice.
            Self::Move { unit, .. } => format!("parent.{unit}"),
        }
    }

    fn difference(&self) -> Difference {
        let (resource, field, wanted, found, remedy) = self.words();
        Difference {
            key: self.key(),
            component: Placement::NAME,
            resource,
            field: field.into(),
            wanted,
            found,
            severity: match self {
                // Somebody tampered with it.
                Self::Mark { found: Some(_), .. } => Severity::Critical,
                Self::Mark { found: None, .. }
                | Self::MakeUnit { .. }
                | Self::MakePolicy { .. }
                | Self::UpdatePolicy { .. }
                | Self::AttachPolicy { .. }
                | Self::Move { .. } => Severity::High,
            },
            remedy: remedy.into(),
            repair: tenancy::finding::Repair::Tenantry,
        }
    }
}

impl PlacementChange {
    /// Resource, field, what is wanted, what was found, remedy.
    fn words(&self) -> (String, &'static str, String, String, &'static str) {
        match self {
            Self::Mark { name, found, .. } => (
                name.clone(),
                "installation",
                "tagged as this installation's".into(),
                found.clone().unwrap_or_else(|| "not tagged".into()),
                "Tag it.",
            ),
            Self::MakeUnit { called, .. } => (
                called.clone(),
                "organizational unit",
                "present".to_owned(),
                "missing".to_owned(),
                "Make the organizational unit.",
            ),
            Self::MakePolicy { called, .. } => (
                called.clone(),
                "service control policy",
                "present".into(),
                "missing".into(),
                "Make the policy.",
            ),
            Self::UpdatePolicy {
                name,
                found,
                content,
                ..
            } => (
                name.clone(),
                "content",
                shorten(&content.to_string()),
                shorten(&found.to_string()),
                "Write the policy's document again.",
            ),
            Self::AttachPolicy { name, unit, .. } => (
                name.clone(),
                "attachment",
                format!("attached to the unit {unit}"),
                "not attached".into(),
                "Attach the policy.",
            ),
            Self::Move {
                account,
                found,
                unit,
                to,
                ..
            } => (
                account.to_string(),
                "organizational unit",
                format!("{unit} ({to})"),
                found.clone(),
                "Move the account.",
            ),
        }
    }
}
