//! A component with the port that carries it out, as the engine sees it: its types erased.

use std::{any::Any, marker::PhantomData};

use async_trait::async_trait;
use tenancy::{ComponentName, EffectiveSpec, Failure, finding::Difference};

use crate::{
    component::{Component, Journal, Port},
    controls::verdicts,
    declaration::{ControlWords, Declaration, Departure},
    desired::Desired,
    drift_control::DriftControl,
    imagine::{differences, imagine_until_settled},
    policy::{Grants, Scope},
    reconcile::{reconcile, summarize, unseen},
    report::Outcome,
    watched::Properties,
};

/// What a component observed, its type erased.
pub type AnyObservation = Box<dyn Any + Send>;

/// What a component would change, imagined.
pub trait Preview: Declaration {
    /// Every change from nothing to settled, imagined; what it would teach is added to `desired`.
    fn preview(&self, desired: &mut Desired) -> Vec<Difference>;
    /// Every change from what `before` wants to what `after` wants, imagined; what each would teach is added to it.
    fn preview_change(&self, before: &mut Desired, after: &mut Desired) -> Vec<Difference>;
}

/// A line of the table of components.
pub struct Line<C>(PhantomData<fn() -> C>);

impl<C> Line<C> {
    /// A line for `C`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<C> Default for Line<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Component> Declaration for Line<C> {
    fn name(&self) -> ComponentName {
        C::NAME
    }

    fn needs(&self) -> &'static [ComponentName] {
        C::NEEDS
    }

    fn waits_for(&self, spec: &EffectiveSpec, need: ComponentName) -> bool {
        C::waits_for(spec, need)
    }

    fn departure(&self) -> Departure {
        C::DEPARTURE
    }

    fn lingers(&self) -> bool {
        C::LINGERS
    }

    fn enabled(&self, spec: &EffectiveSpec) -> bool {
        C::enabled(spec)
    }

    fn grants(&self, scope: &Scope) -> Grants {
        C::grants(scope)
    }

    fn watched(&self) -> &'static [&'static [Properties]] {
        C::WATCHED
    }

    fn drift_controls(&self) -> &'static [DriftControl] {
        C::drift_controls()
    }

    fn controls(&self) -> Vec<ControlWords> {
        let controls = C::controls().iter();
        controls.map(|control| control.words(C::NAME)).collect()
    }
}

impl<C: Component> Preview for Line<C> {
    fn preview(&self, desired: &mut Desired) -> Vec<Difference> {
        if !C::enabled(&desired.spec) {
            return Vec::new();
        }
        let imagined = imagine_until_settled::<C>(desired, C::Observation::default());
        C::teach(&imagined.seen, desired);
        differences(&imagined.changes)
    }

    fn preview_change(&self, before: &mut Desired, after: &mut Desired) -> Vec<Difference> {
        let mut seen = C::Observation::default();
        if C::enabled(&before.spec) {
            seen = imagine_until_settled::<C>(before, seen).seen;
            C::teach(&seen, before);
        }
        let imagined = imagine_until_settled::<C>(&as_enabled::<C>(after), seen);
        C::teach(&imagined.seen, after);
        differences(&imagined.changes)
    }
}

/// A component the engine can work on.
#[async_trait]
pub trait Row: Send + Sync {
    /// What is declared of it.
    fn declaration(&self) -> &dyn Declaration;
    /// Observes, changes nothing.
    async fn observe(&self, desired: &Desired) -> Result<AnyObservation, Failure>;
    /// Adds what was observed to what others may use.
    fn teach(&self, seen: &AnyObservation, desired: &mut Desired);
    /// What would have to change, given what was observed. Pure.
    fn summarize(&self, seen: Result<AnyObservation, Failure>, desired: &Desired) -> Outcome;
    /// Plans and applies until settled, waiting or failed. Observes first where no observation is given.
    async fn reconcile(
        &self,
        journal: &dyn Journal,
        desired: &mut Desired,
        earlier: Option<AnyObservation>,
    ) -> Outcome;

    /// Its name.
    fn name(&self) -> ComponentName {
        self.declaration().name()
    }
}

/// A component bound to its port.
pub struct Bound<C, P> {
    line: Line<C>,
    port: P,
}

/// Binds a component to the port that carries it out.
pub fn bind<C: Component, P: Port<C> + 'static>(port: P) -> Box<dyn Row> {
    Box::new(Bound::<C, P> {
        line: Line::new(),
        port,
    })
}

/// What is wanted as this component is to take it: where the spec does not ask for the component, it is to be absent.
fn as_enabled<C: Component>(desired: &Desired) -> Desired {
    let mut own = desired.clone();
    if !C::enabled(&desired.spec) {
        own.desired_state = tenancy::DesiredState::Absent;
    }
    own
}

#[async_trait]
impl<C: Component, P: Port<C>> Row for Bound<C, P> {
    fn declaration(&self) -> &dyn Declaration {
        &self.line
    }

    async fn observe(&self, desired: &Desired) -> Result<AnyObservation, Failure> {
        let seen: C::Observation = self.port.observe(&as_enabled::<C>(desired)).await?;
        Ok(Box::new(seen))
    }

    fn teach(&self, seen: &AnyObservation, desired: &mut Desired) {
        if let Some(seen) = seen.downcast_ref::<C::Observation>() {
            C::teach(seen, desired);
        }
    }

    fn summarize(&self, seen: Result<AnyObservation, Failure>, desired: &Desired) -> Outcome {
        match seen.map(|seen| seen.downcast::<C::Observation>()) {
            Ok(Ok(seen)) => {
                let own = as_enabled::<C>(desired);
                let mut outcome = summarize::<C>(&own, &seen, Vec::new(), Vec::new());
                outcome.verdicts = verdicts::<C>(desired, Some(&seen), &outcome);
                outcome
            }
            Ok(Err(_)) => unseen(
                C::NAME,
                Failure::bug("summarizing", "another component's observation"),
            ),
            Err(failure) => {
                let mut outcome = unseen(C::NAME, failure);
                outcome.verdicts = verdicts::<C>(desired, None, &outcome);
                outcome
            }
        }
    }

    async fn reconcile(
        &self,
        journal: &dyn Journal,
        desired: &mut Desired,
        earlier: Option<AnyObservation>,
    ) -> Outcome {
        let earlier = earlier
            .and_then(|seen| seen.downcast::<C::Observation>().ok())
            .map(|seen| *seen);
        let mut own = as_enabled::<C>(desired);
        let outcome = reconcile::<C>(&self.port, journal, &mut own, earlier).await;
        desired.account = own.account;
        desired.outputs = own.outputs;
        outcome
    }
}
