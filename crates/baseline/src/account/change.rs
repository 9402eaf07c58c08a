//! What is done to an account, and the words for it.

use std::collections::BTreeMap;

use tenancy::{
    AccountId, Email,
    finding::{Difference, Severity},
};

use super::{Account, tags};
use crate::component::{Change, Component};

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// `CreateAccount`. Needs no note of the engine's: it writes a richer one itself, with the e-mail address and the `car-` id.
    Request {
        /// Name of the account.
        name: String,
        /// Its e-mail address.
        email: Email,
    },
    /// Puts the tags on it that it is to have, and takes off what the spec has no more.
    Tag {
        /// The account.
        id: AccountId,
        /// Tags that are missing or differ.
        tags: BTreeMap<String, String>,
        /// Keys of tags that have to come off.
        retired: Vec<String>,
        /// What was found of both, in words.
        found: String,
        /// Whether the tags name another tenant: somebody tampered with them.
        relabelled: bool,
    },
    /// `CloseAccount`.
    Close {
        /// The account.
        id: AccountId,
    },
}

impl Change for AccountChange {
    fn key(&self) -> String {
        match self {
            Self::Request { .. } => "account.request",
            Self::Tag { .. } => "account.tags",
            Self::Close { .. } => "account.closure",
        }
        .into()
    }

    fn difference(&self) -> Difference {
        let (resource, field, wanted, found, severity, remedy) = match self {
            Self::Request { name, email } => (
                name.clone(),
                "account",
                format!("an account with the address {email}"),
                "none",
                Severity::High,
                "Create the account.",
            ),
            Self::Tag {
                id,
                tags,
                retired,
                found,
                relabelled,
            } => (
                id.to_string(),
                "tags",
                tags::words(tags, retired),
                found.as_str(),
                match relabelled {
                    true => Severity::Critical,
                    false => Severity::Low,
                },
                "Set the tags of the account.",
            ),
            Self::Close { id } => (
                id.to_string(),
                "state",
                "closed".into(),
                "active",
                Severity::Medium,
                "Close the account.",
            ),
        };
        Difference {
            key: self.key(),
            component: Account::NAME,
            resource,
            field: field.into(),
            wanted,
            found: found.into(),
            severity,
            remedy: remedy.into(),
            repair: tenancy::finding::Repair::Tenantry,
        }
    }
}
