//! Suppressions for people.

use api_types::{PageView, SuppressionView};

use super::{
    style::Styles,
    table::{KeyValues, Table},
    time::moment,
};

/// Suppressions as a table.
pub fn list(page: &PageView<SuppressionView>, styles: Styles) -> String {
    if page.items.is_empty() {
        return "nothing is suppressed\n".into();
    }
    let mut table = Table::new(&["ID", "CONTROL", "RESOURCE", "REASON", "BY", "EXPIRES"]);
    for view in &page.items {
        let one = &view.suppression;
        let expires = moment(one.expires_at);
        table.row([
            one.id.as_str().into(),
            one.control.as_str().into(),
            one.resource.as_deref().unwrap_or("any").into(),
            one.reason.as_str().into(),
            one.owner.as_str().into(),
            match view.expired {
                true => format!("{expires} (expired)").into(),
                false => expires.into(),
            },
        ]);
    }
    table.render(styles)
}

/// One suppression.
pub fn render(view: &SuppressionView, styles: Styles) -> String {
    let one = &view.suppression;
    let mut lines = KeyValues::default();
    lines.add("id", one.id.as_str());
    lines.add("control", one.control.as_str());
    lines.add("resource", one.resource.as_deref().unwrap_or("any"));
    lines.add("reason", one.reason.as_str());
    lines.add("by", one.owner.as_str());
    lines.add("expires", moment(one.expires_at));
    lines.render(styles)
}
