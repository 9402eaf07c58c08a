//! Sessions in tenants' accounts for people.

use api_types::PageView;
use tenancy::access::AccountSession;

use super::{style::Styles, table::Table, time::moment};

/// The sessions.
pub fn list(page: &PageView<AccountSession>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "no sessions\n".into();
    }
    let mut table = Table::new(&["OPENED", "UNTIL", "ROLE", "WHO", "IN CLOUDTRAIL", "WHY"]);
    for session in &page.items {
        let why = session.reason.as_deref().unwrap_or_default();
        table.row([
            moment(session.opened_at).into(),
            moment(session.expires_at).into(),
            session.role.as_str().into(),
            session.opened_by.as_str().into(),
            session.source_identity.as_str().into(),
            why.into(),
        ]);
    }
    table.render(styles)
}
