//! The API's health for people.

use api_types::{HealthStatus, HealthView};

use super::{
    style::{Style, Styles},
    table::key_values,
};

/// How the API is.
pub fn render(health: &HealthView, styles: Styles) -> String {
    let style = if health.status == HealthStatus::Ok {
        Style::Good
    } else {
        Style::Bad
    };
    let mut pairs = vec![
        ("status", styles.paint(style, health.status.as_str())),
        ("version", health.version.clone()),
    ];
    let checks = health.checks.iter();
    pairs.extend(checks.map(|(name, outcome)| (name.as_str(), outcome.clone())));
    key_values(&pairs, styles)
}
