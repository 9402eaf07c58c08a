//! Resources as a component declares them.

use std::collections::BTreeMap;

use tenancy::Severity;

use super::{FieldRef, Key, Kind, Resource, State, kind};
use crate::component::Wait;

/// A resource as it is declared.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its fields.
    pub state: State,
    /// What must be there before it is made, and go after it.
    pub after: Vec<Key>,
    /// What must be as wanted before it is made, and before its fields marked [`super::Field::once`] are set: fields of others.
    pub once: Vec<(Key, &'static str)>,
    /// What findings call it, where that is not what its key says.
    pub called: Option<String>,
    /// Fields, or entries of them, that name others: set once those are there, which go only after they are emptied.
    pub refers: Vec<(FieldRef, Key)>,
    /// How bad a difference is at least, where it is bad at all.
    pub raise: Severity,
    /// What has to be known before it can be said how it is to be: until then it is observed, and not changed.
    pub unknown: Option<Wait>,
}

impl Wanted {
    /// A resource that needs no other.
    pub fn of<R: Resource>(resource: &R) -> Self {
        Self {
            kind: const { &R::KIND },
            state: kind::write(resource),
            after: Vec::new(),
            once: Vec::new(),
            called: None,
            refers: Vec::new(),
            raise: Severity::Low,
            unknown: None,
        }
    }

    /// The same, made after others.
    #[must_use]
    pub fn after(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.after.extend(keys);
        self
    }

    /// The same, made once this field of another is as wanted.
    #[must_use]
    pub fn once(mut self, key: Key, field: &'static str) -> Self {
        self.once.push((key, field));
        self
    }

    /// The same, under this name in the keys of findings.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.called = Some(name.into());
        self
    }

    /// The same, of which this field, or this entry of it, names another resource. A field that the kind does not have is ignored.
    #[must_use]
    pub fn refers(mut self, field: &str, entry: Option<&str>, key: Key) -> Self {
        let field = self.kind.fields.iter().find(|known| known.name == field);
        let entry = entry.map(str::to_owned);
        self.refers
            .extend(field.map(|field| (FieldRef { field, entry }, key)));
        self
    }

    /// The same, of which it cannot be said yet how it is to be.
    #[must_use]
    pub fn unknown(mut self, wait: Option<Wait>) -> Self {
        self.unknown = wait;
        self
    }

    /// Whether a field of the found resource names the other one.
    pub(super) fn names(&self, other: &Key, found: &State) -> bool {
        let mut refers = self.refers.iter().filter(|(_, named)| named == other);
        refers.any(|(field, _)| !field.value(found).is_null())
    }

    /// The same, whose differences are at least as bad as this where they are bad at all.
    #[must_use]
    pub fn raised_to(mut self, severity: Severity) -> Self {
        self.raise = severity;
        self
    }
}

/// Declared resources, by key.
pub type Resources = BTreeMap<Key, Wanted>;
