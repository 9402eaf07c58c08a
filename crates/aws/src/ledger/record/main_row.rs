//! The main row as it is written: the tenant, what the last pass left of its lease, and what the index of all tenants shows.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use tenancy::{Region, Tenant, names};

use super::{
    super::{
        LedgerError,
        item::{self, Item, n, s, word},
        keys,
        lease_row::STATE,
    },
    Record, states,
};

/// The attributes of the main row that this release writes. Those of another release are kept.
const ATTRIBUTES: &[&str] = &[
    "pk",
    "sk",
    "doc",
    "revision",
    "phase",
    "slug",
    "blueprint_name",
    "blueprint_version",
    "tags",
    "name",
    "generation",
    "desired",
    "spec_version",
    "regions",
    "account",
    "open_operations",
    "open_findings",
    "open_drift",
    "ready_at",
    "closed_at",
    "listing_pk",
    "listing_sk",
    HAS_ROWS,
];

/// Says that components have rows of their own. The release before wrote the main row without it.
pub(super) const HAS_ROWS: &str = "component_rows";

/// What another release wrote into the main row.
pub(super) fn of_others(main: &Item) -> Item {
    let mut other = main.clone();
    other.retain(|name, _| {
        let name = name.as_str();
        !ATTRIBUTES.contains(&name) && !STATE.contains(&name)
    });
    other
}

impl Record {
    /// The main row as it is to be written. While a pass runs, the lease row alone has the head of the history.
    pub(super) fn main_row(&self) -> Result<Item, LedgerError> {
        let mut tenant = self.tenant.clone();
        tenant.components = states(&tenant.components);
        tenant.due_at = self.main.due_at;
        tenant.audited_at = self.audited_at;
        let own = self.own.as_ref().map(|own| &own.state);
        let is_running = own.is_some_and(|own| own.lease.is_some());
        if is_running && self.main.is_migrated() {
            (tenant.history_length, tenant.history_head) = self.history.clone();
        }
        let mut row = item::with_doc(keys::meta(&tenant.id), &tenant)?;
        row.extend(self.other.clone());
        self.main.write(&tenant.id, &mut row);
        row.extend(shown(&tenant));
        row.insert("revision".to_owned(), n(self.revision));
        row.insert(HAS_ROWS.to_owned(), n(1));
        Ok(row)
    }
}

/// What the index of all tenants shows.
fn shown(tenant: &Tenant) -> Item {
    let mut row = Item::new();
    let mut set = |name: &str, value: AttributeValue| row.insert(name.to_owned(), value);
    let spec = &tenant.spec;
    set("listing_pk", s(keys::TENANTS));
    let created = keys::time(tenant.created_at);
    set("listing_sk", s(keys::at(created, &tenant.id)));
    set("phase", s(tenant.phase().as_str()));
    set("slug", s(&spec.slug));
    set("name", s(&spec.name));
    set("blueprint_name", s(&spec.blueprint.name));
    if let Some(version) = spec.blueprint.version {
        set("blueprint_version", s(version));
    }
    set("tags", tags(tenant));
    if let Some(regions) = &spec.regions {
        let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
        set("regions", s(regions.join(",")));
    }
    set("generation", n(tenant.generation));
    set("spec_version", n(tenant.spec_version));
    set("desired", s(word(&tenant.desired_state)));
    if let Some(account) = &tenant.account_id {
        set("account", s(account));
    }
    set("open_operations", n(tenant.open_operations.len()));
    set("open_findings", n(tenant.open_findings));
    set("open_drift", n(tenant.open_drift));
    if let Some(at) = tenant.ready_at {
        set("ready_at", s(at));
    }
    if let Some(at) = tenant.closed_at {
        set("closed_at", s(at));
    }
    row
}

/// The tags of the spec, and the group as the tag that it is: no spec may name that key itself.
fn tags(tenant: &Tenant) -> AttributeValue {
    let tags = tenant.spec.tags.iter().map(|(k, v)| (k.clone(), s(v)));
    let group = tenant.spec.group.iter();
    let group = group.map(|group| (names::TAG_GROUP.to_owned(), s(group)));
    AttributeValue::M(tags.chain(group).collect::<HashMap<_, _>>())
}
