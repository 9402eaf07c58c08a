//! The doing half of declared resources: one port for each kind, whichever component declares it.

use std::{
    collections::{BTreeMap, BTreeSet},
    marker::PhantomData,
};

use async_trait::async_trait;
use futures::future::join_all;
use tenancy::Failure;

use super::{
    Declared, Effect, FieldRef, Key, Kind, Observation, Observed, Resource, ResourceChange,
    ResourceFact, Resources, State,
    compare::readable,
    held::leave_held,
    kind::{read, write},
};
use crate::{component::Port, desired::Desired};

/// What was observed of resources of one kind, by key. What is not in it is absent; what was not requested and is in it was
/// found by listing, and goes if it is ours.
pub type Observations<S> = BTreeMap<Key, Observed<S>>;

/// What became of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deleted {
    /// It is absent, or is being deleted.
    Removed,
    /// Something of the tenant's own making holds it, so it stays and goes with the account: what.
    InUse(String),
}

/// Observes resources of one kind, and works on them. What is never asked of a kind need not be carried out.
#[async_trait]
pub trait ResourcePort<R: Resource>: Send + Sync {
    /// Observes these resources concurrently; changes nothing. A failure of one is its own [`Observed::Unreadable`].
    ///
    /// # Errors
    /// Nothing could be read, such as an account that does not let us in.
    async fn observe(&self, desired: &Desired, keys: &[Key]) -> Result<Observations<R>, Failure>;

    /// Makes one, safe to repeat. What is there already is returned as it is.
    ///
    /// # Errors
    /// As AWS says.
    async fn create(&self, _desired: &Desired, key: &Key, _wanted: &R) -> Result<R, Failure> {
        Err(never(key, "made"))
    }

    /// Gives these fields the values they have in `wanted`, by one call. Says how it is now, where that is not as wanted.
    ///
    /// # Errors
    /// As AWS says.
    async fn set(
        &self,
        _desired: &Desired,
        key: &Key,
        _fields: &[FieldRef],
        _wanted: &R,
        _found: &R,
    ) -> Result<Option<R>, Failure> {
        Err(never(key, "set"))
    }

    /// Deletes one, safe to repeat.
    ///
    /// # Errors
    /// As AWS says.
    async fn delete(&self, _desired: &Desired, key: &Key, _found: &R) -> Result<Deleted, Failure> {
        Err(never(key, "deleted"))
    }
}

/// A bug: no plan asks for this of the kind.
fn never(key: &Key, what: &str) -> Failure {
    Failure::bug(format!("working on `{key}`"), format!("it is never {what}"))
}

/// A port of one kind, its type erased.
#[async_trait]
pub trait KindPort: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static Kind;
    /// See [`ResourcePort::observe`].
    ///
    /// # Errors
    /// As there.
    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<State>, Failure>;
    /// Carries one change out.
    ///
    /// # Errors
    /// As AWS says.
    async fn apply(
        &self,
        desired: &Desired,
        change: &ResourceChange,
    ) -> Result<ResourceFact, Failure>;
}

struct Typed<R, P> {
    port: P,
    resource: PhantomData<fn() -> R>,
}

/// Erases the type of a port.
pub fn kind_port<R: Resource, P: ResourcePort<R> + 'static>(port: P) -> Box<dyn KindPort> {
    Box::new(Typed {
        port,
        resource: PhantomData::<fn() -> R>,
    })
}

#[async_trait]
impl<R: Resource, P: ResourcePort<R>> KindPort for Typed<R, P> {
    fn kind(&self) -> &'static Kind {
        const { &R::KIND }
    }

    async fn observe(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observations<State>, Failure> {
        let observed = self.port.observe(desired, keys).await?;
        Ok(observed
            .into_iter()
            .map(|(key, observed)| (key, observed.erase()))
            .collect())
    }

    async fn apply(
        &self,
        desired: &Desired,
        change: &ResourceChange,
    ) -> Result<ResourceFact, Failure> {
        let key = &change.key;
        let is = |observed| ResourceFact::Is(key.clone(), observed);
        match &change.effect {
            Effect::Create { wanted } => {
                let made = self.port.create(desired, key, &read(wanted)?).await?;
                Ok(is(Observed::Present(write(&made))))
            }
            Effect::Set {
                fields,
                wanted,
                found,
            } => {
                let mut whole = overlaid(wanted, found, fields);
                readable(R::KIND.fields, &mut whole);
                let (whole, found) = (read(&whole)?, read(found)?);
                let now = self.port.set(desired, key, fields, &whole, &found).await?;
                Ok(match now {
                    Some(now) => is(Observed::Present(write(&now))),
                    None => ResourceFact::expected(change),
                })
            }
            Effect::Delete { found } => {
                Ok(match self.port.delete(desired, key, &read(found)?).await? {
                    Deleted::Removed => is(Observed::Absent),
                    Deleted::InUse(by) => is(Observed::Left(by)),
                })
            }
        }
    }
}

/// A state that can be read: where nothing is wanted as a whole, the found one with the fields emptied.
fn overlaid(wanted: &State, found: &State, fields: &[FieldRef]) -> State {
    if !wanted.is_empty() {
        return wanted.clone();
    }
    let mut state = found.clone();
    for field in fields {
        field.set(&mut state, wanted);
    }
    state
}

/// The port of a component that is a set of declared resources: the ports of its kinds.
pub struct DeclaredPort(pub Vec<Box<dyn KindPort>>);

impl DeclaredPort {
    /// Observes declared resources, all kinds concurrently.
    ///
    /// # Errors
    /// A kind that could not be read at all.
    pub async fn observe_keys(
        &self,
        desired: &Desired,
        keys: &[Key],
    ) -> Result<Observation, Failure> {
        let of_kind = |port: &dyn KindPort| -> Vec<Key> {
            let same = keys.iter().filter(|key| key.kind == port.kind().name);
            same.cloned().collect()
        };
        let observations = self.0.iter().map(|port| {
            let keys = of_kind(port.as_ref());
            async move { port.observe(desired, &keys).await }
        });
        let mut seen = Observation::default();
        for (port, observed) in self.0.iter().zip(join_all(observations).await) {
            seen.0.extend(observed?);
            seen.1.insert(port.kind().name, port.kind());
        }
        Ok(seen)
    }

    /// Carries one change out, by the port of its kind.
    ///
    /// # Errors
    /// As AWS says, or a bug: a kind without a port.
    pub async fn carry_out(
        &self,
        desired: &Desired,
        change: &ResourceChange,
    ) -> Result<ResourceFact, Failure> {
        let port = self
            .0
            .iter()
            .find(|port| port.kind().name == change.kind.name);
        match port {
            Some(port) => match port.apply(desired, change).await {
                Err(failure) if is_deletion(change) && desired.goes_with_account(&failure) => {
                    let left = Observed::Left(failure.detail);
                    Ok(ResourceFact::Is(change.key.clone(), left))
                }
                answer => answer,
            },
            None => Err(Failure::bug(
                format!("working on `{}`", change.key),
                format!("no port for the kind `{}`", change.kind.name),
            )),
        }
    }
}

/// Whether a change deletes, or takes off what has to come off before that.
fn is_deletion(change: &ResourceChange) -> bool {
    match &change.effect {
        Effect::Delete { .. } => true,
        Effect::Set { wanted, .. } => wanted.is_empty(),
        Effect::Create { .. } => false,
    }
}

#[async_trait]
impl<D: Declared> Port<D> for DeclaredPort {
    async fn observe(&self, desired: &Desired) -> Result<Observation, Failure> {
        // What has to be known first is said by the plan.
        // Of what is not asked for, only what an earlier pass recorded can be there.
        let wanted = match D::enabled(&desired.spec) {
            true => D::wanted(desired),
            false => Ok(Resources::new()),
        };
        // On the way out, what goes with the account is not observed.
        let is_observed = |kind: &Kind| !desired.leaving() || kind.is_deleted(true);
        let keys = (wanted.iter().flatten()).filter(|(_, wanted)| is_observed(wanted.kind));
        let mut keys: BTreeSet<Key> = keys.map(|(key, _)| key.clone()).collect();
        if D::RECORDED {
            let kinds = self.0.iter().map(|port| port.kind());
            let deleted = kinds.filter(|kind| kind.is_deleted(desired.leaving()));
            let kinds: Vec<&'static str> = deleted.map(|kind| kind.name).collect();
            keys.extend(desired.recorded.keys(D::NAME, &kinds));
        }
        let keys: Vec<Key> = keys.into_iter().collect();
        let mut seen = self.observe_keys(desired, &keys).await?;
        // Where something has to be known first, it cannot be said what is not wanted, and nothing is deleted.
        if wanted.is_ok() || desired.leaving() {
            let is_wanted = |key: &Key| wanted.as_ref().is_ok_and(|all| all.contains_key(key));
            leave_held(D::NAME, desired, is_wanted, &mut seen);
        }
        Ok(seen)
    }

    async fn apply(
        &self,
        desired: &Desired,
        change: &ResourceChange,
    ) -> Result<ResourceFact, Failure> {
        self.carry_out(desired, change).await
    }
}

#[cfg(test)]
mod tests;
