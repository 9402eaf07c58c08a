//! What is wanted of one tenant, with everything planning needs to know: the only input of a pass.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    declaration::{Components, Declaration},
    outputs::Outputs,
    recorded::Recorded,
};
use ipnet::Ipv4Net;
use tenancy::{
    AccountId, ComponentName, DesiredState, EffectiveSpec, Email, Failure, FailureKind, Next,
    Region, Slug, TenantId, access::RefusedSessions, cost::Prices, names,
};

/// Facts about this installation of tenantry, the same for every tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// `o-…`, for the trust conditions of our roles.
    pub organization_id: String,
    /// The management account, which the role Organizations makes in a new account trusts.
    pub management_account: String,
    /// Execution role of the onboard function: what the provisioner role trusts.
    pub onboard_role_arn: String,
    /// Execution role of the audit function: what the auditor role trusts.
    pub audit_role_arn: String,
    /// Execution role of the offboard function: what the remover role trusts.
    pub offboard_role_arn: String,
    /// The role of the function `credentials`, as the key reader trusts it.
    pub credentials_role_arn: String,
    /// The role of the function `access`, as the tenant's own roles trust it.
    pub access_role_arn: String,
    /// The event bus of this installation, which tenants' events are forwarded to.
    pub bus_arn: String,
    /// Name of the role Organizations makes in a new account; it passes the guardrail, for it installs our roles.
    pub bootstrap_role: String,
    /// Regions the guardrail leaves open. Never empty.
    pub allowed_regions: Vec<Region>,
    /// What tells this installation from others in the organization; on every unit and policy it makes.
    pub installation: String,
    /// What the names of our units and policies begin with; empty by default.
    pub name_prefix: String,
    /// The prices at which it is told what a tenant costs while it is idle.
    pub prices: Prices,
}

impl Deployment {
    /// Whether an account is the management account or the one this installation is in.
    pub fn is_own_account(&self, account: &str) -> bool {
        let tooling = self.onboard_role_arn.split(':').nth(4);
        account == self.management_account || tooling == Some(account)
    }
}

/// The organizational unit a tenant's account belongs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Home {
    /// Living tenants, under the guardrail.
    Tenants,
    /// Leaving tenants: locked, but for our remover role.
    Quarantine,
    /// Emptied accounts about to be closed.
    Suspended,
}

impl Home {
    /// The unit's name.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Tenants => names::TENANTS_OU,
            Self::Quarantine => names::QUARANTINE_OU,
            Self::Suspended => names::SUSPENDED_OU,
        }
    }
}

/// What is wanted of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The tenant.
    pub tenant: TenantId,
    /// Which account of the tenant this is; 1 but for tenants that came back.
    pub generation: u32,
    /// Short name; the preferred value of the account's alias.
    pub slug: Slug,
    /// Name for people; the account's name.
    pub name: String,
    /// The account's e-mail address: its natural key.
    pub email: Email,
    /// Whether the tenant is to be there. With `Absent`, a plan is the deletions.
    pub desired_state: DesiredState,
    /// Where the account belongs at this point of the pass.
    pub home: Home,
    /// The account: from the ledger, or found in this pass. Never from a request.
    pub account: Option<AccountId>,
    /// The spec with the blueprint's values filled in.
    pub spec: EffectiveSpec,
    /// The tenant's network in each Region of the spec, allocated from the pool.
    pub cidrs: BTreeMap<Region, Ipv4Net>,
    /// Why the tenant has no network yet in some Region of the spec, where that is known.
    pub without_network: Option<Failure>,
    /// This installation.
    pub deployment: Arc<Deployment>,
    /// The components of this release: what our own roles must be able to do.
    pub components: Components,
    /// What components learned in this pass that others use.
    pub outputs: Outputs,
    /// Keys of tags that the spec had and has no more: they come off what we made.
    pub retired_tags: BTreeSet<String>,
    /// Fingerprints of private keys that were rotated out: no key pair may have one of them again.
    pub retired_keys: Vec<String>,
    /// Sessions in the account that are refused.
    pub refused_sessions: Vec<RefusedSessions>,
    /// What the ledger recorded of the tenant's resources.
    pub recorded: Recorded,
}

impl Desired {
    /// Whether the plan is to remove.
    pub fn leaving(&self) -> bool {
        self.desired_state == DesiredState::Absent
    }

    /// The tenant's first Region, home of its trail.
    pub fn home_region(&self) -> Option<&Region> {
        self.spec.regions.first()
    }

    /// Whether AWS refuses a deletion for good and for a reason that nobody foresaw, and the account of the tenant, which leaves, takes
    /// along what was to be deleted. A refused right is none: it is given, and the deletion tried again.
    pub fn goes_with_account(&self, failure: &Failure) -> bool {
        let leaves = self.leaving() && self.home == Home::Quarantine;
        leaves && failure.kind == FailureKind::Invalid && matches!(failure.next, Next::Park { .. })
    }

    /// The components that the tenant has, or of which an earlier pass recorded something: what our roles need rights for.
    pub fn components_in_use(&self) -> Vec<&'static dyn Declaration> {
        let in_use = |component: &&'static dyn Declaration| {
            component.enabled(&self.spec) || self.recorded.has_any(component.name())
        };
        self.components.0.iter().copied().filter(in_use).collect()
    }

    /// The tags everything made for `component` carries.
    pub fn tags(&self, component: ComponentName) -> BTreeMap<String, String> {
        names::tags(&self.tenant, component, &self.spec)
    }

    /// Those of the wanted tags that a resource which has these lacks, or has with another value.
    pub(crate) fn missing(
        found: &BTreeMap<String, String>,
        mut wanted: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        wanted.retain(|key, value| found.get(key) != Some(value));
        wanted
    }

    /// Which tags have to come off a resource of ours that has these and is to have those.
    pub fn retired(
        &self,
        found: &BTreeMap<String, String>,
        wanted: &BTreeMap<String, String>,
    ) -> Vec<String> {
        let retired = self.retired_tags.iter();
        retired
            .filter(|key| found.contains_key(*key) && !wanted.contains_key(*key))
            .cloned()
            .collect()
    }

    /// Tags of a resource in words, as they were found.
    pub(crate) fn tags_found<'a>(
        found: &BTreeMap<String, String>,
        keys: impl IntoIterator<Item = &'a String>,
    ) -> String {
        let words = keys.into_iter().map(|key| match found.get(key) {
            Some(value) => format!("{key}={value}"),
            None => format!("no {key}"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Whether a resource with these tags is another tenant's.
    pub fn is_anothers(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.contains_key(names::TAG_TENANT) && !self.owns(tags)
    }

    /// Whether a resource with these tags is this tenant's and ours.
    pub fn owns(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(names::TAG_TENANT)
            .is_some_and(|tenant| tenant == self.tenant.as_str())
    }
}
