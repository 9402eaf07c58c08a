//! What the index of all tenants shows of each, read without its content.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenancy::{BlueprintRef, Failure, Tenant, Timestamp, names};

use super::{
    Ledger, LedgerError, TenantSummary,
    item::{self, Item, number, readable, text},
    keys,
};

/// Main rows read side by side.
const READS: usize = 16;

impl Ledger {
    /// The tenants of these rows of the index. One that the release before wrote last is read from its main row, until a pass
    /// migrates it. Those that cannot be read are left out.
    pub(super) async fn summaries(
        &self,
        rows: Vec<Item>,
    ) -> Result<Vec<TenantSummary>, LedgerError> {
        let read = stream::iter(rows).map(async |row| {
            if row.contains_key("generation") {
                return Ok(readable(&row, shown));
            }
            let mut key = row;
            key.retain(|name, _| name == "pk" || name == "sk");
            let main = self.get(key).await?;
            let tenant = main.and_then(|main| readable(&main, item::doc));
            Ok::<_, LedgerError>(tenant.map(summarized))
        });
        let all: Vec<_> = read.buffered(READS).collect().await;
        let all: Result<Vec<_>, _> = all.into_iter().collect();
        Ok(all?.into_iter().flatten().collect())
    }
}

/// What the index shows of a tenant.
fn shown(row: &Item) -> Result<TenantSummary, LedgerError> {
    let created = text(row, "listing_sk").and_then(|sk| sk.split('#').next());
    let small = |name| number(row, name).and_then(|number| u32::try_from(number).ok());
    let tags = row.get("tags").and_then(|tags| tags.as_m().ok());
    let tags = tags.into_iter().flatten();
    let tags = tags.filter_map(|(key, value)| Some((key.clone(), value.as_s().ok()?.clone())));
    let mut tags: BTreeMap<String, String> = tags.collect();
    let group = tags.remove(names::TAG_GROUP);
    let regions = text(row, "regions");
    let regions = regions.map(|regions| regions.split(',').filter_map(|it| it.parse().ok()));
    let version = text(row, "blueprint_version");
    Ok(TenantSummary {
        id: keys::tenant_of(row).ok_or_else(|| unreadable(row, "pk"))?,
        slug: word(row, "slug")?,
        name: text(row, "name").unwrap_or_default().to_owned(),
        phase: word(row, "phase")?,
        blueprint: BlueprintRef {
            name: text(row, "blueprint_name").unwrap_or_default().to_owned(),
            version: version.and_then(|version| version.parse().ok()),
        },
        regions: regions.map(Iterator::collect),
        tags,
        group: group.and_then(|group| group.parse().ok()),
        desired_state: word(row, "desired")?,
        spec_version: number(row, "spec_version").unwrap_or_default(),
        generation: small("generation").unwrap_or_default(),
        account_id: text(row, "account").and_then(|account| account.parse().ok()),
        open_operations: small("open_operations").unwrap_or_default(),
        open_findings: small("open_findings").unwrap_or_default(),
        open_drift: small("open_drift").unwrap_or_default(),
        created_at: created
            .and_then(|created| created.parse().ok())
            .unwrap_or(Timestamp::UNIX_EPOCH),
        ready_at: item::time(row, "ready_at"),
        closed_at: item::time(row, "closed_at"),
    })
}

pub(super) fn summarized(tenant: Tenant) -> TenantSummary {
    TenantSummary {
        phase: tenant.phase(),
        id: tenant.id,
        slug: tenant.spec.slug,
        name: tenant.spec.name,
        blueprint: tenant.spec.blueprint,
        regions: tenant.spec.regions,
        tags: tenant.spec.tags,
        group: tenant.spec.group,
        desired_state: tenant.desired_state,
        spec_version: tenant.spec_version,
        generation: tenant.generation,
        account_id: tenant.account_id,
        open_operations: u32::try_from(tenant.open_operations.len()).unwrap_or(u32::MAX),
        open_findings: tenant.open_findings,
        open_drift: tenant.open_drift,
        created_at: tenant.created_at,
        ready_at: tenant.ready_at,
        closed_at: tenant.closed_at,
    }
}

/// An attribute that is a word of `tenancy`, or a word that another release wrote.
pub(super) fn word<T: DeserializeOwned>(row: &Item, name: &str) -> Result<T, LedgerError> {
    let word = text(row, name).unwrap_or_default();
    serde_json::from_value(Value::String(word.to_owned())).map_err(|_| unreadable(row, name))
}

fn unreadable(row: &Item, name: &str) -> LedgerError {
    let row = text(row, "pk").unwrap_or_default();
    let doing = format!("reading `{name}` of row `{row}` in the index of all tenants");
    Failure::bug(doing, "it is damaged").into()
}
