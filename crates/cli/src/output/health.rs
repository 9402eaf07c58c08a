//! The API's health for people.

use api_types::{HealthStatus, HealthView};

use super::{
    style::{Style, Styles},
    table::{Cell, KeyValues},
};

/// How the API is.
pub fn render(health: &HealthView, styles: Styles) -> String {
    let style = if health.status == HealthStatus::Ok {
        Style::Good
    } else {
        Style::Bad
    };
    let mut list = KeyValues::default();
    list.add("status", Cell::styled(style, health.status.as_str()));
    list.add("version", health.version.as_str());
    for (check, outcome) in &health.checks {
        list.add(check, outcome.as_str());
    }
    list.render(styles)
}
