//! The rows of components, and what the main row has of them.

use std::collections::BTreeMap;

use scenarios::stored::{self, changes};
use tenancy::{ComponentName, ComponentState, ComponentStatus, Phase, Tenant};
use tenantry_aws::ledger::{LedgerError, PassRecord, TenantFilter};

use crate::bench::{Bench, MINUTE, TABLE, at};

fn status(state: ComponentState, vpc: &str) -> ComponentStatus {
    ComponentStatus {
        state,
        pending: false,
        since: at(1),
        failing_since: None,
        message: Some("a NAT gateway is pending".into()),
        obstacle: None,
        resources: BTreeMap::from([("vpc".to_owned(), vpc.to_owned())]),
    }
}

async fn parked(bench: &Bench) -> Vec<Tenant> {
    in_phase(bench, Phase::Parked).await
}

async fn in_phase(bench: &Bench, phase: Phase) -> Vec<Tenant> {
    let filter = TenantFilter {
        phase: Some(phase),
        ..TenantFilter::default()
    };
    let page = bench.ledger.list_tenants(&filter, 10, None).await;
    page.unwrap().items
}

#[tokio::test]
async fn a_list_has_the_states_of_components_and_one_tenant_all_of_them() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let (name, waits) = (
        ComponentName::NETWORK,
        status(ComponentState::Waiting, "vpc-1"),
    );
    let save = |status| {
        bench
            .ledger
            .save_component(&lease, name, status, &[], at(1))
    };
    save(&waits).await.unwrap();
    let shown = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(shown.components, BTreeMap::from([(name, waits.clone())]));
    assert_eq!(parked(&bench).await, []);
    let stuck = status(ComponentState::Parked, "vpc-1");
    save(&stuck).await.unwrap();
    let alone = ComponentStatus {
        message: None,
        resources: BTreeMap::new(),
        ..stuck.clone()
    };
    let listed = parked(&bench).await;
    assert_eq!(listed[0].components, BTreeMap::from([(name, alone)]));
    let loaded = bench.ledger.load(&tenant.id).await.unwrap();
    assert_eq!(
        loaded.tenant.components,
        BTreeMap::from([(name, stuck.clone())])
    );
    let stalled = ComponentStatus {
        failing_since: Some(at(0)),
        ..status(ComponentState::Stalled, "vpc-1")
    };
    save(&stalled).await.unwrap();
    assert_eq!(parked(&bench).await, []);
    assert_eq!(in_phase(&bench, Phase::Stalled).await.len(), 1);
    let loaded = bench.ledger.load(&tenant.id).await.unwrap();
    assert_eq!(loaded.tenant.components, BTreeMap::from([(name, stalled)]));
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
async fn a_pass_that_lost_its_lease_changes_no_component() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let name = ComponentName::NETWORK;
    let first = status(ComponentState::Waiting, "vpc-1");
    let late = [ComponentState::Waiting, ComponentState::Ready].map(|state| status(state, "vpc-2"));
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
