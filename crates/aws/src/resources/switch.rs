//! The port of any switch: read in every place it has to be set, and set by one call.

use async_trait::async_trait;
use baseline::{
    Desired,
    declared::{FieldRef, Key, KindPort, Observations, Observed, ResourcePort, kind_port},
    guard::Switch,
};
use futures::future::join_all;
use tenancy::{Failure, Region};

use super::{by_region, region};

/// How one switch is read and set.
#[async_trait]
pub(crate) trait SwitchPort<S: Switch>: Send + Sync {
    /// How it is set in this Region.
    async fn get(&self, desired: &Desired, region: &Region) -> Result<S, Failure>;
    /// Sets it in this Region.
    async fn set(&self, desired: &Desired, region: &Region, wanted: &S) -> Result<(), Failure>;
}

struct Port<P>(P);

/// A switch as a kind of resource.
pub(crate) fn switch_port<S: Switch, P: SwitchPort<S> + 'static>(port: P) -> Box<dyn KindPort> {
    kind_port::<S, _>(Port(port))
}

#[async_trait]
impl<S: Switch, P: SwitchPort<S>> ResourcePort<S> for Port<P> {
    async fn observe(&self, desired: &Desired, keys: &[Key]) -> Result<Observations<S>, Failure> {
        let observations = keys.iter().map(|key| async move {
            let found = match region(desired, key) {
                Ok(region) => self.0.get(desired, region).await,
                Err(failure) => Err(failure),
            };
            let observed = found.map_or_else(Observed::Unreadable, Observed::Present);
            (key.clone(), observed)
        });
        Ok(by_region(desired, join_all(observations).await))
    }

    async fn create(&self, desired: &Desired, key: &Key, wanted: &S) -> Result<S, Failure> {
        self.0.set(desired, region(desired, key)?, wanted).await?;
        Ok(wanted.clone())
    }

    async fn set(
        &self,
        desired: &Desired,
        key: &Key,
        _fields: &[FieldRef],
        wanted: &S,
        _found: &S,
    ) -> Result<Option<S>, Failure> {
        self.0.set(desired, region(desired, key)?, wanted).await?;
        Ok(None)
    }
}
