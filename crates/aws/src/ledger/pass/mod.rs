//! What a pass writes. Everything here is under a lease.

mod save;

use tenancy::{AccountId, ComponentName, ComponentStatus, Email, Tenant, Timestamp};

use self::save::by_key;
use super::{
    Lease, Ledger, LedgerError, Loaded, NewEntry,
    commit::{Draft, Snapshot},
    item::s,
    keys,
    write::Write,
};

impl Ledger {
    /// All a pass needs, in one consistent query.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn load(&self, id: &tenancy::TenantId) -> Result<Loaded, LedgerError> {
        Ok(self.snapshot(id).await?.loaded())
    }

    /// Records one component while the pass goes on, and what was done to it. The main row gets its state at the end of the pass;
    /// who asks for the one tenant is shown it at once.
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
        let doing = "recording a component";
        self.change(doing, &lease.tenant, Some(lease), |record| {
            let mut draft = Draft::of(record);
            if !draft.record.set_component(name, status) && done.is_empty() {
                return Ok(None);
            }
            draft.history = (now, done.to_vec());
            draft.leaves_main = true;
            Ok(Some(draft))
        })
        .await
        .map(drop)
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
        let mut row = keys::account(account);
        row.insert("tenant".to_owned(), s(&lease.tenant));
        row.insert("listing_pk".to_owned(), s(keys::ACCOUNTS));
        row.insert("listing_sk".to_owned(), s(account));
        let taken = format!("the account `{account}` belongs to another tenant");
        let row = Write::put(row)
            .if_new_or_equal("tenant", s(&lease.tenant))
            .otherwise(LedgerError::conflict(taken));
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
