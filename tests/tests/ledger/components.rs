//! The rows of components, and what the main row has of them.

#![allow(
    clippy::disallowed_methods,
    reason = "components end one after another"
)]

use std::{collections::BTreeMap, time::Duration};

use scenarios::stored::{self, changes};
use tenancy::{ComponentName, ComponentState, ComponentStatus, Phase};
use tenantry_aws::ledger::{LedgerError, NewEntry, PassRecord, TenantFilter};

use crate::bench::{Bench, MINUTE, TABLE, at};

fn status(state: ComponentState, vpc: &str) -> ComponentStatus {
    ComponentStatus {
        state,
        pending: false,
        unseen: false,
        since: at(1),
        failing_since: None,
        message: Some("a NAT gateway is pending".into()),
        obstacle: None,
        resources: BTreeMap::from([("vpc".to_owned(), vpc.to_owned())]),
    }
}

/// Slugs of the tenants in a phase, by the list.
async fn in_phase(bench: &Bench, phase: Phase) -> Vec<String> {
    let filter = TenantFilter {
        phase: Some(phase),
        ..TenantFilter::default()
    };
    let page = bench.ledger.list_tenants(&filter, 10, None).await.unwrap();
    page.items.iter().map(|t| t.slug.to_string()).collect()
}

#[tokio::test]
async fn one_tenant_is_shown_as_it_is_and_in_a_list_as_the_last_pass_left_it() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let name = ComponentName::NETWORK;
    let ledger = &bench.ledger;
    let before = stored::values(&bench.client, TABLE).await;
    for state in [ComponentState::Waiting, ComponentState::Parked] {
        let status = status(state, "vpc-1");
        let saved = ledger.save_component(&lease, name, &status, &[], at(1));
        saved.await.unwrap();
        let expected = BTreeMap::from([(name, status)]);
        let shown = ledger.tenant(&tenant.id).await.unwrap();
        assert_eq!(shown.components, expected);
        let loaded = ledger.load(&tenant.id).await.unwrap();
        assert_eq!(loaded.tenant.components, expected);
        assert_eq!(in_phase(&bench, Phase::Requested).await, ["acme"]);
    }
    let after = stored::values(&bench.client, TABLE).await;
    assert_eq!(
        changes(&before, &after),
        BTreeMap::new(),
        "rows of their own"
    );
    let stalled = ComponentStatus {
        failing_since: Some(at(0)),
        ..status(ComponentState::Stalled, "vpc-1")
    };
    let pass = PassRecord {
        components: BTreeMap::from([(name, stalled.clone())]),
        ..PassRecord::default()
    };
    ledger.save_pass(&lease, &pass, at(2)).await.unwrap();
    assert_eq!(in_phase(&bench, Phase::Requested).await, [""; 0]);
    assert_eq!(in_phase(&bench, Phase::Stalled).await, ["acme"]);
    let loaded = ledger.load(&tenant.id).await.unwrap();
    assert_eq!(loaded.tenant.components, BTreeMap::from([(name, stalled)]));
}

#[tokio::test]
async fn what_a_pass_did_is_in_the_history_at_once_although_the_main_row_waits() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let before = stored::values(&bench.client, TABLE).await;
    let done = NewEntry {
        actor: "tenantry/tenantry-provisioner".into(),
        action: "changes-applied".into(),
        summary: "1 change".into(),
        details: serde_json::Map::new(),
    };
    let (name, ready) = (ComponentName::TRAIL, status(ComponentState::Ready, "x"));
    let ledger = &bench.ledger;
    let saved = ledger.save_component(&lease, name, &ready, std::slice::from_ref(&done), at(1));
    saved.await.unwrap();
    // The pass dies, and another adds to the same chain.
    let after = stored::values(&bench.client, TABLE).await;
    let main = format!("T#{} META", tenant.id);
    assert!(!changes(&before, &after).contains_key(&main));
    assert_eq!(ledger.verify_history(&tenant.id).await, Ok(vec![]));
    let next = ledger.acquire_lease(&tenant.id, "next", at(99), MINUTE);
    let next = next.await.unwrap().unwrap();
    let pass = PassRecord {
        history: vec![done],
        ..PassRecord::default()
    };
    let saved = ledger.save_pass(&next, &pass, at(100)).await.unwrap();
    assert_eq!(saved.tenant.history_length, 3);
    assert_eq!(ledger.verify_history(&tenant.id).await, Ok(vec![]));
    let rows = stored::values(&bench.client, TABLE).await;
    assert_eq!(
        rows[&main]["doc/historyLength"], 3,
        "a pass leaves it whole"
    );
}

#[tokio::test]
async fn a_detail_of_a_component_changes_its_own_row_alone() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let save = async |vpc| {
        let waits = status(ComponentState::Waiting, vpc);
        let name = ComponentName::NETWORK;
        let saved = bench
            .ledger
            .save_component(&lease, name, &waits, &[], at(1));
        saved.await.unwrap();
        stored::values(&bench.client, TABLE).await
    };
    let first = save("vpc-1").await;
    let second = save("vpc-2").await;
    let row = format!("T#{} C#network", tenant.id);
    let path = "doc/resources/vpc".to_owned();
    assert_eq!(
        changes(&first, &second),
        BTreeMap::from([(row, [path].into())])
    );
    assert_eq!(changes(&second, &save("vpc-2").await), BTreeMap::new());
}

#[tokio::test]
async fn what_is_as_wanted_without_a_change_is_recorded_with_the_next_write() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let ledger = &bench.ledger;
    let save = async |name, state| {
        let status = status(state, "vpc-1");
        let saved = ledger.save_component(&lease, name, &status, &[], at(1));
        saved.await.unwrap();
        let shown = ledger.tenant(&tenant.id).await.unwrap().components;
        shown.into_keys().collect::<Vec<_>>()
    };
    let (network, trail) = (ComponentName::NETWORK, ComponentName::TRAIL);
    assert_eq!(save(network, ComponentState::Ready).await, []);
    assert_eq!(save(trail, ComponentState::Waiting).await, [network, trail]);
}

#[tokio::test]
async fn components_that_end_at_once_are_recorded_without_a_lost_race() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let waits = status(ComponentState::Waiting, "vpc-1");
    let names: Vec<_> = (0..50)
        .map(|number| ComponentName::from_stored(&format!("c-{number}")).unwrap())
        .collect();
    let save = |name: &ComponentName| {
        let ledger = &bench.ledger;
        ledger.save_component(&lease, *name, &waits, &[], at(1))
    };
    let saved = futures::future::join_all(names.iter().map(save)).await;
    assert!(saved.iter().all(Result::is_ok), "{saved:?}");
    let shown = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(shown.components.len(), names.len());
}

fn done(summary: &str) -> Vec<NewEntry> {
    vec![NewEntry {
        actor: "tenantry/tenantry-provisioner".into(),
        action: "changes-applied".into(),
        summary: summary.into(),
        details: serde_json::Map::new(),
    }]
}

#[tokio::test]
async fn components_that_end_soon_after_one_another_are_recorded_in_one_transaction() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let (network, trail) = (ComponentName::NETWORK, ComponentName::TRAIL);
    let ledger = &bench.ledger;
    let save = async |name: ComponentName, wait, now| {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let status = status(ComponentState::Ready, "x");
        let done = done(name.as_str());
        ledger
            .save_component_soon(&lease, name, &status, &done, now)
            .await
    };
    let saved = futures::join!(save(network, 0, at(1)), save(trail, 300, at(3)));
    assert_eq!(saved, (Ok(()), Ok(())));
    let shown = ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(shown.components.len(), 2);
    let history = ledger.history(&tenant.id, 10, None).await.unwrap().items;
    let changes = history
        .iter()
        .filter(|entry| entry.action == "changes-applied");
    let told = changes.map(|entry| (entry.summary.as_str(), entry.at));
    // Entries of one transaction are of one time.
    let expected = [(network.as_str(), at(3)), (trail.as_str(), at(3))];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(ledger.verify_history(&tenant.id).await, Ok(vec![]));
}

#[tokio::test]
async fn what_waits_to_be_recorded_is_recorded_at_once_when_nothing_else_comes() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let (name, ready) = (ComponentName::TRAIL, status(ComponentState::Ready, "x"));
    let ledger = &bench.ledger;
    let done = done("one change");
    let (saved, ()) = futures::join!(
        ledger.save_component_soon(&lease, name, &ready, &done, at(1)),
        ledger.save_waiting(&lease),
    );
    saved.unwrap();
    let shown = ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(shown.components, BTreeMap::from([(name, ready)]));
}

#[tokio::test]
async fn what_waits_when_a_pass_ends_is_left_to_its_record() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let (name, ready) = (ComponentName::TRAIL, status(ComponentState::Ready, "x"));
    let ledger = &bench.ledger;
    let before = stored::values(&bench.client, TABLE).await;
    let done = done("one change");
    let (saved, left) = futures::join!(
        ledger.save_component_soon(&lease, name, &ready, &done, at(1)),
        async { ledger.leave_waiting(&lease) },
    );
    saved.unwrap();
    assert_eq!(left, done);
    let after = stored::values(&bench.client, TABLE).await;
    assert_eq!(changes(&before, &after), BTreeMap::new());
}

#[tokio::test]
async fn a_pass_that_lost_its_lease_changes_no_component() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let name = ComponentName::NETWORK;
    let first = status(ComponentState::Waiting, "vpc-1");
    let late =
        [ComponentState::Waiting, ComponentState::Failed].map(|state| status(state, "vpc-2"));
    let save = |status| {
        bench
            .ledger
            .save_component(&lease, name, status, &[], at(1))
    };
    save(&first).await.unwrap();
    let taken = bench
        .ledger
        .acquire_lease(&tenant.id, "another", at(99), MINUTE);
    assert!(taken.await.unwrap().is_some());
    for late in &late {
        assert_eq!(save(late).await, Err(LedgerError::LostLease));
    }
    let shown = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(shown.components[&name], first);
}

#[tokio::test]
async fn more_components_than_a_transaction_holds_are_recorded() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let component = |number| {
        let name = ComponentName::from_stored(&format!("c-{number}")).unwrap();
        (name, status(ComponentState::Ready, "vpc-1"))
    };
    let pass = PassRecord {
        components: (0..130).map(component).collect(),
        ..PassRecord::default()
    };
    bench.ledger.save_pass(&lease, &pass, at(2)).await.unwrap();
    let shown = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(shown.components, pass.components);
}

#[tokio::test]
async fn a_component_of_which_the_main_row_tells_all_gets_no_row_until_there_is_more_to_tell() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let (ledger, name) = (&bench.ledger, ComponentName::KEYS);
    let absent = ComponentStatus {
        message: None,
        resources: BTreeMap::new(),
        ..status(ComponentState::Absent, "")
    };
    let row = format!("T#{} C#keys", tenant.id);
    let has_row = async || {
        stored::values(&bench.client, TABLE)
            .await
            .contains_key(&row)
    };
    ledger
        .save_component(&lease, name, &absent, &[], at(1))
        .await
        .unwrap();
    assert!(!has_row().await);
    let pass = PassRecord {
        components: BTreeMap::from([(name, absent.clone())]),
        ..PassRecord::default()
    };
    ledger.save_pass(&lease, &pass, at(2)).await.unwrap();
    assert!(!has_row().await);
    let shown = ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(shown.components, pass.components);

    let lease = bench.lease(&tenant).await;
    let there = status(ComponentState::Ready, "key-1");
    for status in [&there, &absent] {
        let done = NewEntry {
            actor: "tenantry/tenantry-provisioner".into(),
            action: "changes-applied".into(),
            summary: "1 change".into(),
            details: serde_json::Map::new(),
        };
        let done = [done];
        let saved = ledger.save_component(&lease, name, status, &done, at(3));
        saved.await.unwrap();
        assert!(has_row().await, "it was there once");
        let loaded = ledger.load(&tenant.id).await.unwrap();
        assert_eq!(&loaded.tenant.components[&name], status);
    }
}
