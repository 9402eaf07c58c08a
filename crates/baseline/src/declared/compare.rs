//! What differs between a wanted and a found state, field by field, and how a set field changes a state. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Compare, Field, State};
use crate::policy::same;

/// A field that differs, or one entry of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRef {
    /// The field.
    pub field: &'static Field,
    /// The entry, where entries are set one by one.
    pub entry: Option<String>,
}

impl FieldRef {
    const fn whole(field: &'static Field) -> Self {
        Self { field, entry: None }
    }

    /// Its name, with its entry.
    pub fn name(&self) -> String {
        match &self.entry {
            Some(entry) => format!("{}.{entry}", self.field.name),
            None => self.field.name.to_owned(),
        }
    }

    /// The call that sets it: the one it shares with others, or one of its own.
    pub fn call(&self) -> &'static str {
        match self.field.call {
            "" => self.field.name,
            shared => shared,
        }
    }

    /// Its value in a state; null where it is absent.
    pub fn value(&self, state: &State) -> Value {
        let value = state.get(self.field.name).unwrap_or(&Value::Null);
        let Some(entry) = &self.entry else {
            return value.clone();
        };
        match value {
            Value::Object(entries) => entries.get(entry).cloned().unwrap_or_default(),
            Value::Array(entries) => entries
                .iter()
                .find(|found| found.as_str() == Some(entry))
                .cloned()
                .unwrap_or_default(),
            _ => Value::Null,
        }
    }

    /// Gives `state` the value it has in `wanted`.
    pub fn set(&self, state: &mut State, wanted: &State) {
        let value = self.value(wanted);
        let name = self.field.name.to_owned();
        match (&self.entry, self.field.compare) {
            (Some(entry), _) => set_entry(state, name, entry, value, wanted),
            (None, Compare::Contains) => merge(state.entry(name).or_insert(Value::Null), value),
            (None, Compare::OneOf) => {
                let first = value.as_array().and_then(|all| all.first()).cloned();
                state.insert(name, first.unwrap_or_default());
            }
            (None, Compare::Same | Compare::IfWanted | Compare::Entries) => {
                state.insert(name, value);
            }
        }
    }
}

fn set_entry(state: &mut State, name: String, entry: &str, value: Value, wanted: &State) {
    let is_list = matches!(wanted.get(&name), Some(Value::Array(_)))
        || matches!(state.get(&name), Some(Value::Array(_)));
    let empty = || match is_list {
        true => Value::Array(Vec::new()),
        false => Value::Object(State::new()),
    };
    let field = state.entry(name).or_insert_with(empty);
    if field.is_null() {
        *field = empty();
    }
    match field {
        Value::Object(entries) => {
            entries.remove(entry);
            if !value.is_null() {
                entries.insert(entry.to_owned(), value);
            }
        }
        Value::Array(entries) => {
            entries.retain(|found| found.as_str() != Some(entry));
            if !value.is_null() {
                entries.push(value);
            }
        }
        _ => {}
    }
}

fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        // Null is what has to come off.
        (Value::Object(into), Value::Object(value)) => {
            into.extend(value);
            into.retain(|_, value| !value.is_null());
        }
        (into, value) => *into = value,
    }
}

/// The names in a map, or in a list of names.
fn entries(value: Option<&Value>) -> BTreeSet<String> {
    match value {
        Some(Value::Object(entries)) => entries.keys().cloned().collect(),
        Some(Value::Array(entries)) => entries
            .iter()
            .filter_map(|entry| entry.as_str().map(str::to_owned))
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// What differs.
pub fn drift(fields: &'static [Field], wanted: &State, found: &State) -> Vec<FieldRef> {
    fields
        .iter()
        .flat_map(|field| field_drift(field, wanted, found))
        .collect()
}

fn field_drift(field: &'static Field, wanted: &State, found: &State) -> Vec<FieldRef> {
    if field.compare == Compare::Entries {
        let mut names = entries(wanted.get(field.name));
        names.extend(entries(found.get(field.name)));
        let entry = |entry| FieldRef {
            field,
            entry: Some(entry),
        };
        return names
            .into_iter()
            .map(entry)
            .filter(|entry| !same(&entry.value(wanted), &entry.value(found)))
            .collect();
    }
    let null = &Value::Null;
    let right = is_right(
        field.compare,
        wanted.get(field.name).unwrap_or(null),
        found.get(field.name).unwrap_or(null),
    );
    if right {
        Vec::new()
    } else {
        vec![FieldRef::whole(field)]
    }
}

fn is_right(compare: Compare, wanted: &Value, found: &Value) -> bool {
    match compare {
        Compare::IfWanted if wanted.is_null() => true,
        Compare::Same | Compare::IfWanted | Compare::Entries => same(wanted, found),
        Compare::Contains => wanted.as_object().is_none_or(|wanted| {
            wanted
                .iter()
                .all(|(name, value)| found.get(name).unwrap_or(&Value::Null) == value)
        }),
        Compare::OneOf => wanted
            .as_array()
            .is_none_or(|all| all.iter().any(|one| same(one, found))),
    }
}

/// A wanted state in which these tags have to come off: their value is null.
pub fn without_tags(fields: &[Field], wanted: &State, retired: &BTreeSet<String>) -> State {
    let mut state = wanted.clone();
    for field in fields
        .iter()
        .filter(|field| field.compare == Compare::Contains)
    {
        if let Some(Value::Object(tags)) = state.get_mut(field.name) {
            for key in retired {
                tags.entry(key.clone()).or_insert(Value::Null);
            }
        }
    }
    state
}

/// What can be read as a resource: without what has to come off.
pub fn readable(fields: &[Field], state: &mut State) {
    for field in fields
        .iter()
        .filter(|field| field.compare == Compare::Contains)
    {
        if let Some(Value::Object(tags)) = state.get_mut(field.name) {
            tags.retain(|_, value| !value.is_null());
        }
    }
}

/// What has to be emptied before a resource in this state can be deleted, even where it is left to a person otherwise.
pub fn to_strip(fields: &'static [Field], found: &State) -> Vec<FieldRef> {
    fields
        .iter()
        .filter(|field| field.strip)
        .flat_map(|field| field_drift(field, &State::new(), found))
        .collect()
}
