//! Some rows read at once.

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures::{FutureExt, future::BoxFuture};
use tenancy::Failure;

use super::{Ledger, LedgerError, attempts::Attempts, failed::failure, item::Item};

impl Ledger {
    /// Some rows, consistently read, in the order of their keys: at most 100, each once. They are read at one time only as far
    /// as conditions of a later write hold.
    pub(super) fn get_all(
        &self,
        keys: Vec<Item>,
    ) -> BoxFuture<'_, Result<Vec<Option<Item>>, LedgerError>> {
        let doing = "reading rows of the ledger";
        let answer = async move {
            let mut attempts = Attempts::new(doing);
            let mut found: Vec<Option<Item>> = vec![None; keys.len()];
            let mut missing = keys.clone();
            while !missing.is_empty() {
                let wanted = KeysAndAttributes::builder().set_keys(Some(missing));
                let wanted = wanted.consistent_read(true).build();
                let wanted = wanted.map_err(|error| Failure::bug(doing, error.to_string()))?;
                let call = self.client.batch_get_item();
                let call = call.request_items(&self.table, wanted);
                let answer = call.send().await.map_err(|error| failure(doing, &error))?;
                for row in answer
                    .responses
                    .into_iter()
                    .flatten()
                    .flat_map(|(_, rows)| rows)
                {
                    let is_its =
                        |key: &Item| key.iter().all(|(name, value)| row.get(name) == Some(value));
                    if let Some(place) = keys
                        .iter()
                        .position(is_its)
                        .and_then(|it| found.get_mut(it))
                    {
                        *place = Some(row);
                    }
                }
                let left = answer.unprocessed_keys.unwrap_or_default();
                missing = left.into_values().flat_map(|left| left.keys).collect();
                if !missing.is_empty() {
                    attempts.again().await?;
                }
            }
            Ok(found)
        };
        answer.boxed()
    }
}
