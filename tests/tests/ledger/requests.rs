use futures::future::join_all;
use tenancy::{
    DesiredState, Operation, OperationKind, OperationState, Tenant, session::SessionsEnded,
};
use tenantry_aws::ledger::{LedgerError, PassRecord};

use crate::bench::{Bench, MINUTE, at, create, keyed, operation, request, tenant};

#[tokio::test]
async fn of_twenty_tenants_created_at_once_with_one_slug_one_is_there() {
    let bench = Bench::start().await;
    let tenants: Vec<_> = (0..20).map(|_| tenant("acme")).collect();
    let asked = request(0);
    let answers = join_all(tenants.iter().map(|t| create(&bench.ledger, t, &asked))).await;
    let taken = LedgerError::SlugTaken {
        slug: "acme".parse().unwrap(),
    };
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1);
    assert_eq!(
        answers.iter().filter(|a| a.as_ref() == Err(&taken)).count(),
        19
    );
    let there = bench.ledger.all_tenants(50, None).await.unwrap().items;
    assert_eq!(there.len(), 1);
    let by_slug = bench.ledger.tenant_by_slug(&"acme".parse().unwrap()).await;
    assert_eq!(by_slug.unwrap().id, there[0].id);
}

#[tokio::test]
async fn one_idempotency_key_makes_one_tenant_however_often_and_at_once_it_is_sent() {
    let bench = Bench::start().await;
    let tenants: Vec<_> = (0..10).map(|_| tenant("acme")).collect();
    let asked = keyed("key", "hash");
    let answers = join_all(tenants.iter().map(|t| create(&bench.ledger, t, &asked))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|a| !a.replayed).count(), 1);
    assert!(answers.iter().all(|a| a.operation == answers[0].operation));
    let again = create(&bench.ledger, &tenants[0], &keyed("key", "other")).await;
    assert_eq!(again, Err(LedgerError::IdempotencyReused));
    let other_key = create(&bench.ledger, &tenant("acme"), &keyed("other", "hash")).await;
    assert!(matches!(other_key, Err(LedgerError::SlugTaken { .. })));
    let mut later = keyed("key", "other");
    later.at = at(25 * 3600);
    let forgotten = create(&bench.ledger, &tenant("later"), &later).await;
    assert!(!forgotten.unwrap().replayed);
}

#[tokio::test]
async fn an_address_or_id_is_never_used_again() {
    let bench = Bench::start().await;
    let first = bench.create("first").await;
    let mut second = tenant("second");
    second.account_email = first.account_email.clone();
    let same_address = create(&bench.ledger, &second, &request(0)).await;
    assert!(matches!(same_address, Err(LedgerError::Conflict { .. })));
    let mut third = tenant("third");
    third.id = first.id.clone();
    let same_id = create(&bench.ledger, &third, &request(0)).await;
    assert!(matches!(same_id, Err(LedgerError::Conflict { .. })));
    let free = bench.ledger.tenant_by_slug(&"third".parse().unwrap()).await;
    assert!(matches!(free, Err(LedgerError::NotFound { .. })));
}

#[tokio::test]
async fn of_changes_made_from_one_version_one_is_taken() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let changes = (0..8).map(|number| {
        let (ledger, tenant) = (&bench.ledger, &tenant);
        async move {
            let mut spec = tenant.spec.clone();
            spec.name = format!("name {number}");
            let update = operation(tenant, OperationKind::Update);
            let asked = request(number);
            ledger
                .change_spec(&tenant.id, Some(1), &spec, &update, &asked)
                .await
        }
    });
    let answers = join_all(changes).await;
    let taken: Vec<_> = answers.iter().flatten().collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].operation.as_ref().unwrap().spec_version, 2);
    let late = Err(LedgerError::VersionMismatch { current: 2 });
    assert_eq!(answers.iter().filter(|a| **a == late).count(), 7);
    let now = bench.ledger.tenant(&tenant.id).await.unwrap();
    let nothing = operation(&tenant, OperationKind::Update);
    let asked = request(9);
    let same = bench
        .ledger
        .change_spec(&tenant.id, None, &now.spec, &nothing, &asked);
    assert_eq!(same.await.unwrap().operation, None);
}

#[tokio::test]
async fn a_departure_replaces_what_was_under_way_and_happens_once() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let audit = operation(&tenant, OperationKind::Audit);
    let asked = bench
        .ledger
        .request_operation(&audit, &request(1))
        .await
        .unwrap();
    assert_eq!(asked.operation, Some(audit.clone()));
    let second = operation(&tenant, OperationKind::Audit);
    let same = bench
        .ledger
        .request_operation(&second, &request(2))
        .await
        .unwrap();
    let same = same.operation.unwrap();
    assert_eq!(same.id, audit.id, "one that has not begun is enough");
    assert_eq!(
        (same.created_at, same.last_requested_at()),
        (audit.created_at, at(2)),
        "it observes what is so from the second request on"
    );
    let kept = bench.ledger.load(&tenant.id).await.unwrap().operations;
    assert!(kept.contains(&same));

    let leave = |asked| {
        let offboard = operation(&tenant, OperationKind::Offboard);
        let (ledger, id) = (&bench.ledger, &tenant.id);
        async move { ledger.request_departure(id, None, &offboard, &asked).await }
    };
    let answers = join_all((3..8).map(|second| leave(request(second)))).await;
    let first = answers[0].as_ref().unwrap().operation.clone();
    assert!(
        answers
            .iter()
            .all(|a| a.as_ref().unwrap().operation == first)
    );
    let now = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!(
        (now.desired_state, now.open_operations),
        (DesiredState::Absent, vec![first.unwrap().id])
    );
    let operations = bench.ledger.operations(&tenant.id).await.unwrap();
    let ended = |o: &&Operation| o.state == OperationState::Canceled;
    assert_eq!(operations.iter().filter(ended).count(), 2);
    let repair = operation(&tenant, OperationKind::Repair);
    let late = bench.ledger.request_operation(&repair, &request(9)).await;
    assert_eq!(late, Err(LedgerError::Leaving));
    assert_eq!(bench.ledger.verify_history(&tenant.id).await, Ok(vec![]));
}

#[tokio::test]
async fn the_end_of_sessions_names_no_operation_where_there_is_no_room_for_one() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let end = async |number: i64| {
        let ends = operation(&tenant, OperationKind::EndSessions);
        let principal = format!("person:{}:https://id.example#ann-{number}", tenant.id);
        let ended = SessionsEnded {
            principal: principal.parse().unwrap(),
            reason: "left".into(),
            ended_by: "arn:aws:iam::111111111111:user/ann".into(),
            ended_at: at(number),
            operation: Some(ends.id.clone()),
        };
        let asked = request(number);
        let recorded = bench.ledger.end_sessions(&ended, Some(&ends), &asked);
        let recorded = recorded.await.unwrap().operation;
        assert!(recorded.is_none() || recorded == Some(ends.id));
        recorded
    };
    let before = tenant.open_operations.len();
    let mut named = 0;
    while end(named).await.is_some() {
        named += 1;
        assert!(named < 100, "there is room without end");
    }
    let full = bench.ledger.tenant(&tenant.id).await.unwrap();
    let added = full.open_operations.len() - before;
    assert_eq!(added, usize::try_from(named).unwrap());
    // What was named is there.
    let operations = bench.ledger.operations(&tenant.id).await.unwrap();
    assert_eq!(operations.len(), full.open_operations.len());
    assert!(!full.refused_sessions.is_empty());
}

/// Adds operations until there is room for no more, and returns how many are open.
async fn fill(bench: &Bench, tenant: &Tenant) -> usize {
    for number in 1..100 {
        let mut spec = tenant.spec.clone();
        spec.name = format!("name {number}");
        let update = operation(tenant, OperationKind::Update);
        let asked = request(number);
        let changed = bench
            .ledger
            .change_spec(&tenant.id, None, &spec, &update, &asked);
        if changed.await.is_err() {
            break;
        }
    }
    let full = bench.ledger.tenant(&tenant.id).await.unwrap();
    full.open_operations.len()
}

#[tokio::test]
async fn a_tenant_with_all_the_operations_that_may_be_open_can_leave() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    let open = fill(&bench, &tenant).await;
    assert_eq!(open, 50);
    let offboard = operation(&tenant, OperationKind::Offboard);
    let mut asked = keyed("leave", "hash");
    asked.at = at(200);
    let left = bench
        .ledger
        .request_departure(&tenant.id, None, &offboard, &asked);
    let left = left.await.unwrap();
    assert_eq!(left.tenant.open_operations, vec![offboard.id.clone()]);

    // Every one of them is canceled, and out of the way of passes once some have begun.
    for second in 201..204 {
        let holder = format!("pass-{second}");
        let lease = bench
            .ledger
            .acquire_lease(&tenant.id, &holder, at(second), MINUTE);
        let lease = lease.await.unwrap().unwrap();
        let given = bench.ledger.release_lease(&lease, None, at(second));
        given.await.unwrap();
    }
    let operations = bench.ledger.operations(&tenant.id).await.unwrap();
    let canceled = |o: &&Operation| o.state == OperationState::Canceled;
    assert_eq!(operations.iter().filter(canceled).count(), open);
    assert_eq!(bench.open_rows(&tenant).await, 1);
}

#[tokio::test]
async fn a_pass_that_finishes_all_the_operations_that_may_be_open_is_recorded() {
    let bench = Bench::start().await;
    let tenant = bench.create("acme").await;
    assert_eq!(fill(&bench, &tenant).await, 50);
    let lease = bench.lease(&tenant).await;
    let mut operations = bench.ledger.load(&tenant.id).await.unwrap().operations;
    for operation in &mut operations {
        operation.state = OperationState::Succeeded;
    }
    let record = PassRecord {
        operations,
        ready_at: Some(at(200)),
        ..PassRecord::default()
    };
    let saved = bench.ledger.save_pass(&lease, &record, at(200));
    assert!(saved.await.unwrap().tenant.open_operations.is_empty());
    let loaded = bench.ledger.load(&tenant.id).await.unwrap();
    assert!(loaded.operations.is_empty());
    let all = bench.ledger.operations(&tenant.id).await.unwrap();
    let succeeded = |o: &&Operation| o.state == OperationState::Succeeded;
    assert_eq!(all.iter().filter(succeeded).count(), 50);
    assert_eq!(bench.ledger.verify_history(&tenant.id).await, Ok(vec![]));
}
