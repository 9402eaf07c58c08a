//! Tenants.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{
    AccountId, BlueprintRef, ComponentName, ComponentState, ComponentStatus, DesiredState,
    EffectiveSpec, Email, GroupName, OperationId, Phase, Region, Slug, Spec, Tenant, TenantId,
    Timestamp, cost::IdleCost,
};

use crate::QueuePositionView;

/// A tenant as people and programs see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantView {
    /// Immutable id.
    pub id: TenantId,
    /// The summary a person sees.
    pub phase: Phase,
    /// 1, and one more for each account created after an earlier one was closed.
    pub generation: u32,
    /// The desired configuration, with the blueprint's version pinned.
    pub spec: Spec,
    /// The spec with everything filled in; absent when its blueprint or Region is no longer on offer.
    #[serde(
        default,
        deserialize_with = "tenancy::stored::readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub effective_spec: Option<EffectiveSpec>,
    /// What the effective spec costs in a month in which nobody uses it, at list prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_cost: Option<IdleCost>,
    /// Grows by one with every change of spec or desired state; the `ETag`.
    pub spec_version: u64,
    /// Whether the tenant is to exist.
    pub desired_state: DesiredState,
    /// The e-mail address of its account.
    pub account_email: Email,
    /// Its account, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Where its people sign in, once the alias is set; only where one tenant is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in_url: Option<String>,
    /// Where its people sign in at their identity provider, if the installation has a portal; only where one tenant is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_url: Option<String>,
    /// Its position in the queue of account creations or closures, while it waits there; only where one tenant is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueuePositionView>,
    /// Its networks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub cidrs: BTreeMap<Region, Ipv4Net>,
    /// Components as last observed, by name.
    pub components: BTreeMap<ComponentName, ComponentStatus>,
    /// Operations that are not finished, oldest first.
    pub open_operations: Vec<OperationId>,
    /// How many findings are open.
    pub open_findings: u32,
    /// How many of them a repair would resolve; only those make the tenant `drifted`.
    #[serde(default)]
    pub open_drift: u32,
    /// When it was requested.
    pub created_at: Timestamp,
    /// Who requested it.
    pub created_by: String,
    /// When spec or desired state last changed.
    pub updated_at: Timestamp,
    /// When it first matched its spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// When it was last audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited_at: Option<Timestamp>,
    /// When the next pass is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When its account was observed to be closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// A tenant in a list: a summary, and whether it needs a person. Everything else is shown only for a single tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantSummaryView {
    /// Immutable id.
    pub id: TenantId,
    /// Its slug.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// The summary a person sees, as the last pass left it.
    pub phase: Phase,
    /// Its blueprint, with the version pinned.
    pub blueprint: BlueprintRef,
    /// Its Regions.
    pub regions: Vec<Region>,
    /// The tags of its spec.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The group of tenants that share a parent, if it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// Whether the tenant is to exist.
    pub desired_state: DesiredState,
    /// Grows by one with every change of spec or desired state; the `ETag`.
    pub spec_version: u64,
    /// 1, and one more for each account created after an earlier one was closed.
    pub generation: u32,
    /// Its account, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// How many operations are not finished.
    pub open_operations: u32,
    /// How many findings are open.
    pub open_findings: u32,
    /// How many of them a repair would resolve; only those make the tenant `drifted`.
    pub open_drift: u32,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it first matched its spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// When its account was observed to be closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

impl TenantView {
    /// The view of a tenant as the ledger has it. `effective_spec` is what its spec comes to in this deployment.
    pub fn new(tenant: Tenant, effective_spec: Option<EffectiveSpec>) -> Self {
        Self {
            phase: tenant.phase(),
            sign_in_url: sign_in_url(&tenant),
            effective_spec,
            idle_cost: None,
            portal_url: None,
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
            open_drift: tenant.open_drift,
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

/// The alias is the slug, unless the identity component reports another one.
fn sign_in_url(tenant: &Tenant) -> Option<String> {
    let identity = tenant
        .components
        .get(&ComponentName::IDENTITY)
        .filter(|identity| identity.state == ComponentState::Ready)?;
    let alias = identity.resources.get("alias");
    let alias = alias.map_or(tenant.spec.slug.as_str(), String::as_str);
    Some(format!("https://{alias}.signin.aws.amazon.com/console"))
}
