//! What a pass writes. Everything here is under a lease.

mod components;
mod save;

use tenancy::{AccountId, Email, Tenant, TenantId};

use self::save::by_key;
use super::{
    Lease, Ledger, LedgerError, Loaded,
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
    pub async fn load(&self, id: &TenantId) -> Result<Loaded, LedgerError> {
        Ok(self.snapshot(id).await?.loaded())
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

impl Snapshot {
    /// What a pass needs of it.
    pub(super) fn loaded(self) -> Loaded {
        Loaded {
            posture: self.posture,
            tenant: self.record.tenant,
            intents: self.intents,
            operations: self.operations,
            findings: by_key(self.findings),
        }
    }
}
