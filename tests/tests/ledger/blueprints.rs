//! Published blueprints in the ledger.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tenancy::{PublishedBlueprint, blueprint::Catalog};
use tenantry_aws::{blueprints::Blueprints, ledger::Published};

use crate::bench::{Bench, TABLE, at, request};

fn gold() -> PublishedBlueprint {
    let catalog = Catalog::built_in().unwrap();
    let mut blueprint = catalog
        .find(&"standard@1.0.0".parse().unwrap())
        .unwrap()
        .clone();
    blueprint.name = "gold".into();
    PublishedBlueprint {
        blueprint,
        extends: None,
        published_by: "ann".into(),
        published_at: at(0),
        retired: None,
    }
}

#[tokio::test]
async fn what_a_version_says_is_read_once_and_one_that_is_nowhere_is_none() {
    let bench = Bench::start().await;
    let published = bench.ledger.publish_blueprint(&gold(), &request(0)).await;
    assert_eq!(published, Ok(Published::New));
    let blueprints = Blueprints::new().unwrap();
    let find = async |text: &str| {
        let pinned = text.parse().unwrap();
        blueprints.find(&bench.ledger, &pinned).await.unwrap()
    };
    assert_eq!(find("gold@1.0.0").await, Some(gold().blueprint));
    for nowhere in ["gold@1.0.1", "silver@1.0.0", "gold", "standard@9.0.0"] {
        assert_eq!(find(nowhere).await, None, "{nowhere}");
    }
    let delete = bench.client.delete_table().table_name(TABLE);
    delete.send().await.unwrap();
    assert_eq!(find("gold@1.0.0").await, Some(gold().blueprint));
    assert!(find("standard@1.0.0").await.is_some());
}

#[tokio::test]
async fn a_row_of_a_later_release_is_read_and_one_that_cannot_be_read_hides_no_other() {
    let bench = Bench::start().await;
    let later = json!({
        "blueprint": { "name": "gold", "version": "2.0.0", "description": "d", "color": "red",
            "settings": serde_json::to_value(gold().blueprint.settings).unwrap(), "open": { "color": true } },
        "publishedBy": "ann", "publishedAt": at(0), "approvedBy": "bob",
    });
    for (sk, doc) in [
        ("gold@00002.00000.00000", later.to_string()),
        ("gold@00003.00000.00000", "{}".into()),
        (
            "gold@00003.00000.00000#RETIRED",
            json!({ "by": "ann", "at": at(1) }).to_string(),
        ),
    ] {
        let put = bench.client.put_item().table_name(TABLE);
        let put = put.item("pk", AttributeValue::S("BLUEPRINTS".into()));
        let put = put.item("sk", AttributeValue::S(sk.into()));
        put.item("doc", AttributeValue::S(doc))
            .send()
            .await
            .unwrap();
    }
    let versions = bench.ledger.published_versions("gold").await.unwrap();
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].blueprint.version.to_string(), "2.0.0");
    assert_eq!(versions[0].retired, None);
}
