//! Looking up operations and findings.

use std::collections::BTreeSet;

use tenancy::{Finding, FindingState, Operation, OperationId, Severity, TenantId};

use super::{
    Ledger, LedgerError, Page, Progress, cursor,
    item::{Item, doc, readable, word},
    keys,
    query::Rows,
};

impl Ledger {
    /// An operation and its tenant.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn operation(&self, id: &OperationId) -> Result<Progress, LedgerError> {
        let missing = || LedgerError::not_found(format!("operation `{id}`"));
        let tenant = id.tenant().ok_or_else(missing)?;
        let (open, finished) = futures::try_join!(
            self.get(keys::operation(&tenant, id)),
            self.get(keys::finished(&tenant, id))
        )?;
        let mut row = finished.or(open);
        if row.is_none() {
            // It may have ended between the two reads: then it is finished by now.
            row = self.get(keys::finished(&tenant, id)).await?;
        }
        Ok(Progress {
            operation: doc(&row.ok_or_else(missing)?)?,
            tenant: self.tenant(&tenant).await?,
        })
    }

    /// All operations of a tenant that can be read, newest first: those that are open, and those that were finished within the last
    /// 90 days.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn operations(&self, id: &TenantId) -> Result<Vec<Operation>, LedgerError> {
        self.require_tenant(id).await?;
        let rows = |prefix| Rows::of(keys::tenant(id)).beginning_with(prefix);
        // One after the other: what ends meanwhile is in both, and not in neither.
        let open = rows(keys::OPERATION).all(self).await?;
        let finished = rows(keys::FINISHED).all(self).await?;
        let rows = open.iter().chain(&finished);
        let mut operations: Vec<Operation> = rows.filter_map(|row| readable(row, doc)).collect();
        // One that moved between the two reads.
        let mut seen = BTreeSet::new();
        operations.retain(|operation| seen.insert(operation.id.clone()));
        operations.sort_by_key(|operation| std::cmp::Reverse(operation.created_at));
        Ok(operations)
    }

    /// One page of a tenant's operations, newest first.
    ///
    /// # Errors
    /// `NotFound`, `BadCursor`, `Failed`.
    pub async fn operations_page(
        &self,
        id: &TenantId,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Operation>, LedgerError> {
        let question = format!("operations {id}");
        let after = cursor::open(&question, cursor)?;
        let mut items = self.operations(id).await?;
        if let Some(after) = after {
            let place = items
                .iter()
                .position(|operation| operation.id.as_str() == after);
            let place = place.ok_or(LedgerError::BadCursor)?;
            items.drain(..=place);
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        Ok(Page {
            next_cursor: last.map(|last| cursor::seal(&question, last.id.as_str())),
            items,
        })
    }

    /// Findings of a tenant in a state (`None` for all) and of a severity (`None` for all) that can be read, by key.
    ///
    /// # Errors
    /// `NotFound`, `BadCursor`, `Failed`.
    pub async fn findings(
        &self,
        id: &TenantId,
        state: Option<FindingState>,
        severity: Option<Severity>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Finding>, LedgerError> {
        let question = format!("findings {id} {state:?} {severity:?}");
        let after = cursor::open(&question, cursor)?;
        let audited_at = self.record(id).await?.tenant.audited_at;
        let mut rows = Rows::of(keys::tenant(id)).beginning_with(keys::FINDING);
        if let Some(state) = state {
            rows = rows.only(&["state"], "=", &word(&state));
        }
        if let Some(severity) = severity {
            rows = rows.only(&["severity"], "=", &word(&severity));
        }
        let read = |row: &Item| Ok(doc::<Finding>(row)?.seen_until(audited_at));
        self.page(&rows, &question, limit, after, read).await
    }
}
