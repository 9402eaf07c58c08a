//! Ten thousand tenants in the ledger: one is built on the local AWS, and the others are its rows under other names.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use futures::{TryStreamExt, stream};
use scenarios::machine::{AnyError, Machine, TABLE};
use serde_json::json;
use tenancy::{AccountId, Tenant, TenantId, Verb};

use super::past_proxy;

/// What the built tenant is called: a word that is found nowhere else in its rows.
const SLUG: &str = "pattern-of-all";
/// Rows in one call (DynamoDB API reference, BatchWriteItem).
const BATCH: usize = 25;
const WRITERS: usize = 8;
const MOST_PASSES: usize = 40;

type Item = HashMap<String, AttributeValue>;

/// A tenant and its account.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// The tenant.
    pub tenant: TenantId,
    /// Its account.
    pub account: AccountId,
}

/// What of a text is another tenant's: its id, its slug, its account.
#[derive(Debug)]
pub struct Renamed<'a>(Vec<(&'a str, String)>);

impl Renamed<'_> {
    /// The text as the other tenant has it.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.0 {
            text = text.replace(from, to);
        }
        text
    }

    fn value(&self, value: &AttributeValue) -> AttributeValue {
        match value {
            AttributeValue::S(text) => AttributeValue::S(self.text(text)),
            AttributeValue::M(members) => AttributeValue::M(self.item(members)),
            AttributeValue::L(items) => {
                AttributeValue::L(items.iter().map(|item| self.value(item)).collect())
            }
            other => other.clone(),
        }
    }

    fn item(&self, item: &Item) -> Item {
        let each = item.iter();
        each.map(|(name, value)| (name.clone(), self.value(value)))
            .collect()
    }
}

/// The built tenant, and what of it is its own.
pub struct Pattern {
    /// The tenant.
    pub tenant: Tenant,
    account: AccountId,
}

impl Pattern {
    /// Builds it, and audits it once.
    ///
    /// # Errors
    /// It is not built in time.
    pub async fn build(machine: &Machine) -> Result<Self, AnyError> {
        let spec = json!({ "slug": SLUG, "name": SLUG, "blueprint": "sandbox" });
        let tenant = machine.request_tenant(spec).await?;
        let worker = machine.worker(Verb::Onboard).await?;
        machine.settle(&worker, &tenant.id, MOST_PASSES).await?;
        machine.worker(Verb::Audit).await?.work(&tenant.id).await?;
        let tenant = machine.ledger.tenant(&tenant.id).await?;
        let account = tenant.account_id.clone().ok_or("no account")?;
        Ok(Self { tenant, account })
    }

    /// What is to be written in the place of what is this tenant's own.
    pub fn renamed(&self, other: &Seeded) -> Renamed<'_> {
        let id = other.tenant.as_str();
        Renamed(vec![
            (self.tenant.id.as_str(), id.to_owned()),
            (SLUG, format!("bench-{}", id.to_ascii_lowercase())),
            (self.account.as_str(), other.account.to_string()),
        ])
    }

    /// The tenant itself, as one of many.
    pub fn itself(&self) -> Seeded {
        Seeded {
            tenant: self.tenant.id.clone(),
            account: self.account.clone(),
        }
    }
}

/// Puts the rows of so many tenants into the ledger: all but history and finished operations, which no pass reads.
///
/// # Errors
/// The ledger refuses them.
pub async fn seed(
    machine: &Machine,
    pattern: &Pattern,
    count: usize,
) -> Result<Vec<Seeded>, AnyError> {
    let client = Client::new(&past_proxy(machine));
    let pk = format!("T#{}", pattern.tenant.id);
    let mut rows = rows_of(&client, &pk).await?;
    rows.retain(|row| !text(row, "sk").starts_with("PAST"));
    rows.extend(rows_of(&client, &format!("ACCOUNT#{}", pattern.account)).await?);
    let seeded: Vec<Seeded> = (1..=count as u64).map(numbered).collect::<Result<_, _>>()?;
    let items = seeded.iter().flat_map(|other| {
        let renamed = pattern.renamed(other);
        let each = rows.iter().map(|row| renamed.item(row));
        each.collect::<Vec<_>>()
    });
    let items: Vec<Item> = items.collect();
    stream::iter(items.chunks(BATCH).map(Ok))
        .try_for_each_concurrent(WRITERS, |some| write(&client, some))
        .await?;
    Ok(seeded)
}

fn numbered(number: u64) -> Result<Seeded, AnyError> {
    let account = format!("{:012}", (number * 7_919_317) % 999_999_999_989);
    Ok(Seeded {
        tenant: TenantId::from_random(rand::random()),
        account: account.parse()?,
    })
}

async fn rows_of(client: &Client, pk: &str) -> Result<Vec<Item>, AnyError> {
    let call = client.query().table_name(TABLE);
    let call = call.key_condition_expression("pk = :pk");
    let call = call.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
    let items = call.into_paginator().items().send();
    Ok(items.try_collect().await?)
}

async fn write(client: &Client, items: &[Item]) -> Result<(), AnyError> {
    let put = |item: &Item| {
        let put = PutRequest::builder().set_item(Some(item.clone()));
        let put = put.build()?;
        Ok::<_, AnyError>(WriteRequest::builder().put_request(put).build())
    };
    let writes = items.iter().map(put).collect::<Result<Vec<_>, _>>()?;
    let call = client.batch_write_item().request_items(TABLE, writes);
    match call.send().await?.unprocessed_items {
        Some(left) if !left.is_empty() => Err("the ledger did not take all rows".into()),
        _ => Ok(()),
    }
}

/// The largest rows of a partition, by the bytes of their texts.
///
/// # Errors
/// The ledger does not answer.
pub async fn sizes(machine: &Machine, pk: &str) -> Result<Vec<(String, usize)>, AnyError> {
    let rows = rows_of(&Client::new(&past_proxy(machine)), pk).await?;
    let size = |row: &Item| {
        (
            format!("{pk} {}", text(row, "sk")),
            row.iter().map(member).sum(),
        )
    };
    Ok(rows.iter().map(size).collect())
}

fn member((name, value): (&String, &AttributeValue)) -> usize {
    let value = match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::M(members) => members.iter().map(member).sum(),
        _ => 1,
    };
    name.len() + value
}

fn text<'a>(row: &'a Item, name: &str) -> &'a str {
    let value = row.get(name).and_then(|value| value.as_s().ok());
    value.map_or("", String::as_str)
}
