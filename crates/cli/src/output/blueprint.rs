//! Blueprints for people.

use std::fmt::Debug;

use api_types::PageView;
use tenancy::Blueprint;

use super::{
    style::Styles,
    table::{Table, key_values},
    tenant::{egress_in_words, word},
};

/// All blueprints.
pub fn list(page: &PageView<Blueprint>, styles: Styles) -> String {
    let mut table = Table::new(&["BLUEPRINT", "VERSION", "DESCRIPTION"]);
    for blueprint in &page.items {
        table.row([
            blueprint.name.as_str().into(),
            blueprint.version.to_string().into(),
            blueprint.description.as_str().into(),
        ]);
    }
    table.render(styles)
}

/// One blueprint: what it gives, and what a spec may choose.
pub fn render(blueprint: &Blueprint, styles: Styles) -> String {
    let settings = &blueprint.settings;
    let open = &blueprint.open;
    let egress = open.egress.as_ref().map(|ways| {
        let ways: Vec<&str> = ways.iter().map(|way| egress_in_words(*way)).collect();
        format!(" (open: {})", ways.join(", "))
    });
    key_values(
        &[
            ("blueprint", blueprint.reference().to_string()),
            ("description", blueprint.description.clone()),
            ("regions", format!("1 to {}", open.max_regions.unwrap_or(1))),
            (
                "network",
                if settings.network { "yes" } else { "no" }.to_owned(),
            ),
            (
                "zones",
                format!(
                    "{}{}",
                    settings.availability_zones,
                    range(open.availability_zones)
                ),
            ),
            (
                "egress",
                format!(
                    "{}{}",
                    egress_in_words(settings.egress),
                    egress.unwrap_or_default()
                ),
            ),
            (
                "cidr prefix",
                format!("/{}{}", settings.cidr_prefix, range(open.cidr_prefix)),
            ),
            (
                "flow logs",
                format!("kept {} days", settings.flow_log_retention_days),
            ),
            (
                "trail",
                format!(
                    "{}, kept {} days",
                    word(&settings.trail),
                    settings.trail_retention_days
                ),
            ),
            (
                "passwords",
                format!(
                    "at least {} characters, the last {} cannot be reused",
                    settings.password_policy.minimum_length,
                    settings.password_policy.reuse_prevention
                ),
            ),
        ],
        styles,
    )
}

fn range<T: Debug>(open: Option<(T, T)>) -> String {
    open.map(|(least, most)| format!(" (open: {least:?} to {most:?})"))
        .unwrap_or_default()
}
