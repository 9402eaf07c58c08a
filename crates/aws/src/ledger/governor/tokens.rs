//! Tokens for calls to Organizations, one small row for each operation.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tenancy::Timestamp;

use super::{
    bucket::Bucket,
    key,
    rates::{RATES, Rate},
    types::{CallState, Tokens},
};
use crate::ledger::{
    Ledger, LedgerError,
    item::{Item, doc, text},
    keys,
    query::Rows,
};

const PREFIX: &str = "RATE#";

impl Ledger {
    /// Takes up to `wanted` tokens of an operation, or books the next if it comes within `patience`.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn take_tokens(
        &self,
        rate: &Rate,
        now: Timestamp,
        wanted: u32,
        patience: SignedDuration,
    ) -> Result<Tokens, LedgerError> {
        let doing = format!("taking a token for `{}`", rate.call);
        self.change_document(bucket_key(rate.call), &doing, |bucket: Option<Bucket>| {
            let bucket = bucket.unwrap_or(Bucket::FULL);
            bucket.take(now, self.rates.of(rate), wanted, patience)
        })
        .await
    }

    /// The state of every operation's token bucket.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn calls(&self, now: Timestamp) -> Result<Vec<CallState>, LedgerError> {
        let rows = Rows::of(keys::GOVERNOR).beginning_with(PREFIX);
        let rows = rows.all(self).await?;
        let mut buckets = BTreeMap::new();
        for row in &rows {
            let call = text(row, "sk").and_then(|sk| sk.strip_prefix(PREFIX));
            buckets.insert(call.unwrap_or_default(), doc::<Bucket>(row)?);
        }
        let state = |rate: &'static Rate| {
            let bucket = buckets.get(rate.call).copied().unwrap_or(Bucket::FULL);
            let limit = self.rates.of(rate);
            let free = bucket.free(now, limit);
            CallState { rate, limit, free }
        };
        Ok(RATES.iter().map(state).collect())
    }
}

pub(super) fn bucket_key(call: &str) -> Item {
    key(format!("{PREFIX}{call}"))
}
