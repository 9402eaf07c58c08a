//! The port of any switch: read in every place it has to be set, and set by one call.

use std::{marker::PhantomData, sync::Arc};

use async_trait::async_trait;
use baseline::{
    Desired,
    declared::{FieldRef, Key, KindPort, Observations, Observed, ResourcePort, kind_port},
    guard::Switch,
};
use futures::future::join_all;
use tenancy::Failure;

use super::context::SwitchContext;
use crate::{
    pass::PassContext,
    resources::{by_region, region},
};

/// How one switch is read and set.
#[async_trait]
pub(super) trait SwitchPort: Switch {
    /// How it is set there.
    async fn get(at: &SwitchContext<'_>) -> Result<Self, Failure>;
    /// Sets it so there.
    async fn set(&self, at: &SwitchContext<'_>) -> Result<(), Failure>;
}

struct Port<S> {
    pass: Arc<PassContext>,
    switch: PhantomData<fn() -> S>,
}

/// A switch as a kind of resource.
pub(super) fn switch_port<S: SwitchPort>(pass: &Arc<PassContext>) -> Box<dyn KindPort> {
    kind_port::<S, _>(Port::<S> {
        pass: Arc::clone(pass),
        switch: PhantomData,
    })
}

impl<S: SwitchPort> Port<S> {
    fn context<'a>(
        &'a self,
        desired: &'a Desired,
        key: &'a Key,
    ) -> Result<SwitchContext<'a>, Failure> {
        Ok(SwitchContext {
            pass: &self.pass,
            desired,
            region: region(desired, key)?,
            key,
            title: S::TITLE,
        })
    }

    async fn write(&self, desired: &Desired, key: &Key, wanted: &S) -> Result<(), Failure> {
        wanted.set(&self.context(desired, key)?).await
    }
}

#[async_trait]
impl<S: SwitchPort> ResourcePort<S> for Port<S> {
    async fn observe(&self, desired: &Desired, keys: &[Key]) -> Result<Observations<S>, Failure> {
        let observations = keys.iter().map(|key| async move {
            let found = match self.context(desired, key) {
                Ok(context) => S::get(&context).await,
                Err(failure) => Err(failure),
            };
            let observed = found.map_or_else(Observed::Unreadable, Observed::Present);
            (key.clone(), observed)
        });
        Ok(by_region(desired, join_all(observations).await))
    }

    async fn create(&self, desired: &Desired, key: &Key, wanted: &S) -> Result<S, Failure> {
        self.write(desired, key, wanted).await?;
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
        self.write(desired, key, wanted).await?;
        Ok(None)
    }
}
