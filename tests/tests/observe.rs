//! Observing writes nothing, neither in AWS nor in the ledger, whatever state a tenant is in.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_support;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use account_support::{Scene, desired};
use aws_sdk_dynamodb::types::AttributeValue;
use scenarios::{
    machine::{AnyError, Machine, TABLE},
    proxy::{Config, Effect, Fault, Match, analysis::writes, config::CreationFailure},
};
use serde_json::json;
use tenancy::{DesiredState, OperationKind, Verb};
use tenantry_aws::{account::CREATIONS_SWITCH, organization::OrganizationCache, rows::Components};

/// The keys of a row.
type Keys = (String, String);
/// The attributes of a row.
type Row = BTreeMap<String, String>;
/// Rows by their keys.
type Table = BTreeMap<Keys, Row>;

/// The whole ledger, but for the rate limiter's tokens: every call to Organizations takes one, reads too.
async fn ledger(machine: &Machine) -> Result<Table, AnyError> {
    let client = aws_sdk_dynamodb::Client::new(machine.root());
    let mut pages = client
        .scan()
        .table_name(TABLE)
        .consistent_read(true)
        .into_paginator()
        .send();
    let mut table = Table::new();
    while let Some(page) = pages.next().await {
        for item in page?.items.unwrap_or_default() {
            let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok().cloned());
            let key = (
                text("pk").unwrap_or_default(),
                text("sk").unwrap_or_default(),
            );
            let row = item
                .iter()
                .map(|(name, value)| (name.clone(), shown(value)));
            if !(key.0 == "GOVERNOR" && key.1.starts_with("RATE#")) {
                table.insert(key, row.collect());
            }
        }
    }
    Ok(table)
}

/// The rows that differ, as they are afterwards.
fn changed<'a>(before: &Table, after: &'a Table) -> Vec<(&'a Keys, &'a Row)> {
    let deleted = before.keys().find(|key| !after.contains_key(*key));
    assert_eq!(deleted, None, "a row was deleted");
    let other = after
        .iter()
        .filter(|(key, row)| before.get(*key) != Some(row));
    other.collect()
}

fn shown(value: &AttributeValue) -> String {
    format!("{value:?}")
}

impl Scene {
    async fn in_state_of_ledger(
        machine: Machine,
        tenant: tenancy::Tenant,
    ) -> Result<Self, AnyError> {
        let desired = desired(&machine, &tenant, None)?;
        Ok(Self {
            machine,
            tenant,
            desired,
        })
    }

    /// What is read in more detail: a user, who may have keys, and another name of the account.
    async fn disturb(&self) -> Result<(), AnyError> {
        let tenant = self.machine.ledger.tenant(&self.tenant.id).await?;
        let account = tenant.account_id.ok_or("no account")?;
        let root = self.machine.account_root(account.as_str())?;
        let iam = aws_sdk_iam::Client::new(&root);
        iam.create_user().user_name("somebody").send().await?;
        let rename = aws_sdk_account::Client::new(&root).put_account_name();
        rename.account_name("Somebody's").send().await?;
        Ok(())
    }

    /// Every component observed by the function of `verb`, in the order of building. Gives back which could be.
    async fn observe_all(&self, verb: Verb) -> Result<BTreeSet<String>, AnyError> {
        let tenant = self.machine.ledger.tenant(&self.tenant.id).await?;
        let mut desired = desired(&self.machine, &tenant, tenant.account_id.clone())?;
        desired.desired_state = tenant.desired_state;
        let (pass, _) = self.pass(verb).await?;
        let before = ledger(&self.machine).await?;
        self.machine.aws.proxy.forget_calls();
        let components = Components::new(&pass, &Arc::new(OrganizationCache::default()));
        let mut observed = BTreeSet::new();
        for row in &components.rows {
            if let Ok(seen) = row.observe(&desired).await {
                row.teach(&seen, &mut desired);
                observed.insert(row.name().to_string());
            }
        }
        let calls = self.machine.aws.proxy.calls();
        let after = ledger(&self.machine).await?;
        let changed = changed(&before, &after);
        assert!(
            changed.is_empty(),
            "observing as {verb:?} wrote {changed:#?}"
        );
        let mut written = writes(&calls);
        written.retain(|call| call.service != "dynamodb");
        assert!(written.is_empty(), "as {verb:?}: {written:#?}");
        let (lease, now) = (&pass.lease, self.machine.now());
        let due = tenant.due_at.filter(|due| *due > now).or(Some(now));
        self.machine.ledger.release_lease(lease, due, now).await?;
        Ok(observed)
    }

    /// Passes of the function of `verb` until the tenant is not due again, with everything observed by every function before
    /// each. Gives back which components could be observed at some point.
    async fn observe_on_the_way(&self, verb: Verb) -> Result<BTreeSet<String>, AnyError> {
        let worker = self.machine.worker(verb).await?;
        let mut observed = BTreeSet::new();
        for _ in 0..40 {
            for verb in Verb::ALL {
                observed.extend(self.observe_all(verb).await?);
            }
            let _ = worker.work(&self.tenant.id).await;
            let tenant = self.machine.ledger.tenant(&self.tenant.id).await?;
            let Some(due) = tenant.due_at else {
                return Ok(observed);
            };
            let now = self.machine.now().as_second();
            self.machine.advance((due.as_second() - now).max(0) + 1);
        }
        let tenant = self.machine.ledger.tenant(&self.tenant.id).await?;
        Err(format!("the tenant is still due: {:#?}", tenant.components).into())
    }
}

async fn scene(config: Config) -> Result<Scene, AnyError> {
    let machine = Machine::start_in(config, &["us-east-1", "eu-central-1"]).await?;
    let security = json!({"name": "Ann", "email": "ann@acme.example", "phone": "+49 30 1234"});
    let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "regulated", "regions": ["us-east-1"],
        "contacts": {"security": security}});
    let tenant = machine.request_tenant(spec).await?;
    Scene::in_state_of_ledger(machine, tenant).await
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_writes_nothing_at_any_point_of_a_tenants_life() -> Result<(), AnyError> {
    let scene = scene(Config::default()).await?;
    let mut observed = scene.observe_on_the_way(Verb::Onboard).await?;
    scene.disturb().await?;
    for verb in Verb::ALL {
        observed.extend(scene.observe_all(verb).await?);
    }
    let ready = scene.machine.ledger.tenant(&scene.tenant.id).await?;
    assert!(ready.ready_at.is_some(), "{:#?}", ready.components);
    let all: BTreeSet<String> = baseline::names().map(|name| name.to_string()).collect();
    assert_eq!(observed, all);
    let operation = scene
        .machine
        .operation(&scene.tenant.id, OperationKind::Offboard);
    let ledger = &scene.machine.ledger;
    ledger
        .request_departure(&scene.tenant.id, None, &operation, &scene.machine.request())
        .await?;
    scene.observe_on_the_way(Verb::Offboard).await?;
    let closed = ledger.tenant(&scene.tenant.id).await?;
    assert_eq!(closed.desired_state, DesiredState::Absent);
    assert!(closed.closed_at.is_some(), "{:#?}", closed.components);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_a_creation_whose_answer_was_lost_writes_nothing() -> Result<(), AnyError> {
    let scene = scene(Config::default()).await?;
    scene.machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("CreateAccount".into()),
            ..Match::default()
        },
        nth: Some(1),
        effect: Effect::DropAnswer,
        ..Fault::default()
    });
    scene.observe_on_the_way(Verb::Onboard).await?;
    let ready = scene.machine.ledger.tenant(&scene.tenant.id).await?;
    assert!(ready.ready_at.is_some(), "{:#?}", ready.components);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_a_creation_that_failed_writes_nothing() -> Result<(), AnyError> {
    for reason in ["INTERNAL_FAILURE", "ACCOUNT_LIMIT_EXCEEDED"] {
        let mut config = Config::default();
        let organizations = config.organizations.as_mut().ok_or("no organization")?;
        organizations.failures = vec![CreationFailure {
            email_contains: String::new(),
            reason: reason.into(),
            times: None,
        }];
        let scene = scene(config).await?;
        let worker = scene.machine.worker(Verb::Onboard).await?;
        for _ in 0..6 {
            for verb in Verb::ALL {
                scene.observe_all(verb).await?;
            }
            worker.work(&scene.tenant.id).await?;
            scene.machine.advance(30);
        }
        let ledger = &scene.machine.ledger;
        let intents = ledger.intents(&scene.tenant.id).await?;
        let stopped = ledger.switch(CREATIONS_SWITCH).await?;
        let seen = intents.iter().any(|i| i.attempts > 1) || stopped.is_some();
        assert!(
            seen,
            "{reason}: {:#?}",
            ledger.tenant(&scene.tenant.id).await?.components
        );
    }
    Ok(())
}
