//! One write of a transaction, and what it means when its condition does not hold.

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update},
};
use tenancy::Failure;

use super::{
    LedgerError,
    item::{Item, n},
};

#[derive(Debug, Clone)]
enum Effect {
    Put(Item),
    Delete(Item),
    Check(Item),
    /// Sets attributes, adds to numbers and removes attributes.
    Update(Item, Vec<String>, Vec<String>, Vec<String>),
}

/// One write. Attribute names always go by an alias, so that none can be a reserved word.
#[derive(Debug, Clone)]
pub(super) struct Write {
    effect: Effect,
    conditions: Vec<String>,
    names: Vec<(String, String)>,
    values: Vec<(String, AttributeValue)>,
    otherwise: Option<LedgerError>,
}

impl Write {
    pub(super) fn put(item: Item) -> Self {
        Self::new(Effect::Put(item))
    }

    /// The row that it writes, where it writes a whole one.
    pub(super) fn row(&self) -> Option<&Item> {
        match &self.effect {
            Effect::Put(row) => Some(row),
            Effect::Delete(_) | Effect::Check(_) | Effect::Update(..) => None,
        }
    }

    pub(super) fn delete(key: Item) -> Self {
        Self::new(Effect::Delete(key))
    }

    /// Writes nothing and demands that its conditions hold.
    pub(super) fn check(key: Item) -> Self {
        Self::new(Effect::Check(key))
    }

    pub(super) fn update(key: Item) -> Self {
        Self::new(Effect::Update(key, Vec::new(), Vec::new(), Vec::new()))
    }

    fn new(effect: Effect) -> Self {
        Self {
            effect,
            conditions: Vec::new(),
            names: Vec::new(),
            values: Vec::new(),
            otherwise: None,
        }
    }

    /// Sets an attribute of an updated row.
    pub(super) fn set(mut self, name: &str, value: AttributeValue) -> Self {
        let (name, value) = (self.name(name), self.value(value));
        if let Effect::Update(_, sets, ..) = &mut self.effect {
            sets.push(format!("{name} = {value}"));
        }
        self
    }

    /// Adds to a number of an updated row; it begins at 0.
    pub(super) fn add(mut self, name: &str, amount: u32) -> Self {
        let (name, value) = (self.name(name), self.value(n(amount)));
        if let Effect::Update(_, _, adds, _) = &mut self.effect {
            adds.push(format!("{name} {value}"));
        }
        self
    }

    /// Removes an attribute of an updated row.
    pub(super) fn remove(mut self, name: &str) -> Self {
        let name = self.name(name);
        if let Effect::Update(_, _, _, removes) = &mut self.effect {
            removes.push(name);
        }
        self
    }

    pub(super) fn if_equal(mut self, name: &str, value: AttributeValue) -> Self {
        let (name, value) = (self.name(name), self.value(value));
        self.conditions.push(format!("{name} = {value}"));
        self
    }

    pub(super) fn if_present(mut self, name: &str) -> Self {
        let name = self.name(name);
        self.conditions.push(format!("attribute_exists({name})"));
        self
    }

    /// The row must not exist.
    pub(super) fn if_new(mut self) -> Self {
        let name = self.name("pk");
        self.conditions
            .push(format!("attribute_not_exists({name})"));
        self
    }

    /// The row must not exist, or have this value.
    pub(super) fn if_new_or_equal(mut self, name: &str, value: AttributeValue) -> Self {
        let (row, name, value) = (self.name("pk"), self.name(name), self.value(value));
        self.conditions
            .push(format!("(attribute_not_exists({row}) OR {name} = {value})"));
        self
    }

    /// The row must not exist, or have a number below this one.
    pub(super) fn if_new_or_below(mut self, name: &str, bound: i64) -> Self {
        let (row, name, value) = (self.name("pk"), self.name(name), self.value(n(bound)));
        self.conditions
            .push(format!("(attribute_not_exists({row}) OR {name} < {value})"));
        self
    }

    /// The row must have this text there, or one that comes before it.
    pub(super) fn if_at_most(mut self, name: &str, bound: AttributeValue) -> Self {
        let (name, bound) = (self.name(name), self.value(bound));
        self.conditions.push(format!("{name} <= {bound}"));
        self
    }

    /// The row must lack the attribute, or have this value.
    pub(super) fn if_absent_or_equal(mut self, name: &str, value: AttributeValue) -> Self {
        let (name, value) = (self.name(name), self.value(value));
        self.conditions.push(format!(
            "(attribute_not_exists({name}) OR {name} = {value})"
        ));
        self
    }

    /// The row must be at this version; `None` for not there.
    pub(super) fn if_version(self, version: Option<u64>) -> Self {
        match version {
            Some(version) => self.if_equal("version", n(version)),
            None => self.if_new(),
        }
    }

    /// The row must be at this revision; `None` for absent.
    pub(super) fn if_revision(self, revision: Option<u64>) -> Self {
        match revision {
            Some(revision) => self.if_equal("revision", n(revision)),
            None => self.if_new(),
        }
    }

    /// What a condition that does not hold means. Without this it means that somebody was faster: read again and retry.
    pub(super) fn otherwise(mut self, error: LedgerError) -> Self {
        self.otherwise = Some(error);
        self
    }

    pub(super) fn meaning(&self) -> Option<&LedgerError> {
        self.otherwise.as_ref()
    }

    fn name(&mut self, name: &str) -> String {
        let alias = format!("#n{}", self.names.len());
        self.names.push((alias.clone(), name.to_owned()));
        alias
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let alias = format!(":v{}", self.values.len());
        self.values.push((alias.clone(), value));
        alias
    }

    /// The write as the SDK wants it.
    pub(super) fn into_item(self, table: &str) -> Result<TransactWriteItem, LedgerError> {
        self.build(table).map_err(|error| {
            Failure::bug("building a transaction of the ledger", error.to_string()).into()
        })
    }

    /// A put as the SDK wants it for a call of its own.
    pub(super) fn into_put(self, table: &str) -> Result<Put, LedgerError> {
        let put = self.into_item(table)?.put;
        put.ok_or_else(|| Failure::bug("building a write of the ledger", "it is no put").into())
    }

    /// An update as the SDK wants it for a call of its own.
    pub(super) fn into_update(self, table: &str) -> Result<Update, LedgerError> {
        let update = self.into_item(table)?.update;
        update
            .ok_or_else(|| Failure::bug("building a write of the ledger", "it is no update").into())
    }

    fn build(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let condition = (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "));
        let names = (!self.names.is_empty()).then(|| self.names.into_iter().collect());
        let values = (!self.values.is_empty()).then(|| self.values.into_iter().collect());
        let whole = TransactWriteItem::builder();
        let whole = match self.effect {
            Effect::Put(item) => whole.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(item))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
            Effect::Delete(key) => whole.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
            Effect::Check(key) => whole.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
            Effect::Update(key, sets, adds, removes) => whole.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .update_expression(update_expression(&sets, &adds, &removes))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
        };
        Ok(whole.build())
    }
}

fn update_expression(sets: &[String], adds: &[String], removes: &[String]) -> String {
    [("SET", sets), ("ADD", adds), ("REMOVE", removes)]
        .into_iter()
        .filter(|(_, parts)| !parts.is_empty())
        .map(|(verb, parts)| format!("{verb} {}", parts.join(", ")))
        .collect::<Vec<_>>()
        .join(" ")
}
