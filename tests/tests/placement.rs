//! Where accounts are in the organization, on the local AWS.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[path = "placement/guardrail.rs"]
mod guardrail;
#[path = "placement/prefix.rs"]
mod prefix;

use std::sync::Arc;

use futures::future::join_all;
use scenarios::{
    machine::Machine,
    proxy::{Config, Effect, Fault, Match, config::Organizations},
};
use serde_json::json;
use tenancy::{ComponentName, ComponentState, OperationKind, Tenant, Verb};
use tenantry_aws::{clock::Clock, organization::read_organization, session::Aws};

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
    let read = async || {
        let now = machine.now();
        let clock: Clock = Arc::new(move || now);
        let reading = read_organization(&aws, &machine.settings, &machine.ledger, &clock).await?;
        reading.unknown(&machine.ledger).await
    };
    assert_eq!(read().await.unwrap(), []);
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
        .destination_parent_id(&unit)
        .send()
        .await
        .unwrap();
    let found = read().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].account.as_str(), account);
    assert_eq!(found[0].unit, unit, "the unit is told by its id");
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

/// A unit right under the root, made by somebody with these tags.
async fn make_unit(machine: &Machine, name: &str, tags: &[(&str, &str)]) -> String {
    let client = organizations(machine);
    let roots = client.list_roots().send().await.unwrap();
    let tags = tags.iter().map(|(key, value)| tag(key, value)).collect();
    let made = client
        .create_organizational_unit()
        .parent_id(roots.roots()[0].id().unwrap())
        .name(name)
        .set_tags(Some(tags))
        .send()
        .await
        .unwrap();
    made.organizational_unit.unwrap().id.unwrap()
}

fn tag(key: &str, value: &str) -> aws_sdk_organizations::types::Tag {
    let tag = aws_sdk_organizations::types::Tag::builder();
    tag.key(key).value(value).build().unwrap()
}

/// Names of the service control policies on a unit.
async fn policies_on(machine: &Machine, unit: &str) -> Vec<String> {
    let client = organizations(machine);
    let on = client
        .list_policies_for_target()
        .target_id(unit)
        .filter("SERVICE_CONTROL_POLICY".into())
        .send()
        .await
        .unwrap();
    let names = on.policies().iter().filter_map(|p| p.name());
    names.map(str::to_owned).collect()
}

async fn policy_id(machine: &Machine, name: &str) -> Option<String> {
    let client = organizations(machine);
    let all = client
        .list_policies()
        .filter("SERVICE_CONTROL_POLICY".into())
        .send()
        .await
        .unwrap();
    let policy = all.policies().iter().find(|p| p.name() == Some(name))?;
    policy.id().map(str::to_owned)
}

async fn content(machine: &Machine, policy: &str) -> String {
    let client = organizations(machine);
    let described = client.describe_policy().policy_id(policy).send().await;
    described.unwrap().policy.unwrap().content.unwrap()
}

#[tokio::test]
async fn what_others_made_under_our_names_is_left_alone_and_ours_gets_other_names() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let customers = make_unit(&machine, "suspended", &[("owner", "customer")]).await;
    let other = [
        ("tenantry:component", "placement"),
        ("tenantry:installation", "999999999999/tenantry"),
    ];
    let installations = make_unit(&machine, "tenants", &other).await;
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]});
    let theirs = organizations(&machine)
        .create_policy()
        .name("tenantry-guardrail")
        .description("somebody else's")
        .r#type("SERVICE_CONTROL_POLICY".into())
        .content(document.to_string())
        .send()
        .await
        .unwrap();
    let theirs = theirs.policy.unwrap().policy_summary.unwrap().id.unwrap();

    let tenant = request(&machine, "acme").await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&worker, &tenant.id, 30).await.unwrap();

    for unit in [&customers, &installations] {
        let on = policies_on(&machine, unit).await;
        let ours = on.iter().filter(|name| name.contains("tenantry"));
        assert_eq!(ours.count(), 0, "{on:?}");
    }
    assert_eq!(content(&machine, &theirs).await, document.to_string());
    let units = units(&machine).await;
    let unit = |name: &str| {
        let found = units.iter().find(|(n, _)| n == name);
        found
            .unwrap_or_else(|| panic!("{name} in {units:?}"))
            .1
            .clone()
    };
    let on = policies_on(&machine, &unit("tenants-2")).await;
    assert!(on.contains(&"tenantry-guardrail-2".to_owned()), "{on:?}");
    for locked in ["quarantine", "suspended-2"] {
        let on = policies_on(&machine, &unit(locked)).await;
        assert!(on.contains(&"tenantry-lockdown".to_owned()), "{on:?}");
    }
}

#[tokio::test]
async fn what_was_renamed_by_hand_is_known_by_its_id() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let first = request(&machine, "first").await;
    until_placed(&machine, &first).await;
    let before = units(&machine).await;
    let id = |name: &str| before.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let client = organizations(&machine);
    let rename = client.update_organizational_unit();
    let rename = rename
        .organizational_unit_id(id("tenants"))
        .name("customers");
    rename.send().await.unwrap();
    let guardrail = policy_id(&machine, "tenantry-guardrail").await.unwrap();
    let rename = client.update_policy().policy_id(&guardrail);
    rename.name("our guardrail").send().await.unwrap();
    machine.advance(3600);

    let second = request(&machine, "second").await;
    until_placed(&machine, &second).await;
    let after = units(&machine).await;
    assert_eq!(after.len(), 3, "{after:?}");
    assert_eq!(policy_id(&machine, "tenantry-guardrail").await, None);
    let inside = client.list_accounts_for_parent().parent_id(id("tenants"));
    assert_eq!(inside.send().await.unwrap().accounts().len(), 2);
}

#[tokio::test]
async fn who_asks_gets_a_fresh_read_of_the_organization_and_a_repair_is_known_to_all() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    let onboard = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&onboard, &tenant.id, 30).await.unwrap();
    let audits = machine.worker(Verb::Audit).await.unwrap();
    let scheduled = machine.worker(Verb::Audit).await.unwrap();
    audits.work(&tenant.id).await.unwrap();
    scheduled.work(&tenant.id).await.unwrap();
    let ask = async |kind| {
        let operation = machine.operation(&tenant.id, kind);
        let request = machine.request();
        let asked = machine.ledger.request_operation(&operation, &request);
        asked.await.unwrap();
    };
    let open = async || {
        let state = Some(tenancy::FindingState::Open);
        let found = machine.ledger.findings(&tenant.id, state, None, 10, None);
        let keys = found.await.unwrap().items.into_iter();
        keys.map(|finding| finding.difference.key)
            .collect::<Vec<_>>()
    };
    let guardrail = policy_id(&machine, "tenantry-guardrail").await.unwrap();
    let unit = units(&machine)
        .await
        .into_iter()
        .find(|(n, _)| n == "tenants");
    let unit = unit.unwrap().1;
    let client = organizations(&machine);
    let detach = client.detach_policy().policy_id(&guardrail);
    detach.target_id(&unit).send().await.unwrap();

    ask(OperationKind::Audit).await;
    audits.work(&tenant.id).await.unwrap();
    assert_eq!(
        open().await,
        ["placement.policy.tenantry-guardrail.tenants"]
    );
    // Another process sees it now, and remembers it for its scheduled audits.
    machine.advance(1);
    scheduled.work(&tenant.id).await.unwrap();
    assert_eq!(
        open().await,
        ["placement.policy.tenantry-guardrail.tenants"]
    );

    ask(OperationKind::Repair).await;
    let repairs = machine.worker(Verb::Onboard).await.unwrap();
    machine.settle(&repairs, &tenant.id, 10).await.unwrap();
    let on = policies_on(&machine, &unit).await;
    assert!(on.contains(&"tenantry-guardrail".to_owned()), "{on:?}");
    assert_eq!(open().await, [""; 0]);
    scheduled.work(&tenant.id).await.unwrap();
    assert_eq!(
        open().await,
        [""; 0],
        "what was repaired is known to every process"
    );
}

#[tokio::test]
async fn a_tenant_for_which_the_pool_has_no_addresses_is_placed_and_entered_all_the_same() {
    let mut machine = Machine::start(Config::default()).await.unwrap();
    machine.settings.cidr_pool = "10.0.0.0/24".parse().unwrap();
    let spec = json!({"slug": "acme", "name": "Acme", "blueprint": "standard@1.0.0"});
    let tenant = machine.request_tenant(spec).await.unwrap();
    until_placed(&machine, &tenant).await;
    let worker = machine.worker(Verb::Onboard).await.unwrap();
    for _ in 0..10 {
        let _ = worker.work(&tenant.id).await;
        machine.advance(30);
    }
    let known = machine.ledger.tenant(&tenant.id).await.unwrap();
    let state = |name| known.components[&name].state;
    for built in [ComponentName::ACCESS, ComponentName::TRAIL] {
        assert_eq!(
            state(built),
            ComponentState::Ready,
            "{:#?}",
            known.components
        );
    }
    let network = &known.components[&ComponentName::NETWORK];
    assert_eq!(network.state, ComponentState::Parked);
    let obstacle = network.obstacle.as_ref().unwrap().to_string();
    assert!(obstacle.contains("no /20 block is free"), "{obstacle}");
}

#[tokio::test]
async fn an_account_that_is_elsewhere_by_now_is_moved_from_where_it_is() {
    let machine = Machine::start(Config::default()).await.unwrap();
    let tenant = request(&machine, "acme").await;
    machine.aws.proxy.add_fault(Fault {
        matching: Match {
            operation: Some("MoveAccount".into()),
            ..Match::default()
        },
        times: Some(1),
        effect: Effect::Refuse {
            code: "SourceParentNotFoundException".into(),
            status: 400,
            message: "We can't find a source root or OU with the ParentId that you specified."
                .into(),
            reason: None,
        },
        ..Fault::default()
    });
    until_placed(&machine, &tenant).await;
    let calls = machine.aws.proxy.calls();
    let names = calls.iter().map(|call| call.operation.as_str());
    let names: Vec<_> = names
        .filter(|name| ["ListParents", "MoveAccount"].contains(name))
        .collect();
    assert_eq!(names, ["MoveAccount", "ListParents", "MoveAccount"]);
    let tenants = units(&machine).await.into_iter();
    let unit = tenants.filter(|(name, _)| name == "tenants");
    let unit = unit.map(|(_, id)| id).next().unwrap();
    let inside = organizations(&machine).list_accounts_for_parent();
    let inside = inside.parent_id(unit).send().await.unwrap();
    assert_eq!(inside.accounts().len(), 1);
}
