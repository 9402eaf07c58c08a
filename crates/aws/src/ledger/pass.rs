//! What a pass writes. Everything here is under a lease.

use std::collections::BTreeMap;

use tenancy::{
    AccountId, ComponentName, ComponentStatus, DesiredState, Email, Finding, FindingState, Tenant,
    Timestamp,
};

use super::{
    Lease, Ledger, LedgerError, Loaded, NewEntry, PassRecord, PassSaved,
    commit::{Attempts, Draft, PARTS, Snapshot},
    item::{json, s, word},
    keys,
    record::{Record, component_write},
    requests::operation_write,
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

    /// Records one component while the pass goes on, and what was done to it: in a row of its own, and its state in the main
    /// row too. Where the state is as it was and nothing was done, the main row stays as it is.
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
        if done.is_empty() && self.save_details(doing, lease, name, status).await? {
            return Ok(());
        }
        self.change(doing, &lease.tenant, Some(lease), |record| {
            let mut draft = Draft::of(record);
            if !draft.record.set_component(name, status) && done.is_empty() {
                return Ok(None);
            }
            draft.history = (now, done.to_vec());
            Ok(Some(draft))
        })
        .await
        .map(drop)
    }

    /// Records a component whose state is as it was. False if the main row must change too.
    async fn save_details(
        &self,
        doing: &str,
        lease: &Lease,
        name: ComponentName,
        status: &ComponentStatus,
    ) -> Result<bool, LedgerError> {
        let mut cached = lease.cache.lock().await;
        let Some(record) = &mut cached.record else {
            return Ok(false);
        };
        if !record.has_state(name, status) {
            return Ok(false);
        }
        if record.set_component(name, status) {
            // Until it is written, the cache does not tell the truth.
            let write = component_write(&lease.tenant, name, status)?;
            let written = self.transact_leased(doing, lease, vec![write]).await;
            match written {
                Ok(()) => record.saved_component(name),
                Err(error) => {
                    cached.record = None;
                    return Err(error);
                }
            }
        }
        Ok(true)
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
            self.release_cidrs(lease).await?;
        }
        self.save_excess(lease, &mut record, now).await?;
        let doing = "recording a pass";
        let mut attempts = Attempts::new(format!("{doing} of tenant `{}`", lease.tenant));
        let mut cached = lease.cache.lock().await;
        loop {
            let (before, findings) = match (cached.record.take(), cached.findings.take()) {
                (Some(record), Some(findings)) => (record, findings),
                _ => {
                    let now = self.snapshot(&lease.tenant).await?;
                    (now.record, now.findings)
                }
            };
            before.fence(Some(lease))?;
            let draft = pass_draft(&before, findings, lease, &record, now)?;
            let asked_meanwhile = before.asked != lease.asked;
            if let Some(written) = self.commit(doing, &before, draft).await? {
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
        let rows = record.operations.len() + record.components.len();
        if rows + record.findings.len() + record.history.len() <= PARTS {
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
                Ok(Some(draft))
            })
            .await?;
        }
        Ok(())
    }
}

impl Snapshot {
    /// What a pass needs of it.
    pub(super) fn loaded(mut self) -> Loaded {
        self.operations.retain(|o| !o.state.is_final());
        Loaded {
            tenant: self.record.tenant,
            intents: self.intents,
            operations: self.operations,
            findings: by_key(self.findings),
        }
    }
}

fn by_key(findings: impl IntoIterator<Item = Finding>) -> BTreeMap<String, Finding> {
    let with_key = |finding: Finding| (finding.difference.key.clone(), finding);
    findings.into_iter().map(with_key).collect()
}

fn pass_draft(
    before: &Record,
    findings: Vec<Finding>,
    lease: &Lease,
    pass: &PassRecord,
    now: Timestamp,
) -> Result<Draft, LedgerError> {
    let mut draft = Draft::of(before);
    draft.writes = finding_writes(lease, &pass.findings)?;
    for (name, status) in &pass.components {
        draft.record.set_component(*name, status);
    }
    let tenant = &mut draft.record.tenant;
    let mut findings = by_key(findings);
    findings.extend(by_key(pass.findings.clone()));
    findings.retain(|_, finding| finding.state == FindingState::Open);
    let drift = findings.values().filter(|f| f.difference.repair.is_ours());
    tenant.open_drift = u32::try_from(drift.count()).unwrap_or(u32::MAX);
    tenant.open_findings = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    tenant.ready_at = tenant.ready_at.or(pass.ready_at);
    tenant.audited_at = pass.audited_at.or(tenant.audited_at);
    for operation in &pass.operations {
        // What is not open any more was replaced while the pass ran.
        let Some(index) = tenant
            .open_operations
            .iter()
            .position(|id| *id == operation.id)
        else {
            continue;
        };
        if operation.state.is_final() {
            tenant.open_operations.remove(index);
        }
        draft.writes.push(operation_write(operation)?);
    }
    if let Some(closed_at) = pass.closed_at {
        draft.writes.extend(tombstone(tenant, closed_at)?);
    }
    draft.record.release(lease, pass.due_at, now);
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
