//! How much each caller changes: a row for each caller and minute, which DynamoDB deletes when it is past.

use tenancy::Timestamp;

use super::{Ledger, LedgerError, item::n, keys, write::Write};

/// How long a row is kept behind its minute, for clocks that differ.
const KEPT_SECS: i64 = 120;

impl Ledger {
    /// Counts a change of a caller in the present minute; false, and nothing counted, if there were `most` already. A change whose answer
    /// was lost may count twice.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn count_change(
        &self,
        caller: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let minute = now.as_second().div_euclid(60);
        let write = Write::update(keys::caller(caller, minute))
            .set("expires_at", n((minute + 1) * 60 + KEPT_SECS))
            .add("changes", 1)
            .if_new_or_below("changes", i64::from(most));
        let counted = self.update("counting a caller's change", write).await?;
        Ok(counted.is_some())
    }
}
