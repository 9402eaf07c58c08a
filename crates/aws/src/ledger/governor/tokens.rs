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
    documents::document_write,
    item::{Item, doc, number, text},
    keys,
    query::Rows,
    write::Write,
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

    /// Takes of several operations a batch of the tokens that are there, in one write: how many of each. Where others write the
    /// same rows, none: whoever makes a call takes its token then.
    ///
    /// # Errors
    /// `Failed`.
    pub async fn take_batches(
        &self,
        rates: &[&Rate],
        now: Timestamp,
    ) -> Result<Vec<u32>, LedgerError> {
        let keys = rates.iter().map(|rate| bucket_key(rate.call));
        let rows = self.get_all(keys.collect()).await?;
        let (counts, writes) = self.batches(rates, &rows, now)?;
        if writes.is_empty() || self.transact("taking tokens", writes).await? {
            return Ok(counts);
        }
        Ok(vec![0; counts.len()])
    }

    /// A batch of what is there in each of these buckets, and the writes that take them.
    pub(super) fn batches(
        &self,
        rates: &[&Rate],
        rows: &[Option<Item>],
        now: Timestamp,
    ) -> Result<(Vec<u32>, Vec<Write>), LedgerError> {
        let (mut counts, mut writes) = (Vec::new(), Vec::new());
        for (rate, row) in rates.iter().zip(rows) {
            let bucket = row.as_ref().map(doc::<Bucket>).transpose()?;
            let (bucket, limit) = (bucket.unwrap_or(Bucket::FULL), self.rates.of(rate));
            let (after, tokens) = bucket.take(now, limit, rate.batch, SignedDuration::ZERO);
            counts.push(match tokens {
                Tokens::Taken { count, .. } => count,
                Tokens::Later { .. } => 0,
            });
            if let Some(after) = after {
                let version = row.as_ref().and_then(|row| number(row, "version"));
                writes.push(document_write(bucket_key(rate.call), &after, version)?);
            }
        }
        Ok((counts, writes))
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
