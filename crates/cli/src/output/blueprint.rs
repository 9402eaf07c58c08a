//! Blueprints for people.

use std::fmt::Debug;

use api_types::PageView;
use tenancy::Blueprint;

use super::{
    style::Styles,
    table::{KeyValues, Table},
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
    let ways = open.egress.as_ref().map(|ways| {
        let ways: Vec<&str> = ways.iter().map(|way| egress_in_words(*way)).collect();
        format!(" (open: {})", ways.join(", "))
    });
    let mut list = KeyValues::default();
    list.add("blueprint", blueprint.reference().to_string());
    list.add("description", blueprint.description.as_str());
    let regions = open.max_regions.unwrap_or(1);
    list.add("regions", format!("1 to {regions}"));
    list.add("network", if settings.network { "yes" } else { "no" });
    let zones = settings.availability_zones;
    list.add(
        "zones",
        format!("{zones}{}", range(open.availability_zones)),
    );
    let egress = egress_in_words(settings.egress).to_owned() + &ways.unwrap_or_default();
    list.add("egress", egress);
    let prefix = settings.cidr_prefix;
    list.add(
        "cidr prefix",
        format!("/{prefix}{}", range(open.cidr_prefix)),
    );
    list.add(
        "flow logs",
        format!("kept {} days", settings.flow_log_retention_days),
    );
    let trail = word(&settings.trail);
    list.add(
        "trail",
        format!("{trail}, kept {} days", settings.trail_retention_days),
    );
    let policy = &settings.password_policy;
    let passwords = format!(
        "at least {} characters, the last {} cannot be reused",
        policy.minimum_length, policy.reuse_prevention
    );
    list.add("passwords", passwords);
    list.render(styles)
}

fn range<T: Debug>(open: Option<(T, T)>) -> String {
    open.map(|(least, most)| format!(" (open: {least:?} to {most:?})"))
        .unwrap_or_default()
}
