//! A semaphore as it is read and written: its row, and those pages of its queue that a decision about one tenant needs.
//!
//! # Guarantees
//! Whoever joins or leaves a page writes the semaphore's row too, and each row is written only at the version it was read at. So
//! a decision made on rows that no longer belong together is refused, and made anew.

use std::collections::BTreeMap;

use tenancy::{TenantId, Timestamp};

use super::{
    key,
    semaphore::{Queued, SemaphoreState},
    types::Semaphore,
};
use crate::ledger::{
    Ledger, LedgerError,
    documents::document_write,
    item::{Item, doc, n, number},
    keys,
    write::Write,
};

/// A semaphore as it was read for one tenant.
#[derive(Debug, Clone)]
pub(super) struct SemaphoreRows {
    semaphore: Semaphore,
    tenant: TenantId,
    pub(super) state: SemaphoreState,
    /// The row of the semaphore and the pages, each with its version; `None` for a row that is absent.
    version: Option<u64>,
    pages: BTreeMap<u64, (Option<u64>, Vec<Queued>)>,
    /// The page the tenant is noted to be in.
    noted: Option<u64>,
}

impl Ledger {
    /// Reads a semaphore for a tenant, and other rows along with it: in one call, or in two where others wait.
    pub(super) async fn semaphore_rows(
        &self,
        semaphore: Semaphore,
        tenant: &TenantId,
        now: Timestamp,
        along: Vec<Item>,
    ) -> Result<(SemaphoreRows, Vec<Option<Item>>), LedgerError> {
        let mut keys = vec![semaphore_key(semaphore), note_key(semaphore, tenant)];
        keys.extend(along);
        let mut read = self.get_all(keys).await?.into_iter();
        let (row, note) = (read.next().flatten(), read.next().flatten());
        let state: Option<SemaphoreState> = row.as_ref().map(doc).transpose()?;
        let mut rows = SemaphoreRows {
            semaphore,
            tenant: tenant.clone(),
            state: state.unwrap_or_default(),
            version: row.as_ref().and_then(|row| number(row, "version")),
            pages: BTreeMap::new(),
            noted: note.as_ref().and_then(|note| number(note, "page")),
        };
        let needed = rows.state.pages_needed(tenant, rows.noted, now);
        if !needed.is_empty() {
            let keys = needed.iter().map(|number| page_key(semaphore, *number));
            let pages = self.get_all(keys.collect()).await?;
            for (number, page) in needed.into_iter().zip(pages) {
                rows.know(number, page.as_ref())?;
            }
        }
        Ok((rows, read.collect()))
    }
}

impl SemaphoreRows {
    /// A page that is absent was emptied after the semaphore's row was read: what is decided without it is refused.
    fn know(&mut self, number_of: u64, page: Option<&Item>) -> Result<(), LedgerError> {
        let version = page.and_then(|page| number(page, "version"));
        let waiters: Vec<Queued> = page.map(doc).transpose()?.unwrap_or_default();
        self.state.load_page(number_of, waiters.clone());
        self.pages.insert(number_of, (version, waiters));
        Ok(())
    }

    /// The writes that make of the semaphore what it is to be. Rows that stay as they are are not written.
    pub(super) fn writes(&self, after: &SemaphoreState) -> Result<Vec<Write>, LedgerError> {
        let mut writes = Vec::new();
        if !after.has_row_of(&self.state) || self.version.is_none() {
            let key = semaphore_key(self.semaphore);
            writes.push(document_write(key, after, self.version)?);
        }
        let mut is_in_page = false;
        let loaded: BTreeMap<u64, &Vec<Queued>> = after.loaded_pages().collect();
        for (number, waiters) in &loaded {
            is_in_page |= waiters.iter().any(|it| *it.tenant() == self.tenant);
            writes.extend(self.page_writes(*number, waiters)?);
        }
        for (number, (version, _)) in &self.pages {
            if !loaded.contains_key(number) && version.is_some() {
                let delete = Write::delete(page_key(self.semaphore, *number));
                writes.push(delete.if_version(*version));
            }
        }
        if self.noted.is_some() && !is_in_page {
            writes.push(Write::delete(note_key(self.semaphore, &self.tenant)));
        }
        Ok(writes)
    }

    /// The page, if it differs, and notes for those who are new in it.
    fn page_writes(&self, number: u64, waiters: &[Queued]) -> Result<Vec<Write>, LedgerError> {
        let key = page_key(self.semaphore, number);
        let before = self.pages.get(&number);
        let (page, before) = match before {
            Some((_, before)) if before == waiters => return Ok(Vec::new()),
            Some((version, before)) => {
                (document_write(key, &waiters, *version)?, before.as_slice())
            }
            // A page that the semaphore's row does not name is nobody's.
            None => (Write::put(versioned(key, waiters)?), &[] as &[Queued]),
        };
        let is_new = |queued: &&Queued| before.iter().all(|it| it.tenant() != queued.tenant());
        let note = |queued: &Queued| {
            let mut note = note_key(self.semaphore, queued.tenant());
            note.insert("page".to_owned(), n(number));
            Write::put(note)
        };
        let notes = waiters.iter().filter(is_new).map(note);
        Ok(std::iter::once(page).chain(notes).collect())
    }
}

fn versioned(key: Item, waiters: &[Queued]) -> Result<Item, LedgerError> {
    let mut row = crate::ledger::item::with_doc(key, &waiters)?;
    row.insert("version".to_owned(), n(1));
    Ok(row)
}

/// Ledgers that exist have their semaphores under `GATE#`.
pub(super) fn semaphore_key(semaphore: Semaphore) -> Item {
    key(format!("GATE#{}", semaphore.name()))
}

fn page_key(semaphore: Semaphore, number: u64) -> Item {
    keys::key(queue(semaphore), format!("PAGE#{number:012}"))
}

/// In which page a tenant waits.
fn note_key(semaphore: Semaphore, tenant: &TenantId) -> Item {
    keys::key(queue(semaphore), format!("TENANT#{tenant}"))
}

fn queue(semaphore: Semaphore) -> String {
    format!("QUEUE#{}", semaphore.name())
}
