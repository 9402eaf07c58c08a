//! Tenants for people.

use api_types::{AcceptedView, PageView, QueuePositionView, TenantView};
use jiff::Timestamp;
use serde::Serialize;
use tenancy::{EffectiveSpec, Egress};

use super::{
    operation,
    style::{Styles, style_of_phase},
    table::{Cell, Table, key_values},
    time::{age, moment},
};

/// An egress as it is written in a spec.
pub fn egress_in_words(egress: Egress) -> &'static str {
    match egress {
        Egress::None => "none",
        Egress::SingleNat => "single-nat",
        Egress::NatPerAz => "nat-per-az",
    }
}

/// A word of the API as it is written there.
pub fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// Many tenants, one on each line.
pub fn list(page: &PageView<TenantView>, styles: Styles) -> String {
    let now = Timestamp::now();
    let mut table = Table::new(&[
        "SLUG",
        "ID",
        "PHASE",
        "BLUEPRINT",
        "ACCOUNT",
        "REGIONS",
        "FINDINGS",
        "AGE",
    ]);
    for view in &page.items {
        table.row([
            view.spec.slug.as_str().into(),
            view.id.as_str().into(),
            Cell::styled(style_of_phase(view.phase), view.phase.as_str()),
            view.spec.blueprint.to_string().into(),
            view.account_id
                .as_ref()
                .map_or("-", |id| id.as_str())
                .into(),
            regions(view).into(),
            view.open_findings.to_string().into(),
            age(view.created_at, now).into(),
        ]);
    }
    table.render(styles)
}

fn regions(view: &TenantView) -> String {
    let spec = view.effective_spec.as_ref().map(|spec| &spec.regions);
    let regions = spec.or(view.spec.regions.as_ref());
    let regions: Vec<&str> = regions
        .into_iter()
        .flatten()
        .map(|region| region.as_str())
        .collect();
    if regions.is_empty() {
        "-".into()
    } else {
        regions.join(",")
    }
}

/// One tenant: what it is, its components and its effective spec.
pub fn render(view: &TenantView, styles: Styles) -> String {
    let mut text = key_values(&summary(view, styles), styles);
    if !view.components.is_empty() {
        text.push('\n');
        text.push_str(&operation::components(&view.components, styles));
    }
    if let Some(spec) = &view.effective_spec {
        text.push('\n');
        text.push_str(&effective(spec, styles));
    }
    text
}

/// A tenant's position in a queue.
fn position(queue: &QueuePositionView) -> String {
    let expected = match queue.expected_at {
        Some(at) => format!("expected at {}", moment(at)),
        None => "creations are stopped".to_owned(),
    };
    format!(
        "position {} of {} for the {} of its account, {expected}",
        queue.position, queue.length, queue.waits_for
    )
}

/// How many findings are open, and how many of them need a person.
fn findings(view: &TenantView) -> String {
    let open = view.open_findings;
    match open.saturating_sub(view.open_drift) {
        0 => open.to_string(),
        people => format!("{open} ({people} for a person to resolve)"),
    }
}

fn summary(view: &TenantView, styles: Styles) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("tenant", view.spec.slug.to_string()),
        ("id", view.id.to_string()),
        ("name", view.spec.name.clone()),
        (
            "phase",
            styles.paint(style_of_phase(view.phase), view.phase.as_str()),
        ),
        ("spec version", view.spec_version.to_string()),
        ("account e-mail", view.account_email.to_string()),
    ];
    pairs.extend(
        view.account_id
            .as_ref()
            .map(|id| ("account", id.to_string())),
    );
    pairs.extend(view.queue.as_ref().map(|queue| ("queue", position(queue))));
    pairs.extend(view.sign_in_url.clone().map(|url| ("sign in", url)));
    pairs.extend(
        view.cidrs
            .iter()
            .map(|(region, cidr)| ("network", format!("{region} {cidr}"))),
    );
    pairs.push(("open findings", findings(view)));
    pairs.extend(
        view.open_operations
            .iter()
            .map(|id| ("operation", id.to_string())),
    );
    pairs.push((
        "created",
        format!("{} by {}", moment(view.created_at), view.created_by),
    ));
    let moments = [
        ("ready", view.ready_at),
        ("audited", view.audited_at),
        ("closed", view.closed_at),
    ];
    pairs.extend(
        moments
            .into_iter()
            .filter_map(|(name, at)| Some((name, moment(at?)))),
    );
    pairs
}

/// A spec with everything the blueprint decides filled in.
pub fn effective(spec: &EffectiveSpec, styles: Styles) -> String {
    let regions: Vec<&str> = spec.regions.iter().map(|region| region.as_str()).collect();
    let tags: Vec<String> = spec
        .tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let mut pairs = vec![
        ("blueprint", spec.blueprint.to_string()),
        ("regions", regions.join(", ")),
        ("zones", spec.availability_zones.to_string()),
        ("egress", egress_in_words(spec.egress).to_owned()),
        ("cidr prefix", format!("/{}", spec.cidr_prefix)),
        (
            "flow logs",
            format!("kept {} days", spec.flow_log_retention_days),
        ),
        (
            "trail",
            format!(
                "{}, kept {} days",
                word(&spec.trail),
                spec.trail_retention_days
            ),
        ),
        ("mode", word(&spec.mode)),
        ("cost centre", spec.cost_center.clone()),
    ];
    if !tags.is_empty() {
        pairs.push(("tags", tags.join(", ")));
    }
    let contacts = [
        ("billing", &spec.contacts.billing),
        ("operations", &spec.contacts.operations),
        ("security", &spec.contacts.security),
    ];
    pairs.extend(contacts.into_iter().filter_map(|(name, contact)| {
        let contact = contact.as_ref()?;
        Some((name, format!("{} <{}>", contact.name, contact.email)))
    }));
    key_values(&pairs, styles)
}

/// The resources of a tenant, by component.
pub fn resources(view: &TenantView, styles: Styles) -> String {
    let mut table = Table::new(&["COMPONENT", "RESOURCE", "ID"]);
    for (name, status) in &view.components {
        for (part, id) in &status.resources {
            table.row([
                name.as_str().into(),
                part.as_str().into(),
                id.as_str().into(),
            ]);
        }
    }
    table.render(styles)
}

/// What was accepted, and how to follow it.
pub fn accepted(accepted: &AcceptedView, styles: Styles) -> String {
    let mut pairs = Vec::new();
    if let Some(view) = &accepted.tenant {
        pairs.push(("tenant", view.spec.slug.to_string()));
        pairs.push(("id", view.id.to_string()));
        pairs.push((
            "phase",
            styles.paint(style_of_phase(view.phase), view.phase.as_str()),
        ));
    }
    let of_tenant = accepted
        .tenant
        .iter()
        .flat_map(|view| &view.open_operations);
    match &accepted.operation {
        Some(operation) => pairs.push(("operation", operation.id.to_string())),
        None => pairs.extend(of_tenant.map(|id| ("operation", id.to_string()))),
    }
    key_values(&pairs, styles)
}
