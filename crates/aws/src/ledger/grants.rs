//! Grants: one row where a grant holds, for lists, and one for each holder and place with all that is held there, for decisions.
//!
//! # Guarantees
//! Both rows, the tenant's history entry and the idempotency row are one transaction. What a request needs to be decided is read strongly
//! consistent: a grant that was revoked counts for nobody who reads afterwards (`held.rs`). A revoked grant stays as a record. How much one holder may
//! have is counted in each tenant by itself, so that no tenant's administrators use up what others may give.

use serde_json::Value;
use tenancy::{
    Operation, TenantId, Timestamp,
    access::{Grant, GrantId, Level, RefusedSessions, Revocation, Scope},
};

use super::{
    Ledger, LedgerError, NewEntry, Page, Request,
    attempts::Attempts,
    commit::Draft,
    cursor, idempotency,
    item::{Item, doc, n, number, readable, s, with_doc},
    keys,
    query::Rows,
    record::Record,
    requests::{ensure_present, entry, has_room, refuse_sessions},
    write::Write,
};

/// Grants that one holder may have in a tenant and its projects, and at the installation, so that they fit into one row, which decisions read.
const MOST_HELD: usize = 100;
/// Of these, in one project: its administrators cannot use up what others give in the tenant.
const MOST_IN_PROJECT: usize = 10;
/// The entry of the history about a grant that is given.
const GRANTED: &str = "access-granted";

impl Ledger {
    /// The grants of the installation, of a tenant and its projects, or of a project, by id.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn grants(
        &self,
        at: &Scope,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<Grant>, LedgerError> {
        let partition = keys::access(at.tenant());
        let question = format!("grants {at}");
        let after = cursor::open(&question, cursor)?;
        let mut rows = Rows::of(partition).beginning_with(keys::GRANT);
        if at.level() == Level::Project {
            rows = rows.only(&["scope"], "=", &at.to_string());
        }
        self.page(&rows, &question, limit, after, doc).await
    }

    /// A grant of a tenant and its projects, or of the installation.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn grant(
        &self,
        tenant: Option<&TenantId>,
        id: &GrantId,
    ) -> Result<Grant, LedgerError> {
        let row = self.get(keys::grant(tenant, id)).await?;
        doc(&row.ok_or_else(|| no_grant(id))?)
    }

    /// Gives a grant.
    ///
    /// # Errors
    /// `NotFound` (tenant or project), `Leaving`, `IdempotencyReused`, `Conflict` (too many grants), `Failed`.
    pub async fn give(&self, grant: &Grant, request: &Request) -> Result<(), LedgerError> {
        let doing = "giving a grant";
        let mut attempts = Attempts::new(doing);
        loop {
            let record = self.record_at(grant.scope.tenant()).await?;
            let mut writes = idempotency::answer_row(request, &value(grant));
            writes.extend(self.grant_writes(grant, request.at).await?);
            let entry = granted(grant, request);
            if self
                .record_grant(doing, entry, record, (writes, None))
                .await?
            {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    /// The rows of a grant that is given, in the place of what is there.
    pub(super) async fn grant_writes(
        &self,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Vec<Write>, LedgerError> {
        let tenant = grant.scope.tenant();
        let holder = self.get(keys::grants_of(&grant.principal, tenant)).await?;
        let mut held = holder
            .as_ref()
            .map(grants_in)
            .transpose()?
            .unwrap_or_default();
        held.retain(|held| !is_over(held, now));
        if let Some((most, place)) = is_full(&held, &grant.scope) {
            let detail = format!("`{}` holds {most} grants {place} already", grant.principal);
            return Err(LedgerError::conflict(detail));
        }
        held.push(value(grant));
        let mut writes = Vec::new();
        let mut row = with_doc(keys::grant(tenant, &grant.id), grant)?;
        row.insert("scope".to_owned(), s(&grant.scope));
        writes.push(Write::put(row).if_new());
        writes.push(holder_write(grant, &held, holder.as_ref())?);
        if let Scope::Project(tenant, slug) = &grant.scope {
            // Counted, so that the project is not deleted at the same time.
            let counted = Write::update(keys::project(tenant, slug)).add("version", 1);
            let absent = LedgerError::not_found(format!("project `{slug}`"));
            writes.push(counted.if_present("pk").otherwise(absent));
        }
        Ok(writes)
    }

    /// Revokes a grant of a tenant and its projects, or of the installation. Where it let somebody into the tenant's account, `ends` is
    /// the operation by which the sessions there are refused that rest on it.
    ///
    /// # Errors
    /// `NotFound`, `IdempotencyReused`, `Failed`.
    pub async fn revoke(
        &self,
        tenant: Option<&TenantId>,
        id: &GrantId,
        ends: Option<&Operation>,
        request: &Request,
    ) -> Result<Revocation, LedgerError> {
        let doing = "revoking a grant";
        let mut attempts = Attempts::new(doing);
        loop {
            let grant = self.grant(tenant, id).await?;
            // What is named is what is added to this very record.
            let record = self.record_at(tenant).await?;
            let named = ends.filter(|_| record.as_ref().is_none_or(has_room));
            let holder = self.get(keys::grants_of(&grant.principal, tenant)).await?;
            let mut held = holder
                .as_ref()
                .map(grants_in)
                .transpose()?
                .unwrap_or_default();
            let own = Value::from(id.as_str());
            held.retain(|held| held.get("id") != Some(&own));
            let refused = ends.map(|it| (RefusedSessions::of_grant(id, request.at), it));
            let revocation = Revocation {
                grant: grant.clone(),
                revoked_by: request.actor.clone(),
                revoked_at: request.at,
                operation: named.map(|operation| operation.id.clone()),
            };
            let mut writes = idempotency::answer_row(request, &value(&revocation));
            writes.push(Write::delete(keys::grant(tenant, id)).if_present("pk"));
            writes.push(Write::put(with_doc(
                keys::revoked(tenant, id),
                &revocation,
            )?));
            writes.push(holder_write(&grant, &held, holder.as_ref())?);
            let summary = format!(
                "`{}` at `{}` was revoked of {}",
                grant.role, grant.scope, grant.principal
            );
            let entry = grant_entry("access-revoked", summary, &grant, request);
            if self
                .record_grant(doing, entry, record, (writes, refused))
                .await?
            {
                return Ok(revocation);
            }
            attempts.again().await?;
        }
    }

    /// Carries the writes out, with an entry in the tenant's history if the grant is for one.
    async fn record_grant(
        &self,
        doing: &str,
        (at, entry): (Timestamp, NewEntry),
        record: Option<Record>,
        (writes, refused): (Vec<Write>, Option<(RefusedSessions, &Operation)>),
    ) -> Result<bool, LedgerError> {
        let Some(record) = record else {
            return self.transact(doing, writes).await;
        };
        if entry.action == GRANTED {
            ensure_present(&record.tenant)?;
        }
        let mut draft = Draft::of(&record);
        draft.history = (at, vec![entry]);
        draft.writes = writes;
        if let Some((refused, operation)) = refused {
            refuse_sessions(&mut draft, refused, operation)?;
        }
        Ok(Box::pin(self.commit(doing, draft, None)).await?.is_some())
    }
}

/// The entry about a grant that is given.
pub(super) fn granted(grant: &Grant, request: &Request) -> (Timestamp, NewEntry) {
    let summary = format!(
        "{} was granted `{}` at `{}`: {}",
        grant.principal, grant.role, grant.scope, grant.reason
    );
    grant_entry(GRANTED, summary, grant, request)
}

fn grant_entry(
    action: &str,
    summary: String,
    grant: &Grant,
    request: &Request,
) -> (Timestamp, NewEntry) {
    let mut entry = entry(request, action, summary, None);
    for (name, value) in [
        ("grant", grant.id.to_string()),
        ("principal", grant.principal.to_string()),
        ("role", grant.role.to_string()),
        ("scope", grant.scope.to_string()),
    ] {
        entry.details.insert(name.to_owned(), value.into());
    }
    if let Some(asked) = &grant.request {
        let asked = asked.to_string();
        entry.details.insert("request".to_owned(), asked.into());
    }
    (request.at, entry)
}

/// The grants in the row of a holder. Grants that this release cannot read are kept.
pub(super) fn grants_in(row: &Item) -> Result<Vec<Value>, LedgerError> {
    doc(row)
}

fn holder_write(
    grant: &Grant,
    held: &[Value],
    before: Option<&Item>,
) -> Result<Write, LedgerError> {
    let version = before.and_then(|row| number(row, "version"));
    let key = keys::grants_of(&grant.principal, grant.scope.tenant());
    let mut row = with_doc(key, &held)?;
    row.insert("version".to_owned(), n(version.unwrap_or_default() + 1));
    Ok(Write::put(row).if_version(version))
}

pub(super) fn value(content: &impl serde::Serialize) -> Value {
    serde_json::to_value(content).unwrap_or_default()
}

/// How many grants there are in a place where there may be no more, and which place that is.
fn is_full(held: &[Value], scope: &Scope) -> Option<(usize, &'static str)> {
    let here = Value::from(scope.to_string());
    let in_project = held.iter().filter(|it| it.get("scope") == Some(&here));
    if scope.level() == Level::Project && in_project.count() >= MOST_IN_PROJECT {
        return Some((MOST_IN_PROJECT, "in this project"));
    }
    let place = match scope {
        Scope::Installation => "at the installation",
        Scope::Tenant(_) | Scope::Project(..) => "in this tenant",
    };
    (held.len() >= MOST_HELD).then_some((MOST_HELD, place))
}

/// Whether a grant ended by itself more than a day ago: it is forgotten with the next change.
fn is_over(grant: &Value, now: Timestamp) -> bool {
    let expires = grant.get("expiresAt").and_then(Value::as_str);
    let expires = expires.and_then(|text| text.parse::<Timestamp>().ok());
    expires.is_some_and(|expires| expires.as_second() + 24 * 3600 < now.as_second())
}

fn no_grant(id: &GrantId) -> LedgerError {
    LedgerError::not_found(format!("grant `{id}`"))
}

impl Ledger {
    /// How many grants for a project count at this time.
    pub(super) async fn grants_of_project(
        &self,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<usize, LedgerError> {
        let rows = Rows::of(keys::access(scope.tenant())).beginning_with(keys::GRANT);
        let rows = rows.all(self).await?;
        let grants = rows.iter().filter_map(|row| readable(row, doc::<Grant>));
        let counts = |grant: &Grant| grant.scope == *scope && grant.is_live(now);
        Ok(grants.filter(counts).count())
    }
}
