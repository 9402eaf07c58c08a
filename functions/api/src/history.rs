//! The history of a tenant.
//!
//! # Guarantees
//! An entry tells nobody what he or she may not look up: who holds which role, whose sessions were ended, and how people sign in, are for
//! those who may list grants and see the identity provider.

use api_types::HistoryView;
use axum::{extract::State, response::Response};
use tenancy::history::HistoryEntry;

use crate::{
    App,
    authorization::Permitted,
    bounded,
    query::{Query, TenantPath},
    refusal::Refusal,
};

/// What the actions of entries begin with that tell of something, and the operation that shows it.
const TELLING: [(&str, &str); 3] = [
    ("access-", "listTenantGrants"),
    ("identity-provider-", "getIdentityProvider"),
    // It names a person of the tenant's provider.
    ("sessions-ended", "listTenantGrants"),
];

/// `GET /v1/tenants/{id}/history`
pub async fn history(
    State(app): State<App>,
    TenantPath(key): TenantPath,
    permitted: Permitted,
    mut query: Query,
) -> Result<Response, Refusal> {
    let (limit, cursor) = query.page();
    query.done()?;
    let withheld = TELLING
        .iter()
        .filter(|(_, shown)| !app.may(&permitted, shown));
    let withheld: Vec<&str> = withheld.map(|(begins, _)| *begins).collect();
    let is_shown = |entry: &HistoryEntry| {
        let mut withheld = withheld.iter();
        !withheld.any(|begins| entry.action.starts_with(begins))
    };
    let tenant = app.tenant(&key).await?;
    let mut fit = bounded::Fit::new(limit);
    loop {
        let page = app.ledger.history(&tenant.id, fit.limit, cursor.as_deref());
        let page = page.await?;
        let page = HistoryView {
            items: page.items.into_iter().filter(is_shown).collect(),
            next_cursor: page.next_cursor,
            length: tenant.history_length,
            head: tenant.history_head.clone(),
            withheld: !withheld.is_empty(),
        };
        if let Some(answer) = fit.answer(&page) {
            return Ok(answer);
        }
    }
}
