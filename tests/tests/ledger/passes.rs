use std::collections::BTreeMap;

use futures::future::join_all;
use tenancy::{
    ComponentName, ComponentState, ComponentStatus, Finding, Operation, OperationKind,
    OperationState, Phase, Verb,
};
use tenantry_aws::ledger::{Begun, LedgerError, NewEntry, NewIntent, PassRecord};

use crate::bench::{Bench, MINUTE, at, create, operation, request, tenant};

fn status(state: ComponentState) -> ComponentStatus {
    ComponentStatus {
        state,
        pending: false,
        unseen: false,
        since: at(0),
        failing_since: None,
        message: None,
        obstacle: None,
        resources: BTreeMap::new(),
    }
}

fn entries(count: usize) -> Vec<NewEntry> {
    let entry = |number| NewEntry {
        actor: "onboard".into(),
        action: "change-applied".into(),
        summary: format!("change {number}"),
        details: serde_json::Map::new(),
    };
    (0..count).map(entry).collect()
}

fn finding(key: &str, state: &str) -> Finding {
    serde_json::from_value(serde_json::json!({
        "key": key, "component": "trail", "resource": "tenantry-trail", "field": "logging", "wanted": "on",
        "found": "off", "severity": "high", "remedy": "start it", "state": state, "firstSeen": at(0), "lastSeen": at(0),
    }))
    .unwrap()
}

#[tokio::test]
async fn of_two_passes_one_gets_the_lease_and_the_other_after_it_expired() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let acquire = |holder, second| {
        bench
            .ledger
            .acquire_lease(&tenant.id, holder, at(second), MINUTE)
    };
    let both = join_all(["a", "b", "c", "d"].map(|holder| acquire(holder, 0))).await;
    let mut got: Vec<_> = both.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(got.len(), 1);
    let mut first = got.remove(0);
    let dead = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(dead.due_at, Some(at(60)), "a pass that dies comes back");
    bench
        .ledger
        .renew_lease(&mut first, at(30), MINUTE)
        .await
        .unwrap();
    assert_eq!(acquire("e", 89).await.unwrap(), None);
    let second = acquire("e", 90).await.unwrap().unwrap();
    assert!(second.epoch > first.epoch);

    let lost = Err(LedgerError::LostLease);
    let waits = status(ComponentState::Waiting);
    let trail = ComponentName::TRAIL;
    assert_eq!(
        bench
            .ledger
            .save_component(&first, trail, &waits, &[], at(91))
            .await,
        lost
    );
    let intent = NewIntent {
        component: trail,
        key: "k".into(),
        token: None,
    };
    assert_eq!(
        bench.ledger.put_intents(&first, &[intent], at(91)).await,
        lost
    );
    let account = "012345678901".parse().unwrap();
    assert_eq!(bench.ledger.save_account(&first, &account).await, lost);
    let pass = bench
        .ledger
        .save_pass(&first, &PassRecord::default(), at(91))
        .await;
    assert_eq!(pass, Err(LedgerError::LostLease));
    assert_eq!(
        bench.ledger.release_lease(&first, None, at(91)).await,
        Ok(())
    );
    let region = "eu-central-1".parse().unwrap();
    let network = bench
        .ledger
        .allocate_cidr(&first, &region, 20, "10.0.0.0/8".parse().unwrap());
    assert_eq!(network.await, Err(LedgerError::LostLease));
    let untouched = bench.ledger.load(&tenant.id).await.unwrap();
    assert!(untouched.intents.is_empty() && untouched.tenant.components.is_empty());
    assert_eq!(
        bench
            .ledger
            .save_component(&second, trail, &waits, &[], at(91))
            .await,
        Ok(())
    );
}

#[tokio::test]
async fn a_pass_is_recorded_whole_and_notices_what_was_asked_meanwhile() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let waits = status(ComponentState::Waiting);
    let names = [
        ComponentName::ACCOUNT,
        ComponentName::PLACEMENT,
        ComponentName::ACCESS,
        ComponentName::IDENTITY,
        ComponentName::NETWORK,
        ComponentName::TRAIL,
    ];
    let saves = names.map(|name| {
        bench
            .ledger
            .save_component(&lease, name, &waits, &[], at(1))
    });
    assert!(join_all(saves).await.iter().all(Result::is_ok));
    let loaded = bench.ledger.load(&tenant.id).await.unwrap();
    assert_eq!(loaded.tenant.components.len(), 6, "none overwrote another");
    let mut onboard = loaded.operations[0].clone();
    onboard.state = OperationState::Succeeded;
    let record = PassRecord {
        operations: vec![onboard],
        findings: vec![finding("a", "open"), finding("b", "open")],
        ready_at: Some(at(5)),
        due_at: Some(at(500)),
        history: entries(3),
        ..PassRecord::default()
    };
    let saved = bench
        .ledger
        .save_pass(&lease, &record, at(5))
        .await
        .unwrap();
    assert!(!saved.asked_meanwhile);
    assert_eq!(saved.tenant.due_at, Some(at(500)));
    assert_eq!(
        (saved.tenant.open_findings, saved.tenant.phase()),
        (2, Phase::Drifted)
    );
    assert!(saved.tenant.open_operations.is_empty());

    let lease = bench.lease(&tenant).await;
    let audit = operation(&tenant, OperationKind::Audit);
    bench
        .ledger
        .request_operation(&audit, &request(6))
        .await
        .unwrap();
    let record = PassRecord {
        findings: vec![finding("a", "resolved")],
        ready_at: Some(at(7)),
        ..PassRecord::default()
    };
    let saved = bench
        .ledger
        .save_pass(&lease, &record, at(7))
        .await
        .unwrap();
    assert!(saved.asked_meanwhile);
    assert_eq!(
        saved.tenant.due_at,
        Some(at(7)),
        "the audit was not seen by the pass"
    );
    assert_eq!(
        (saved.tenant.open_findings, saved.tenant.ready_at),
        (1, Some(at(5)))
    );
    assert_eq!(bench.ledger.verify_history(&tenant.id).await, Ok(vec![]));
}

#[tokio::test]
async fn an_audit_that_is_requested_again_while_a_pass_makes_it_is_made_once_more() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let ask = async |second: i64| {
        let audit = operation(&tenant, OperationKind::Audit);
        let asked = request(second);
        let asked = bench.ledger.request_operation(&audit, &asked).await;
        asked.unwrap().operation.unwrap()
    };
    let finished = |audit: &Operation| PassRecord {
        operations: vec![Operation {
            state: OperationState::Succeeded,
            ..audit.clone()
        }],
        ..PassRecord::default()
    };
    let first = ask(1).await;
    let lease = bench.lease(&tenant).await;
    let again = ask(2).await;
    assert_eq!(again.id, first.id);
    let record = finished(&first);
    let saved = bench.ledger.save_pass(&lease, &record, at(3)).await;
    let saved = saved.unwrap();
    assert!(saved.asked_meanwhile);
    assert_eq!(saved.tenant.due_at, Some(at(3)));
    let kept = bench.ledger.load(&tenant.id).await.unwrap();
    assert!(kept.tenant.open_operations.contains(&first.id));
    assert!(
        kept.operations.contains(&again),
        "pending, with the time of the second request"
    );

    let lease = bench.lease(&tenant).await;
    let record = finished(&again);
    let saved = bench.ledger.save_pass(&lease, &record, at(5)).await;
    let saved = saved.unwrap();
    assert!(!saved.asked_meanwhile);
    assert!(!saved.tenant.open_operations.contains(&first.id));
}

#[tokio::test]
async fn a_record_of_hundreds_of_parts_is_written_and_its_history_verifies() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let findings = (0..150)
        .map(|number| finding(&format!("f-{number:03}"), "open"))
        .collect();
    let record = PassRecord {
        findings,
        history: entries(230),
        ..PassRecord::default()
    };
    let saved = bench
        .ledger
        .save_pass(&lease, &record, at(1))
        .await
        .unwrap();
    assert_eq!(
        (saved.tenant.open_findings, saved.tenant.history_length),
        (150, 231)
    );
    assert_eq!(bench.ledger.verify_history(&tenant.id).await, Ok(vec![]));
}

#[tokio::test]
async fn appending_at_once_leaves_a_chain_without_a_gap() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let some = entries(2);
    let appends = (0..10).map(|_| bench.ledger.append_history(&tenant.id, None, &some, at(1)));
    assert!(join_all(appends).await.iter().all(Result::is_ok));
    assert_eq!(
        bench
            .ledger
            .tenant(&tenant.id)
            .await
            .unwrap()
            .history_length,
        21
    );
    assert_eq!(bench.ledger.verify_history(&tenant.id).await, Ok(vec![]));
}

#[tokio::test]
async fn an_intent_counts_its_attempts_until_it_is_cleared() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    let account = ComponentName::ACCOUNT;
    let intent = |key: &str| NewIntent {
        component: account,
        key: key.into(),
        token: Some("t".into()),
    };
    let both = [intent("one"), intent("two")];
    bench
        .ledger
        .put_intents(&lease, &both, at(1))
        .await
        .unwrap();
    bench
        .ledger
        .settle_intent(&lease, account, "one", "car-1")
        .await
        .unwrap();
    let kept = bench.ledger.intents(&tenant.id).await.unwrap();
    assert_eq!(kept[0].outcome.as_deref(), Some("car-1"));
    assert_eq!((kept[1].attempts, kept[1].asked_at), (1, at(1)));
    bench
        .ledger
        .put_intents(&lease, &both[..1], at(2))
        .await
        .unwrap();
    let kept = bench.ledger.load(&tenant.id).await.unwrap().intents;
    assert_eq!((kept[0].attempts, &kept[0].outcome), (2, &None));
    let missing = bench
        .ledger
        .settle_intent(&lease, account, "three", "x")
        .await;
    assert!(matches!(missing, Err(LedgerError::NotFound { .. })));
    let keys = ["one", "three"].map(|key| (account, key.to_owned()));
    bench.ledger.clear_intents(&lease, &keys).await.unwrap();
    assert_eq!(bench.ledger.intents(&tenant.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn fifty_networks_allocated_at_once_do_not_overlap() {
    let bench = Bench::start().await;
    let mut leases = Vec::new();
    for number in 0..50 {
        leases.push(
            bench
                .lease(&bench.create(&format!("tenant-{number}")).await)
                .await,
        );
    }
    let (region, pool) = (
        "eu-central-1".parse().unwrap(),
        "10.0.0.0/8".parse().unwrap(),
    );
    let prefixes = [16, 20, 22, 24];
    let allocate = |(number, lease)| {
        bench
            .ledger
            .allocate_cidr(lease, &region, prefixes[number % 4], pool)
    };
    let blocks = join_all(leases.iter().enumerate().map(allocate)).await;
    let blocks: Vec<_> = blocks.into_iter().map(Result::unwrap).collect();
    for (number, block) in blocks.iter().enumerate() {
        let others = blocks.iter().skip(number + 1);
        assert!(
            others
                .clone()
                .all(|other| !other.contains(block) && !block.contains(other))
        );
    }
    let again = bench
        .ledger
        .allocate_cidr(&leases[7], &region, 16, pool)
        .await;
    assert_eq!(again, Ok(blocks[7]), "the one it has");
    let small = "10.0.0.0/24".parse().unwrap();
    let other: tenancy::Region = "eu-west-1".parse().unwrap();
    let full = bench
        .ledger
        .allocate_cidr(&leases[0], &other, 16, small)
        .await;
    assert!(matches!(full, Err(LedgerError::PoolExhausted { .. })));
}

#[tokio::test]
async fn a_closed_tenant_frees_slug_and_networks_and_nothing_else() {
    let bench = Bench::start().await;
    let first = bench.create("acme").await;
    let lease = bench.lease(&first).await;
    let account = "012345678901".parse().unwrap();
    bench.ledger.save_account(&lease, &account).await.unwrap();
    bench.ledger.save_account(&lease, &account).await.unwrap();
    let (region, pool) = (
        "eu-central-1".parse().unwrap(),
        "10.0.0.0/16".parse().unwrap(),
    );
    let block = bench
        .ledger
        .allocate_cidr(&lease, &region, 16, pool)
        .await
        .unwrap();
    let closed = PassRecord {
        closed_at: Some(at(9)),
        history: entries(1),
        ..PassRecord::default()
    };
    let offboard = operation(&first, OperationKind::Offboard);
    bench
        .ledger
        .request_departure(&first.id, None, &offboard, &request(8))
        .await
        .unwrap();
    let saved = bench
        .ledger
        .save_pass(&lease, &closed, at(9))
        .await
        .unwrap();
    assert_eq!(saved.tenant.phase(), Phase::Closed);

    let mut second = tenant("acme");
    second.account_email = first.account_email.clone();
    let same_address = create(&bench.ledger, &second, &request(10)).await;
    assert!(matches!(same_address, Err(LedgerError::Conflict { .. })));
    let second = bench.create("acme").await;
    let lease = bench.lease(&second).await;
    let taken = bench.ledger.save_account(&lease, &account).await;
    assert!(matches!(taken, Err(LedgerError::Conflict { .. })));
    let same = bench.ledger.allocate_cidr(&lease, &region, 16, pool).await;
    assert_eq!(same, Ok(block));

    // A late second closing of the first must not take the slug from the second.
    let late = bench
        .ledger
        .acquire_lease(&first.id, "late", at(99), MINUTE)
        .await
        .unwrap()
        .unwrap();
    bench
        .ledger
        .save_pass(&late, &closed, at(99))
        .await
        .unwrap();
    let living = bench
        .ledger
        .tenant_by_slug(&"acme".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(living.id, second.id);
    let tombstone = bench.ledger.tenant_by_account(&account).await.unwrap();
    assert_eq!(
        (tombstone.id, tombstone.closed_at),
        (first.id.clone(), Some(at(9)))
    );
    assert_eq!(bench.ledger.accounts().await.unwrap()[&account], first.id);
    let living = bench.ledger.all_tenants(10, None).await.unwrap().items;
    assert_eq!(
        living.iter().map(|t| &t.id).collect::<Vec<_>>(),
        [&second.id]
    );
    assert_eq!(bench.ledger.verify_history(&first.id).await, Ok(vec![]));
}

#[tokio::test]
async fn a_message_for_a_tenant_that_is_not_due_takes_no_lease() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let begin = |holder, second, due_by: Option<i64>| {
        let due_by = due_by.map(at);
        bench
            .ledger
            .begin(&tenant.id, holder, at(second), MINUTE, due_by)
    };
    let Begun::Pass(begun) = begin("a", 1, Some(1)).await.unwrap() else {
        panic!("a new tenant is due");
    };
    let (lease, loaded) = *begun;
    assert_eq!(
        loaded.operations.len(),
        1,
        "and comes with what it asks for"
    );
    assert_eq!(begin("b", 2, Some(2)).await.unwrap(), Begun::Busy);
    let pass = PassRecord {
        due_at: Some(at(100)),
        ..PassRecord::default()
    };
    bench.ledger.save_pass(&lease, &pass, at(3)).await.unwrap();
    assert_eq!(begin("b", 50, Some(55)).await.unwrap(), Begun::NotDue);
    let untouched = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(untouched.due_at, Some(at(100)));
    assert!(matches!(
        begin("c", 99, Some(104)).await.unwrap(),
        Begun::Pass(_)
    ));
}

#[tokio::test]
async fn what_a_pass_remembers_never_overwrites_what_was_asked_meanwhile() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let lease = bench.lease(&tenant).await;
    bench.ledger.mark_due(&tenant.id, at(2)).await.unwrap();
    let ready = status(ComponentState::Ready);
    let trail = ComponentName::TRAIL;
    bench
        .ledger
        .save_component(&lease, trail, &ready, &entries(1), at(3))
        .await
        .unwrap();
    let pass = PassRecord {
        due_at: Some(at(500)),
        ..PassRecord::default()
    };
    let saved = bench.ledger.save_pass(&lease, &pass, at(4)).await.unwrap();
    assert!(saved.asked_meanwhile);
    assert_eq!(saved.tenant.due_at, Some(at(4)));
    assert_eq!(saved.tenant.components[&trail], ready);
    assert_eq!(bench.ledger.verify_history(&tenant.id).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_due_goes_to_the_function_that_its_last_pass_named_until_something_is_asked() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let due = async || {
        let due = bench.ledger.due(at(900), 10, None).await.unwrap().items;
        due.into_iter().map(|due| due.verb).collect::<Vec<_>>()
    };
    assert_eq!(due().await, [Verb::Onboard]);
    let audit = PassRecord {
        due_at: Some(at(600)),
        due_for_audit: true,
        ..PassRecord::default()
    };
    for asked in [false, true] {
        let lease = bench.lease(&tenant).await;
        if asked {
            bench.ledger.mark_due(&tenant.id, at(3)).await.unwrap();
        }
        let saved = bench.ledger.save_pass(&lease, &audit, at(5)).await;
        assert_eq!(saved.unwrap().asked_meanwhile, asked);
        let verb = if asked { Verb::Onboard } else { Verb::Audit };
        assert_eq!(due().await, [verb]);
    }
    let lease = bench.lease(&tenant).await;
    bench.ledger.save_pass(&lease, &audit, at(5)).await.unwrap();
    let offboard = operation(&tenant, OperationKind::Offboard);
    let asked = request(6);
    let left = bench
        .ledger
        .request_departure(&tenant.id, None, &offboard, &asked);
    left.await.unwrap();
    assert_eq!(due().await, [Verb::Offboard]);
}
