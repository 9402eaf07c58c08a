//! Rows of sign-ins: attempts, consents, codes, devices and sessions, each in a partition of its own under one prefix, so that a role can be
//! given these and nothing else.
//!
//! # Guarantees
//! What may be used once is taken by one conditional delete: of two who use it at once, one gets it. A row is absent when its time is
//! over, whether DynamoDB has deleted it or not. Names of rows are hashes or ids, never a secret.

use serde::{Serialize, de::DeserializeOwned};
use tenancy::Timestamp;

use super::{
    Ledger, LedgerError,
    item::{Item, doc, n, number, with_doc},
    keys,
    write::Write,
};

/// What a row of a sign-in is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInKind {
    /// A sign-in that has begun at a provider.
    Attempt,
    /// Somebody who has signed in and is asked whether the command line may act in his or her name.
    Consent,
    /// A code that the command line exchanges for tokens.
    Code,
    /// A device that waits for a person, by the hash of its code.
    Device,
    /// The same, by the hash of the code that the person types.
    UserCode,
    /// A session.
    Session,
}

impl SignInKind {
    fn letter(self) -> &'static str {
        match self {
            Self::Attempt => "ATTEMPT",
            Self::Consent => "CONSENT",
            Self::Code => "CODE",
            Self::Device => "DEVICE",
            Self::UserCode => "USERCODE",
            Self::Session => "ID",
        }
    }
}

/// A row and what its next change is conditional on.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// What it says.
    pub content: T,
    /// When it expires.
    pub expires_at: Timestamp,
    revision: u64,
}

impl Ledger {
    /// Keeps something new until a time. False if there is a row of this name.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn keep_sign_in<T: Serialize>(
        &self,
        kind: SignInKind,
        name: &str,
        content: &T,
        expires_at: Timestamp,
    ) -> Result<bool, LedgerError> {
        let row = row(kind, name, content, expires_at, 1)?;
        let write = Write::put(row.clone()).if_new();
        self.put("keeping a sign-in", row, write).await
    }

    /// Reads a row; `None` if there is none, or its time is over.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn sign_in<T: DeserializeOwned>(
        &self,
        kind: SignInKind,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<Kept<T>>, LedgerError> {
        let found = self.get(key(kind, name)).await?;
        let Some((row, expires_at)) = found.and_then(|row| living(row, now)) else {
            return Ok(None);
        };
        Ok(Some(Kept {
            content: doc(&row)?,
            expires_at,
            revision: number(&row, "revision").unwrap_or_default(),
        }))
    }

    /// Takes a row away and gives its content to the one who did so; `None` for all others.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn take_sign_in<T: DeserializeOwned>(
        &self,
        kind: SignInKind,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<T>, LedgerError> {
        let Some(kept) = self.sign_in::<T>(kind, name, now).await? else {
            return Ok(None);
        };
        let write = Write::delete(key(kind, name)).if_revision(Some(kept.revision));
        let taken = self.transact("taking a sign-in", vec![write]).await?;
        Ok(taken.then_some(kept.content))
    }

    /// Writes other content into a row that is still as it was read. False if somebody was faster.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn change_sign_in<T: Serialize>(
        &self,
        kind: SignInKind,
        name: &str,
        before: &Kept<T>,
        content: &T,
    ) -> Result<bool, LedgerError> {
        let revision = before.revision.saturating_add(1);
        let row = row(kind, name, content, before.expires_at, revision)?;
        let write = Write::put(row.clone()).if_revision(Some(before.revision));
        self.put("changing a sign-in", row, write).await
    }
}

fn key(kind: SignInKind, name: &str) -> Item {
    keys::sign_in(kind.letter(), name)
}

fn row<T: Serialize>(
    kind: SignInKind,
    name: &str,
    content: &T,
    expires_at: Timestamp,
    revision: u64,
) -> Result<Item, LedgerError> {
    let mut row = with_doc(key(kind, name), content)?;
    row.insert("revision".to_owned(), n(revision));
    row.insert("expires_at".to_owned(), n(expires_at.as_second()));
    Ok(row)
}

/// A row whose time is not over, and when it is. DynamoDB takes up to two days to delete what has expired.
fn living(row: Item, now: Timestamp) -> Option<(Item, Timestamp)> {
    let expires = i64::try_from(number(&row, "expires_at")?).ok()?;
    let expires_at = Timestamp::from_second(expires).ok()?;
    (now < expires_at).then_some((row, expires_at))
}
