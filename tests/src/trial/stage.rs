//! Where trials are held: a machine in an AWS of few Regions whose waits are short, and a clock that jumps.

use std::path::Path;

use serde_json::json;
use tenancy::Verb;
use tenancy::{OperationKind, Tenant, TenantId, blueprint::Catalog};

use crate::{
    machine::{AnyError, Machine, REGION},
    proxy::{
        Checkpoint, Config,
        config::{NatGateways, Organizations},
    },
};

/// The Regions there are: the tenants' own, and one where nothing is theirs but the default network there.
pub const REGIONS: [&str; 2] = [REGION, "eu-west-1"];
/// Most passes a tenant may take to settle.
pub const MOST_PASSES: usize = 120;
/// How long after a loss of power the lease of the dead pass is over, in seconds.
pub const LEASE_OVER_SECS: i64 = 901;

/// The name and settings of a tenant's spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Blueprint.
    pub blueprint: &'static str,
    /// How its networks reach out.
    pub egress: &'static str,
}

/// The tenant the power is lost for: a production tenant with a way out.
pub const STANDARD: Wanted = Wanted {
    blueprint: "standard",
    egress: "single-nat",
};
/// What it becomes for a change of blueprint, before it comes back.
pub const SANDBOX: Wanted = Wanted {
    blueprint: "sandbox",
    egress: "none",
};

impl Wanted {
    /// The spec of a tenant of this name.
    pub fn spec(&self, slug: &str) -> serde_json::Value {
        json!({ "slug": slug, "name": slug, "blueprint": self.blueprint, "egress": self.egress })
    }
}

/// AWS without waiting: every wait is over as soon as the clock moves.
pub fn quick() -> Config {
    Config {
        organizations: Some(Organizations {
            bootstrap_role_secs: Some(0.0),
            ..Organizations::default()
        }),
        nat_gateways: Some(NatGateways::default()),
        ..Config::default()
    }
}

/// A machine, and the worlds it can be put into.
pub struct Stage {
    /// The machine.
    pub machine: Machine,
}

impl Stage {
    /// Starts one.
    ///
    /// # Errors
    /// The local AWS does not start.
    pub async fn new(config: Config) -> Result<Self, AnyError> {
        let machine = Machine::start_in(config, &REGIONS).await?;
        Ok(Self { machine })
    }

    /// Another beside it, to be put into worlds this one kept.
    ///
    /// # Errors
    /// The local AWS does not start.
    pub async fn twin(&self, config: Config) -> Result<Self, AnyError> {
        let machine = self.machine.twin(config, &REGIONS).await?;
        Ok(Self { machine })
    }

    /// Keeps the world.
    ///
    /// # Errors
    /// The emulator cannot.
    pub async fn keep(&self, directory: &Path) -> Result<Checkpoint, AnyError> {
        self.machine.aws.proxy.keep(directory).await
    }

    /// Puts a world back, as it was then.
    ///
    /// # Errors
    /// The emulator cannot.
    pub async fn restore(&self, world: &Checkpoint) -> Result<(), AnyError> {
        self.machine.aws.proxy.restore(world).await
    }

    /// A new process of a function works on the tenant until it is not due again.
    ///
    /// # Errors
    /// It is still due after [`MOST_PASSES`].
    pub async fn settle(&self, verb: Verb, tenant: &TenantId) -> Result<usize, AnyError> {
        let worker = self.machine.worker(verb).await?;
        self.machine.settle(&worker, tenant, MOST_PASSES).await
    }

    /// A new process of a function makes one pass over the tenant.
    ///
    /// # Errors
    /// The pass failed outright.
    pub async fn settle_once(&self, verb: Verb, tenant: &TenantId) -> Result<(), AnyError> {
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

    /// Asks for another spec, as the API does; false if it is the one there is.
    ///
    /// # Errors
    /// The ledger refuses, for one because the tenant leaves.
    pub async fn ask_change(&self, id: &TenantId, wanted: Wanted) -> Result<bool, AnyError> {
        let machine = &self.machine;
        let tenant = machine.ledger.tenant(id).await?;
        let mut spec: tenancy::Spec =
            serde_json::from_value(wanted.spec(tenant.spec.slug.as_str()))?;
        let catalog = Catalog::built_in()?;
        spec.blueprint = catalog
            .find(&spec.blueprint)
            .ok_or("no such blueprint")?
            .reference();
        spec.name = tenant.spec.name.clone();
        let operation = machine.operation(id, OperationKind::Update);
        let version = Some(tenant.spec_version);
        let asked = machine
            .ledger
            .change_spec(id, version, &spec, &operation, &machine.request())
            .await?;
        Ok(asked.operation.is_some())
    }

    /// Asks for a repair, as the API does.
    ///
    /// # Errors
    /// The ledger refuses.
    pub async fn ask_repair(&self, id: &TenantId) -> Result<(), AnyError> {
        let machine = &self.machine;
        let operation = machine.operation(id, OperationKind::Repair);
        machine
            .ledger
            .request_operation(&operation, &machine.request())
            .await?;
        Ok(())
    }

    /// Asks for a departure, as the API does.
    ///
    /// # Errors
    /// The ledger refuses.
    pub async fn ask_departure(&self, id: &TenantId) -> Result<(), AnyError> {
        let machine = &self.machine;
        let operation = machine.operation(id, OperationKind::Offboard);
        machine
            .ledger
            .request_departure(id, None, &operation, &machine.request())
            .await?;
        Ok(())
    }
}
