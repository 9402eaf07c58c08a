//! The ledger of the release before: component statuses whole in the main row.

use std::collections::BTreeMap;

use scenarios::stored::{self, PREVIOUS_RELEASE};
use serde_json::{Value, json};
use tenancy::{
    ComponentState, DesiredState, FindingState, OperationKind, OperationState, Phase, Tenant,
};
use tenantry_aws::ledger::{
    Admission, Begun, CreationBudget, Lease, Loaded, PassRecord, Semaphore, TenantFilter,
    WatchAnswer, WatchedState,
};

use super::{by_slug, component, listed, status};
use crate::bench::{Bench, MINUTE, TABLE, at, keyed, operation, request};

async fn previous() -> Bench {
    let bench = Bench::start().await;
    stored::load(&bench.client, TABLE, PREVIOUS_RELEASE).await;
    bench
}

async fn begin(bench: &Bench, tenant: &Tenant, second: i64) -> (Lease, Loaded) {
    let begun = bench
        .ledger
        .begin(&tenant.id, "new", at(second), MINUTE, None);
    match begun.await.unwrap() {
        Begun::Pass(begun) => *begun,
        other => panic!("{other:?}"),
    }
}

/// A component's status as it stands in the main row, and in a row of its own.
async fn stands(bench: &Bench, tenant: &Tenant, name: &str) -> (Value, Option<Value>) {
    let read = async |sk: String| {
        let pk = format!("T#{}", tenant.id);
        let call = bench.client.get_item().table_name(TABLE);
        let call = call.key("pk", attribute(pk)).key("sk", attribute(sk));
        let row = call.send().await.unwrap().item?;
        serde_json::from_str::<Value>(row["doc"].as_s().unwrap()).ok()
    };
    let main = read("META".into()).await.unwrap()["components"][name].clone();
    (main, read(format!("C#{name}")).await)
}

fn attribute(text: String) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text)
}

#[tokio::test]
async fn tenants_of_the_release_before_are_read_as_they_were_written() {
    let bench = previous().await;
    let acme = by_slug(&bench, "acme").await;
    assert_eq!(
        (acme.desired_state, acme.phase()),
        (DesiredState::Present, Phase::Parked)
    );
    assert_eq!(acme.components.len(), 4);
    assert_eq!(status(&acme, "identity").resources["alias"], "acme-2");
    let obstacle = status(&acme, "identity").obstacle.as_ref().unwrap();
    assert_eq!(obstacle.retry_after_secs(), None);
    let bolt = by_slug(&bench, "bolt").await;
    assert_eq!(bolt.desired_state, DesiredState::Absent);
    // Written as `gone`.
    assert_eq!(status(&bolt, "network").state, ComponentState::Absent);
    let crux = bench
        .ledger
        .tenant_by_account(&"333344445555".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        (crux.closed_at, crux.phase()),
        (Some(at(80)), Phase::Closed)
    );
    let shown = listed(&bench).await;
    for (slug, phase) in [
        ("acme", "parked"),
        ("bolt", "parked"),
        ("crux", "closed"),
        ("dune", "requested"),
    ] {
        assert!(shown.contains(&(slug.into(), phase.into())), "{shown:?}");
    }
    let filter = TenantFilter {
        phase: Some(Phase::Parked),
        ..TenantFilter::default()
    };
    let parked = bench
        .ledger
        .list_tenants(&filter, 10, None)
        .await
        .unwrap()
        .items;
    assert_eq!(parked.len(), 2);
    // Two of them are where this release looks every minute, one where it looks for rows of the release before.
    let due = bench.ledger.due(at(1000), 10, None).await.unwrap().items;
    let earlier = bench.ledger.due_by_earlier_rows(at(1000)).await.unwrap();
    assert_eq!((due.len(), earlier.len()), (2, 1));
    assert!(earlier.iter().all(|it| !due.contains(it)));
}

#[tokio::test]
async fn what_belongs_to_tenants_of_the_release_before_is_read_as_it_was_written() {
    let bench = previous().await;
    let acme = by_slug(&bench, "acme").await.id;
    let operations = bench.ledger.operations(&acme).await.unwrap();
    let kinds: Vec<_> = operations.iter().map(|o| (o.kind, o.state)).collect();
    assert!(
        kinds.contains(&(OperationKind::Audit, OperationState::Pending)),
        "{kinds:?}"
    );
    assert!(
        kinds.contains(&(OperationKind::Onboard, OperationState::Succeeded)),
        "{kinds:?}"
    );
    let open = bench
        .ledger
        .findings(&acme, Some(FindingState::Open), None, 10, None)
        .await
        .unwrap();
    assert_eq!(open.items[0].difference.key, "trail.logging");
    let intents = bench.ledger.intents(&acme).await.unwrap();
    assert_eq!(
        (intents.len(), intents[0].outcome.as_deref()),
        (2, Some("car-1"))
    );
    for tenant in bench.ledger.accounts().await.unwrap().values() {
        let length = bench
            .ledger
            .history(tenant, 10, None)
            .await
            .unwrap()
            .items
            .len();
        assert_eq!(
            (length, bench.ledger.verify_history(tenant).await.unwrap()),
            (4, vec![])
        );
    }
    let repeated = bench
        .ledger
        .replayed(&keyed("first", "hash"))
        .await
        .unwrap();
    assert_eq!(repeated.unwrap().tenant.id, acme);
}

#[tokio::test]
async fn limits_that_the_release_before_recorded_hold() {
    let bench = previous().await;
    let ledger = &bench.ledger;
    let usage = ledger
        .semaphore_usage(Semaphore::Creations, at(100))
        .await
        .unwrap();
    assert_eq!(
        (usage.holders.len(), usage.queue.len(), usage.secs_per_slot),
        (5, 1, 10)
    );
    let dune = by_slug(&bench, "dune").await.id;
    assert_eq!(usage.queue[0].tenant, dune);
    let held = MINUTE * 60;
    let again = ledger
        .acquire_slot(Semaphore::Creations, &dune, at(101), held, 9)
        .await
        .unwrap();
    assert!(
        matches!(again, Admission::Queued { position: 1, .. }),
        "{again:?}"
    );
    let usual = CreationBudget {
        per_hour: 1,
        per_day: 1,
    };
    let spending = ledger.spending(at(100), usual).await.unwrap();
    assert_eq!((spending.this_hour, spending.allowed.per_hour), (1, 20));
    assert_eq!(
        ledger.attempts(at(100), None).await.unwrap().attempts.len(),
        3
    );
    let watched = ledger.watched().await.unwrap();
    let made = WatchedState::Made("444455556666".parse().unwrap());
    assert_eq!((watched.len(), &watched["car-3"].state), (3, &made));
    let owner = &watched["car-2"].tenant;
    let polled = ledger
        .creation_state(owner, "car-2", "another", at(110))
        .await
        .unwrap();
    assert_eq!(
        polled,
        WatchAnswer::Cached(WatchedState::InProgress),
        "somebody polls"
    );
    let calls = ledger.calls(at(90)).await.unwrap();
    let moves = calls
        .iter()
        .find(|state| state.rate.call == "MoveAccount")
        .unwrap();
    assert_eq!(moves.free, 1);
    let (switch, version) = ledger.switch_at("creations").await.unwrap();
    assert_eq!((switch.unwrap().on, version), (true, 2));
    let events = ledger.switch_events("creations", 10).await.unwrap();
    assert_eq!(
        events
            .iter()
            .map(|event| event.switch.on)
            .collect::<Vec<_>>(),
        [true, false]
    );
    let units = ledger.shared("units").await.unwrap().unwrap().content;
    assert_eq!(units, json!({"tenants": "ou-1"}));
    let block = by_slug(&bench, "acme").await.cidrs;
    let (lease, _) = begin(&bench, &by_slug(&bench, "dune").await, 200).await;
    let region = "eu-central-1".parse().unwrap();
    let pool = "10.0.0.0/8".parse().unwrap();
    let own = ledger
        .allocate_cidr(&lease, &region, 20, pool)
        .await
        .unwrap();
    assert!(
        !block.values().any(|other| other.contains(&own)),
        "{own} is acme's"
    );
}

#[tokio::test]
async fn a_pass_gives_the_components_of_the_release_before_rows_of_their_own() {
    let bench = previous().await;
    let acme = by_slug(&bench, "acme").await;
    let before = stored::values(&bench.client, TABLE).await;
    let (lease, loaded) = begin(&bench, &acme, 200).await;
    assert_eq!(loaded.tenant.components, acme.components);
    for (name, status) in &acme.components {
        let state = json!({"state": status.state, "since": status.since});
        let whole = serde_json::to_value(status).unwrap();
        assert_eq!(
            stands(&bench, &acme, name.as_str()).await,
            (state, Some(whole))
        );
    }
    let mut ready = status(&acme, "identity").clone();
    (ready.state, ready.since, ready.obstacle) = (ComponentState::Ready, at(201), None);
    let pass = PassRecord {
        components: BTreeMap::from([(component("identity"), ready.clone())]),
        due_at: Some(at(999)),
        ..PassRecord::default()
    };
    let saved = bench
        .ledger
        .save_pass(&lease, &pass, at(202))
        .await
        .unwrap();
    assert_eq!(saved.tenant.phase(), Phase::Drifted);
    let now = by_slug(&bench, "acme").await;
    assert_eq!(status(&now, "identity"), &ready);
    assert_eq!(status(&now, "network"), status(&acme, "network"));
    let after = stored::values(&bench.client, TABLE).await;
    let changed = stored::changes(&before, &after);
    let main = &changed[&format!("T#{} META", acme.id)];
    let details = |path: &&String| !path.starts_with("doc/components/");
    let expected = [
        "doc/dueAt",
        "doc/wish",
        "due_at",
        "due_pk",
        "due_sk",
        "lease_epoch",
        "phase",
        "revision",
    ];
    assert_eq!(main.iter().filter(details).collect::<Vec<_>>(), expected);
    let moved = changed.keys().filter(|row| row.contains(" OP#")).count();
    assert_eq!(changed.len(), 1 + moved, "{changed:#?}");
}

#[tokio::test]
async fn who_only_makes_a_tenant_of_the_release_before_due_loses_none_of_its_components() {
    let bench = previous().await;
    let bolt = by_slug(&bench, "bolt").await;
    bench.ledger.mark_due(&bolt.id, at(150)).await.unwrap();
    bench.ledger.mark_due(&bolt.id, at(149)).await.unwrap();
    let now = by_slug(&bench, "bolt").await;
    assert_eq!(now.components, bolt.components);
    let update = operation(&bolt, OperationKind::Offboard);
    let asked = bench
        .ledger
        .request_departure(&bolt.id, None, &update, &request(160))
        .await;
    assert_eq!(
        asked.unwrap().operation.unwrap().kind,
        OperationKind::Offboard
    );
}

#[tokio::test]
async fn a_release_that_is_rolled_back_and_forward_again_loses_no_newer_status() {
    let bench = previous().await;
    let acme = by_slug(&bench, "acme").await;
    let (lease, _) = begin(&bench, &acme, 200).await;
    bench
        .ledger
        .release_lease(&lease, None, at(201))
        .await
        .unwrap();
    // The release before reads the main row, has a pass observe the network, and writes the row as it always has.
    let mut old = by_slug(&bench, "acme").await;
    for (name, status) in &mut old.components {
        if *name == component("network") {
            (status.state, status.since) = (ComponentState::Waiting, at(300));
            status.message = Some("a NAT gateway is pending".into());
        } else {
            (status.message, status.obstacle) = (None, None);
            status.resources.clear();
        }
    }
    let mut doc = serde_json::to_value(&old).unwrap();
    let desired = doc.as_object_mut().unwrap().remove("desiredState").unwrap();
    doc["wish"] = desired;
    let call = bench.client.update_item().table_name(TABLE);
    let call = call.key("pk", attribute(format!("T#{}", acme.id)));
    let call = call.key("sk", attribute("META".into()));
    let call = call.update_expression("SET doc = :doc REMOVE component_rows");
    call.expression_attribute_values(":doc", attribute(doc.to_string()))
        .send()
        .await
        .unwrap();

    let now = by_slug(&bench, "acme").await;
    assert_eq!(
        status(&now, "network"),
        &old.components[&component("network")]
    );
    assert_eq!(status(&now, "identity"), status(&acme, "identity"));
    bench.ledger.mark_due(&acme.id, at(400)).await.unwrap();
    let (_, loaded) = begin(&bench, &acme, 401).await;
    assert_eq!(loaded.tenant.components, now.components);
    let (_, network) = stands(&bench, &acme, "network").await;
    assert_eq!(network.unwrap()["message"], "a NAT gateway is pending");
}
