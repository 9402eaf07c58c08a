//! Requests for access for people.

use api_types::PageView;
use tenancy::access::{AccessRequest, Decision};

use super::{
    style::Styles,
    table::{KeyValues, Table},
    time::moment,
};

/// The requests.
pub fn list(page: &PageView<AccessRequest>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "no requests\n".into();
    }
    let headings = [
        "REQUEST", "STATE", "WHO", "ROLE", "AT", "FOR", "ASKED", "REASON",
    ];
    let mut table = Table::new(&headings);
    for request in &page.items {
        table.row([
            request.id.as_str().into(),
            request.state.as_str().into(),
            who(request).into(),
            request.role.as_str().into(),
            request.scope.to_string().into(),
            lasts(request).into(),
            moment(request.requested_at).into(),
            request.reason.as_str().into(),
        ]);
    }
    table.render(styles)
}

/// One request.
pub fn one(request: &AccessRequest, styles: Styles) -> String {
    let mut list = KeyValues::default();
    list.add("request", request.id.as_str());
    list.add("state", request.state.as_str());
    list.add("who", request.principal.to_string());
    list.add("role", request.role.as_str());
    list.add("at", request.scope.to_string());
    list.add("for", lasts(request));
    list.add("reason", request.reason.as_str());
    if let Some(ticket) = &request.ticket {
        list.add("ticket", ticket.as_str());
    }
    let approved = request.decisions.iter().filter(|it| it.approved).count();
    list.add(
        "approvals",
        format!("{approved} of {}", request.approvals_needed),
    );
    list.add_all("decided", request.decisions.iter().map(said));
    list.add("requested", moment(request.requested_at));
    list.add("answer by", moment(request.expires_at));
    if let Some(grant) = &request.grant {
        list.add("grant", grant.as_str());
    }
    if let Some(ends) = request.access_ends_at {
        list.add("access ends", moment(ends));
    }
    list.render(styles)
}

fn who(request: &AccessRequest) -> String {
    let name = request.name.clone();
    name.unwrap_or_else(|| request.principal.to_string())
}

fn lasts(request: &AccessRequest) -> String {
    format!("{} min", request.duration_secs / 60)
}

fn said(decision: &Decision) -> String {
    let verb = match decision.approved {
        true => "approved",
        false => "denied",
    };
    let when = moment(decision.at);
    match &decision.reason {
        Some(reason) => format!("{verb} by {} at {when}: {reason}", decision.by),
        None => format!("{verb} by {} at {when}", decision.by),
    }
}
