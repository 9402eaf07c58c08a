//! Which rows a pass writes, and which it reads.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use scenarios::stored::{self, Values, changes};
use tenancy::{Operation, OperationKind, OperationState, Tenant};
use tenantry_aws::ledger::{Lease, PassRecord, TenantFilter};

use crate::bench::{Bench, MINUTE, TABLE, at, create, keyed, operation, request, tenant};

async fn values(bench: &Bench) -> Values {
    stored::values(&bench.client, TABLE).await
}

async fn lease(bench: &Bench, tenant: &Tenant, second: i64) -> Lease {
    let holder = format!("pass-{second}");
    let lease = bench
        .ledger
        .acquire_lease(&tenant.id, &holder, at(second), MINUTE);
    lease.await.unwrap().unwrap()
}

/// The sort keys of the rows that changed, came or went.
fn written(before: &Values, after: &Values) -> BTreeSet<String> {
    let here = |row: &String| row.split(' ').nth(1).unwrap_or_default().to_owned();
    let changed = changes(before, after).into_keys();
    let came = after.keys().filter(|row| !before.contains_key(*row));
    changed.chain(came.cloned()).map(|row| here(&row)).collect()
}

/// A tenant whose onboarding is over.
async fn settled(bench: &Bench, slug: &str) -> Tenant {
    let tenant = bench.create(slug).await;
    let onboard = bench.ledger.load(&tenant.id).await.unwrap().operations;
    let pass = PassRecord {
        operations: onboard.into_iter().map(succeeded).collect(),
        ready_at: Some(at(1)),
        ..PassRecord::default()
    };
    let lease = lease(bench, &tenant, 0).await;
    let saved = bench.ledger.save_pass(&lease, &pass, at(1)).await;
    saved.unwrap().tenant
}

fn succeeded(operation: Operation) -> Operation {
    Operation {
        state: OperationState::Succeeded,
        updated_at: at(1),
        again_because: None,
        outcome: Some("done".into()),
        ..operation
    }
}

#[tokio::test]
async fn an_audit_that_finds_nothing_new_writes_the_lease_row_alone() {
    let bench = Bench::start().await;
    let tenant = settled(&bench, "acme").await;
    let before = values(&bench).await;
    let lease = lease(&bench, &tenant, 10).await;
    let during = values(&bench).await;
    assert_eq!(written(&before, &during), ["LEASE".to_owned()].into());
    let audited = PassRecord {
        audited_at: Some(at(11)),
        ..PassRecord::default()
    };
    let saved = bench.ledger.save_pass(&lease, &audited, at(11)).await;
    assert_eq!(saved.unwrap().tenant.audited_at, Some(at(11)));
    let after = values(&bench).await;
    assert_eq!(written(&before, &after), ["LEASE".to_owned()].into());
    let shown = bench.ledger.tenant(&tenant.id).await.unwrap();
    assert_eq!((shown.audited_at, shown.due_at), (Some(at(11)), None));
}

#[tokio::test]
async fn what_is_asked_while_an_audit_runs_is_due_when_it_ends() {
    let bench = Bench::start().await;
    let tenant = settled(&bench, "acme").await;
    let lease = lease(&bench, &tenant, 10).await;
    bench.ledger.mark_due(&tenant.id, at(11)).await.unwrap();
    let audited = PassRecord {
        audited_at: Some(at(12)),
        ..PassRecord::default()
    };
    let saved = bench.ledger.save_pass(&lease, &audited, at(12)).await;
    let saved = saved.unwrap();
    assert!(saved.asked_meanwhile);
    assert_eq!(saved.tenant.due_at, Some(at(12)));
    let due = bench.ledger.due(at(12), 10, None).await.unwrap().items;
    assert_eq!(due[0].id, tenant.id);
}

#[tokio::test]
async fn a_finished_operation_is_read_by_no_pass_and_found_for_ninety_days() {
    let bench = Bench::start().await;
    let tenant = tenant("acme");
    let asked = keyed("first", "hash");
    let accepted = create(&bench.ledger, &tenant, &asked).await.unwrap();
    let onboard = accepted.operation.unwrap();
    let pass = PassRecord {
        operations: vec![succeeded(onboard.clone())],
        ..PassRecord::default()
    };
    let taken = lease(&bench, &tenant, 0).await;
    bench.ledger.save_pass(&taken, &pass, at(1)).await.unwrap();
    let found = bench.ledger.operation(&onboard.id).await.unwrap();
    assert_eq!(found.operation.state, OperationState::Succeeded);
    let audit = operation(&tenant, OperationKind::Audit);
    let ledger = &bench.ledger;
    ledger.request_operation(&audit, &request(2)).await.unwrap();
    let all = ledger.operations(&tenant.id).await.unwrap();
    assert_eq!(all.len(), 2);
    let loaded = ledger.load(&tenant.id).await.unwrap();
    let open: Vec<_> = loaded.operations.iter().map(|o| &o.id).collect();
    assert_eq!(open, [&audit.id]);
    let rows = values(&bench).await;
    let row = format!("T#{} PASTOP#{}", tenant.id, onboard.id);
    let days = |days: i64| at(1 + days * 24 * 3600).as_second().to_string();
    assert_eq!(rows[&row]["expires_at"], days(90));
    let before = format!("T#{} PAST#~", tenant.id);
    assert!(row > before, "behind the history, where no pass reads");
    // A repetition of the request that it answered fits.
    let again = create(ledger, &tenant, &asked).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.operation.unwrap().id, onboard.id);
}

#[tokio::test]
async fn a_departure_that_is_over_is_given_back_to_who_asks_for_it_again() {
    let bench = Bench::start().await;
    let tenant = settled(&bench, "acme").await;
    let offboard = operation(&tenant, OperationKind::Offboard);
    let ledger = &bench.ledger;
    let leave = async |second| {
        let asked = request(second);
        let accepted = ledger.request_departure(&tenant.id, None, &offboard, &asked);
        accepted.await.unwrap().operation.unwrap()
    };
    let asked = leave(2).await;
    let pass = PassRecord {
        operations: vec![succeeded(asked.clone())],
        closed_at: Some(at(3)),
        ..PassRecord::default()
    };
    let lease = lease(&bench, &tenant, 3).await;
    ledger.save_pass(&lease, &pass, at(3)).await.unwrap();
    let again = leave(4).await;
    assert_eq!(
        (again.id, again.state),
        (asked.id, OperationState::Succeeded)
    );
}

#[tokio::test]
async fn a_list_is_served_from_what_the_index_projects() {
    let bench = Bench::start().await;
    let tenant = settled(&bench, "acme").await;
    let account = "012345678901".parse().unwrap();
    let taken = lease(&bench, &tenant, 10).await;
    bench.ledger.save_account(&taken, &account).await.unwrap();
    // What only the main row's content says cannot be read any more.
    let text = |text: String| AttributeValue::S(text);
    let call = bench.client.update_item().table_name(TABLE);
    let call = call
        .key("pk", text(format!("T#{}", tenant.id)))
        .key("sk", text("META".into()))
        .update_expression("SET doc = :doc")
        .expression_attribute_values(":doc", text("damaged".into()));
    call.send().await.unwrap();
    let all = TenantFilter::default();
    let page = bench.ledger.list_tenants(&all, 10, None).await.unwrap();
    let listed = &page.items[0];
    assert_eq!((&listed.id, listed.slug.as_str()), (&tenant.id, "acme"));
    assert_eq!(listed.phase, tenant.phase());
    assert_eq!(listed.blueprint.to_string(), "standard@1.0.0");
    assert_eq!(listed.tags, tenant.spec.tags);
    assert_eq!(listed.account_id, Some(account));
    assert_eq!((listed.generation, listed.spec_version), (1, 1));
    assert_eq!((listed.open_operations, listed.open_findings), (0, 0));
    assert_eq!(listed.created_at, tenant.created_at);
    assert_eq!((listed.ready_at, listed.closed_at), (Some(at(1)), None));
    assert_eq!(bench.ledger.accounts().await.unwrap().len(), 1);
}
