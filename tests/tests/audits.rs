//! What an audit reports: not what an accepted change has yet to do, and what others made in the account.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

use scenarios::{
    machine::{AnyError, Machine},
    proxy::Config,
};
use serde_json::json;
use tenancy::{Egress, FindingState, OperationKind, OperationState, Tenant, Verb};

struct Audited {
    machine: Machine,
    tenant: Tenant,
}

impl Audited {
    /// A tenant that is as its spec wants it.
    async fn begin(blueprint: &str) -> Result<Self, AnyError> {
        let machine = Machine::start_in(Config::default(), &["us-east-1", "eu-central-1"]).await?;
        let spec = json!({"slug": "acme", "name": "Acme", "blueprint": blueprint, "regions": ["us-east-1"]});
        let tenant = machine.request_tenant(spec).await?;
        let worker = machine.worker(Verb::Onboard).await?;
        machine.settle(&worker, &tenant.id, 40).await?;
        let tenant = machine.ledger.tenant(&tenant.id).await?;
        Ok(Self { machine, tenant })
    }

    async fn open(&self) -> Result<Vec<String>, AnyError> {
        let ledger = &self.machine.ledger;
        let state = Some(FindingState::Open);
        let found = ledger
            .findings(&self.tenant.id, state, None, 100, None)
            .await?;
        let keys = found
            .items
            .into_iter()
            .map(|finding| finding.difference.key);
        Ok(keys.collect())
    }

    async fn ask(&self, kind: OperationKind) -> Result<tenancy::OperationId, AnyError> {
        let operation = self.machine.operation(&self.tenant.id, kind);
        let (ledger, request) = (&self.machine.ledger, self.machine.request());
        ledger.request_operation(&operation, &request).await?;
        Ok(operation.id)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_accepted_change_has_yet_to_do_is_no_drift() -> Result<(), AnyError> {
    let audited = Audited::begin("standard").await?;
    let (machine, id) = (&audited.machine, &audited.tenant.id);
    let mut spec = audited.tenant.spec.clone();
    spec.regions = Some(vec!["us-east-1".parse()?, "eu-central-1".parse()?]);
    spec.egress = Some(Egress::None);
    let update = machine.operation(id, OperationKind::Update);
    machine
        .ledger
        .change_spec(id, None, &spec, &update, &machine.request())
        .await?;
    let asked = audited.ask(OperationKind::Audit).await?;

    let audit = machine.worker(Verb::Audit).await?;
    audit.work(id).await?;
    assert_eq!(audited.open().await?, [""; 0]);
    let history = machine.ledger.history(id, 100, None).await?;
    let entries = history.items.iter();
    let drift = entries.filter(|entry| entry.action == "drift-found");
    assert_eq!(drift.count(), 0);

    let onboard = machine.worker(Verb::Onboard).await?;
    for _ in 0..40 {
        onboard.work(id).await?;
        audit.work(id).await?;
        assert_eq!(audited.open().await?, [""; 0]);
        let audit = machine.ledger.operation(&asked).await?;
        if audit.operation.state == OperationState::Succeeded {
            let tenant = machine.ledger.tenant(id).await?;
            assert_eq!(tenant.open_operations, []);
            return Ok(());
        }
        machine.advance(30);
    }
    Err("the audit that was asked for never came".into())
}
