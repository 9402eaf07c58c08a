use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::Value;
use tenancy::Phase;
use tenantry_aws::ledger::{LedgerError, PassRecord, Switch, TenantFilter};

use crate::bench::{Bench, at};

#[tokio::test]
async fn lists_page_to_the_end_and_every_tenant_comes_once() {
    let bench = Bench::start().await;
    for number in 0..23 {
        bench.create(&format!("tenant-{number}")).await;
    }
    let all = TenantFilter::default();
    let (mut seen, mut sizes, mut cursor) = (BTreeSet::new(), Vec::new(), None::<String>);
    loop {
        let page = bench
            .ledger
            .list_tenants(&all, 10, cursor.as_deref())
            .await
            .unwrap();
        sizes.push(page.items.len());
        seen.extend(page.items.into_iter().map(|t| t.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), sizes), (23, vec![10, 10, 3]));
    let filter = TenantFilter {
        phase: Some(Phase::Requested),
        blueprint: Some("standard".parse().unwrap()),
        tag: Some(("name".into(), "tenant-7".into())),
        ..TenantFilter::default()
    };
    let found = bench.ledger.list_tenants(&filter, 1, None).await.unwrap();
    assert_eq!((found.items.len(), found.next_cursor), (1, None));
    let page = bench.ledger.list_tenants(&all, 23, None).await.unwrap();
    assert_eq!(page.next_cursor, None, "a full last page is the last");
    let page = bench.ledger.list_tenants(&all, 5, None).await.unwrap();
    let foreign = bench
        .ledger
        .list_tenants(&filter, 5, page.next_cursor.as_deref())
        .await;
    assert_eq!(foreign, Err(LedgerError::BadCursor));
}

#[tokio::test]
async fn what_is_due_is_found_in_pages_and_what_is_not_is_left() {
    let bench = Bench::start().await;
    let mut tenants = Vec::new();
    for number in 0..17 {
        tenants.push(bench.create(&format!("tenant-{number}")).await);
    }
    let lease = bench.lease(&tenants[0]).await;
    let later = PassRecord {
        due_at: Some(at(100)),
        ..PassRecord::default()
    };
    bench.ledger.save_pass(&lease, &later, at(1)).await.unwrap();
    let lease = bench.lease(&tenants[1]).await;
    bench
        .ledger
        .save_pass(&lease, &PassRecord::default(), at(1))
        .await
        .unwrap();
    for (now, count) in [(-1, 0), (0, 15), (99, 15), (100, 16)] {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = bench
                .ledger
                .due(at(now), 4, cursor.as_deref())
                .await
                .unwrap();
            seen.extend(page.items.into_iter().map(|t| t.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), count, "at {now}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), count);
    }
    bench.ledger.mark_due(&tenants[1].id, at(2)).await.unwrap();
    bench
        .ledger
        .mark_due(&tenants[0].id, at(200))
        .await
        .unwrap();
    let due_at = |number: usize| bench.ledger.tenant(&tenants[number].id);
    assert_eq!(due_at(1).await.unwrap().due_at, Some(at(2)));
    assert_eq!(
        due_at(0).await.unwrap().due_at,
        Some(at(100)),
        "never later"
    );
}

#[tokio::test]
async fn switches_and_shared_documents_are_kept() {
    let bench = Bench::start().await;
    assert_eq!(bench.ledger.switch("creations").await, Ok(None));
    let off = Switch {
        on: false,
        reason: "runaway".into(),
        by: "breaker".into(),
        at: at(0),
    };
    bench.ledger.set_switch("creations", &off).await.unwrap();
    assert_eq!(bench.ledger.switch("creations").await, Ok(Some(off)));
    let (one, two) = (serde_json::json!({"ou": 1}), serde_json::json!({"ou": 2}));
    let written = bench.ledger.put_shared("units", &one, None).await.unwrap();
    let late = bench.ledger.put_shared("units", &two, None).await;
    assert_eq!(late, Err(LedgerError::VersionMismatch { current: 1 }));
    bench
        .ledger
        .put_shared("units", &two, Some(written.version))
        .await
        .unwrap();
    assert_eq!(
        bench.ledger.shared("units").await.unwrap().unwrap().content,
        two
    );
}

#[tokio::test]
async fn a_shared_document_that_many_change_at_once_loses_none_of_the_changes() {
    let bench = Bench::start().await;
    let add = |number: u64| {
        let ledger = &bench.ledger;
        let decide = move |there: Option<Value>| {
            let mut all: Vec<u64> = there
                .map(|there| serde_json::from_value(there).unwrap())
                .unwrap_or_default();
            all.push(number);
            Some(serde_json::json!(all))
        };
        async move { ledger.change_shared("units", decide).await }
    };
    let all = join_all((0..10).map(add)).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let written = bench.ledger.shared("units").await.unwrap().unwrap();
    assert_eq!(written.version, 10);
    assert_eq!(written.content.as_array().unwrap().len(), 10);
    let left = bench.ledger.change_shared("units", |_| None).await;
    assert_eq!(left, Ok(()));
    assert_eq!(
        bench.ledger.shared("units").await.unwrap().unwrap(),
        written
    );
}
