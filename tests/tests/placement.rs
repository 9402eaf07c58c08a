//! Where accounts are in the organization, on the local AWS.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::Arc;

use futures::future::join_all;
use scenarios::{
    machine::Machine,
    proxy::{Config, config::Organizations},
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, Tenant, Verb};
use tenantry_aws::{clock::Clock, organization::unknown_accounts, session::Aws};

async fn request(machine: &Machine, slug: &str) -> Tenant {
    let spec = json!({"slug": slug, "name": "Acme", "blueprint": "sandbox"});
    machine.request_tenant(spec).await.unwrap()
}

async fn until_placed(machine: &Machine, tenant: &Tenant) {
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    for _ in 0..30 {
        let _ = worker.work(&tenant.id).await;
        let now = machine.ledger.tenant(&tenant.id).await.unwrap();
        let placed = now.components.get(&ComponentName::PLACEMENT);
        if placed.is_some_and(|c| c.state == ComponentState::Ready) {
            return;
        }
        machine.advance(20);
    }
    panic!(
        "{:#?}",
        machine.ledger.tenant(&tenant.id).await.unwrap().components
    );
}

fn organizations(machine: &Machine) -> aws_sdk_organizations::Client {
    aws_sdk_organizations::Client::new(machine.root())
}

async fn units(machine: &Machine) -> Vec<(String, String)> {
    let client = organizations(machine);
    let roots = client.list_roots().send().await.unwrap();
    let root = roots.roots()[0].id().unwrap().to_owned();
    let units = client
        .list_organizational_units_for_parent()
        .parent_id(root)
        .send()
        .await
        .unwrap();
    let mut units: Vec<_> = units
        .organizational_units()
        .iter()
        .map(|u| (u.name().unwrap().to_owned(), u.id().unwrap().to_owned()))
        .collect();
    units.sort();
    units
}

#[tokio::test]
async fn tenants_that_come_at_once_share_one_set_of_units_and_policies() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenants = join_all((0..4).map(|n| {
        let machine = &machine;
        async move { request(machine, &format!("tenant-{n}")).await }
    }))
    .await;
    join_all(tenants.iter().map(|tenant| until_placed(&machine, tenant))).await;
    let units = units(&machine).await;
    let names: Vec<&str> = units.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["quarantine", "suspended", "tenants"]);
    let client = organizations(&machine);
    for (name, policy) in [
        ("tenants", "tenantry-guardrail"),
        ("quarantine", "tenantry-lockdown"),
        ("suspended", "tenantry-lockdown"),
    ] {
        let unit = &units.iter().find(|(n, _)| n == name).unwrap().1;
        let on = client
            .list_policies_for_target()
            .target_id(unit)
            .filter("SERVICE_CONTROL_POLICY".into())
            .send()
            .await
            .unwrap();
        assert!(
            on.policies().iter().any(|p| p.name() == Some(policy)),
            "{name}"
        );
    }
    let unit = &units.iter().find(|(n, _)| n == "tenants").unwrap().1;
    let inside = client
        .list_accounts_for_parent()
        .parent_id(unit)
        .send()
        .await
        .unwrap();
    assert_eq!(inside.accounts().len(), 4);
}

#[tokio::test]
async fn an_account_the_ledger_does_not_know_is_reported() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    until_placed(&machine, &tenant).await;
    let aws = Aws::new(machine.root().clone());
    let look = async || {
        let now = machine.now();
        let clock: Clock = Arc::new(move || now);
        unknown_accounts(&aws, &machine.settings, &machine.ledger, &clock).await
    };
    assert_eq!(look().await.unwrap(), []);
    let client = organizations(&machine);
    let made = client
        .create_account()
        .account_name("Stranger")
        .email("stranger@example.com")
        .send()
        .await
        .unwrap();
    let request = made.create_account_status.unwrap().id.unwrap();
    machine.advance(60);
    let status = client
        .describe_create_account_status()
        .create_account_request_id(request)
        .send()
        .await
        .unwrap();
    let account = status.create_account_status.unwrap().account_id.unwrap();
    let parents = client
        .list_parents()
        .child_id(&account)
        .send()
        .await
        .unwrap();
    let unit = units(&machine)
        .await
        .into_iter()
        .find(|(n, _)| n == "tenants")
        .unwrap()
        .1;
    client
        .move_account()
        .account_id(&account)
        .source_parent_id(parents.parents()[0].id().unwrap())
        .destination_parent_id(unit)
        .send()
        .await
        .unwrap();
    let found = look().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].account.as_str(), account);
    assert_eq!(found[0].unit, "tenants");
}

/// Organizations now and then gives a page with a token and nothing else.
#[tokio::test]
async fn an_empty_page_is_not_taken_for_an_account_without_a_place() {
    let config = Config {
        organizations: Some(Organizations {
            empty_pages: 1.0,
            ..Organizations::default()
        }),
        ..Config::default()
    };
    let machine = Machine::start(config).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 30).await.unwrap();
    let audit = machine.worker(Verb::Audit).await.unwrap();
    audit.work(&tenant.id).await.unwrap();
    let ledger = &machine.ledger;
    let found = ledger
        .findings(&tenant.id, None, None, 10, None)
        .await
        .unwrap();
    assert_eq!(found.items, []);
}
