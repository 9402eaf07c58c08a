//! `tenantry audit --all`: every tenant that is built, some at the same time.

use std::cell::{Cell, RefCell};

use api_types::{AcceptedView, PageView, PostureView, TenantSummaryView};
use futures::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tenancy::{DesiredState, Slug};
use tokio::time::Instant;

use crate::{
    client::{Call, decode},
    error::CliError,
    follow::{Quietly, follow_quietly},
    output,
    session::Session,
};

/// What came of the audit of one tenant.
#[derive(Debug)]
pub struct Audited {
    /// The tenant.
    pub slug: Slug,
    /// Its posture afterwards, or why there is none.
    pub result: Result<PostureView, String>,
}

/// Audits all tenants that are built, `at_once` of them at the same time, and tells of each as it is done.
///
/// # Errors
/// The tenants cannot be listed, an audit failed, or findings are open and that is to be a failure.
pub async fn run(
    session: &Session<'_>,
    at_once: usize,
    timeout: SignedDuration,
    fail_on_findings: bool,
) -> Result<(), CliError> {
    let call = Call::get("/v1/tenants", "listing the tenants");
    let page: PageView<TenantSummaryView> =
        decode(&call.doing, &session.pages(&call, None).await?)?;
    let is_built = |tenant: &TenantSummaryView| {
        tenant.ready_at.is_some() && tenant.desired_state == DesiredState::Present
    };
    let mut waiting: Vec<TenantSummaryView> = page.items.into_iter().filter(is_built).collect();
    waiting.reverse();
    let total = waiting.len();
    let (waiting, done) = (RefCell::new(waiting), Cell::new(0_usize));
    let audited = RefCell::new(Vec::new());
    let worker = async || {
        loop {
            let Some(tenant) = waiting.borrow_mut().pop() else {
                return;
            };
            let result = audit(session, &tenant, timeout).await;
            let result = result.map_err(|error| error.on_one_line());
            done.set(done.get() + 1);
            let words = output::audit_all::in_words(&result);
            let progress = format!("[{}/{total}] {}: {words}", done.get(), tenant.slug);
            session.printer.note(&progress);
            let slug = tenant.slug;
            audited.borrow_mut().push(Audited { slug, result });
        }
    };
    join_all((0..at_once).map(|_| worker())).await;
    report(session, audited.into_inner(), fail_on_findings)
}

async fn audit(
    session: &Session<'_>,
    tenant: &TenantSummaryView,
    timeout: SignedDuration,
) -> Result<PostureView, CliError> {
    let (id, slug) = (&tenant.id, &tenant.slug);
    let doing = format!("auditing tenant `{slug}`");
    let path = format!("/v1/tenants/{id}/audits");
    let call = Call::write_under_own_key(Method::POST, path, doing);
    let body = session.send(&call).await?.body;
    let accepted: AcceptedView = decode(&call.doing, &body)?;
    if let Some(operation) = accepted.operation {
        let wait = Quietly {
            operation: operation.id,
            began: Instant::now(),
            timeout,
        };
        follow_quietly(session, wait).await?.result()?;
    }
    let doing = format!("reading the posture of tenant `{slug}`");
    let call = Call::get(format!("/v1/tenants/{id}/posture"), doing);
    decode(&call.doing, &session.send(&call).await?.body)
}

fn report(
    session: &Session<'_>,
    mut audited: Vec<Audited>,
    fail_on_findings: bool,
) -> Result<(), CliError> {
    audited.sort_by(|a, b| a.slug.cmp(&b.slug));
    let items: Vec<Value> = audited
        .iter()
        .map(|one| match &one.result {
            Ok(posture) => json!({"tenant": one.slug, "posture": posture}),
            Err(error) => json!({"tenant": one.slug, "error": error}),
        })
        .collect();
    let doing = "auditing all tenants";
    session
        .printer
        .answer(doing, &json!({"items": items}), |_: &Value, styles| {
            output::audit_all::render(&audited, styles)
        })?;
    let failed = audited.iter().filter(|one| one.result.is_err()).count();
    if failed > 0 {
        return Err(CliError::AuditsFailed(failed));
    }
    let open = |one: &Audited| one.result.as_ref().map_or(0, |it| it.counts.open.total());
    let open: u32 = audited.iter().map(open).sum();
    match open {
        0 => Ok(()),
        _ if !fail_on_findings => Ok(()),
        1 => Err(CliError::Findings("1 finding is".into())),
        open => Err(CliError::Findings(format!("{open} findings are"))),
    }
}
