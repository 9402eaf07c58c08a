//! Tenants for people.

use api_types::{AcceptedView, PageView, QueuePositionView, TenantSummaryView, TenantView};
use jiff::Timestamp;
use serde::Serialize;
use tenancy::{EffectiveSpec, Egress, Phase, Region, blueprint::Anomalies, spec::Contact};

use super::{
    cost, operation,
    style::{Styles, style_of_phase},
    table::{Cell, KeyValues, Table},
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
pub fn list(page: &PageView<TenantSummaryView>, styles: Styles) -> String {
    let now = Timestamp::now();
    let grouped = page.items.iter().any(|view| view.group.is_some());
    let mut headings = vec![
        "SLUG",
        "ID",
        "PHASE",
        "BLUEPRINT",
        "ACCOUNT",
        "REGIONS",
        "FINDINGS",
        "AGE",
    ];
    headings.extend(grouped.then_some("GROUP"));
    let mut table = Table::new(&headings);
    for view in &page.items {
        let mut cells = listed(view, now);
        if grouped {
            let group = view.group.as_ref();
            cells.push(group.map_or("-", |group| group.as_str()).into());
        }
        table.row(cells);
    }
    table.render(styles)
}

fn listed(view: &TenantSummaryView, now: Timestamp) -> Vec<Cell> {
    let account = view.account_id.as_ref();
    vec![
        view.slug.as_str().into(),
        view.id.as_str().into(),
        phase(view.phase),
        view.blueprint.to_string().into(),
        account.map_or("-", |id| id.as_str()).into(),
        regions(&view.regions).into(),
        view.open_findings.to_string().into(),
        age(view.created_at, now).into(),
    ]
}

fn regions(regions: &[Region]) -> String {
    let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
    if regions.is_empty() {
        "-".into()
    } else {
        regions.join(",")
    }
}

/// One tenant: what it is, its components and its effective spec.
pub fn render(view: &TenantView, styles: Styles) -> String {
    let mut text = summary(view).render(styles);
    if !view.components.is_empty() {
        text.push('\n');
        text.push_str(&operation::components(&view.components, styles));
    }
    if let Some(spec) = &view.effective_spec {
        text.push('\n');
        text.push_str(&effective(spec, styles));
    }
    if let Some(cost) = &view.idle_cost {
        text.push('\n');
        text.push_str(&cost::render(cost, styles));
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

fn summary(view: &TenantView) -> KeyValues {
    let mut list = KeyValues::default();
    list.add("tenant", view.spec.slug.as_str());
    list.add("id", view.id.as_str());
    list.add("name", view.spec.name.as_str());
    list.add("phase", phase(view.phase));
    list.add("spec version", view.spec_version.to_string());
    list.add("account e-mail", view.account_email.as_str());
    list.add_all("account", view.account_id.as_ref().map(|id| id.as_str()));
    list.add_all("queue", view.queue.as_ref().map(position));
    list.add_all("sign in", view.sign_in_url.as_deref());
    let networks = view.cidrs.iter();
    list.add_all(
        "network",
        networks.map(|(region, cidr)| format!("{region} {cidr}")),
    );
    list.add("open findings", findings(view));
    list.add_all(
        "operation",
        view.open_operations.iter().map(|id| id.as_str()),
    );
    let created = format!("{} by {}", moment(view.created_at), view.created_by);
    list.add("created", created);
    list.add_all("ready", view.ready_at.map(moment));
    list.add_all("audited", view.audited_at.map(moment));
    list.add_all("closed", view.closed_at.map(moment));
    list
}

fn phase(phase: Phase) -> Cell {
    Cell::styled(style_of_phase(phase), phase.as_str())
}

/// A spec with everything the blueprint decides filled in.
pub fn effective(spec: &EffectiveSpec, styles: Styles) -> String {
    let regions: Vec<&str> = spec.regions.iter().map(|region| region.as_str()).collect();
    let mut list = KeyValues::default();
    list.add("blueprint", spec.blueprint.to_string());
    list.add("regions", regions.join(", "));
    list.add("zones", spec.availability_zones.to_string());
    list.add("egress", egress_in_words(spec.egress));
    list.add("cidr prefix", format!("/{}", spec.cidr_prefix));
    list.add(
        "flow logs",
        format!("kept {} days", spec.flow_log_retention_days),
    );
    let trail = word(&spec.trail);
    list.add(
        "trail",
        format!("{trail}, kept {} days", spec.trail_retention_days),
    );
    list.add("mode", word(&spec.mode));
    let budget = spec.budget.as_ref();
    list.add_all(
        "budget",
        budget.map(|budget| format!("{} USD a month", budget.monthly_usd)),
    );
    let idle = spec.expect_idle;
    list.add_all("expect idle", idle.then_some("yes"));
    list.add_all(
        "unusual costs",
        spec.anomalies.as_ref().map(anomalies_in_words),
    );
    list.add_all("group", spec.group.as_ref().map(|group| group.as_str()));
    list.add("cost centre", spec.cost_center.as_str());
    let tags: Vec<String> = spec
        .tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    list.add_all(
        "tags",
        Some(tags.join(", ")).filter(|tags| !tags.is_empty()),
    );
    for (name, contact) in spec.contacts.by_kind() {
        list.add_all(name, contact.map(contact_line));
    }
    list.render(styles)
}

fn anomalies_in_words(anomalies: &Anomalies) -> String {
    format!("told from {} USD", anomalies.threshold_usd)
}

/// As it is given to `--contact-billing` and its like.
fn contact_line(contact: &Contact) -> String {
    let phone = contact.phone.as_deref().unwrap_or_default();
    let line = format!("{} <{}> {phone}", contact.name, contact.email);
    line.trim_end().to_owned()
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
    let mut list = KeyValues::default();
    if let Some(view) = &accepted.tenant {
        list.add("tenant", view.spec.slug.as_str());
        list.add("id", view.id.as_str());
        list.add("phase", phase(view.phase));
    }
    let tenant = accepted.tenant.iter();
    match &accepted.operation {
        Some(operation) => list.add("operation", operation.id.as_str()),
        None => {
            let open = tenant.flat_map(|view| &view.open_operations);
            list.add_all("operation", open.map(|id| id.as_str()));
        }
    }
    list.render(styles)
}
