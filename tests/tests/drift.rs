//! What a person can change in the resources of ours, found by an audit with its values and corrected by a repair, with IAM
//! enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[path = "drift/every_kind.rs"]
mod every_kind;
#[path = "drift/network.rs"]
mod network;
#[path = "drift/policies.rs"]
mod policies;
#[path = "drift/rarely_asked.rs"]
mod rarely_asked;
#[path = "drift/retagged.rs"]
mod retagged;
#[path = "drift/trail.rs"]
mod trail;

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use scenarios::{
    machine::{AnyError, Machine},
    proxy::Config,
};
use serde_json::json;
use tenancy::{
    ComponentName, ComponentState, Finding, OperationKind, Tenant, Verb, finding::FindingState,
    names,
};

const BUCKET: &str = "tenantry-trail";
const REGION: &str = "us-east-1";

/// A tenant that is ready, and its account as its root sees it.
struct Ready {
    machine: Machine,
    tenant: Tenant,
    account: String,
    root: SdkConfig,
}

impl Ready {
    async fn start(egress: &str) -> Result<Self, AnyError> {
        let machine = Machine::start(Config::default()).await?;
        let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0", "regions": [REGION],
            "egress": egress, "availabilityZones": 2});
        let tenant = machine.request_tenant(spec).await?;
        let worker = machine.worker(Verb::Onboard).await?;
        machine.settle(&worker, &tenant.id, 40).await?;
        let known = machine.ledger.tenant(&tenant.id).await?;
        let states = known.components.values().map(|status| status.state);
        assert!(
            states
                .clone()
                .all(|state| matches!(state, ComponentState::Ready | ComponentState::Absent)),
            "{:#?}",
            known.components
        );
        let account = known.account_id.ok_or("no account")?.to_string();
        let root = machine.account_root(&account)?;
        Ok(Self {
            machine,
            tenant,
            account,
            root,
        })
    }

    /// A KMS key that somebody made in the account, and lets services use.
    async fn foreign_key(&self) -> Result<String, AnyError> {
        let kms = aws_sdk_kms::Client::new(&self.root);
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{}:root", self.account)},
                "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"Service": ["cloudtrail.amazonaws.com", format!("logs.{REGION}.amazonaws.com")]},
                "Action": "kms:*", "Resource": "*"},
        ]});
        let made = kms.create_key().policy(policy.to_string()).send().await?;
        let made = made.key_metadata().and_then(|key| key.arn());
        Ok(made.ok_or("KMS gave no ARN")?.to_owned())
    }

    /// The id of a resource, as the ledger has it.
    async fn id(&self, component: ComponentName, role: &str) -> Result<String, AnyError> {
        let tenant = self.machine.ledger.tenant(&self.tenant.id).await?;
        let resources = &tenant.components[&component].resources;
        let id = resources
            .get(role)
            .ok_or_else(|| format!("{role} in {resources:#?}"))?;
        Ok(id.clone())
    }

    async fn part(&self, part: &str) -> Result<String, AnyError> {
        self.id(ComponentName::NETWORK, &format!("{REGION}.{part}"))
            .await
    }

    /// What an audit finds.
    async fn audit(&self) -> Result<BTreeMap<String, Finding>, AnyError> {
        let worker = self.machine.worker(Verb::Audit).await?;
        worker.work(&self.tenant.id).await?;
        let ledger = &self.machine.ledger;
        let open = ledger
            .findings(&self.tenant.id, Some(FindingState::Open), None, 100, None)
            .await?;
        let keyed = open.items.into_iter();
        Ok(keyed
            .map(|finding| (finding.difference.key.clone(), finding))
            .collect())
    }

    async fn repair(&self) -> Result<(), AnyError> {
        let operation = self
            .machine
            .operation(&self.tenant.id, OperationKind::Repair);
        let ledger = &self.machine.ledger;
        ledger
            .request_operation(&operation, &self.machine.request())
            .await?;
        let worker = self.machine.worker(Verb::Onboard).await?;
        self.machine.settle(&worker, &self.tenant.id, 20).await?;
        Ok(())
    }

    fn ec2(&self) -> aws_sdk_ec2::Client {
        aws_sdk_ec2::Client::new(&self.root)
    }

    fn bucket(&self) -> String {
        format!("{BUCKET}-{}-{REGION}", self.account)
    }
}

/// Finds each of these, repairs, and finds nothing.
async fn found_and_repaired(ready: &Ready, expected: &[&str]) -> Result<(), AnyError> {
    let found = ready.audit().await?;
    let keys: Vec<&String> = found.keys().collect();
    for key in expected {
        assert!(found.contains_key(*key), "{key} in {keys:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{keys:#?}");
    ready.repair().await?;
    let left = ready.audit().await?;
    assert!(left.is_empty(), "{:#?}", left.keys());
    Ok(())
}
