//! A ledger of the release before is migrated while it runs, tenant by tenant; functions of that release may still run meanwhile.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use scenarios::stored::{self, PREVIOUS_RELEASE};
use serde_json::Value;
use tenancy::{OperationKind, OperationState, Tenant};
use tenantry_aws::ledger::{Begun, Lease, LedgerError, PassRecord};

use super::{by_slug, listed};
use crate::bench::{Bench, MINUTE, TABLE, at, operation, request};

type Row = HashMap<String, AttributeValue>;

async fn previous() -> Bench {
    let bench = Bench::start().await;
    stored::load(&bench.client, TABLE, PREVIOUS_RELEASE).await;
    bench
}

async fn row(bench: &Bench, tenant: &Tenant, sk: &str) -> Option<Row> {
    let text = |text: String| AttributeValue::S(text);
    let call = bench.client.get_item().table_name(TABLE);
    let call = call
        .key("pk", text(format!("T#{}", tenant.id)))
        .key("sk", text(sk.to_owned()));
    call.send().await.unwrap().item
}

async fn put(bench: &Bench, row: Row) {
    let call = bench.client.put_item().table_name(TABLE);
    call.set_item(Some(row)).send().await.unwrap();
}

fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row[name].as_s().unwrap()
}

fn number(row: &Row, name: &str) -> u64 {
    row[name].as_n().unwrap().parse().unwrap()
}

fn set(row: &mut Row, name: &str, value: u64) {
    row.insert(name.into(), AttributeValue::N(value.to_string()));
}

async fn begin(bench: &Bench, tenant: &Tenant, second: i64) -> Option<Lease> {
    let holder = format!("new-{second}");
    let begun = bench
        .ledger
        .begin(&tenant.id, &holder, at(second), MINUTE, None);
    match begun.await.unwrap() {
        Begun::Pass(begun) => Some(begun.0),
        _ => None,
    }
}

#[tokio::test]
async fn a_pass_of_the_release_before_is_left_its_lease_and_what_is_asked_reaches_it() {
    let bench = previous().await;
    let bolt = by_slug(&bench, "bolt").await;
    let before = row(&bench, &bolt, "META").await.unwrap();
    assert!(before.contains_key("lease_holder"), "a pass has it");
    assert_eq!(begin(&bench, &bolt, 0).await, None);
    bench.ledger.mark_due(&bolt.id, at(1)).await.unwrap();
    let asked = row(&bench, &bolt, "META").await.unwrap();
    assert_eq!(number(&asked, "asked"), number(&before, "asked") + 1);
    assert_eq!(text(&asked, "lease_holder"), text(&before, "lease_holder"));
    assert_eq!(row(&bench, &bolt, "LEASE").await, None);
    let due = bench.ledger.due(at(1), 10, None).await.unwrap().items;
    assert!(due.iter().any(|due| due.id == bolt.id));
    // It dies, and its lease ends.
    let lease = begin(&bench, &bolt, 100_000).await.unwrap();
    assert!(lease.epoch > number(&before, "lease_epoch"));
}

#[tokio::test]
async fn who_takes_the_lease_turns_the_tenant_over_and_keeps_functions_of_the_release_before_away()
{
    let bench = previous().await;
    let acme = by_slug(&bench, "acme").await;
    let before = row(&bench, &acme, "META").await.unwrap();
    let lease = begin(&bench, &acme, 200).await.unwrap();
    let main = row(&bench, &acme, "META").await.unwrap();
    assert!(!main.contains_key("due_at"), "no sweep of old sends for it");
    let held: tenancy::Timestamp = text(&main, "lease_until").parse().unwrap();
    assert!(held > at(200 + 900), "longer than any pass of old");
    assert!(number(&main, "lease_epoch") > number(&before, "lease_epoch"));
    assert!(number(&main, "revision") > number(&before, "revision"));
    let own = row(&bench, &acme, "LEASE").await.unwrap();
    assert_eq!(number(&own, "lease_epoch"), lease.epoch);
    let due = bench.ledger.due(lease.expires_at, 10, None).await.unwrap();
    let due = due.items.iter().filter(|due| due.id == acme.id);
    assert_eq!(due.count(), 1, "once, by its lease row");

    // The API function of the release before is asked for something: it writes the main row as it always has.
    let mut asked = main.clone();
    set(&mut asked, "asked", number(&main, "asked") + 1);
    set(&mut asked, "revision", number(&main, "revision") + 1);
    for name in ["due_at", "due_pk", "due_sk"] {
        asked.insert(name.into(), before[name].clone());
    }
    put(&bench, asked).await;
    let pass = PassRecord {
        due_at: Some(at(900)),
        ..PassRecord::default()
    };
    let saved = bench
        .ledger
        .save_pass(&lease, &pass, at(201))
        .await
        .unwrap();
    assert!(saved.asked_meanwhile);
    assert!(saved.tenant.due_at <= Some(at(201)));
    let lease = begin(&bench, &acme, 202).await.unwrap();
    let saved = bench
        .ledger
        .save_pass(&lease, &pass, at(203))
        .await
        .unwrap();
    assert_eq!(
        (saved.asked_meanwhile, saved.tenant.due_at),
        (false, Some(at(900)))
    );
}

#[tokio::test]
async fn a_tenant_of_the_release_before_is_listed_before_and_after_it_is_migrated() {
    let bench = previous().await;
    let before = listed(&bench).await;
    assert_eq!(before.len(), 4);
    for slug in ["acme", "dune"] {
        let tenant = by_slug(&bench, slug).await;
        let lease = begin(&bench, &tenant, 100_000).await.unwrap();
        let given = bench.ledger.release_lease(&lease, None, at(100_001));
        given.await.unwrap();
        assert_eq!(listed(&bench).await, before);
    }
}

#[tokio::test]
async fn finished_operations_of_the_release_before_are_moved_when_a_pass_begins() {
    let bench = previous().await;
    let account = "333344445555".parse().unwrap();
    let crux = bench.ledger.tenant_by_account(&account).await.unwrap();
    let before = bench.ledger.operations(&crux.id).await.unwrap();
    let lease = begin(&bench, &crux, 200).await.unwrap();
    assert!(before.iter().any(|o| o.state.is_final()));
    for operation in &before {
        let open = row(&bench, &crux, &format!("OP#{}", operation.id)).await;
        let finished = row(&bench, &crux, &format!("PASTOP#{}", operation.id)).await;
        let is_final = operation.state.is_final();
        assert_eq!((open.is_none(), finished.is_some()), (is_final, is_final));
    }
    assert_eq!(bench.ledger.operations(&crux.id).await.unwrap(), before);
    let given = bench.ledger.release_lease(&lease, None, at(201));
    given.await.unwrap();
}

#[tokio::test]
async fn a_tenant_of_the_release_before_with_more_than_one_transaction_holds_is_migrated() {
    let bench = previous().await;
    let acme = by_slug(&bench, "acme").await;
    let mut main = row(&bench, &acme, "META").await.unwrap();
    let mut doc: Value = serde_json::from_str(text(&main, "doc")).unwrap();
    let components = doc["components"].as_object_mut().unwrap();
    let network = components["network"].clone();
    components.extend((0..17).map(|number| (format!("part-{number}"), network.clone())));
    main.insert("doc".into(), AttributeValue::S(doc.to_string()));
    put(&bench, main).await;
    for _ in 0..50 {
        let mut audit = operation(&acme, OperationKind::Audit);
        audit.state = OperationState::Succeeded;
        let doc = serde_json::to_string(&audit).unwrap();
        let key = [
            ("pk", format!("T#{}", acme.id)),
            ("sk", format!("OP#{}", audit.id)),
        ];
        let row = key.into_iter().chain([("doc", doc)]);
        let row = row.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        put(&bench, row.collect()).await;
    }
    for second in 200..202 {
        let lease = begin(&bench, &acme, second).await.unwrap();
        let given = bench.ledger.release_lease(&lease, None, at(second));
        given.await.unwrap();
    }
    let loaded = bench.ledger.load(&acme.id).await.unwrap();
    assert_eq!(loaded.operations.len(), bench.open_rows(&acme).await);
    let whole = loaded.tenant.components.values();
    assert_eq!(whole.filter(|it| !it.resources.is_empty()).count(), 21);
}

#[tokio::test]
async fn a_release_that_is_rolled_back_works_on_and_the_next_turns_the_tenant_over_again() {
    let bench = previous().await;
    let acme = by_slug(&bench, "acme").await;
    let lease = begin(&bench, &acme, 200).await.unwrap();
    let update = operation(&acme, OperationKind::Repair);
    let asked = request(201);
    let asked = bench.ledger.request_operation(&update, &asked);
    asked.await.unwrap();
    let pass = PassRecord::default();
    bench
        .ledger
        .save_pass(&lease, &pass, at(202))
        .await
        .unwrap();
    let migrated = row(&bench, &acme, "META").await.unwrap();
    let until: tenancy::Timestamp = text(&migrated, "lease_until").parse().unwrap();

    // Rolled back, and that hour is over: a pass of the release before takes the lease in the main row, and writes what it did.
    let mut old = migrated.clone();
    let epoch = number(&migrated, "lease_epoch") + 7;
    set(&mut old, "lease_epoch", epoch);
    set(&mut old, "revision", number(&migrated, "revision") + 2);
    old.insert("lease_holder".into(), AttributeValue::S("old".into()));
    let later = until.as_second() - at(0).as_second() + 1;
    let ends = at(later + 30).to_string();
    old.insert("lease_until".into(), AttributeValue::S(ends));
    old.remove("component_rows");
    put(&bench, old.clone()).await;
    let late = bench.ledger.release_lease(&lease, None, at(203)).await;
    assert_eq!(late, Ok(()), "and changes nothing");
    assert_eq!(
        begin(&bench, &acme, later).await,
        None,
        "the old pass has it"
    );
    let account = "999999999999".parse().unwrap();
    let stale = bench.ledger.save_account(&lease, &account);
    assert_eq!(stale.await, Err(LedgerError::LostLease));
    for name in ["lease_holder", "lease_until"] {
        old.remove(name);
    }
    put(&bench, old).await;
    let lease = begin(&bench, &acme, later).await.unwrap();
    assert!(lease.epoch > epoch);
    assert_eq!(bench.ledger.verify_history(&acme.id).await, Ok(vec![]));
}
