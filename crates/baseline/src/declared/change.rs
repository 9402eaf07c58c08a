//! One effect on one declared resource, in words, and what it teaches.

use tenancy::{
    ComponentName, Severity,
    finding::{Difference, Repair},
    names,
};

use super::{Compare, Field, FieldRef, Key, Kind, Observation, Observed, State, show};
use crate::component::Change;

/// One effect on one declared resource.
#[derive(Debug, Clone)]
pub struct ResourceChange {
    /// The component it is made for.
    pub component: ComponentName,
    /// The resource.
    pub key: Key,
    /// What findings call it, where that is not what its key says.
    pub called: Option<String>,
    /// Its kind.
    pub kind: &'static Kind,
    /// What is done to it.
    pub effect: Effect,
    /// How bad a difference of this resource is at least, where it is bad at all.
    pub raise: Severity,
}

/// What is done to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Made.
    Create {
        /// As it is wanted.
        wanted: State,
    },
    /// Some fields set, by one call.
    Set {
        /// Which.
        fields: Vec<FieldRef>,
        /// As it is wanted; entries that are not in it are removed.
        wanted: State,
        /// As it was found.
        found: State,
    },
    /// Deleted.
    Delete {
        /// As it was found.
        found: State,
    },
}

/// What an effect taught about a resource.
#[derive(Debug, Clone)]
pub enum ResourceFact {
    /// It is so now.
    Is(Key, Observed<State>),
    /// These fields are as wanted now.
    Set(Key, Vec<FieldRef>, State),
}

impl ResourceFact {
    /// The fact `change` teaches if it went as planned.
    pub fn expected(change: &ResourceChange) -> Self {
        let key = change.key.clone();
        match &change.effect {
            Effect::Create { wanted } => {
                Self::Is(key, Observed::Present((change.kind.created)(wanted)))
            }
            Effect::Set { fields, wanted, .. } => Self::Set(key, fields.clone(), wanted.clone()),
            Effect::Delete { .. } => Self::Is(key, Observed::Absent),
        }
    }

    /// Merges it into what was observed.
    pub fn learn(self, seen: &mut Observation) {
        match self {
            Self::Is(key, observed) => {
                seen.0.insert(key, observed);
            }
            Self::Set(key, fields, wanted) => {
                if let Some(Observed::Present(found)) = seen.0.get_mut(&key) {
                    for field in fields {
                        field.set(found, &wanted);
                    }
                }
            }
        }
    }
}

impl ResourceChange {
    fn name(&self) -> String {
        let called = self.called.clone();
        called.unwrap_or_else(|| self.key.to_string())
    }

    fn words(&self, field: &str, key: String) -> Difference {
        Difference {
            key,
            component: self.component,
            resource: self.key.resource(),
            field: field.to_owned(),
            wanted: "nothing".into(),
            found: "nothing".into(),
            severity: self.kind.missing,
            remedy: String::new(),
            repair: Repair::Tenantry,
        }
    }

    fn field_words(&self, field: &FieldRef, wanted: &State, found: &State) -> Difference {
        let (wanted, found) = (field.value(wanted), field.value(found));
        let label = match &field.entry {
            Some(entry) => format!("{} `{entry}`", field.field.label),
            None => field.field.label.to_owned(),
        };
        let key = format!("{}.{}", self.name(), field.name());
        let severity = match field.field.severity {
            _ if is_relabelled(field, &wanted, &found) => Severity::Critical,
            severity if severity >= Severity::High => severity.max(self.raise),
            severity => severity,
        };
        Difference {
            wanted: match field.field.compare {
                Compare::OneOf => one_of(field, &wanted),
                Compare::Same | Compare::IfWanted | Compare::Contains | Compare::Entries => {
                    show(field.field, &wanted)
                }
            },
            found: show(field.field, &found),
            severity,
            remedy: format!("{} {}.", field.field.remedy, self.named()),
            ..self.words(&label, key)
        }
    }

    const fn creation(&self) -> &'static str {
        if self.kind.setting { "Set" } else { "Create" }
    }

    fn named(&self) -> String {
        match self.key.name.is_empty() {
            true => self.key.resource().replace(self.kind.name, self.kind.title),
            false => format!("{} `{}`", self.kind.title, self.key.resource()),
        }
    }
}

/// Whether the tags say that a resource of ours is another tenant's: somebody tampered with it.
fn is_relabelled(field: &FieldRef, wanted: &serde_json::Value, found: &serde_json::Value) -> bool {
    let tenant = |tags: &serde_json::Value| tags.get(names::TAG_TENANT).cloned();
    field.field.name == Field::TAGS.name
        && tenant(found).is_some_and(|other| Some(other) != tenant(wanted))
}

fn one_of(field: &FieldRef, wanted: &serde_json::Value) -> String {
    let all = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
    let all: Vec<String> = all.iter().map(|one| show(field.field, one)).collect();
    all.join(" or ")
}

impl Change for ResourceChange {
    fn key(&self) -> String {
        match &self.effect {
            Effect::Create { .. } | Effect::Delete { .. } => self.name(),
            Effect::Set { fields, .. } => match fields.as_slice() {
                [first, ..] if !first.field.call.is_empty() => {
                    format!("{}.{}", self.name(), first.field.call)
                }
                [first, ..] => format!("{}.{}", self.name(), first.name()),
                [] => self.name(),
            },
        }
    }

    fn difference(&self) -> Difference {
        let whole = || self.words(self.kind.title, self.name());
        match &self.effect {
            Effect::Create { .. } => Difference {
                wanted: self.key.resource(),
                severity: self.kind.missing.max(self.raise),
                remedy: format!("{} {}.", self.creation(), self.named()),
                ..whole()
            },
            Effect::Delete { .. } => Difference {
                found: self.key.resource(),
                severity: self.kind.extra,
                remedy: format!("Delete {}.", self.named()),
                ..whole()
            },
            Effect::Set {
                fields,
                wanted,
                found,
            } => fields
                .first()
                .map_or_else(whole, |field| self.field_words(field, wanted, found)),
        }
    }

    fn differences(&self) -> Vec<Difference> {
        match &self.effect {
            Effect::Set {
                fields,
                wanted,
                found,
            } => fields
                .iter()
                .map(|field| self.field_words(field, wanted, found))
                .collect(),
            Effect::Create { .. } | Effect::Delete { .. } => vec![self.difference()],
        }
    }

    fn needs_note(&self) -> bool {
        match &self.effect {
            Effect::Create { .. } => self.kind.noted,
            Effect::Set { .. } | Effect::Delete { .. } => false,
        }
    }
}
