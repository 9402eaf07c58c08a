//! The contract of a component: pure functions to decide with, and the port that carries changes out.

use std::{collections::BTreeMap, fmt::Debug, sync::Arc};

use async_trait::async_trait;
use tenancy::{ComponentName, EffectiveSpec, Failure, finding::Difference};

use crate::{
    control::Control,
    desired::Desired,
    drift_control::DriftControl,
    policy::{Grants, Scope},
    watched::Properties,
};
pub use crate::{declaration::Departure, wait::Wait};

/// The deciding half of a component.
pub trait Component: Sized + Send + Sync + 'static {
    /// Its name.
    const NAME: ComponentName;
    /// What must be as wanted before this one can be worked on, and what can go only after this one is removed.
    const NEEDS: &'static [ComponentName];
    /// How it leaves.
    const DEPARTURE: Departure;
    /// Whether what was removed of it stays for days, scheduled for its deletion: so long it stays on record, and the rights for it stay.
    const LINGERS: bool = false;
    /// What is watched of what it makes, property by property of AWS's own model; of the kinds that components share, `resources` says it.
    const WATCHED: &'static [&'static [Properties]] = &[];
    /// What was observed: facts only, no decision. The default is "nothing there".
    type Observation: Default + Clone + Debug + Send + Sync + 'static;
    /// One effect on one resource.
    type Change: Change;
    /// What an applied change teaches, such as the id of what was made.
    type Fact: Clone + Debug + Send + 'static;

    /// Whether the blueprint and spec ask for it. Where they do not, what is ours of it is removed.
    fn enabled(_spec: &EffectiveSpec) -> bool {
        true
    }

    /// Whether it is built only after this one of its needs, with this spec. What it does without still goes after it on the way out.
    fn waits_for(_spec: &EffectiveSpec, _need: ComponentName) -> bool {
        true
    }

    /// What would have to change *now*: only changes whose prerequisites are already seen, so that all of them can be applied at
    /// once. Planned again after every fact. With `desired.leaving()`, the deletions of what carries our tags, and nothing else.
    fn plan(desired: &Desired, seen: &Self::Observation) -> Plan<Self::Change>;

    /// Merges what was learned.
    fn learn(seen: &mut Self::Observation, fact: Self::Fact);

    /// The fact a change would teach if it went well, with made-up ids: what preview and the property tests run on.
    fn imagine(desired: &Desired, change: &Self::Change) -> Self::Fact;

    /// Tells later components what this one observed: the account id, or values in `desired.outputs`.
    fn teach(_seen: &Self::Observation, _desired: &mut Desired) {}

    /// The resources it is made of, for people and for the ledger: ids and names by role, such as `eu-central-1.vpc`. Only what is
    /// this tenant's: by a recorded id a resource is known when its tags were changed.
    fn resources(desired: &Desired, seen: &Self::Observation) -> BTreeMap<String, String>;

    /// What each of our roles needs for this component: reads, writes and removals.
    fn grants(scope: &Scope) -> Grants;

    /// Keys of the resources that are wanted, as findings have them; `None` where every kind of the component's is.
    fn wanted_keys(_desired: &Desired) -> Option<Vec<String>> {
        None
    }

    /// Of which kind of resource a finding of drift is: one for each kind that it makes.
    fn drift_controls() -> &'static [DriftControl] {
        &[]
    }

    /// What an audit checks here beyond drift and tenantry does not repair.
    fn controls() -> &'static [Control<Self::Observation>] {
        &[]
    }
}

/// One effect on one resource, in words and with its rules of repetition.
pub trait Change: Clone + Debug + Send + Sync + 'static {
    /// Stable and unique within the component, such as `eu-central-1.subnet.private-a`.
    fn key(&self) -> String;

    /// What differs and what this change does about it, in words.
    fn difference(&self) -> Difference;

    /// The same for each field, for a change that sets several at once.
    fn differences(&self) -> Vec<Difference> {
        vec![self.difference()]
    }

    /// Whether asking twice could make two, because AWS knows neither a name nor a client token for it. Such a change is noted
    /// in the ledger before it is requested, and the note is trusted while the thing is not visible.
    fn needs_note(&self) -> bool {
        false
    }
}

/// What would have to change now, what has to be waited for, what only a person can resolve, and what nobody repairs.
#[derive(Debug, Clone)]
pub struct Plan<C> {
    /// Changes that can all be applied at once.
    pub changes: Vec<C>,
    /// What will come by itself.
    pub waits: Vec<Wait>,
    /// What stands in the way and cannot be changed by us.
    pub obstacles: Vec<Failure>,
    /// What is wrong and not ours to repair. Findings never park a tenant and never keep it from being ready.
    pub findings: Vec<Difference>,
    /// Whether something could not be told yet, such as a report that AWS is still making: only this is observed again.
    pub pending: bool,
    /// Whether something could not be read, so that nothing is known of its drift.
    pub unreadable: bool,
}

impl<C> Default for Plan<C> {
    fn default() -> Self {
        Self {
            changes: Vec::new(),
            waits: Vec::new(),
            obstacles: Vec::new(),
            findings: Vec::new(),
            pending: false,
            unreadable: false,
        }
    }
}

impl<C> Plan<C> {
    /// A plan of changes only.
    pub fn of(changes: Vec<C>) -> Self {
        Self {
            changes,
            ..Self::default()
        }
    }

    /// Whether nothing is to do, to wait for or to resolve.
    pub fn is_settled(&self) -> bool {
        self.changes.is_empty() && self.waits.is_empty() && self.obstacles.is_empty()
    }

    /// Adds another plan, its changes as changes of this one.
    pub fn add<D>(&mut self, other: Plan<D>, as_change: impl FnMut(D) -> C) {
        self.changes
            .extend(other.changes.into_iter().map(as_change));
        self.waits.extend(other.waits);
        self.obstacles.extend(other.obstacles);
        self.findings.extend(other.findings);
        self.pending |= other.pending;
        self.unreadable |= other.unreadable;
    }

    /// Adds something to wait for.
    pub fn wait(&mut self, waiting_for: impl Into<String>, after_secs: u32) {
        self.waits.push(Wait {
            waiting_for: waiting_for.into(),
            after_secs,
        });
    }
}

/// The doing half of a component: implemented where the AWS SDK is, and by fakes in tests.
#[async_trait]
pub trait Port<C: Component>: Send + Sync {
    /// Reads; changes nothing. Not-found is not an error but an empty part of what is seen.
    async fn observe(&self, desired: &Desired) -> Result<C::Observation, Failure>;

    /// One effect, safe to repeat: already-there and already-absent are success. Returns what it now knows.
    async fn apply(&self, desired: &Desired, change: &C::Change) -> Result<C::Fact, Failure>;
}

#[async_trait]
impl<C: Component, P: Port<C> + ?Sized> Port<C> for Arc<P> {
    async fn observe(&self, desired: &Desired) -> Result<C::Observation, Failure> {
        self.as_ref().observe(desired).await
    }

    async fn apply(&self, desired: &Desired, change: &C::Change) -> Result<C::Fact, Failure> {
        self.as_ref().apply(desired, change).await
    }
}

/// What a pass writes down while it runs: notes before changes that AWS could make twice, and how each component was left.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Notes changes before they are requested. For each key: `None` if it may be requested now, or for how many more seconds
    /// an earlier note is trusted.
    async fn note(
        &self,
        component: ComponentName,
        keys: &[String],
    ) -> Result<Vec<Option<u32>>, Failure>;

    /// Takes a note back, because AWS said definitely that nothing was made.
    async fn unnote(&self, component: ComponentName, key: &str) -> Result<(), Failure>;

    /// Records a component soon after it is known how it was left, so that progress is visible during a pass. It may wait for others, to
    /// be recorded with them, until [`Journal::flush`].
    async fn record(&self, outcome: &crate::report::Outcome) -> Result<(), Failure>;

    /// Records at once what waits to be recorded; nothing else comes to wait for.
    async fn flush(&self) {}

    /// Records the component after which nothing else is done in the pass: this, and what still waits, may be left to what records the
    /// pass itself.
    async fn record_last(&self, outcome: &crate::report::Outcome) -> Result<(), Failure> {
        self.record(outcome).await
    }
}
