//! Where trials run: a machine on a local AWS with few Regions and short waits, and a clock that can be advanced.

use std::path::Path;

use serde_json::json;
use tenancy::{OperationKind, Tenant, TenantId, Verb, blueprint::Catalog};

use crate::{
    machine::{AnyError, Machine, REGION},
    proxy::{
        Checkpoint, Config,
        config::{NatGateways, Organizations},
    },
};

/// The enabled Regions: the tenants' own, and one in which tenants have nothing but the default VPC.
pub const REGIONS: [&str; 2] = [REGION, "eu-west-1"];
/// Most passes a tenant may take to settle.
pub const MOST_PASSES: usize = 120;
/// How long after a loss of power the lease of the dead pass has expired, in seconds.
pub const LEASE_OVER_SECS: i64 = 901;

/// The settings in which the specs of trials differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpecVariant {
    /// Blueprint.
    pub blueprint: &'static str,
    /// How its networks reach the internet.
    pub egress: &'static str,
}

/// The variant that most runs use: a production tenant with a NAT gateway.
pub const STANDARD: SpecVariant = SpecVariant {
    blueprint: "standard@1.0.0",
    egress: "single-nat",
};
/// What a change of blueprint leads to, and back from.
pub const SANDBOX: SpecVariant = SpecVariant {
    blueprint: "sandbox",
    egress: "none",
};

impl SpecVariant {
    /// The spec of a tenant with this slug.
    pub fn spec(&self, slug: &str) -> serde_json::Value {
        json!({ "slug": slug, "name": slug, "blueprint": self.blueprint, "egress": self.egress })
    }
}

/// AWS without delays: every wait is over as soon as the clock advances.
pub fn without_delays() -> Config {
    Config {
        organizations: Some(Organizations {
            bootstrap_role_secs: Some(0.0),
            ..Organizations::default()
        }),
        nat_gateways: Some(NatGateways::default()),
        ..Config::default()
    }
}

/// A machine that can be put back to a checkpoint.
pub struct Environment {
    /// The machine.
    pub machine: Machine,
}

impl Environment {
    /// Starts one.
    ///
    /// # Errors
    /// The local AWS does not start.
    pub async fn new(config: Config) -> Result<Self, AnyError> {
        let machine = Machine::start_in(config, &REGIONS).await?;
        Ok(Self { machine })
    }

    /// Starts another beside it, with nothing set up: a checkpoint of this one is to be restored into it.
    ///
    /// # Errors
    /// The local AWS does not start.
    pub async fn empty_copy(&self, config: Config) -> Result<Self, AnyError> {
        let machine = self.machine.empty_copy(config, &REGIONS).await?;
        Ok(Self { machine })
    }

    /// Takes a checkpoint.
    ///
    /// # Errors
    /// The emulator cannot.
    pub async fn checkpoint(&self, directory: &Path) -> Result<Checkpoint, AnyError> {
        self.machine.aws.proxy.keep(directory).await
    }

    /// Restores a checkpoint, also one of another environment.
    ///
    /// # Errors
    /// The emulator cannot.
    pub async fn restore(&self, checkpoint: &Checkpoint) -> Result<(), AnyError> {
        self.machine.aws.proxy.restore(checkpoint).await
    }

    /// Makes passes in a new process of a function until the tenant is not due again; returns how many.
    ///
    /// # Errors
    /// It is still due after [`MOST_PASSES`].
    pub async fn settle(&self, verb: Verb, tenant: &TenantId) -> Result<usize, AnyError> {
        let worker = self.machine.worker(verb).await?;
        self.machine.settle(&worker, tenant, MOST_PASSES).await
    }

    /// Makes one pass in a new process of a function.
    ///
    /// # Errors
    /// The pass failed outright.
    pub async fn one_pass(&self, verb: Verb, tenant: &TenantId) -> Result<(), AnyError> {
        let worker = self.machine.worker(verb).await?;
        worker.work(tenant).await.map_err(|f| f.to_string())?;
        Ok(())
    }

    /// The tenant in the ledger.
    ///
    /// # Errors
    /// It is not there.
    pub async fn tenant(&self, id: &TenantId) -> Result<Tenant, AnyError> {
        Ok(self.machine.ledger.tenant(id).await?)
    }

    /// Requests another spec, as the API does; false if it is the current one.
    ///
    /// # Errors
    /// The ledger refuses, for example because the tenant is leaving.
    pub async fn request_change(
        &self,
        id: &TenantId,
        variant: SpecVariant,
    ) -> Result<bool, AnyError> {
        let machine = &self.machine;
        let tenant = machine.ledger.tenant(id).await?;
        let mut spec: tenancy::Spec =
            serde_json::from_value(variant.spec(tenant.spec.slug.as_str()))?;
        let catalog = Catalog::built_in()?;
        spec.blueprint = catalog
            .find(&spec.blueprint)
            .ok_or("no such blueprint")?
            .reference();
        spec.name = tenant.spec.name.clone();
        let operation = machine.operation(id, OperationKind::Update);
        let version = Some(tenant.spec_version);
        let requested = machine
            .ledger
            .change_spec(id, version, &spec, &operation, &machine.request())
            .await?;
        Ok(requested.operation.is_some())
    }

    /// Requests a repair, as the API does.
    ///
    /// # Errors
    /// The ledger refuses.
    pub async fn request_repair(&self, id: &TenantId) -> Result<(), AnyError> {
        let machine = &self.machine;
        let operation = machine.operation(id, OperationKind::Repair);
        machine
            .ledger
            .request_operation(&operation, &machine.request())
            .await?;
        Ok(())
    }

    /// Requests a departure, as the API does.
    ///
    /// # Errors
    /// The ledger refuses.
    pub async fn request_departure(&self, id: &TenantId) -> Result<(), AnyError> {
        let machine = &self.machine;
        let operation = machine.operation(id, OperationKind::Offboard);
        machine
            .ledger
            .request_departure(id, None, &operation, &machine.request())
            .await?;
        Ok(())
    }
}
