//! The one table of what a tenant is made of. Its order is the order of building; needs are declared and checked by a test.

use std::{any::Any, marker::PhantomData};

use async_trait::async_trait;
use tenancy::{ComponentName, Failure, finding::Difference};

use crate::{
    access::Access,
    account::Account,
    component::{Component, Port},
    converge::{converge, judge},
    desired::Desired,
    engine::AnyCloud,
    identity::Identity,
    imagine::imagine_until_settled,
    network::Network,
    placement::Placement,
    report::Outcome,
    trail::Trail,
};

/// How a component takes part in a departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Taken away as soon as nothing needs it.
    Early,
    /// Taken away after all others, so that it records their going.
    Last,
    /// Goes with the account; never removed alone.
    WithAccount,
    /// The account itself and where it is: handled by the engine's departure steps.
    Frame,
}

/// A component as the engine sees it, its types erased.
#[async_trait]
pub trait Row: Send + Sync {
    /// Its name.
    fn name(&self) -> ComponentName;
    /// What must be as wanted before this one can be worked on.
    fn needs(&self) -> &'static [ComponentName];
    /// How it leaves.
    fn departure(&self) -> Departure;
    /// Looks, changes nothing.
    async fn observe(
        &self,
        cloud: &AnyCloud,
        desired: &Desired,
    ) -> Result<Box<dyn Any + Send>, Failure>;
    /// Plans and applies until settled, waiting or failed. Looks first where no look is given.
    async fn converge(
        &self,
        cloud: &AnyCloud,
        desired: &mut Desired,
        look: Option<Box<dyn Any + Send>>,
    ) -> Outcome;
    /// Looks and plans; never applies.
    async fn audit(&self, cloud: &AnyCloud, desired: &mut Desired) -> Outcome;
    /// Every change from nothing to settled, imagined.
    fn preview(&self, desired: &mut Desired) -> Vec<Difference>;
}

/// A line of the table.
pub struct Line<C> {
    needs: &'static [ComponentName],
    departure: Departure,
    component: PhantomData<fn() -> C>,
}

impl<C> Line<C> {
    /// A line for `C`.
    pub const fn new(needs: &'static [ComponentName], departure: Departure) -> Self {
        Self {
            needs,
            departure,
            component: PhantomData,
        }
    }
}

#[async_trait]
impl<C: Component> Row for Line<C>
where
    AnyCloud: Port<C>,
{
    fn name(&self) -> ComponentName {
        C::NAME
    }

    fn needs(&self) -> &'static [ComponentName] {
        self.needs
    }

    fn departure(&self) -> Departure {
        self.departure
    }

    async fn observe(
        &self,
        cloud: &AnyCloud,
        desired: &Desired,
    ) -> Result<Box<dyn Any + Send>, Failure> {
        let seen = Port::<C>::observe(cloud, desired).await?;
        Ok(Box::new(seen))
    }

    async fn converge(
        &self,
        cloud: &AnyCloud,
        desired: &mut Desired,
        look: Option<Box<dyn Any + Send>>,
    ) -> Outcome {
        let earlier = look
            .and_then(|seen| seen.downcast::<C::Seen>().ok())
            .map(|seen| *seen);
        converge::<C>(cloud, desired, earlier).await
    }

    async fn audit(&self, cloud: &AnyCloud, desired: &mut Desired) -> Outcome {
        match Port::<C>::observe(cloud, desired).await {
            Ok(seen) => {
                C::teach(&seen, desired);
                judge::<C>(desired, &seen, Vec::new(), Vec::new())
            }
            Err(failure) => crate::converge::unseen(C::NAME, failure),
        }
    }

    fn preview(&self, desired: &mut Desired) -> Vec<Difference> {
        let imagined = imagine_until_settled::<C>(desired, C::Seen::default());
        C::teach(&imagined.seen, desired);
        imagined
            .changes
            .iter()
            .map(crate::component::Change::difference)
            .collect()
    }
}

/// What a tenant is made of.
pub static BASELINE: [&dyn Row; 6] = [
    &Line::<Account>::new(&[], Departure::Frame),
    &Line::<Placement>::new(&[ComponentName::ACCOUNT], Departure::Frame),
    &Line::<Access>::new(&[ComponentName::ACCOUNT], Departure::WithAccount),
    &Line::<Identity>::new(&[ComponentName::ACCESS], Departure::Early),
    &Line::<Network>::new(&[ComponentName::ACCESS], Departure::Early),
    &Line::<Trail>::new(&[ComponentName::ACCESS], Departure::Last),
];
