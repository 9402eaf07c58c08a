//! The last write of a pass.

use std::collections::BTreeMap;

use tenancy::{
    ComponentName, ComponentStatus, DesiredState, Finding, FindingState, Operation, OperationId,
    Tenant, Timestamp,
};

use crate::ledger::{
    IntentKey, Lease, Ledger, LedgerError, PassRecord, PassSaved,
    attempts::Attempts,
    commit::{Draft, PARTS},
    item::{json, s, word},
    keys,
    operations::{Others, most_writes, operation_writes},
    posture::posture_writes,
    record::Record,
    write::Write,
};

impl Ledger {
    /// The last write of a pass: records it, sets when the next is due and gives the lease back, in one transaction (several
    /// only if the record has more than 90 parts, or closes the tenant, whose networks are given back first).
    ///
    /// # Errors
    /// `LostLease`, `Conflict` (closed, but not asked to leave), `Failed`.
    pub async fn save_pass(
        &self,
        lease: &Lease,
        record: &PassRecord,
        now: Timestamp,
    ) -> Result<PassSaved, LedgerError> {
        let mut record = record.clone();
        if record.closed_at.is_some() {
            Box::pin(self.release_cidrs(lease)).await?;
        }
        Box::pin(self.save_excess(lease, &mut record, now)).await?;
        let doing = "recording a pass";
        let mut attempts = Attempts::new(format!("{doing} of tenant `{}`", lease.tenant));
        let mut cached = lease.cache.lock().await;
        loop {
            let (before, findings) = match (cached.record.take(), cached.findings.take()) {
                (Some(before), Some(findings)) if before.asked() == lease.asked => {
                    (before, findings)
                }
                // Where something was asked meanwhile, it may have been one of these operations once more.
                (before, findings) => {
                    let now = Box::pin(self.snapshot(&lease.tenant)).await?;
                    let open = &now.operations;
                    record.operations.retain(|it| !is_requested_again(it, open));
                    match (before, findings) {
                        (Some(before), Some(findings)) => (before, findings),
                        _ => {
                            cached.others = now.others;
                            (now.record, now.findings)
                        }
                    }
                }
            };
            before.fence(Some(lease))?;
            let draft = pass_draft(&before, findings, &cached.others, lease, &record, now)?;
            let asked_meanwhile = before.asked() != lease.asked;
            if let Some(written) = Box::pin(self.commit(doing, draft, Some(lease))).await? {
                return Ok(PassSaved {
                    tenant: written.tenant,
                    asked_meanwhile,
                });
            }
            attempts.again().await?;
        }
    }

    /// Writes ahead what does not fit into one transaction. A pass that dies here has written findings that are true and
    /// told part of its story; the next pass writes the rest.
    async fn save_excess(
        &self,
        lease: &Lease,
        record: &mut PassRecord,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let rows = most_writes(record.operations.len()) + record.components.len();
        let others = record.findings.len() + record.history.len() + record.unused.len();
        if rows + others <= PARTS {
            return Ok(());
        }
        lease.cache.lock().await.findings = None;
        for findings in record.findings.chunks(PARTS) {
            let writes = finding_writes(lease, findings)?;
            let doing = "recording findings";
            self.transact_leased(doing, lease, writes).await?;
        }
        let history = std::mem::take(&mut record.history);
        self.append_history(&lease.tenant, Some(lease), &history, now)
            .await?;
        record.findings.clear();
        let unused = std::mem::take(&mut record.unused);
        self.clear_intents(lease, &unused).await?;
        if rows > PARTS {
            self.save_components(lease, std::mem::take(&mut record.components))
                .await?;
        }
        Ok(())
    }

    async fn save_components(
        &self,
        lease: &Lease,
        components: BTreeMap<ComponentName, ComponentStatus>,
    ) -> Result<(), LedgerError> {
        let components: Vec<_> = components.into_iter().collect();
        for some in components.chunks(PARTS) {
            let doing = "recording components";
            self.change(doing, &lease.tenant, Some(lease), |record| {
                let mut draft = Draft::of(record);
                for (name, status) in some {
                    draft.record.set_component(*name, status);
                }
                draft.leaves_main = true;
                Ok(Some(draft))
            })
            .await?;
        }
        Ok(())
    }
}

pub(super) fn by_key(findings: impl IntoIterator<Item = Finding>) -> BTreeMap<String, Finding> {
    let with_key = |finding: Finding| (finding.difference.key.clone(), finding);
    findings.into_iter().map(with_key).collect()
}

/// Whether the operation was requested once more than the pass knew of that carried it out. It stays as it is for the next pass, which the
/// request has made due: this one may have observed before the request.
fn is_requested_again(operation: &Operation, open: &[Operation]) -> bool {
    let same = open.iter().find(|it| it.id == operation.id);
    same.is_some_and(|it| it.last_requested_at() > operation.last_requested_at())
}

fn pass_draft(
    before: &Record,
    findings: Vec<Finding>,
    others: &Others,
    lease: &Lease,
    pass: &PassRecord,
    now: Timestamp,
) -> Result<Draft, LedgerError> {
    let mut draft = Draft::of(before);
    draft.writes = finding_writes(lease, &pass.findings)?;
    let unused = pass.unused.iter();
    let forget =
        |(component, key): &IntentKey| Write::delete(keys::intent(&lease.tenant, *component, key));
    draft.writes.extend(unused.map(forget));
    draft
        .writes
        .extend(posture_writes(&lease.tenant, pass.controls.as_ref())?);
    for (name, status) in &pass.components {
        draft.record.finish_component(*name, status);
    }
    let tenant = &mut draft.record.tenant;
    let mut findings = by_key(findings);
    findings.extend(by_key(pass.findings.clone()));
    findings.retain(|_, finding| finding.state == FindingState::Open);
    let drift = findings.values().filter(|f| f.difference.repair.is_ours());
    tenant.open_drift = u32::try_from(drift.count()).unwrap_or(u32::MAX);
    tenant.open_findings = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    tenant.ready_at = tenant.ready_at.or(pass.ready_at);
    // Where something was asked meanwhile, more may have been retired than the pass knew of.
    if pass.ready_at.is_some() && before.asked() == lease.asked {
        tenant.retired_tags.clear();
    }
    if let Some(until) = pass.refused_until {
        tenant.refused_sessions.retain(|it| it.is_live(until));
    }
    tenant.audited_at = pass.audited_at.or(tenant.audited_at);
    // What is not open any more was replaced while the pass ran.
    let is_open = |it: &&Operation| tenant.open_operations.contains(&it.id);
    let written: Vec<_> = pass.operations.iter().filter(is_open).collect();
    draft
        .writes
        .extend(operation_writes(written.iter().copied(), others)?);
    let is_over = |id: &OperationId| written.iter().any(|o| o.id == *id && o.state.is_final());
    tenant.open_operations.retain(|id| !is_over(id));
    if let Some(closed_at) = pass.closed_at {
        draft.writes.extend(tombstone(tenant, closed_at)?);
    }
    let due = (pass.due_at, pass.due_for_audit);
    draft.record.release(lease, due, now);
    draft.history = (now, pass.history.clone());
    Ok(draft)
}

/// Makes the tenant a tombstone and frees its slug. Its e-mail address is never freed, for AWS never frees it; nor is its
/// account, so that it stays known.
fn tombstone(tenant: &mut Tenant, closed_at: Timestamp) -> Result<Option<Write>, LedgerError> {
    if tenant.desired_state == DesiredState::Present {
        let detail = "a tenant that was not asked to leave cannot be closed";
        return Err(LedgerError::conflict(detail));
    }
    // At a second closing the slug may be another tenant's.
    if tenant.closed_at.is_some() {
        return Ok(None);
    }
    tenant.closed_at = Some(closed_at);
    let slug = Write::delete(keys::slug(&tenant.spec.slug));
    Ok(Some(slug.if_new_or_equal("tenant", s(&tenant.id))))
}

/// Updates the rows, so that what another release wrote beside stays.
fn finding_writes(lease: &Lease, findings: &[Finding]) -> Result<Vec<Write>, LedgerError> {
    let write = |finding: &Finding| {
        let key = keys::finding(&lease.tenant, &finding.difference.key);
        Ok(Write::update(key)
            .set("doc", json(finding)?)
            .set("state", s(word(&finding.state)))
            .set("severity", s(word(&finding.difference.severity))))
    };
    findings.iter().map(write).collect()
}
