//! Small documents with a version, changed by compare-and-swap: switches, gates, budgets, and what passes share.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Ledger, LedgerError, Shared, Switch,
    commit::Attempts,
    item::{Item, doc, n, number, with_doc},
    keys,
    write::Write,
};

impl Ledger {
    /// A switch; `None` if it was never touched, which means on.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn switch(&self, name: &str) -> Result<Option<Switch>, LedgerError> {
        let row = self.get(switch_key(name)).await?;
        row.as_ref().map(doc).transpose()
    }

    /// Turns a switch.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn turn_switch(&self, name: &str, switch: &Switch) -> Result<(), LedgerError> {
        let turned = |_: Option<Switch>| (Some(switch.clone()), ());
        self.change_document(switch_key(name), "turning a switch", turned)
            .await
    }

    /// A shared document, such as the ids of organizational units.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn shared(&self, name: &str) -> Result<Option<Shared>, LedgerError> {
        let row = self.get(shared_key(name)).await?;
        let read = |row: Item| {
            Ok(Shared {
                content: doc(&row)?,
                version: number(&row, "version").unwrap_or_default(),
            })
        };
        row.map(read).transpose()
    }

    /// Writes a shared document; `expected` is the version it was read at, `None` if it was not there.
    ///
    /// # Errors
    /// `VersionMismatch` (its `current` is 0 if the document is not there), `Failed`.
    pub async fn put_shared(
        &self,
        name: &str,
        content: &serde_json::Value,
        expected: Option<u64>,
    ) -> Result<Shared, LedgerError> {
        let doing = format!("writing the shared document `{name}`");
        let mut attempts = Attempts::new(&doing);
        loop {
            let current = self.shared(name).await?.map(|shared| shared.version);
            if current != expected {
                let current = current.unwrap_or_default();
                return Err(LedgerError::VersionMismatch { current });
            }
            let write = document_write(shared_key(name), content, expected)?;
            if self.transact(&doing, vec![write]).await? {
                return Ok(Shared {
                    content: content.clone(),
                    version: expected.unwrap_or_default() + 1,
                });
            }
            attempts.again().await?;
        }
    }

    /// Changes a document and answers about it. `decide` sees it as it is and may be asked several times; `None` from it
    /// leaves the document as it is.
    pub(super) async fn change_document<T, R>(
        &self,
        key: Item,
        doing: &str,
        decide: impl Fn(Option<T>) -> (Option<T>, R),
    ) -> Result<R, LedgerError>
    where
        T: Serialize + DeserializeOwned,
    {
        let mut attempts = Attempts::new(doing);
        loop {
            let row = self.get(key.clone()).await?;
            let version = row.as_ref().and_then(|row| number(row, "version"));
            let (after, answer) = decide(row.as_ref().map(doc).transpose()?);
            let Some(after) = after else {
                return Ok(answer);
            };
            let write = document_write(key.clone(), &after, version)?;
            if self.transact(doing, vec![write]).await? {
                return Ok(answer);
            }
            attempts.again().await?;
        }
    }
}

fn switch_key(name: &str) -> Item {
    keys::key(format!("SWITCH#{name}"), "SWITCH")
}

fn shared_key(name: &str) -> Item {
    keys::key(format!("ORG#{name}"), "ORG")
}

/// Writes the successor of the given version of a document.
fn document_write(
    key: Item,
    content: &impl Serialize,
    version: Option<u64>,
) -> Result<Write, LedgerError> {
    let mut row = with_doc(key, content)?;
    row.insert("version".to_owned(), n(version.unwrap_or_default() + 1));
    Ok(Write::put(row).if_version(version))
}
