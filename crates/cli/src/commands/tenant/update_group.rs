//! `tenantry tenant update --group`: the same change of every tenant of a group, one after the other.
//!
//! Nothing is changed before it is known of every tenant what would change, and somebody has said yes. What is refused after that, such as
//! a tenant that somebody else has changed meanwhile, is told, and the others are changed all the same.

use api_types::{AcceptedView, PageView, PreviewView, TenantSummaryView};
use serde_json::{Map, Value, json};
use tenancy::{DesiredState, GroupName, Slug, validate};
use tokio::time::Instant;

use super::update::{How, change, preview};
use crate::{
    client::{Call, decode},
    confirm,
    error::CliError,
    follow::{Quietly, follow_quietly},
    output,
    session::Session,
};

/// A tenant that is to be changed.
struct Planned {
    slug: Slug,
    call: Call,
    /// What the change would do to it.
    preview: Value,
}

/// What came of the change of one tenant.
#[derive(Debug)]
pub struct Updated {
    /// The tenant.
    pub slug: Slug,
    /// What the API answered, or why nothing changed or did not end well.
    pub result: Result<Changed, String>,
}

/// A tenant that is changed.
#[derive(Debug)]
pub struct Changed {
    answer: Value,
    /// What was accepted.
    pub accepted: AcceptedView,
    /// The operation that makes it so, if it was waited for.
    pub ended: Option<Value>,
}

/// Changes all tenants of a group that the caller may see.
///
/// # Errors
/// There is none, or the change is refused for one of them, or not confirmed: then nothing was changed. Else if it failed for some.
pub async fn run(
    session: &Session<'_>,
    group: &GroupName,
    patch: Map<String, Value>,
    how: &How,
) -> Result<(), CliError> {
    let mut planned = Vec::new();
    for tenant in members(session, group).await? {
        planned.push(plan(session, tenant, patch.clone(), how).await?);
    }
    if how.dry_run {
        return print_previews(session, &planned);
    }
    agree(session, group, &planned, how).await?;
    session.resume.set(
        "some tenants may be changed; run the command again: those that are changed already stay as they are".into(),
    );
    let mut done = Vec::new();
    for one in &planned {
        done.push(changed(session, one).await);
    }
    if how.waiting.wait {
        wait(session, &mut done, how).await;
    }
    session.resume.clear();
    report(session, &done)
}

/// The tenants of the group that stay.
async fn members(
    session: &Session<'_>,
    group: &GroupName,
) -> Result<Vec<TenantSummaryView>, CliError> {
    let doing = format!("listing the tenants of group `{group}`");
    let call = Call::get("/v1/tenants", doing).query("group", group.as_str());
    let page: PageView<TenantSummaryView> =
        decode(&call.doing, &session.pages(&call, None).await?)?;
    let mut members = page.items;
    members.retain(|tenant| tenant.desired_state == DesiredState::Present);
    members.sort_by(|a, b| a.slug.cmp(&b.slug));
    if members.is_empty() {
        let none = format!("there is no tenant of group `{group}` that you may see");
        return Err(CliError::Usage(none));
    }
    Ok(members)
}

/// Asks what the change would do. It is made only to the version that this was said of.
async fn plan(
    session: &Session<'_>,
    tenant: TenantSummaryView,
    patch: Map<String, Value>,
    how: &How,
) -> Result<Planned, CliError> {
    let key = format!("{}.{}", how.key, tenant.id);
    let key = validate::idempotency_key("", &key)
        .map_err(|_| CliError::Usage("`--idempotency-key` is too long for a group".into()))?;
    // By id: a slug may come to mean another tenant between the question and the answer.
    let call = change(tenant.id.as_str(), tenant.slug.as_str(), &key, patch).with_key_of_its_own();
    let answer = session.send(&preview(&call)).await?;
    let call = match &answer.etag {
        Some(etag) => call.header("if-match", etag),
        None => call,
    };
    Ok(Planned {
        slug: tenant.slug,
        call,
        preview: answer.body,
    })
}

fn print_previews(session: &Session<'_>, planned: &[Planned]) -> Result<(), CliError> {
    let item = |one: &Planned| json!({"tenant": one.slug, "preview": one.preview});
    let items: Vec<Value> = planned.iter().map(item).collect();
    let views = previews(planned)?;
    let doing = "previewing the updates";
    session
        .printer
        .answer(doing, &json!({ "items": items }), |_: &Value, styles| {
            output::update_group::previews(&views, styles)
        })
}

fn previews(planned: &[Planned]) -> Result<Vec<(Slug, PreviewView)>, CliError> {
    let mut all = Vec::new();
    for one in planned {
        let view = decode(&one.call.doing, &one.preview)?;
        all.push((one.slug.clone(), view));
    }
    Ok(all)
}

/// Shows what would change, on standard error, and asks once.
async fn agree(
    session: &Session<'_>,
    group: &GroupName,
    planned: &[Planned],
    how: &How,
) -> Result<(), CliError> {
    let printer = &session.printer;
    // Who is asked is shown what about, whatever else is to be printed.
    if !how.yes || (printer.is_for_people() && !printer.quiet) {
        let text = output::update_group::previews(&previews(planned)?, printer.err);
        text.lines().for_each(output::print_error);
    }
    if how.yes {
        return Ok(());
    }
    let doing = format!("updating group `{group}`");
    let warning = match planned.len() {
        1 => "This changes 1 tenant, as shown above.".to_owned(),
        many => format!("This changes {many} tenants, as shown above."),
    };
    confirm::type_the_slug(group.as_str(), &doing, &warning).await
}

async fn changed(session: &Session<'_>, one: &Planned) -> Updated {
    let result = send(session, one)
        .await
        .map_err(|error| error.on_one_line());
    let words = output::update_group::in_words(&result);
    session.printer.note(&format!("{}: {words}", one.slug));
    Updated {
        slug: one.slug.clone(),
        result,
    }
}

async fn send(session: &Session<'_>, one: &Planned) -> Result<Changed, CliError> {
    let answer = session.send(&one.call).await?.body;
    let accepted: AcceptedView = decode(&one.call.doing, &answer)?;
    Ok(Changed {
        answer,
        accepted,
        ended: None,
    })
}

/// Waits for one after the other: they go on at the same time, and have one time limit.
async fn wait(session: &Session<'_>, done: &mut [Updated], how: &How) {
    let began = Instant::now();
    for one in done {
        let Ok(changed) = &mut one.result else {
            continue;
        };
        let Some(operation) = &changed.accepted.operation else {
            continue;
        };
        let wait = Quietly {
            operation: operation.id.clone(),
            began,
            timeout: how.waiting.limit.timeout,
        };
        let ended = follow_quietly(session, wait).await;
        match ended.and_then(|ended| ended.result().map(|()| ended.body)) {
            Ok(body) => changed.ended = Some(body),
            Err(error) => one.result = Err(error.on_one_line()),
        }
        let words = output::update_group::in_words(&one.result);
        session.printer.note(&format!("{}: {words}", one.slug));
    }
}

fn report(session: &Session<'_>, done: &[Updated]) -> Result<(), CliError> {
    let items: Vec<Value> = done.iter().map(item).collect();
    let doing = "updating the group";
    session
        .printer
        .answer(doing, &json!({ "items": items }), |_: &Value, styles| {
            output::update_group::render(done, styles)
        })?;
    match done.iter().filter(|one| one.result.is_err()).count() {
        0 => Ok(()),
        failed => Err(CliError::UpdatesFailed(failed)),
    }
}

fn item(one: &Updated) -> Value {
    match &one.result {
        Ok(Changed {
            answer,
            ended: Some(operation),
            ..
        }) => json!({"tenant": one.slug, "answer": answer, "operation": operation}),
        Ok(changed) => json!({"tenant": one.slug, "answer": changed.answer}),
        Err(error) => json!({"tenant": one.slug, "error": error}),
    }
}
