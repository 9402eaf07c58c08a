//! What was observed of declared resources.

use std::collections::BTreeMap;

use tenancy::Failure;

use super::{Key, Kind, Resource, Resources, State, read, write};
use crate::wait::Wait;

/// What was observed of one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<S> {
    /// It is not there.
    Absent,
    /// It is there, in this state.
    Present(S),
    /// It cannot be told yet: a report that is being made, a resource on its way.
    Pending(Wait),
    /// It could not be read.
    Unreadable(Failure),
    /// It is ours and stays, because something of the tenant's own making holds it: what. It goes with the account.
    Left(String),
    /// Nobody asked: its Region is closed to whoever observes. It is as it was recorded, for those who may look there.
    Closed,
}

impl<R: Resource> Observed<R> {
    /// The same, its type erased.
    pub(super) fn erase(self) -> Observed<State> {
        match self {
            Self::Absent => Observed::Absent,
            Self::Present(resource) => Observed::Present(write(&resource)),
            Self::Pending(wait) => Observed::Pending(wait),
            Self::Unreadable(failure) => Observed::Unreadable(failure),
            Self::Left(by) => Observed::Left(by),
            Self::Closed => Observed::Closed,
        }
    }
}

/// What was observed of a component's resources. What is not in it is absent.
#[derive(Debug, Clone, Default)]
pub struct Observation(
    pub BTreeMap<Key, Observed<State>>,
    pub BTreeMap<&'static str, &'static Kind>,
);

impl Observation {
    /// The typed state of a resource, if it is there.
    pub fn present<R: Resource>(&self, key: &Key) -> Option<R> {
        match self.0.get(key)? {
            Observed::Present(state) => read(state).ok(),
            Observed::Absent
            | Observed::Pending(_)
            | Observed::Unreadable(_)
            | Observed::Left(_)
            | Observed::Closed => None,
        }
    }

    /// The kind of a resource, as declared or as the ports know it.
    pub(super) fn kind(&self, key: &Key, declared: &Resources) -> Option<&'static Kind> {
        let declared = declared.get(key).map(|wanted| wanted.kind);
        declared.or_else(|| self.1.get(key.kind).copied())
    }
}
