//! The posture of tenants: a row with the controls of each, written when they change, and a row for each day on which they did.

use jiff::civil::Date;
use tenancy::{
    TenantId,
    posture::{Controls, DAY_KEPT_DAYS, PostureDay},
};

use super::{
    Ledger, LedgerError, PostureRows, TenantPosture,
    commit::Snapshot,
    item::{Item, doc, json, n, readable, text, with_doc},
    keys,
    query::Rows,
    visible::AT_ONCE,
    write::Write,
};

const DAY_SECS: i64 = 24 * 60 * 60;

impl Ledger {
    /// A tenant with all that its posture follows from, by one query.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn posture(&self, id: &TenantId) -> Result<TenantPosture, LedgerError> {
        let Snapshot {
            record,
            findings,
            posture,
            ..
        } = Box::pin(self.snapshot(id)).await?;
        let audited_at = record.tenant.audited_at;
        Ok(TenantPosture {
            tenant: record.tenant,
            findings: findings
                .into_iter()
                .map(|finding| finding.seen_until(audited_at))
                .collect(),
            rows: posture,
        })
    }

    /// The posture of a tenant as it was recorded on a day or last before it; `None` where nothing was, or not any more.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn posture_on(
        &self,
        id: &TenantId,
        on: Date,
    ) -> Result<Option<PostureDay>, LedgerError> {
        // `~` sorts behind everything a day's key goes on with.
        let days = self.days_below(id, &format!("{on}~"), 1).await?;
        Ok(days.into_iter().next())
    }

    /// The days on which the posture of a tenant changed, the last ones, newest first.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn posture_days(
        &self,
        id: &TenantId,
        limit: usize,
    ) -> Result<Vec<PostureDay>, LedgerError> {
        self.days_below(id, "~", limit).await
    }

    async fn days_below(
        &self,
        id: &TenantId,
        bound: &str,
        limit: usize,
    ) -> Result<Vec<PostureDay>, LedgerError> {
        let rows = Rows::of(keys::tenant(id)).below(format!("{}{bound}", keys::DAY));
        let (rows, _) = rows.backwards().page(self, limit, None).await?;
        let is_day = |row: &&Item| text(row, "sk").is_some_and(|sk| sk.starts_with(keys::DAY));
        let days = rows.iter().take_while(is_day);
        Ok(days.filter_map(|row| readable(row, doc)).collect())
    }

    /// The controls of each of these tenants, in this order; `None` for one that was not audited.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn controls_of(
        &self,
        ids: &[TenantId],
    ) -> Result<Vec<Option<Controls>>, LedgerError> {
        let mut all = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let rows = self.get_all(some.iter().map(keys::controls).collect());
            let rows = rows.await?;
            all.extend(
                rows.iter()
                    .map(|row| readable(row.as_ref()?, doc::<Controls>)),
            );
        }
        Ok(all)
    }
}

impl PostureRows {
    /// The controls, where there are any.
    pub fn controls(&self) -> Controls {
        self.controls.clone().unwrap_or_default()
    }
}

/// The row of the controls, and that of the day on which they came to this. What another release wrote beside stays.
pub(super) fn posture_writes(
    tenant: &TenantId,
    controls: Option<&Controls>,
) -> Result<Vec<Write>, LedgerError> {
    let Some(controls) = controls else {
        return Ok(Vec::new());
    };
    let mut writes = vec![Write::update(keys::controls(tenant)).set("doc", json(controls)?)];
    if let Some(day) = &controls.day {
        let mut row = with_doc(keys::day(tenant, day.at), day)?;
        let expires = day.at.as_second() + DAY_KEPT_DAYS * DAY_SECS;
        row.insert("expires_at".to_owned(), n(expires));
        writes.push(Write::put(row));
    }
    Ok(writes)
}
