//! A history that somebody with the table in hand has changed.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use tenancy::{OperationKind, Tenant, TenantId, history::Flaw};

use crate::bench::{Bench, TABLE, operation, request};

/// The rows of a tenant's history.
struct Past<'a> {
    bench: &'a Bench,
    tenant: &'a TenantId,
}

impl Past<'_> {
    fn keys(&self, place: &str) -> [(String, AttributeValue); 2] {
        [
            (
                "pk".to_owned(),
                AttributeValue::S(format!("T#{}", self.tenant)),
            ),
            ("sk".to_owned(), AttributeValue::S(format!("PAST#{place}"))),
        ]
    }

    async fn read(&self, place: &str) -> String {
        let call = self.bench.client.get_item().table_name(TABLE);
        let call = call.set_key(Some(self.keys(place).into()));
        let row = call.send().await.unwrap().item.unwrap();
        row["doc"].as_s().unwrap().clone()
    }

    async fn write(&self, place: &str, doc: &str) {
        let mut row = HashMap::from(self.keys(place));
        row.insert("doc".to_owned(), AttributeValue::S(doc.to_owned()));
        let call = self.bench.client.put_item().table_name(TABLE);
        call.set_item(Some(row)).send().await.unwrap();
    }

    async fn delete(&self, place: &str) {
        let call = self.bench.client.delete_item().table_name(TABLE);
        let call = call.set_key(Some(self.keys(place).into()));
        call.send().await.unwrap();
    }

    async fn flaws(&self) -> Vec<Flaw> {
        self.bench.ledger.verify_history(self.tenant).await.unwrap()
    }
}

/// A tenant with four entries.
async fn four_entries(bench: &Bench) -> Tenant {
    let tenant = bench.create("acme").await;
    for second in 1..4 {
        let mut spec = tenant.spec.clone();
        spec.name = format!("name {second}");
        let update = operation(&tenant, OperationKind::Update);
        let asked = request(second);
        let changed = bench
            .ledger
            .change_spec(&tenant.id, None, &spec, &update, &asked);
        changed.await.unwrap();
    }
    tenant
}

#[tokio::test]
async fn a_history_changed_behind_our_back_is_found_out() {
    let bench = Bench::start().await;
    let tenant = four_entries(&bench).await.id;
    let past = Past {
        bench: &bench,
        tenant: &tenant,
    };
    assert_eq!(past.flaws().await, []);
    let text = past.read("000000000002").await;
    for changed in [
        text.replace("user/ann", "user/bob"),
        // What cannot be read, and what reads the same but is not what was written.
        "{".to_owned(),
        text.replacen('{', "{\"approved\":true,", 1),
    ] {
        assert_ne!(changed, text);
        past.write("000000000002", &changed).await;
        assert_eq!(
            past.flaws().await,
            [Flaw::Changed { sequence: 2 }],
            "{changed}"
        );
        let page = bench.ledger.history(&tenant, 10, None).await.unwrap();
        assert_eq!(page.items.len(), 4, "the rest can still be read");
    }
    past.write("000000000002", &text).await;
    for (place, sequence) in [("000000000002x", 0), ("999999999999", 999_999_999_999)] {
        past.write(place, &text).await;
        assert_eq!(past.flaws().await, [Flaw::Inserted { sequence }]);
        past.delete(place).await;
    }
    past.delete("000000000004").await;
    assert_eq!(past.flaws().await, [Flaw::Missing { sequence: 4 }]);
}

#[tokio::test]
async fn a_history_is_read_page_by_page() {
    let bench = Bench::start().await;
    let tenant = four_entries(&bench).await.id;
    let page = bench.ledger.history(&tenant, 3, None).await.unwrap();
    assert_eq!(page.items.len(), 3);
    let cursor = page.next_cursor;
    let rest = bench
        .ledger
        .history(&tenant, 3, cursor.as_deref())
        .await
        .unwrap();
    assert_eq!((rest.items.len(), rest.next_cursor), (1, None));
}
