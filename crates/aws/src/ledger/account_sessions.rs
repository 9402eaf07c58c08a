//! Sessions that were opened in tenants' accounts: a row for each, in a partition of their own for each tenant, so that the function
//! that opens them can be given these rows and no other.
//!
//! # Guarantees
//! A row is there before the credentials of its session leave, is never changed, and goes by itself after 90 days. It holds no secret.

use std::time::Duration;

use tenancy::{Failure, TenantId, Timestamp, access::AccountSession};

use super::{
    Ledger, LedgerError, Page, cursor,
    item::{doc, n, with_doc},
    keys,
    query::Rows,
    write::Write,
};

/// For how long it is kept on record who was in an account; CloudTrail keeps what was done there by the blueprint's retention.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);

impl Ledger {
    /// Records a session that is about to be handed out.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn record_account_session(
        &self,
        session: &AccountSession,
    ) -> Result<(), LedgerError> {
        let doing = "recording a session in an account";
        let mut row = with_doc(keys::account_session(session), session)?;
        let goes = session
            .opened_at
            .saturating_add(KEPT)
            .unwrap_or(session.expires_at);
        row.insert("expires_at".to_owned(), n(goes.as_second()));
        let write = Write::put(row).if_new();
        match self.transact(doing, vec![write]).await? {
            true => Ok(()),
            false => Err(Failure::bug(doing, "there is a session of this id already").into()),
        }
    }

    /// The sessions that were opened in a tenant's account within the last 90 days, newest first.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn account_sessions(
        &self,
        tenant: &TenantId,
        limit: usize,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page<AccountSession>, LedgerError> {
        let partition = keys::account_sessions(tenant);
        let question = format!("sessions {partition}");
        let after = cursor::open(&question, cursor)?;
        let rows = Rows::of(partition);
        let mut page = self
            .page(&rows, &question, limit, after, doc::<AccountSession>)
            .await?;
        // DynamoDB takes up to two days to delete what has expired.
        let kept =
            |session: &AccountSession| now.duration_since(session.opened_at).unsigned_abs() <= KEPT;
        page.items.retain(kept);
        Ok(page)
    }
}
