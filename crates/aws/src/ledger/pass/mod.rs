//! What a pass writes. Everything here is under a lease.

mod save;

use tenancy::{
    AccountId, ComponentName, ComponentStatus, Email, Failure, Tenant, TenantId, Timestamp,
};
use tokio::sync::oneshot::{self, error::TryRecvError};

use self::save::by_key;
use super::{
    Lease, Ledger, LedgerError, Loaded, NewEntry,
    cache::ComponentSave,
    commit::{Draft, Snapshot},
    item::s,
    keys,
    record::Record,
    write::Write,
};

impl Ledger {
    /// All a pass needs, in one consistent query.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn load(&self, id: &TenantId) -> Result<Loaded, LedgerError> {
        Ok(self.snapshot(id).await?.loaded())
    }

    /// Records one component while the pass goes on, and what was done to it. The main row gets its state at the end of the pass;
    /// who asks for the one tenant is shown it at once, where there is more to show than a state. What is as wanted without a change is
    /// recorded with the next write.
    ///
    /// # Errors
    /// `LostLease`, `Failed`.
    pub async fn save_component(
        &self,
        lease: &Lease,
        name: ComponentName,
        status: &ComponentStatus,
        done: &[NewEntry],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let (answer, mut told) = oneshot::channel();
        lease.cache.queue(ComponentSave {
            name,
            status: status.clone(),
            done: done.to_vec(),
            at: now,
            answer: Some(answer),
        });
        loop {
            Box::pin(self.save_queued(lease)).await;
            match told.try_recv() {
                Ok(saved) => return saved,
                // Others were before it.
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Closed) => {
                    let detail = "whoever wrote it was stopped";
                    return Err(Failure::bug("recording a component", detail).into());
                }
            }
        }
    }

    /// Records the components that wait, in one transaction: while one is written, others wait.
    async fn save_queued(&self, lease: &Lease) {
        let mut cached = lease.cache.lock().await;
        let mut saves = lease.cache.take_queued();
        if let Some(record) = &mut cached.record {
            saves.retain_mut(|save| !save.waits_for_next_write(record));
        }
        if saves.is_empty() {
            return;
        }
        let doing = "recording components";
        let decide = |record: &Record| Ok(components_draft(record, &saves));
        let saved = Box::pin(self.change_cached(doing, lease, &mut cached, decide)).await;
        let saved = saved.map(drop);
        for save in &mut saves {
            save.tell(saved.clone());
        }
    }

    /// Records whose an account is, for ever. Recording the same again is fine.
    ///
    /// # Errors
    /// `LostLease`, `Conflict` (the account belongs to another tenant, or the tenant has another one), `Failed`.
    pub async fn save_account(
        &self,
        lease: &Lease,
        account: &AccountId,
    ) -> Result<(), LedgerError> {
        let row = account_row(&lease.tenant, account);
        let doing = "recording the account";
        self.change(doing, &lease.tenant, Some(lease), |record| {
            match &record.tenant.account_id {
                Some(known) if known == account => return Ok(None),
                Some(other) => {
                    let detail = format!("the tenant has the account `{other}` already");
                    return Err(LedgerError::conflict(detail));
                }
                None => {}
            }
            let mut draft = Draft::of(record);
            draft.record.tenant.account_id = Some(account.clone());
            draft.writes.push(row.clone());
            Ok(Some(draft))
        })
        .await
        .map(drop)
    }

    /// Gives the tenant its next generation after its account was closed from outside: a new e-mail address and no account.
    ///
    /// # Errors
    /// `LostLease`, `Conflict` (the address was used before), `Failed`.
    pub async fn next_generation(
        &self,
        lease: &Lease,
        email: &Email,
    ) -> Result<Tenant, LedgerError> {
        let mut row = keys::email(email);
        row.insert("tenant".to_owned(), s(&lease.tenant));
        let used = format!("the address `{email}` was used before");
        let row = Write::put(row)
            .if_new()
            .otherwise(LedgerError::conflict(used));
        let doing = "beginning a new generation";
        self.change(doing, &lease.tenant, Some(lease), |record| {
            if record.tenant.account_email == *email {
                return Ok(None);
            }
            let mut draft = Draft::of(record);
            draft.record.tenant.generation += 1;
            draft.record.tenant.account_email = email.clone();
            draft.record.tenant.account_id = None;
            draft.writes.push(row.clone());
            Ok(Some(draft))
        })
        .await
    }
}

/// The row that says whose an account is.
pub(super) fn account_row(tenant: &TenantId, account: &AccountId) -> Write {
    let mut row = keys::account(account);
    row.insert("tenant".to_owned(), s(tenant));
    row.insert("listing_pk".to_owned(), s(keys::ACCOUNTS));
    row.insert("listing_sk".to_owned(), s(account));
    let taken = format!("the account `{account}` belongs to another tenant");
    Write::put(row)
        .if_new_or_equal("tenant", s(tenant))
        .otherwise(LedgerError::conflict(taken))
}

/// The change that records these components; `None` if they are recorded so already.
fn components_draft(record: &Record, saves: &[ComponentSave]) -> Option<Draft> {
    let mut draft = Draft::of(record);
    draft.leaves_main = true;
    let mut changed = false;
    for save in saves {
        changed |= draft.record.set_component(save.name, &save.status);
        let (at, entries) = &mut draft.history;
        *at = save.at.max(*at);
        entries.extend_from_slice(&save.done);
    }
    (changed || !draft.history.1.is_empty()).then_some(draft)
}

impl Snapshot {
    /// What a pass needs of it.
    pub(super) fn loaded(self) -> Loaded {
        Loaded {
            tenant: self.record.tenant,
            intents: self.intents,
            operations: self.operations,
            findings: by_key(self.findings),
        }
    }
}
