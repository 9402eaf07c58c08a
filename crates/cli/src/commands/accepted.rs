//! What every command that asks for something slow does with the answer: print it, or wait and print the end.

use serde_json::{Value, json};

use crate::{
    arguments::Waiting,
    client::Call,
    follow::{Wait, follow},
    output,
    session::Session,
    stop::Stop,
    wire::{self, Accepted, TenantView},
};

/// Prints what was accepted; or waits, and prints tenant and operation as they are in the end.
///
/// # Errors
/// If waiting fails, or the operation ends without success.
pub async fn finish(
    session: &Session<'_>,
    doing: &str,
    body: &Value,
    waiting: &Waiting,
    resumed: bool,
) -> Result<(), Stop> {
    let accepted: Accepted = wire::read(doing, body)?;
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
    if session.screen.is_for_people() {
        session
            .screen
            .answer(&call.doing, &tenant, output::tenant::render)?;
    } else {
        let whole = json!({"tenant": tenant, "operation": ended.body});
        session
            .screen
            .answer(&call.doing, &whole, |_: &Value, _| String::new())?;
    }
    ended.verdict()
}

/// Says on standard error what is waited for, so that its id is known whatever happens to this process.
pub fn announce(session: &Session<'_>, wait: &Wait) {
    let operation = &wait.operation;
    session
        .screen
        .note(&format!("waiting for operation `{operation}`"));
}

/// What to wait for, if that is wanted and there is something.
pub fn wait_for(accepted: &Accepted, waiting: &Waiting, resumed: bool) -> Option<Wait> {
    // What goes on after a retry is an operation that was open already.
    let of_tenant = |view: &TenantView| {
        view.tenant
            .open_operations
            .last()
            .filter(|_| resumed)
            .cloned()
    };
    let operation = accepted
        .operation
        .as_ref()
        .map(|view| view.operation.id.clone())
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
    accepted: &Accepted,
    waited: bool,
) -> Result<(), Stop> {
    session
        .screen
        .answer(doing, body, output::tenant::accepted)?;
    if let Some(view) = &accepted.operation
        && !waited
        && session.screen.is_for_people()
    {
        let id = &view.operation.id;
        session
            .screen
            .note(&format!("follow it with `tenantry operation wait {id}`"));
    }
    Ok(())
}
