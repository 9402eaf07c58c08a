//! What each change asks of AWS, for the tests of what our roles may do: actions, on which resource, with what a policy's conditions may
//! test. Each kind says it beside its fields.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::{
    declared::{self, ResourceChange, State},
    desired::Desired,
};

/// What a change of a resource of one kind asks.
pub type Asks = fn(&Desired, &ResourceChange) -> Vec<Ask>;

/// Of a kind that does not say it: one that is changed has to.
pub(crate) fn unsaid(_desired: &Desired, change: &ResourceChange) -> Vec<Ask> {
    let kind = change.kind.name;
    panic!("the kind `{kind}` does not say what its changes ask of AWS");
}

/// One action on one resource.
#[derive(Clone)]
pub struct Ask {
    /// The action.
    pub action: String,
    /// The ARN, or `*`.
    pub resource: String,
    /// Condition keys of the request, by name.
    pub context: BTreeMap<String, String>,
}

impl Ask {
    pub(crate) fn of(action: &str, resource: impl Into<String>) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.into(),
            context: BTreeMap::new(),
        }
    }

    /// The same, with this of its request.
    pub(crate) fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.insert(key.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on `{}` {:?}",
            self.action, self.resource, self.context
        )
    }
}

/// These actions on one resource.
pub(crate) fn all(actions: &[&str], resource: &str) -> Vec<Ask> {
    actions
        .iter()
        .map(|action| Ask::of(action, resource))
        .collect()
}

/// The account of the tenant.
pub(crate) fn account(desired: &Desired) -> &str {
    desired.account.as_ref().unwrap().as_str()
}

/// A text of the resource, as it is wanted or, on the way out, as it was found.
pub(crate) fn text<'a>(change: &'a ResourceChange, field: &str) -> &'a str {
    let of = |state: &'a State| state.get(field).and_then(Value::as_str);
    match &change.effect {
        declared::Effect::Create { wanted } => of(wanted),
        declared::Effect::Set { wanted, found, .. } => of(found).or_else(|| of(wanted)),
        declared::Effect::Delete { found } => of(found),
    }
    .unwrap_or_default()
}

/// A text of the resource as it is wanted, where it is made or set.
pub(crate) fn wanted_text<'a>(change: &'a ResourceChange, field: &str) -> Option<&'a str> {
    match &change.effect {
        declared::Effect::Create { wanted } | declared::Effect::Set { wanted, .. } => {
            wanted.get(field).and_then(Value::as_str)
        }
        declared::Effect::Delete { .. } => None,
    }
}
