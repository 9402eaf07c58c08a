//! Grants and decisions for people.

use api_types::{ExplainView, HeldView, PageView, WouldView};
use tenancy::{
    OperationId,
    access::{Grant, Revocation},
    session::SessionsEnded,
};

use super::{
    style::Styles,
    table::{KeyValues, Table},
    time::moment,
};

/// The grants.
pub fn list(page: &PageView<Grant>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "no grants\n".into();
    }
    let headings = [
        "GRANT",
        "PRINCIPAL",
        "ROLE",
        "AT",
        "EXPIRES",
        "GRANTED BY",
        "REASON",
    ];
    let mut table = Table::new(&headings);
    for grant in &page.items {
        table.row([
            grant.id.as_str().into(),
            grant.principal.to_string().into(),
            grant.role.as_str().into(),
            grant.scope.to_string().into(),
            expires(grant).into(),
            grant.granted_by.as_str().into(),
            grant.reason.as_str().into(),
        ]);
    }
    table.render(styles)
}

/// One grant.
pub fn grant(grant: &Grant, styles: Styles) -> String {
    facts(grant).render(styles)
}

/// A grant that was revoked.
pub fn revoked(revocation: &Revocation, styles: Styles) -> String {
    let mut list = facts(&revocation.grant);
    list.add("revoked by", revocation.revoked_by.as_str());
    list.add("revoked", moment(revocation.revoked_at));
    sessions_end_by(&mut list, revocation.operation.as_ref());
    list.render(styles)
}

/// A person whose sessions have ended.
pub fn sessions_ended(ended: &SessionsEnded, styles: Styles) -> String {
    let mut list = KeyValues::default();
    list.add("person", ended.principal.to_string());
    list.add("reason", ended.reason.as_str());
    list.add("ended by", ended.ended_by.as_str());
    list.add("ended", moment(ended.ended_at));
    sessions_end_by(&mut list, ended.operation.as_ref());
    list.render(styles)
}

/// How the end of sessions in the account can be followed.
fn sessions_end_by(list: &mut KeyValues, operation: Option<&OperationId>) {
    if let Some(operation) = operation {
        list.add("sessions end by", operation.as_str());
    }
}

fn facts(grant: &Grant) -> KeyValues {
    let mut list = KeyValues::default();
    list.add("grant", grant.id.as_str());
    list.add("principal", grant.principal.to_string());
    list.add("role", grant.role.as_str());
    list.add("at", grant.scope.to_string());
    list.add("reason", grant.reason.as_str());
    list.add("granted by", grant.granted_by.as_str());
    list.add("granted", moment(grant.granted_at));
    list.add("expires", expires(grant));
    list
}

fn expires(grant: &Grant) -> String {
    grant.expires_at.map_or_else(|| "never".into(), moment)
}

/// A decision, and why.
pub fn explained(view: &ExplainView, styles: Styles) -> String {
    let mut list = KeyValues::default();
    list.add("principal", view.principal.to_string());
    if let Some(given) = &view.reduced_from {
        list.add("reduced from", given.as_str());
    }
    list.add("action", view.action.as_str());
    list.add("on", view.resource.to_string());
    list.add("allowed", if view.allowed { "yes" } else { "no" });
    list.add_all("policy", view.policies.iter().map(String::as_str));
    list.add_all("because", view.because.iter().map(held));
    list.add_all("would allow it", view.would_allow.iter().map(would));
    list.render(styles)
}

fn would(would: &WouldView) -> String {
    let role = format!("{} at {}", would.role, would.scope);
    match would.if_opened {
        Some(service) => format!("{role}, once the blueprint opens {}", service.as_str()),
        None => role,
    }
}

fn role(held: &HeldView) -> String {
    format!("{} at {}", held.role, held.scope)
}

fn held(held: &HeldView) -> String {
    match &held.grant {
        Some(grant) => format!("{}, by grant {grant}", role(held)),
        None => format!("{}, by the installation's parameter", role(held)),
    }
}
