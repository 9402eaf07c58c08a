//! Tenants for people.

use jiff::Timestamp;
use serde::Serialize;
use tenancy::{EffectiveSpec, Egress};

use super::{
    operation,
    table::{Cell, Table, facts},
    time::{age, moment},
    tones::{Tones, tone_of_phase},
};
use crate::wire::{Accepted, Listing, Queue, TenantView};

/// An egress as it is written in a spec.
pub fn egress_in_words(egress: Egress) -> &'static str {
    match egress {
        Egress::None => "none",
        Egress::SingleNat => "single-nat",
        Egress::NatPerAz => "nat-per-az",
    }
}

/// Any of the words of the API as it is written there.
pub fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// Many tenants, one on each line.
pub fn list(listing: &Listing<TenantView>, tones: Tones) -> String {
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
    for view in &listing.items {
        let tenant = &view.tenant;
        table.row([
            tenant.spec.slug.as_str().into(),
            tenant.id.as_str().into(),
            Cell::toned(tone_of_phase(view.phase), view.phase.as_str()),
            tenant.spec.blueprint.to_string().into(),
            tenant
                .account_id
                .as_ref()
                .map_or("-", |id| id.as_str())
                .into(),
            regions(view).into(),
            tenant.open_findings.to_string().into(),
            age(tenant.created_at, now).into(),
        ]);
    }
    table.render(tones)
}

fn regions(view: &TenantView) -> String {
    let spec = view.effective_spec.as_ref().map(|spec| &spec.regions);
    let regions = spec.or(view.tenant.spec.regions.as_ref());
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
pub fn render(view: &TenantView, tones: Tones) -> String {
    let mut text = facts(&summary(view, tones), tones);
    if !view.tenant.components.is_empty() {
        text.push('\n');
        text.push_str(&operation::components(&view.tenant.components, tones));
    }
    if let Some(spec) = &view.effective_spec {
        text.push('\n');
        text.push_str(&effective(spec, tones));
    }
    text
}

/// A tenant's place in a line.
fn place(queue: &Queue) -> String {
    let expected = match queue.expected_at {
        Some(at) => format!("expected at {}", moment(at)),
        None => "creations are off".to_owned(),
    };
    format!(
        "place {} of {} for the {} of its account, {expected}",
        queue.position, queue.length, queue.waits_for
    )
}

fn summary(view: &TenantView, tones: Tones) -> Vec<(&'static str, String)> {
    let tenant = &view.tenant;
    let mut pairs = vec![
        ("tenant", tenant.spec.slug.to_string()),
        ("id", tenant.id.to_string()),
        ("name", tenant.spec.name.clone()),
        (
            "phase",
            tones.paint(tone_of_phase(view.phase), view.phase.as_str()),
        ),
        ("spec version", tenant.spec_version.to_string()),
        ("account e-mail", tenant.account_email.to_string()),
    ];
    pairs.extend(
        tenant
            .account_id
            .as_ref()
            .map(|id| ("account", id.to_string())),
    );
    pairs.extend(view.queue.as_ref().map(|queue| ("in line", place(queue))));
    pairs.extend(view.sign_in_url.clone().map(|url| ("sign in", url)));
    pairs.extend(
        tenant
            .cidrs
            .iter()
            .map(|(region, cidr)| ("network", format!("{region} {cidr}"))),
    );
    pairs.push(("open findings", tenant.open_findings.to_string()));
    pairs.extend(
        tenant
            .open_operations
            .iter()
            .map(|id| ("operation", id.to_string())),
    );
    pairs.push((
        "created",
        format!("{} by {}", moment(tenant.created_at), tenant.created_by),
    ));
    let moments = [
        ("ready", tenant.ready_at),
        ("audited", tenant.audited_at),
        ("closed", tenant.closed_at),
    ];
    pairs.extend(
        moments
            .into_iter()
            .filter_map(|(name, at)| Some((name, moment(at?)))),
    );
    pairs
}

/// A spec with everything the blueprint decides filled in.
pub fn effective(spec: &EffectiveSpec, tones: Tones) -> String {
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
    facts(&pairs, tones)
}

/// The resources a tenant is made of, by component.
pub fn resources(view: &TenantView, tones: Tones) -> String {
    let mut table = Table::new(&["COMPONENT", "RESOURCE", "ID"]);
    for (name, status) in &view.tenant.components {
        for (part, id) in &status.resources {
            table.row([
                name.as_str().into(),
                part.as_str().into(),
                id.as_str().into(),
            ]);
        }
    }
    table.render(tones)
}

/// What was accepted, and how to follow it.
pub fn accepted(accepted: &Accepted, tones: Tones) -> String {
    let mut pairs = Vec::new();
    if let Some(view) = &accepted.tenant {
        pairs.push(("tenant", view.tenant.spec.slug.to_string()));
        pairs.push(("id", view.tenant.id.to_string()));
        pairs.push((
            "phase",
            tones.paint(tone_of_phase(view.phase), view.phase.as_str()),
        ));
    }
    let of_tenant = accepted
        .tenant
        .iter()
        .flat_map(|view| &view.tenant.open_operations);
    match &accepted.operation {
        Some(view) => pairs.push(("operation", view.operation.id.to_string())),
        None => pairs.extend(of_tenant.map(|id| ("operation", id.to_string()))),
    }
    facts(&pairs, tones)
}
