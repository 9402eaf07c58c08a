//! Sessions in tenants' accounts: opening one, and who was given one.
//!
//! # Guarantees
//! What somebody may be there is decided by what he, she or it holds at the time, read anew. Whoever is given credentials is on record
//! before they leave: what cannot be recorded is not handed out. Nothing is kept of the credentials, and there is no replay.

use access::{
    Source,
    account_sessions::{Basis, NotOpened, account_roles, may_open},
};
use api_types::{AccountSessionView, ProblemKind};
use axum::{Extension, Json, extract::State, response::Response};
use events::{TenantSessionOpened, TenantSessionsEndRequested};
use tenancy::{
    AccountId, ComponentName, DesiredState, Failure, Operation, OperationKind, Tenant, TenantId,
    Timestamp,
    access::{
        AccountSession, AccountSessionId, Grant, NewAccountSession, Principal, Scope,
        source_identity_ending,
    },
    names,
};
use tenantry_aws::{
    account_sessions::{Opened, Opening, SessionOpener},
    ledger::ensure_present,
    telemetry,
};

use crate::{
    App,
    authorization::Permitted,
    body::JsonBody,
    bounded,
    call::Call,
    query::{Query, TenantPath},
    refusal::Refusal,
    views,
};

/// `POST /v1/tenants/{id}/sessions`
pub async fn open(
    State(app): State<App>,
    Extension(opener): Extension<SessionOpener>,
    TenantPath(key): TenantPath,
    permitted: Permitted,
    call: Call,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Json<AccountSessionView>, Refusal> {
    query.done()?;
    let wanted = NewAccountSession::read(&body).map_err(Refusal::invalid)?;
    let tenant = app.tenant(&key).await?;
    let account = entered(&tenant)?;
    let requested = (wanted.duration_secs, wanted.reason.as_deref());
    let basis = may_open(&permitted.held, &tenant.id, wanted.role, requested, call.at);
    let basis = basis.map_err(not_opened)?;
    if basis.held.source == Source::Parameter && app.access.everybody_is_operator() {
        return Err(nobody_is_named());
    }
    let grant = match &basis.held.source {
        Source::Grant(grant) => Some(grant),
        Source::Parameter | Source::Assumed => None,
    };
    let (id, name) = (
        AccountSessionId::from_random(rand::random()),
        source_identity(&permitted.principal),
    );
    not_just_ended(&tenant, &name, call.at)?;
    let opening = Opening {
        id: &id,
        tenant: &tenant.id,
        account,
        role: wanted.role,
        source_identity: &name,
        grant,
        seconds: basis.seconds,
    };
    let given = opener.open(&opening).await.map_err(unopened)?;
    let session = record(&opening, &given, (&wanted, &basis), &call);
    app.ledger.record_account_session(&session).await?;
    tracing::info!(
        session.id = %session.id,
        session.role = %session.role,
        session.emergency = session.emergency,
        tenant.id = %tenant.id,
        "a session in the tenant's account was handed out"
    );
    if session.emergency {
        telemetry::count(&app.bus_name, call.at, &[("EmergencySessions", 1)]);
    }
    app.announce(TenantSessionOpened::new(&session)).await;
    Ok(Json(AccountSessionView {
        role_arn: names::tenant_role_arn(account, session.role.iam_role()),
        access_key_id: given.access_key_id,
        secret_access_key: given.secret_access_key,
        session_token: given.session_token,
        session,
    }))
}

/// `GET /v1/tenants/{id}/sessions`
pub async fn list(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    call: Call,
    mut query: Query,
) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let tenant = app.tenant_id(&key).await?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        let sessions = &app.ledger;
        let page = sessions.account_sessions(&tenant, fit.limit, cursor.as_deref(), call.at);
        let page = views::page(page.await?, |session| session);
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}

/// A session that would be refused in the account is not opened: those of the same person were ended a moment ago.
fn not_just_ended(tenant: &Tenant, name: &str, now: Timestamp) -> Result<(), Refusal> {
    let mut refused = tenant.refused_sessions.iter();
    let refused = refused.find(|it| it.refuses_new(name, now));
    refused.map_or(Ok(()), |it| {
        let left = it.issued_before.duration_since(now).as_secs();
        let detail = "your sessions in the account were ended a moment ago";
        Err(Refusal::new(ProblemKind::UNAVAILABLE, detail)
            .with_remedy("Send the same request again in a minute.")
            .retry_after(u32::try_from(left + 1).unwrap_or(60)))
    })
}

impl App {
    /// The operation by which sessions in the tenant's account are refused that rest on this grant, if it let anybody in.
    pub(crate) async fn end_of_sessions(
        &self,
        grant: &Grant,
        call: &Call,
    ) -> Result<Option<Operation>, Refusal> {
        match &grant.scope {
            Scope::Tenant(tenant) if !account_roles(grant.role).is_empty() => {
                self.end_of_sessions_in(tenant, call).await
            }
            Scope::Installation | Scope::Tenant(_) | Scope::Project(..) => Ok(None),
        }
    }

    /// The operation by which sessions in the tenant's account are refused, if it has one.
    pub(crate) async fn end_of_sessions_in(
        &self,
        tenant: &TenantId,
        call: &Call,
    ) -> Result<Option<Operation>, Refusal> {
        let tenant = self.ledger.main_row(tenant).await?;
        let tenant = tenant
            .filter(|it| it.account_id.is_some() && it.desired_state == DesiredState::Present);
        Ok(tenant.map(|tenant| call.operation(&tenant, OperationKind::EndSessions)))
    }

    /// Wakes the function that has the sessions refused.
    pub(crate) async fn announce_end_of_sessions(&self, operation: Option<&Operation>) {
        if let Some(operation) = operation {
            let (tenant, at) = (&operation.tenant_id, operation.created_at);
            self.announce(TenantSessionsEndRequested::new(tenant, at))
                .await;
        }
    }
}

/// The account of a tenant that is there, and whose roles are.
fn entered(tenant: &Tenant) -> Result<&AccountId, Refusal> {
    ensure_present(tenant)?;
    let identity = tenant.components.get(&ComponentName::IDENTITY);
    let account = tenant.account_id.as_ref();
    account.filter(|_| identity.is_some()).ok_or_else(|| {
        Refusal::new(
            ProblemKind::CONFLICT,
            "the tenant's account has no roles yet",
        )
        .with_remedy("Wait until the component `identity` is ready.")
    })
}

/// What is on record of a session.
fn record(
    opening: &Opening<'_>,
    given: &Opened,
    (wanted, basis): (&NewAccountSession, &Basis),
    call: &Call,
) -> AccountSession {
    AccountSession {
        id: opening.id.clone(),
        tenant_id: opening.tenant.clone(),
        account_id: opening.account.clone(),
        role: opening.role,
        opened_by: call.actor.clone(),
        source_identity: opening.source_identity.to_owned(),
        grant: opening.grant.cloned(),
        emergency: basis.emergency,
        reason: wanted.reason.clone(),
        opened_at: call.at,
        expires_at: given.expires_at,
    }
}

/// Who it is, in what AWS takes: 2 to 64 letters, digits and `_+=,.@-`. A name is for people to read and may be anybody's; the sixteen
/// characters at its end (80 bits of a hash) tell who it is, whatever the name says. Source: STS API reference, `AssumeRole`, `SourceIdentity`.
fn source_identity(principal: &Principal) -> String {
    let name = match principal {
        Principal::Person(person) => person.email.as_ref().unwrap_or(&person.subject).as_str(),
        Principal::Machine(machine) => machine.caller().rsplit('/').next().unwrap_or_default(),
    };
    let plain = |c: char| match c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) {
        true => c,
        false => '-',
    };
    let name: String = name.chars().map(plain).take(47).collect();
    format!("{name}{}", source_identity_ending(&principal.actor()))
}

/// Whom IAM lets call is an operator where nobody is named, as before there were roles; that opens no customer's account.
fn nobody_is_named() -> Refusal {
    let detail = "everybody is an operator here, because the parameter `Operators` is empty";
    Refusal::new(ProblemKind::FORBIDDEN, detail).with_remedy(
        "Name the operators in the parameter `Operators`, or grant a role in the tenant.",
    )
}

fn not_opened(why: NotOpened) -> Refusal {
    let (kind, remedy) = match why {
        NotOpened::NoRole(_) => (
            ProblemKind::FORBIDDEN,
            "Ask for a grant of a role that lets you in, or for a session of another role.",
        ),
        NotOpened::EndsTooSoon(_) | NotOpened::OutlastsGrant(_) => (
            ProblemKind::FORBIDDEN,
            "Ask for a shorter session, or for a grant that lasts longer.",
        ),
        NotOpened::NeedsReason => (ProblemKind::FORBIDDEN, "Say why in `reason`."),
    };
    Refusal::new(kind, why.to_string()).with_remedy(remedy)
}

/// No session was opened: what AWS said is for the log only.
fn unopened(failure: Failure) -> Refusal {
    tracing::error!(
        error.doing = failure.doing,
        error.detail = failure.detail,
        error.kind = ?failure.kind,
        "no session was opened"
    );
    let detail = "the role in the tenant's account could not be assumed";
    match failure.retry_after_secs() {
        Some(seconds) => Refusal::new(ProblemKind::UNAVAILABLE, detail)
            .with_remedy("Send the same request again.")
            .retry_after(seconds.clamp(1, 60)),
        None => Refusal::new(ProblemKind::CONFLICT, detail)
            .with_remedy("Repair the tenant, so that its roles let sessions in, then try again."),
    }
}

#[cfg(test)]
mod tests;
