//! What goes out: a contract of its own, so that the ledger's records can change without it.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{
    AccountId, ComponentName, ComponentState, ComponentStatus, DesiredState, EffectiveSpec, Email,
    Operation, OperationId, Phase, Region, Spec, Tenant, TenantId, Timestamp, finding::Difference,
    history::HistoryEntry, validate::Deployment,
};
use tenantry_aws::ledger::{Page, Progress};

use crate::limits::QueueView;

/// A tenant as people and programs see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantView {
    /// Immutable id.
    pub id: TenantId,
    /// The summary a person sees.
    pub phase: Phase,
    /// 1, and one more for each account made after an earlier one was closed.
    pub generation: u32,
    /// What is wanted, with the blueprint's version pinned.
    pub spec: Spec,
    /// What the spec comes to; absent when its blueprint or Region is no longer on offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_spec: Option<EffectiveSpec>,
    /// Grows by one with every change; the `ETag`.
    pub spec_version: u64,
    /// Whether it is to be there.
    pub desired_state: DesiredState,
    /// The address of its account.
    pub account_email: Email,
    /// Its account, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Where its people sign in, once the alias is set; only where one tenant is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in_url: Option<String>,
    /// Its place in the line of creations or closures, while it waits there; only where one tenant is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueView>,
    /// Its networks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub cidrs: BTreeMap<Region, Ipv4Net>,
    /// Components as last observed; in a list, the state of each and since when.
    pub components: BTreeMap<ComponentName, ComponentStatus>,
    /// Operations that are not over.
    pub open_operations: Vec<OperationId>,
    /// How many findings are open.
    pub open_findings: u32,
    /// When it was asked for.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// Who asked.
    pub created_by: String,
    /// When spec or desired state last changed.
    #[schemars(with = "String")]
    pub updated_at: Timestamp,
    /// When it was first as its spec wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ready_at: Option<Timestamp>,
    /// When it was last audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub audited_at: Option<Timestamp>,
    /// When the next pass is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub due_at: Option<Timestamp>,
    /// When its account was seen closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub closed_at: Option<Timestamp>,
}

impl TenantView {
    /// The view of a tenant in a list: its components have their states alone, and where its people sign in is not shown.
    pub fn listed(tenant: Tenant, deployment: &Deployment) -> Self {
        Self {
            sign_in_url: None,
            ..Self::of(tenant, deployment)
        }
    }

    /// The view of a tenant under what this deployment allows.
    pub fn of(tenant: Tenant, deployment: &Deployment) -> Self {
        let effective_spec = deployment
            .catalog
            .find(&tenant.spec.blueprint)
            .and_then(|b| {
                b.resolve(
                    &tenant.spec,
                    &deployment.allowed_regions,
                    &deployment.home_region,
                )
                .ok()
            });
        Self {
            phase: tenant.phase(),
            sign_in_url: sign_in_url(&tenant),
            effective_spec,
            queue: None,
            id: tenant.id,
            generation: tenant.generation,
            spec: tenant.spec,
            spec_version: tenant.spec_version,
            desired_state: tenant.desired_state,
            account_email: tenant.account_email,
            account_id: tenant.account_id,
            cidrs: tenant.cidrs,
            components: tenant.components,
            open_operations: tenant.open_operations,
            open_findings: tenant.open_findings,
            created_at: tenant.created_at,
            created_by: tenant.created_by,
            updated_at: tenant.updated_at,
            ready_at: tenant.ready_at,
            audited_at: tenant.audited_at,
            due_at: tenant.due_at,
            closed_at: tenant.closed_at,
        }
    }
}

/// The alias is the slug, unless the identity component says that it got another.
fn sign_in_url(tenant: &Tenant) -> Option<String> {
    let identity = tenant
        .components
        .get(&ComponentName::IDENTITY)
        .filter(|identity| identity.state == ComponentState::Ready)?;
    let alias = identity.resources.get("alias");
    let alias = alias.map_or(tenant.spec.slug.as_str(), String::as_str);
    Some(format!("https://{alias}.signin.aws.amazon.com/console"))
}

/// A change that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedView {
    /// The tenant after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantView>,
    /// The operation that carries it out; absent when there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
}

/// Some of the answers, and where to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}Page")]
pub struct PageView<T> {
    /// The answers.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> PageView<T> {
    /// A page, each item seen as `view` shows it.
    pub fn of<U>(page: Page<U>, view: impl FnMut(U) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(view).collect(),
            next_cursor: page.next_cursor,
        }
    }

    /// All there is.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

/// A page of a tenant's history, with what its chain must come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryView {
    /// Entries, oldest first.
    pub items: Vec<HistoryEntry>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// How many entries there are in all.
    pub length: u64,
    /// Hash of the last entry.
    pub head: String,
}

/// An operation and its progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationView {
    /// The operation.
    #[serde(flatten)]
    pub operation: Operation,
    /// The tenant's phase.
    pub phase: Phase,
    /// The tenant's components as last seen.
    pub components: BTreeMap<ComponentName, ComponentStatus>,
}

impl From<Progress> for OperationView {
    fn from(progress: Progress) -> Self {
        Self {
            operation: progress.operation,
            phase: progress.tenant.phase(),
            components: progress.tenant.components,
        }
    }
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Each change, in words.
    pub items: Vec<Difference>,
    /// As of when the tenant was seen; absent for one that was never looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub as_of: Option<Timestamp>,
}

/// What a spec would come to. Nothing was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// The spec with the blueprint's version pinned.
    pub spec: Spec,
    /// With everything filled in.
    pub effective_spec: EffectiveSpec,
    /// What would be done.
    pub plan: Vec<Difference>,
}

/// How the API is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthView {
    /// `ok`, or `degraded` when a check is not.
    pub status: String,
    /// Version of tenantry.
    pub version: String,
    /// Each check and its outcome, `ok` or `unavailable`.
    pub checks: BTreeMap<String, String>,
}
