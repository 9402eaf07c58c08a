//! Kinds of declared resources: their fields, how each is compared, and what happens to them on the way out.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tenancy::{Failure, Severity};

use super::{Field, Key};
use crate::desired::Desired;

/// The fields of a resource, by name.
pub type State = Map<String, Value>;

/// What becomes of a resource of ours that is no longer wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is deleted.
    Delete,
    /// It stays as it is and goes with the account: a setting, or a record.
    WithAccount,
    /// It is deleted where the spec no longer asks for it, and goes with the account of a tenant that leaves.
    UnlessLeaving,
}

/// A kind of resource. Made by [`Kind::of`].
pub struct Kind {
    /// Its name in keys, such as `role`.
    pub name: &'static str,
    /// Its name for people, such as `instance profile`.
    pub title: &'static str,
    /// Its fields; others of the state are carried along and not compared.
    pub fields: &'static [Field],
    /// How bad it is when it is not there.
    pub missing: Severity,
    /// How bad it is when it is there and not wanted.
    pub extra: Severity,
    /// What becomes of it when it is not wanted any more.
    pub removal: Removal,
    /// Whether creating twice could make two, so that creation is noted first.
    pub noted: bool,
    /// Whether it is a setting, which is always there and only read and set.
    pub setting: bool,
    /// Whether an account has it from its creation, so that it is set and never made.
    pub born: bool,
    /// Whether it is only observed, for controls; never made.
    pub observed_only: bool,
    pub(super) ours: fn(&Desired, &State) -> bool,
    pub(super) id: fn(&State) -> Option<String>,
    pub(super) locked: fn(&State) -> Option<String>,
    pub(super) held: fn(&State) -> Option<String>,
    pub(super) created: fn(&State) -> State,
    pub(super) taken: fn(&Key, &State) -> Failure,
    #[cfg(test)]
    pub(crate) asks: crate::asks::Asks,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The typed state of a kind. Its JSON fields are the kind's fields.
pub trait Resource: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its kind.
    const KIND: Kind;
    /// What its changes ask of AWS.
    #[cfg(test)]
    const ASKS: crate::asks::Asks = crate::asks::unsaid;

    /// Whether what stands there is ours. A setting of the account is; everything else is by its tags.
    fn ours(&self, desired: &Desired) -> bool;

    /// What AWS, or the account, knows it by and nothing else ever bears: by it the ledger tells that it is ours when its tags say
    /// otherwise.
    fn id(&self) -> Option<String> {
        None
    }

    /// Who keeps us from changing it, if somebody does: such as a declarative policy of the organization.
    fn locked(&self) -> Option<String> {
        None
    }

    /// What of the tenant's own making holds it, so that AWS would refuse to delete it.
    fn held(&self) -> Option<String> {
        None
    }

    /// What its creation leaves; the rest is set afterwards.
    fn created(&self) -> Self {
        self.clone()
    }

    /// What to say when something that is not ours stands where ours must be.
    fn taken(&self, key: &Key) -> Failure {
        name_taken(Self::KIND.title, key)
    }
}

impl Kind {
    /// A kind with the typed state `R`: deleted when not wanted, and bad to miss.
    pub const fn of<R: Resource>(
        name: &'static str,
        title: &'static str,
        fields: &'static [Field],
    ) -> Self {
        Self {
            name,
            title,
            fields,
            missing: Severity::High,
            extra: Severity::Low,
            removal: Removal::Delete,
            noted: false,
            setting: false,
            born: false,
            observed_only: false,
            id: |state| read::<R>(state).ok().and_then(|found| found.id()),
            ours: |desired, state| read::<R>(state).is_ok_and(|found| found.ours(desired)),
            locked: |state| read::<R>(state).ok().and_then(|found| found.locked()),
            held: |state| read::<R>(state).ok().and_then(|found| found.held()),
            created: |state| {
                read::<R>(state).map_or_else(|_| state.clone(), |r| write(&r.created()))
            },
            taken: |key, state| match read::<R>(state) {
                Ok(found) => found.taken(key),
                Err(failure) => failure,
            },
            #[cfg(test)]
            asks: R::ASKS,
        }
    }

    /// The same kind, as a setting of the account: always there, only read and set.
    #[must_use]
    pub const fn setting(mut self) -> Self {
        self.setting = true;
        self.with_account()
    }

    /// The same kind, as a setting that an account is created with.
    #[must_use]
    pub const fn born(mut self) -> Self {
        self.born = true;
        self.setting()
    }

    /// The same kind, observed for controls and never made.
    #[must_use]
    pub const fn observed_only(mut self) -> Self {
        self.observed_only = true;
        self.with_account()
    }

    /// The same kind, which goes with the account.
    #[must_use]
    pub const fn with_account(mut self) -> Self {
        self.removal = Removal::WithAccount;
        self
    }

    /// The same kind, deleted where the spec no longer asks for it, and left alone when the tenant leaves.
    #[must_use]
    pub const fn kept_when_leaving(mut self) -> Self {
        self.removal = Removal::UnlessLeaving;
        self
    }

    /// Whether one of ours that is not wanted is deleted.
    pub(super) fn is_deleted(&self, leaving: bool) -> bool {
        match self.removal {
            Removal::Delete => true,
            Removal::WithAccount => false,
            Removal::UnlessLeaving => !leaving,
        }
    }

    /// The same kind, as bad as this when it is not there.
    #[must_use]
    pub const fn missing(mut self, severity: Severity) -> Self {
        self.missing = severity;
        self
    }

    /// The same kind, as bad as this when it is there and not wanted.
    #[must_use]
    pub const fn extra(mut self, severity: Severity) -> Self {
        self.extra = severity;
        self
    }

    /// The same kind, whose creation is noted before it is requested.
    #[must_use]
    pub const fn noted(mut self) -> Self {
        self.noted = true;
        self
    }
}

/// The typed state.
///
/// # Errors
/// A bug: a state that is none of this kind.
pub fn read<R: Resource>(state: &State) -> Result<R, Failure> {
    serde_json::from_value(Value::Object(state.clone())).map_err(|error| {
        Failure::bug(
            format!("reading the state of a {}", R::KIND.title),
            error.to_string(),
        )
    })
}

/// The state of a typed resource. One that is no object has no fields.
pub fn write<R: Resource>(resource: &R) -> State {
    match serde_json::to_value(resource) {
        Ok(Value::Object(state)) => state,
        _ => State::new(),
    }
}

/// Something that is not ours has the name ours must have.
pub fn name_taken(title: &str, key: &Key) -> Failure {
    let by = "what has this name does not carry the tenant's tag, so it is not ours";
    taken_by(title, key, by.to_owned())
}

/// The same of something whose name differs from ours by case only, where no second one can be made beside it.
pub fn name_taken_in_other_case(title: &str, key: &Key, name: &str) -> Failure {
    let by = format!(
        "`{name}`, which is not ours, has this name but for upper and lower case, and AWS makes no difference between the two"
    );
    taken_by(title, key, by)
}

fn taken_by(title: &str, key: &Key, by: String) -> Failure {
    Failure::name_taken(
        format!("reading {title} `{}`", key.resource()),
        by,
        "Rename or remove what has our name in the tenant's account. The guardrail keeps the tenant from most of it: the bootstrap role may, from the management account. Then retry the tenant.",
    )
}
