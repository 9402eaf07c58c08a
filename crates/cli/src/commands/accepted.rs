//! The answer to a request that starts an operation: print it, or wait and print the result.

use api_types::{AcceptedView, TenantView};
use serde_json::{Value, json};

use crate::{
    arguments::Waiting,
    client::{Call, decode},
    error::CliError,
    follow::{Wait, follow},
    output,
    session::Session,
};

/// Prints what was accepted; or waits, and prints tenant and operation when it is finished.
///
/// # Errors
/// If waiting fails, or the operation ends without success.
pub async fn finish(
    session: &Session<'_>,
    doing: &str,
    body: &Value,
    waiting: &Waiting,
    resumed: bool,
) -> Result<(), CliError> {
    let accepted: AcceptedView = decode(doing, body)?;
    for note in &accepted.notes {
        session.printer.note(&format!("note: {note}"));
    }
    let Some(wait) = wait_for(&accepted, waiting, resumed) else {
        return print_accepted(session, doing, body, &accepted, waiting.wait);
    };
    announce(session, &wait);
    let ended = follow(session, &wait).await?;
    let tenant = ended.view.operation.tenant_id.as_str();
    let call = Call::get(
        format!("/v1/tenants/{tenant}"),
        format!("reading tenant `{tenant}`"),
    );
    let tenant = session.send(&call).await?.body;
    if session.printer.is_for_people() {
        session
            .printer
            .answer(&call.doing, &tenant, output::tenant::render)?;
    } else {
        let whole = json!({"tenant": tenant, "operation": ended.body});
        session
            .printer
            .answer(&call.doing, &whole, |_: &Value, _| String::new())?;
    }
    ended.result()
}

/// Prints the operation on standard error, so that its id is known whatever happens to this process.
pub fn announce(session: &Session<'_>, wait: &Wait) {
    let operation = &wait.operation;
    session
        .printer
        .note(&format!("waiting for operation `{operation}`"));
}

/// What to wait for, if that is wanted and there is something.
pub fn wait_for(accepted: &AcceptedView, waiting: &Waiting, resumed: bool) -> Option<Wait> {
    // After a retry, the operation that continues was open already.
    let of_tenant = |view: &TenantView| view.open_operations.last().filter(|_| resumed).cloned();
    let operation = accepted
        .operation
        .as_ref()
        .map(|operation| operation.id.clone())
        .or_else(|| accepted.tenant.as_ref().and_then(of_tenant));
    let operation = operation.filter(|_| waiting.wait)?;
    Some(Wait {
        operation,
        timeout: waiting.limit.timeout,
        resumed,
    })
}

fn print_accepted(
    session: &Session<'_>,
    doing: &str,
    body: &Value,
    accepted: &AcceptedView,
    waited: bool,
) -> Result<(), CliError> {
    session
        .printer
        .answer(doing, body, output::tenant::accepted)?;
    if let Some(operation) = &accepted.operation
        && !waited
        && session.printer.is_for_people()
    {
        let id = &operation.id;
        session
            .printer
            .note(&format!("wait for it with `tenantry operation wait {id}`"));
    }
    Ok(())
}
