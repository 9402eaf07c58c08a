//! The contract of a component: three pure functions to decide with, two effects to do with.

use std::{collections::BTreeMap, fmt::Debug};

use async_trait::async_trait;
use tenancy::{ComponentName, Failure, finding::Difference};

use crate::desired::Desired;

/// The deciding half of a component.
pub trait Component: Sized + Send + Sync + 'static {
    /// Its name.
    const NAME: ComponentName;
    /// What was found in the account: facts only, no judgement. The default is "nothing there".
    type Seen: Default + Clone + Debug + Send + Sync + 'static;
    /// One effect on one resource.
    type Change: Change;
    /// What an applied change teaches, such as the id of what was made.
    type Fact: Clone + Debug + Send + 'static;

    /// What would have to change *now*: only changes whose prerequisites are already seen, so that all of them can be applied at
    /// once. Planned again after every fact. With `desired.leaving()`, the deletions of what carries our tags, and nothing else.
    fn plan(desired: &Desired, seen: &Self::Seen) -> Plan<Self::Change>;

    /// Merges what was learned.
    fn learn(seen: &mut Self::Seen, fact: Self::Fact);

    /// The fact a change would teach if it went well, with made-up ids: what preview and the property tests run on.
    fn imagine(desired: &Desired, change: &Self::Change) -> Self::Fact;

    /// Tells later components what this one found (the account id).
    fn teach(_seen: &Self::Seen, _desired: &mut Desired) {}

    /// The resources it is made of, for people: ids and names by role, such as `eu-central-1.vpc`.
    fn resources(seen: &Self::Seen) -> BTreeMap<String, String>;
}

/// One effect on one resource, in words and with its rules of repetition.
pub trait Change: Clone + Debug + Send + Sync + 'static {
    /// Stable and unique within the component, such as `eu-central-1.subnet.private-a`; also the key of the finding.
    fn key(&self) -> String;

    /// What differs and what this change does about it, in words.
    fn difference(&self) -> Difference;

    /// Whether asking twice could make two, because AWS knows neither a name nor a client token for it. Such a change is noted
    /// in the ledger before it is asked for, and the note is believed while the thing is not visible.
    fn needs_note(&self) -> bool {
        false
    }
}

/// Something to wait for, as data. The pass ends and comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// What is waited for, in words.
    pub waiting_for: String,
    /// Look again after this many seconds.
    pub after_secs: u32,
}

/// What would have to change now, what has to be waited for, and what only a person can resolve.
#[derive(Debug, Clone)]
pub struct Plan<C> {
    /// Changes that can all be applied at once.
    pub changes: Vec<C>,
    /// What will come by itself.
    pub waits: Vec<Wait>,
    /// What stands in the way and cannot be changed by us.
    pub obstacles: Vec<Failure>,
}

impl<C> Default for Plan<C> {
    fn default() -> Self {
        Self {
            changes: Vec::new(),
            waits: Vec::new(),
            obstacles: Vec::new(),
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
    /// Looks; changes nothing. Not-found is not an error but an empty part of what is seen.
    async fn observe(&self, desired: &Desired) -> Result<C::Seen, Failure>;

    /// One effect, safe to repeat: already-there and already-gone are success. Returns what it now knows.
    async fn apply(&self, desired: &Desired, change: &C::Change) -> Result<C::Fact, Failure>;
}
