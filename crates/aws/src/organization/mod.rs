//! What all tenants share in the organization: its root, our units, our policies. Read rarely, made once.
//!
//! # Guarantees
//! A sweep over a thousand tenants reads the organization once in ten minutes: what was read is kept in memory and, for the
//! other functions, in the ledger. Whatever is to be made is looked at again first, under a lock in the ledger, so that two
//! functions never make two of it.

mod make;
mod read;
mod unknown;

use std::collections::BTreeMap;

use aws_sdk_organizations::types::Tag;
use baseline::placement::Organization;
use serde::{Deserialize, Serialize};
use tenancy::{Failure, Timestamp};
use tokio::sync::Mutex;

use crate::{
    ledger::LedgerError,
    visit::{Visit, unwritten},
};

pub use unknown::{UnknownAccount, unknown_accounts};

/// For how long what was read is believed: drift of a guardrail is seen by the next audit after this.
const BELIEVED_SECS: i64 = 600;
/// The shared document.
const DOCUMENT: &str = "organization";

/// What a process remembers of the organization.
#[derive(Default)]
pub struct Cache {
    facts: Mutex<Option<Facts>>,
    lock: Mutex<Option<make::Held>>,
}

/// What was read, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Facts {
    read_at: Timestamp,
    organization: Organization,
}

impl Facts {
    fn last(&self, now: Timestamp) -> bool {
        now.as_second() - self.read_at.as_second() < BELIEVED_SECS
    }
}

impl Visit {
    /// The organization as last read by anyone, or as it is now if that was too long ago.
    pub(crate) async fn organization(&self) -> Result<Organization, Failure> {
        // Held while reading, so that a burst of visits in one process reads once.
        let mut known = self.organization_facts().facts.lock().await;
        if let Some(facts) = known.as_ref().filter(|facts| facts.last(self.now())) {
            return Ok(facts.organization.clone());
        }
        let facts = match self.noted_organization().await? {
            Some(facts) if facts.last(self.now()) => facts,
            _ => self.read_and_note().await?,
        };
        let organization = facts.organization.clone();
        *known = Some(facts);
        Ok(organization)
    }

    async fn noted_organization(&self) -> Result<Option<Facts>, Failure> {
        let shared = self
            .ledger
            .shared(DOCUMENT)
            .await
            .map_err(|error| unwritten("reading what is known of the organization", error))?;
        // What an older build wrote and this one cannot read is read anew.
        Ok(shared.and_then(|shared| serde_json::from_value(shared.content).ok()))
    }

    async fn read_and_note(&self) -> Result<Facts, Failure> {
        let organization = read::organization(self.organizations().await?).await?;
        let facts = Facts {
            read_at: self.now(),
            organization,
        };
        self.note_organization(&facts).await?;
        Ok(facts)
    }

    async fn note_organization(&self, facts: &Facts) -> Result<(), Failure> {
        let doing = "noting what is known of the organization";
        let content =
            serde_json::to_value(facts).map_err(|error| Failure::bug(doing, error.to_string()))?;
        let version = self
            .ledger
            .shared(DOCUMENT)
            .await
            .map_err(|error| unwritten(doing, error))?
            .map(|shared| shared.version);
        match self.ledger.put_shared(DOCUMENT, &content, version).await {
            // Somebody else has just read it too: theirs is as good.
            Ok(_) | Err(LedgerError::VersionMismatch { .. }) => Ok(()),
            Err(error) => Err(unwritten(doing, error)),
        }
    }
}

/// Tags as Organizations takes them.
pub(crate) fn tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
    let made = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter()
        .map(made)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::bug("writing tags", error.to_string()))
}
