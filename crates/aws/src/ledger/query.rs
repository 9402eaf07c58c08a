//! Queries, always read to the end of what was requested.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::FutureExt;
use tenancy::TenantId;

use super::{
    Ledger, LedgerError,
    failed::failure,
    item::{Item, s, text},
    keys,
};

/// Rows DynamoDB evaluates in one call when it filters; one megabyte ends a call anyway.
const READ_LIMIT: usize = 300;

/// An index: its name, and what its key attributes begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Index {
    pub(super) name: &'static str,
    pub(super) keys: &'static str,
}

/// Some rows of one partition of the table or of an index, in the order of their sort key.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    index: Option<Index>,
    partition: String,
    range: Option<(&'static str, String)>,
    backwards: bool,
    filters: Vec<(Vec<String>, &'static str, AttributeValue)>,
}

impl Rows {
    /// Rows of the table, consistently read.
    pub(super) fn of(partition: impl Into<String>) -> Self {
        Self {
            index: None,
            partition: partition.into(),
            range: None,
            backwards: false,
            filters: Vec::new(),
        }
    }

    /// Rows of an index, eventually consistent.
    pub(super) fn of_index(index: Index, partition: impl Into<String>) -> Self {
        Self {
            index: Some(index),
            ..Self::of(partition)
        }
    }

    pub(super) fn beginning_with(mut self, prefix: impl Into<String>) -> Self {
        self.range = Some(("begins_with(#sk, :sk)", prefix.into()));
        self
    }

    pub(super) fn below(mut self, bound: impl Into<String>) -> Self {
        self.range = Some(("#sk < :sk", bound.into()));
        self
    }

    /// The last ones first.
    pub(super) fn backwards(mut self) -> Self {
        self.backwards = true;
        self
    }

    /// Only rows whose attribute at `path` compares so.
    pub(super) fn only(mut self, path: &[&str], comparison: &'static str, value: &str) -> Self {
        let path = path.iter().map(|&name| name.to_owned()).collect();
        self.filters.push((path, comparison, s(value)));
        self
    }

    /// All of them.
    pub(super) async fn all(&self, ledger: &Ledger) -> Result<Vec<Item>, LedgerError> {
        let (mut rows, mut start) = (Vec::new(), None);
        loop {
            let (more, next) = self.go(ledger, start, None).await?;
            rows.extend(more);
            if next.is_none() {
                return Ok(rows);
            }
            start = next;
        }
    }

    /// The first `limit` behind the sort key `after`, and whether there are more.
    pub(super) async fn page(
        &self,
        ledger: &Ledger,
        limit: usize,
        after: Option<&str>,
    ) -> Result<(Vec<Item>, bool), LedgerError> {
        let mut rows = Vec::new();
        let mut start = after.map(|sk| self.start(sk));
        loop {
            // One more than wanted, so that the last page is known to be the last.
            let missing = limit + 1 - rows.len();
            let read_limit = if self.filters.is_empty() {
                missing
            } else {
                READ_LIMIT
            };
            let (more, next) = self.go(ledger, start, Some(read_limit)).await?;
            rows.extend(more);
            if next.is_none() || rows.len() > limit {
                let more = rows.len() > limit;
                rows.truncate(limit);
                return Ok((rows, more));
            }
            start = next;
        }
    }

    /// The place of a row in this query's order: its sort key, and of a row in an index that is no main row, which one it is.
    pub(super) fn position(&self, row: &Item) -> String {
        let place = text(row, &self.sort_key()).unwrap_or_default();
        match text(row, "sk") {
            Some(sk) if self.index.is_some() && sk != keys::META => format!("{place} {sk}"),
            _ => place.to_owned(),
        }
    }

    fn sort_key(&self) -> String {
        self.index
            .map_or("sk".to_owned(), |index| format!("{}_sk", index.keys))
    }

    /// The key DynamoDB is to go on behind. Sort keys of the indexes end in the tenant's id, so it follows from them.
    fn start(&self, after: &str) -> Item {
        let Some(index) = self.index else {
            return keys::key(&self.partition, after);
        };
        let (after, sk) = after.split_once(' ').unwrap_or((after, keys::META));
        let id = after.rsplit('#').next().unwrap_or_default();
        let mut key = id
            .parse::<TenantId>()
            .map_or_else(|_| Item::new(), |id| keys::key(keys::tenant(&id), sk));
        key.insert(format!("{}_pk", index.keys), s(&self.partition));
        key.insert(format!("{}_sk", index.keys), s(after));
        key
    }

    async fn go(
        &self,
        ledger: &Ledger,
        start: Option<Item>,
        read_limit: Option<usize>,
    ) -> Result<(Vec<Item>, Option<Item>), LedgerError> {
        let partition_key = self
            .index
            .map_or("pk".to_owned(), |index| format!("{}_pk", index.keys));
        let mut query = ledger
            .client
            .query()
            .table_name(&ledger.table)
            .set_index_name(self.index.map(|index| index.name.to_owned()))
            .consistent_read(self.index.is_none())
            .set_scan_index_forward(self.backwards.then_some(false))
            .set_limit(read_limit.and_then(|limit| i32::try_from(limit).ok()))
            .set_exclusive_start_key(start)
            .expression_attribute_names("#pk", partition_key)
            .expression_attribute_values(":pk", s(&self.partition));
        let mut condition = "#pk = :pk".to_owned();
        if let Some((range, bound)) = &self.range {
            condition = format!("{condition} AND {range}");
            query = query
                .expression_attribute_names("#sk", self.sort_key())
                .expression_attribute_values(":sk", s(bound));
        }
        let mut filters = Vec::new();
        for (number, (path, comparison, value)) in self.filters.iter().enumerate() {
            let mut aliases = Vec::new();
            for (step, name) in path.iter().enumerate() {
                let alias = format!("#f{number}_{step}");
                query = query.expression_attribute_names(&alias, name);
                aliases.push(alias);
            }
            filters.push(format!("{} {comparison} :f{number}", aliases.join(".")));
            query = query.expression_attribute_values(format!(":f{number}"), value.clone());
        }
        let filter = (!filters.is_empty()).then(|| filters.join(" AND "));
        let answer = query
            .key_condition_expression(condition)
            .set_filter_expression(filter)
            .send()
            .boxed()
            .await
            .map_err(|error| failure(format!("querying `{}`", self.partition), &error))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}
