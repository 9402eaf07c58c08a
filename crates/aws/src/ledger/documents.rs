//! Small documents with a version, changed by compare-and-swap: switches, semaphores, budgets, and what passes share.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Ledger, LedgerError, Shared, Switch, SwitchEvent,
    attempts::Attempts,
    item::{Item, doc, n, number, with_doc},
    keys,
    query::Rows,
    write::Write,
};

const LAST_EVENT: u64 = 999_999_999_999;

impl Ledger {
    /// A switch; `None` if it was never set, which means on.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn switch(&self, name: &str) -> Result<Option<Switch>, LedgerError> {
        let row = self.get(switch_key(name)).await?;
        row.as_ref().map(doc).transpose()
    }

    /// A switch, and its version: 0 if it was never set.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn switch_at(&self, name: &str) -> Result<(Option<Switch>, u64), LedgerError> {
        let Some(row) = self.get(switch_key(name)).await? else {
            return Ok((None, 0));
        };
        Ok((
            Some(doc(&row)?),
            number(&row, "version").unwrap_or_default(),
        ))
    }

    /// Sets a switch, whatever it was, and keeps the switch event for the record.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn set_switch(&self, name: &str, switch: &Switch) -> Result<(), LedgerError> {
        let event = SwitchEvent {
            switch: switch.clone(),
            budget: None,
        };
        let mut attempts = Attempts::new("setting a switch");
        loop {
            let (_, version) = self.switch_at(name).await?;
            match self.set_switch_from(name, &event, version).await {
                Err(LedgerError::VersionMismatch { .. }) => attempts.again().await?,
                result => return result,
            }
        }
    }

    /// Sets a switch that is at a version, and keeps the switch event for the record.
    ///
    /// # Errors
    /// `VersionMismatch`, `Failed`.
    pub async fn set_switch_from(
        &self,
        name: &str,
        event: &SwitchEvent,
        version: u64,
    ) -> Result<(), LedgerError> {
        let expected = (version > 0).then_some(version);
        let set = document_write(switch_key(name), &event.switch, expected)?;
        let recorded = Write::put(with_doc(event_key(name, version + 1), event)?).if_new();
        if self
            .transact("setting a switch", vec![set, recorded])
            .await?
        {
            return Ok(());
        }
        let (_, current) = self.switch_at(name).await?;
        Err(LedgerError::VersionMismatch { current })
    }

    /// The last switch events, newest first.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn switch_events(
        &self,
        name: &str,
        limit: usize,
    ) -> Result<Vec<SwitchEvent>, LedgerError> {
        let rows = Rows::of(format!("SWITCH#{name}")).beginning_with(keys::PAST);
        let (rows, _) = rows.page(self, limit, None).await?;
        rows.iter().map(doc).collect()
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
        content: &Value,
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

    /// Changes a shared document, whatever others make of it meanwhile: `decide` sees it as it is and may be asked several times; `None` from
    /// it leaves the document as it is.
    ///
    /// # Errors
    /// `Failed`, also where others keep writing it.
    pub async fn change_shared(
        &self,
        name: &str,
        decide: impl Fn(Option<Value>) -> Option<Value>,
    ) -> Result<(), LedgerError> {
        let doing = format!("writing the shared document `{name}`");
        self.change_document(shared_key(name), &doing, |there| (decide(there), ()))
            .await
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

pub(super) fn switch_key(name: &str) -> Item {
    keys::key(format!("SWITCH#{name}"), "SWITCH")
}

/// Later events sort first.
fn event_key(name: &str, version: u64) -> Item {
    let rank = LAST_EVENT.saturating_sub(version);
    keys::key(
        format!("SWITCH#{name}"),
        format!("{}{rank:012}", keys::PAST),
    )
}

fn shared_key(name: &str) -> Item {
    keys::key(format!("ORG#{name}"), "ORG")
}

/// Writes the successor of the given version of a document.
pub(super) fn document_write(
    key: Item,
    content: &impl Serialize,
    version: Option<u64>,
) -> Result<Write, LedgerError> {
    let mut row = with_doc(key, content)?;
    row.insert("version".to_owned(), n(version.unwrap_or_default() + 1));
    Ok(Write::put(row).if_version(version))
}
