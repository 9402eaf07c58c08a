//! Requests for access: a row for each beside the grants of its tenant, and one for each who asks, with what is pending of it.
//!
//! # Guarantees
//! A decision, the grant that comes of it, the entries of the history and the idempotency row are one transaction: no request is approved
//! without its grant, and none becomes two. Of two decisions at the same time one is decided anew on what the other left. A request expires
//! without a write. Rows go by themselves after 90 days; the history stays.

use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tenancy::{
    TenantId, Timestamp,
    access::{AccessRequest, AccessRequestId, Grant, Grantee, NotDecided, RequestState, Scope},
};

use super::{
    Ledger, LedgerError, NewEntry, Page, Request,
    attempts::Attempts,
    commit::Draft,
    cursor,
    grants::{granted, value},
    idempotency,
    item::{Item, doc, n, number, s, with_doc},
    keys,
    query::Rows,
    requests::{ensure_present, entry},
    write::Write,
};

/// Requests of one who asks that may be pending in a tenant at once.
const MOST_PENDING: usize = 10;
/// For how long requests are kept on record beside the history.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);

/// A request that is not decided, as the row of who asks has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pending {
    id: AccessRequestId,
    expires_at: Timestamp,
}

/// Which requests to list. What is `None` is not filtered by.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestFilter<'a> {
    /// Of this principal.
    pub of: Option<&'a Grantee>,
    /// In this state.
    pub state: Option<RequestState>,
}

impl Ledger {
    /// The requests for access to a tenant within the last 90 days, by id.
    ///
    /// # Errors
    /// `BadCursor`, `Failed`.
    pub async fn access_requests(
        &self,
        tenant: &TenantId,
        filter: RequestFilter<'_>,
        (limit, cursor): (usize, Option<&str>),
        now: Timestamp,
    ) -> Result<Page<AccessRequest>, LedgerError> {
        let of = filter.of.map(name_of).unwrap_or_default();
        let state = filter.state.map_or("", RequestState::as_str);
        let question = format!("access requests {tenant} {of} {state}");
        let after = cursor::open(&question, cursor)?;
        let mut rows = Rows::of(keys::access(Some(tenant))).beginning_with(keys::REQUEST);
        if filter.of.is_some() {
            rows = rows.only(&["asked_by"], "=", &of);
        }
        let pending = RequestState::Pending.as_str();
        rows = match filter.state {
            None => rows,
            Some(RequestState::Pending) => {
                rows.only(&["state"], "=", pending)
                    .only(&["answer_by"], ">", &keys::time(now))
            }
            Some(RequestState::Expired) => {
                rows.only(&["state"], "=", pending)
                    .only(&["answer_by"], "<=", &keys::time(now))
            }
            Some(state) => rows.only(&["state"], "=", state.as_str()),
        };
        let page = self.page(&rows, &question, limit, after, doc::<AccessRequest>);
        let mut page = page.await?;
        page.items = page.items.into_iter().map(|it| it.at(now)).collect();
        Ok(page)
    }

    /// A request for access to a tenant.
    ///
    /// # Errors
    /// `NotFound`, `Failed`.
    pub async fn access_request(
        &self,
        tenant: &TenantId,
        id: &AccessRequestId,
    ) -> Result<AccessRequest, LedgerError> {
        doc(&self.access_request_row(tenant, id).await?)
    }

    async fn access_request_row(
        &self,
        tenant: &TenantId,
        id: &AccessRequestId,
    ) -> Result<Item, LedgerError> {
        let row = self.get(keys::access_request(tenant, id)).await?;
        row.ok_or_else(|| LedgerError::not_found(format!("access request `{id}`")))
    }

    /// Records a request for access, and the grant where nobody has to approve it.
    ///
    /// # Errors
    /// `NotFound` (tenant or project), `Leaving`, `IdempotencyReused`, `Conflict` (too many are pending, or too many grants), `Failed`.
    pub async fn request_access(
        &self,
        asked: &AccessRequest,
        grant: Option<&Grant>,
        request: &Request,
    ) -> Result<(), LedgerError> {
        let doing = "requesting access";
        let mut attempts = Attempts::new(doing);
        loop {
            let mut writes = idempotency::answer_row(request, &value(asked));
            writes.push(request_write(asked, None)?);
            match grant {
                Some(grant) => writes.extend(self.grant_writes(grant, request.at).await?),
                None => {
                    writes.push(self.pending_write(asked, request.at).await?);
                    writes.extend(there_is_the_project(&asked.scope));
                }
            }
            let summary = format!(
                "{} requested `{}` at `{}`: {}",
                asked.principal, asked.role, asked.scope, asked.reason
            );
            let mut entries = vec![about(asked, request, "access-requested", summary)];
            entries.extend(grant.map(|grant| granted(grant, request).1));
            let written = self.record_request(doing, asked, (request.at, entries), writes);
            if written.await? {
                return Ok(());
            }
            attempts.again().await?;
        }
    }

    /// Decides about a request on what is there, with the grant that comes of it. `what` is what `decide` does, such as `denied`.
    ///
    /// # Errors
    /// `NotFound`, `Leaving`, `IdempotencyReused`, `Conflict` (it is decided already, or there are too many grants), `Failed`.
    pub async fn decide_access_request<F>(
        &self,
        tenant: &TenantId,
        id: &AccessRequestId,
        what: &str,
        request: &Request,
        decide: F,
    ) -> Result<(AccessRequest, Option<Grant>), LedgerError>
    where
        F: Fn(&AccessRequest) -> Result<(AccessRequest, Option<Grant>), NotDecided>,
    {
        let doing = "deciding about a request for access";
        let mut attempts = Attempts::new(doing);
        loop {
            let row = self.access_request_row(tenant, id).await?;
            let decided = decide(&doc(&row)?);
            let (after, grant) = decided.map_err(|why| LedgerError::conflict(why.to_string()))?;
            let mut writes = idempotency::answer_row(request, &value(&after));
            writes.push(request_write(&after, number(&row, "version"))?);
            if after.state != RequestState::Pending {
                writes.push(self.pending_write(&after, request.at).await?);
            }
            if let Some(grant) = &grant {
                writes.extend(self.grant_writes(grant, request.at).await?);
            }
            let summary = format!(
                "the request of {} for `{}` at `{}` was {what}",
                after.principal, after.role, after.scope
            );
            let action = format!("access-request-{what}");
            let mut entries = vec![about(&after, request, &action, summary)];
            entries.extend(grant.as_ref().map(|grant| granted(grant, request).1));
            let written = self.record_request(doing, &after, (request.at, entries), writes);
            if written.await? {
                return Ok((after, grant));
            }
            attempts.again().await?;
        }
    }

    /// The row of who asks, with this request if it is pending and without it if it is not.
    async fn pending_write(
        &self,
        asked: &AccessRequest,
        now: Timestamp,
    ) -> Result<Write, LedgerError> {
        let key = keys::pending_requests(&asked.tenant_id, &name_of(&asked.principal));
        let row = self.get(key.clone()).await?;
        let pending = row.as_ref().map(doc::<Vec<Pending>>).transpose()?;
        let mut pending = pending.unwrap_or_default();
        pending.retain(|it| it.id != asked.id && it.expires_at > now);
        if asked.state == RequestState::Pending {
            if pending.len() >= MOST_PENDING {
                let detail = format!("{MOST_PENDING} requests of yours are pending already");
                return Err(LedgerError::conflict(detail));
            }
            pending.push(Pending {
                id: asked.id.clone(),
                expires_at: asked.expires_at,
            });
        }
        let version = row.as_ref().and_then(|row| number(row, "version"));
        let mut row = with_doc(key, &pending)?;
        row.insert("version".to_owned(), n(version.unwrap_or_default() + 1));
        Ok(Write::put(row).if_version(version))
    }

    /// Carries the writes out, with entries in the tenant's history. Only who stays is given something.
    async fn record_request(
        &self,
        doing: &str,
        asked: &AccessRequest,
        history: (Timestamp, Vec<NewEntry>),
        writes: Vec<Write>,
    ) -> Result<bool, LedgerError> {
        let record = self.record(&asked.tenant_id).await?;
        let gives = [RequestState::Pending, RequestState::Approved];
        if gives.contains(&asked.state) {
            ensure_present(&record.tenant)?;
        }
        let mut draft = Draft::of(&record);
        draft.history = history;
        draft.writes = writes;
        Ok(Box::pin(self.commit(doing, draft, None)).await?.is_some())
    }
}

fn request_write(asked: &AccessRequest, version: Option<u64>) -> Result<Write, LedgerError> {
    let key = keys::access_request(&asked.tenant_id, &asked.id);
    let mut row = with_doc(key, asked)?;
    let goes = asked.requested_at.saturating_add(KEPT);
    let goes = goes.unwrap_or(asked.expires_at);
    for (name, value) in [
        ("version", n(version.unwrap_or_default() + 1)),
        ("asked_by", s(name_of(&asked.principal))),
        ("state", s(asked.state.as_str())),
        ("answer_by", s(keys::time(asked.expires_at))),
        ("expires_at", n(goes.as_second())),
    ] {
        row.insert(name.to_owned(), value);
    }
    Ok(Write::put(row).if_version(version))
}

/// A project that nobody has is asked for by nobody.
fn there_is_the_project(scope: &Scope) -> Option<Write> {
    let Scope::Project(tenant, slug) = scope else {
        return None;
    };
    let absent = LedgerError::not_found(format!("project `{slug}`"));
    let there = Write::check(keys::project(tenant, slug)).if_present("pk");
    Some(there.otherwise(absent))
}

fn about(asked: &AccessRequest, request: &Request, action: &str, summary: String) -> NewEntry {
    let mut entry = entry(request, action, summary, None);
    for (name, value) in [
        ("request", asked.id.to_string()),
        ("principal", asked.principal.to_string()),
        ("role", asked.role.to_string()),
        ("scope", asked.scope.to_string()),
    ] {
        entry.details.insert(name.to_owned(), value.into());
    }
    if let Some(ticket) = &asked.ticket {
        let ticket = ticket.clone();
        entry.details.insert("ticket".to_owned(), ticket.into());
    }
    entry
}

/// What who asks is called in rows: the text that names a person may be longer than a key, and hold anything.
fn name_of(principal: &Grantee) -> String {
    HEXLOWER.encode(&Sha256::digest(principal.to_string().as_bytes()))
}
