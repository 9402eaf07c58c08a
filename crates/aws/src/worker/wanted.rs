//! What is wanted of a tenant: its spec under its blueprint, and the networks it is given.

use std::sync::Arc;

use baseline::{Deployment, Desired, Home, Recorded};
use tenancy::{EffectiveSpec, Failure, FailureKind, Spec, TenantId, Verb};

use super::Worker;
use crate::{
    ledger::{Lease, LedgerError, Loaded},
    ledger_failure::ledger_failure,
};

/// The resources of the tenant's components, as earlier passes recorded them.
fn recorded(loaded: &Loaded) -> Recorded {
    let components = loaded.tenant.components.iter();
    Recorded::new(components.map(|(name, status)| (*name, status.resources.clone())))
}

/// What is wanted of a tenant under its blueprint, with the networks that it has.
pub fn desired(loaded: &Loaded, spec: EffectiveSpec, deployment: &Arc<Deployment>) -> Desired {
    let tenant = &loaded.tenant;
    Desired {
        tenant: tenant.id.clone(),
        generation: tenant.generation,
        slug: tenant.spec.slug.clone(),
        name: tenant.spec.account_name().to_owned(),
        email: tenant.account_email.clone(),
        desired_state: tenant.desired_state,
        home: Home::Tenants,
        account: tenant.account_id.clone(),
        spec,
        cidrs: tenant.cidrs.clone(),
        deployment: Arc::clone(deployment),
        components: baseline::Components(baseline::BASELINE),
        outputs: baseline::Outputs::default(),
        without_network: None,
        retired_tags: tenant.retired_tags.clone(),
        retired_keys: tenant.retired_keys.clone(),
        refused_sessions: tenant.refused_sessions.clone(),
        recorded: recorded(loaded),
    }
}

const BLUEPRINT_MISSING: &str = "Publish this blueprint, or deploy a version of tenantry that has it, \
    or move the tenant to another version; then retry it.";
const SPEC_REFUSED: &str = "Change the tenant's spec, or open what it asks for in the deployment, \
    then retry it.";
const POOL_EXHAUSTED: &str = "Enlarge the parameter CidrPool of the deployment, or choose a longer \
    prefix, then retry the tenant.";

impl Worker {
    /// What is wanted of the tenant, with the networks that it has.
    pub(super) async fn desired(&self, loaded: &Loaded) -> Result<Desired, Failure> {
        let spec = self
            .effective(&loaded.tenant.id, &loaded.tenant.spec)
            .await?;
        let mut desired = desired(loaded, spec, &self.settings.deployment);
        if self.verb == Verb::Onboard {
            // An audit leaves it to the pass that takes the refusal away.
            let now = self.now();
            desired.refused_sessions.retain(|it| it.is_live(now));
        }
        Ok(desired)
    }

    /// The spec under its blueprint.
    async fn effective(&self, tenant: &TenantId, spec: &Spec) -> Result<EffectiveSpec, Failure> {
        let refused = |detail: String, reason: &str, remedy: &str| {
            let doing = format!("reading the spec of tenant `{tenant}`");
            Failure::park(FailureKind::Invalid, doing, detail, reason, remedy)
        };
        let found = self.blueprints.find(&self.ledger, &spec.blueprint).await;
        let found = found.map_err(|error| {
            let doing = format!("reading blueprint `{}`", spec.blueprint);
            ledger_failure(&doing, error)
        })?;
        let blueprint = found.ok_or_else(|| {
            let detail = format!(
                "blueprint `{}` is neither built in nor published",
                spec.blueprint
            );
            refused(detail, "blueprint-missing", BLUEPRINT_MISSING)
        })?;
        let mut allowed = self.settings.deployment.allowed_regions.clone();
        if self.verb == Verb::Offboard {
            // A Region that was closed to new tenants must not keep an old one from leaving it.
            allowed.extend(spec.regions.iter().flatten().cloned());
        }
        let resolved = blueprint.resolve(spec, &allowed, &self.settings.home_region);
        resolved.map_err(|errors| {
            let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
            refused(all.join("; "), "spec-refused", SPEC_REFUSED)
        })
    }

    /// Allocates the networks that the tenant lacks. Before it has an account it needs none, and thousands that wait to request one
    /// take none from the pool.
    pub(super) async fn allocate(
        &self,
        lease: &Lease,
        desired: &mut Desired,
    ) -> Result<(), Failure> {
        if self.verb != Verb::Onboard || !desired.spec.network {
            return Ok(());
        }
        for region in desired.spec.regions.clone() {
            if desired.cidrs.contains_key(&region) {
                continue;
            }
            let tenant = &desired.tenant;
            let doing = || format!("allocating a network for tenant `{tenant}` in {region}");
            let (prefix, pool) = (desired.spec.cidr_prefix, self.settings.cidr_pool);
            let block = self
                .ledger
                .allocate_cidr(lease, &region, prefix, pool)
                .await;
            match block {
                Ok(block) => desired.cidrs.insert(region, block),
                // Everything else is built: an account is not left without its guardrail for want of addresses.
                Err(error @ LedgerError::PoolExhausted { .. }) => {
                    let (kind, detail) = (FailureKind::Quota, error.to_string());
                    let parked =
                        Failure::park(kind, doing(), detail, "pool-exhausted", POOL_EXHAUSTED);
                    desired.without_network = Some(parked);
                    break;
                }
                Err(error) => return Err(ledger_failure(&doing(), error)),
            };
        }
        Ok(())
    }
}
