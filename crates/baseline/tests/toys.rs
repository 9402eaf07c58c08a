//! The engine over a table of its own: three toy components in the frame of an account, bound to a shelf on which they stand. What a
//! component is made of does not matter here, only what the engine does with it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]
#![allow(
    unused_crate_dependencies,
    reason = "not every test needs every dependency"
)]

#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use std::{
    collections::BTreeMap,
    marker::PhantomData,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use baseline::{
    Change, Component, Components, Departure, Desired, Home, Journal, Outcome, PassReport, Plan,
    Port, Row, bind,
    policy::{Grants, Scope},
};
use tenancy::{
    ComponentName, ComponentState, Failure, FailureKind, Severity,
    finding::{Difference, Repair},
};

/// What a toy is: its place in the table, and how it is wanted.
trait Toy: Send + Sync + 'static {
    const NAME: ComponentName;
    const NEEDS: &'static [ComponentName];
    const DEPARTURE: Departure = Departure::ByNeed;

    /// How it is to stand; nothing where it is to be absent.
    fn wanted(desired: &Desired) -> Option<u8> {
        (!desired.leaving()).then_some(1)
    }
}

struct Account;
struct Placement;
struct Cellar;
struct House;
struct Garden;

const ACCOUNT: ComponentName = ComponentName::ACCOUNT;
const PLACEMENT: ComponentName = ComponentName::PLACEMENT;
const CELLAR: ComponentName = ComponentName::new("cellar");
const HOUSE: ComponentName = ComponentName::new("house");
const GARDEN: ComponentName = ComponentName::new("garden");

impl Toy for Account {
    const NAME: ComponentName = ACCOUNT;
    const NEEDS: &'static [ComponentName] = &[];
    const DEPARTURE: Departure = Departure::Frame;
}

/// It moves: locked first, and to where accounts are closed last.
impl Toy for Placement {
    const NAME: ComponentName = PLACEMENT;
    const NEEDS: &'static [ComponentName] = &[ACCOUNT];
    const DEPARTURE: Departure = Departure::Frame;

    fn wanted(desired: &Desired) -> Option<u8> {
        Some(match desired.home {
            Home::Tenants => 1,
            Home::Quarantine => 2,
            Home::Suspended => 3,
        })
    }
}

impl Toy for Cellar {
    const NAME: ComponentName = CELLAR;
    const NEEDS: &'static [ComponentName] = &[ACCOUNT];
}

impl Toy for House {
    const NAME: ComponentName = HOUSE;
    const NEEDS: &'static [ComponentName] = &[CELLAR];
}

impl Toy for Garden {
    const NAME: ComponentName = GARDEN;
    const NEEDS: &'static [ComponentName] = &[ACCOUNT];
}

/// A toy as a component: it stands somehow, or not at all.
struct As<T>(PhantomData<T>);

#[derive(Debug, Clone)]
struct Put {
    component: ComponentName,
    found: Option<u8>,
    wanted: Option<u8>,
}

fn words(standing: Option<u8>) -> String {
    standing.map_or_else(|| "nothing".to_owned(), |how| how.to_string())
}

impl Change for Put {
    fn key(&self) -> String {
        format!("to-{}", words(self.wanted))
    }

    fn difference(&self) -> Difference {
        Difference {
            key: self.key(),
            component: self.component,
            resource: self.component.to_string(),
            field: "standing".into(),
            wanted: words(self.wanted),
            found: words(self.found),
            severity: Severity::Medium,
            remedy: "Put it so.".into(),
            repair: Repair::Tenantry,
        }
    }
}

impl<T: Toy> Component for As<T> {
    const NAME: ComponentName = T::NAME;
    const NEEDS: &'static [ComponentName] = T::NEEDS;
    const DEPARTURE: Departure = T::DEPARTURE;
    type Observation = Option<u8>;
    type Change = Put;
    type Fact = Option<u8>;

    fn plan(desired: &Desired, seen: &Option<u8>) -> Plan<Put> {
        let put = Put {
            component: T::NAME,
            found: *seen,
            wanted: T::wanted(desired),
        };
        match put.found == put.wanted {
            true => Plan::default(),
            false => Plan::of(vec![put]),
        }
    }

    fn learn(seen: &mut Option<u8>, fact: Option<u8>) {
        *seen = fact;
    }

    fn imagine(_desired: &Desired, change: &Put) -> Option<u8> {
        change.wanted
    }

    fn teach(seen: &Option<u8>, desired: &mut Desired) {
        if T::NAME == ACCOUNT {
            desired.account = seen.map(|_| "012345678901".parse().unwrap());
        }
    }

    fn resources(_desired: &Desired, seen: &Option<u8>) -> BTreeMap<String, String> {
        let standing = seen.map(|how| ("standing".to_owned(), how.to_string()));
        standing.into_iter().collect()
    }

    fn grants(_scope: &Scope) -> Grants {
        Grants::default()
    }
}

#[derive(Default)]
struct Standing {
    toys: BTreeMap<ComponentName, u8>,
    /// What was put how, in order.
    put: Vec<(ComponentName, Option<u8>)>,
    refused: Option<ComponentName>,
}

/// Where toys stand.
#[derive(Default, Clone)]
struct Shelf(Arc<Mutex<Standing>>);

#[async_trait]
impl<T: Toy> Port<As<T>> for Shelf {
    async fn observe(&self, _desired: &Desired) -> Result<Option<u8>, Failure> {
        Ok(self.0.lock().unwrap().toys.get(&T::NAME).copied())
    }

    async fn apply(&self, _desired: &Desired, change: &Put) -> Result<Option<u8>, Failure> {
        tokio::task::yield_now().await;
        let mut standing = self.0.lock().unwrap();
        if standing.refused == Some(T::NAME) {
            let refused = Failure::park(FailureKind::Denied, "putting", "no", "refused", "Ask.");
            return Err(refused);
        }
        match change.wanted {
            Some(how) => standing.toys.insert(T::NAME, how),
            None => standing.toys.remove(&T::NAME),
        };
        standing.put.push((T::NAME, change.wanted));
        Ok(change.wanted)
    }
}

#[async_trait]
impl Journal for Shelf {
    async fn note(
        &self,
        _component: ComponentName,
        keys: &[String],
    ) -> Result<Vec<Option<u32>>, Failure> {
        Ok(vec![None; keys.len()])
    }

    async fn unnote(&self, _component: ComponentName, _key: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn record(&self, _outcome: &Outcome) -> Result<(), Failure> {
        Ok(())
    }
}

impl Shelf {
    fn rows(&self) -> Vec<Box<dyn Row>> {
        vec![
            bind::<As<Account>, _>(self.clone()),
            bind::<As<Placement>, _>(self.clone()),
            bind::<As<Cellar>, _>(self.clone()),
            bind::<As<House>, _>(self.clone()),
            bind::<As<Garden>, _>(self.clone()),
        ]
    }

    async fn onboard(&self) -> PassReport {
        baseline::onboard(&self.rows(), self, &toys(world::tenant())).await
    }

    async fn audit(&self) -> PassReport {
        baseline::audit(&self.rows(), &toys(world::tenant())).await
    }

    async fn offboard(&self) -> PassReport {
        let leaving = Desired {
            account: Some("012345678901".parse().unwrap()),
            ..toys(world::leaving())
        };
        baseline::offboard(&self.rows(), self, &leaving, false).await
    }

    fn refuse(&self, component: Option<ComponentName>) {
        self.0.lock().unwrap().refused = component;
    }

    /// What was put how since the last time it was asked.
    fn put(&self) -> Vec<(ComponentName, Option<u8>)> {
        std::mem::take(&mut self.0.lock().unwrap().put)
    }
}

fn toys(desired: Desired) -> Desired {
    Desired {
        components: Components(&[]),
        ..desired
    }
}

fn states(report: &PassReport) -> BTreeMap<ComponentName, ComponentState> {
    let states = report.outcomes.iter();
    states.map(|one| (one.component, one.state)).collect()
}

#[tokio::test]
async fn toys_are_built_in_the_order_of_their_needs_and_once() {
    let shelf = Shelf::default();
    let report = shelf.onboard().await;
    assert!(report.is_settled(), "{report:#?}");
    let put = shelf.put();
    let at = |name| put.iter().position(|one| *one == (name, Some(1))).unwrap();
    assert_eq!((put.len(), at(ACCOUNT)), (5, 0));
    assert!(at(CELLAR) < at(HOUSE), "{put:?}");
    assert!(shelf.onboard().await.is_settled());
    assert_eq!(shelf.put(), []);
}

#[tokio::test]
async fn a_toy_that_fails_blocks_what_needs_it_and_nothing_else() {
    let shelf = Shelf::default();
    shelf.refuse(Some(CELLAR));
    let report = shelf.onboard().await;
    let wanted = [
        (ACCOUNT, ComponentState::Ready),
        (PLACEMENT, ComponentState::Ready),
        (CELLAR, ComponentState::Parked),
        (HOUSE, ComponentState::Pending),
        (GARDEN, ComponentState::Ready),
    ];
    assert_eq!(states(&report), wanted.into());
    let mut outcomes = report.outcomes.iter();
    let house = outcomes.find(|one| one.component == HOUSE).unwrap();
    assert_eq!(house.blocked_by, Some(CELLAR));
    shelf.refuse(None);
    assert!(shelf.onboard().await.is_settled());
}

#[tokio::test]
async fn an_audit_of_toys_reports_what_was_changed_and_puts_nothing() {
    let shelf = Shelf::default();
    shelf.onboard().await;
    assert!(shelf.audit().await.is_settled());
    shelf.put();
    shelf.0.lock().unwrap().toys.insert(GARDEN, 7);
    shelf.0.lock().unwrap().toys.remove(&HOUSE);
    let report = shelf.audit().await;
    let said = |one: &Difference| (one.component, one.found.clone(), one.wanted.clone());
    let found: Vec<_> = report.remaining().map(said).collect();
    let differs = |name, found: &str| (name, found.to_owned(), "1".to_owned());
    assert_eq!(found, [differs(HOUSE, "nothing"), differs(GARDEN, "7")]);
    assert_eq!(shelf.put(), []);
    assert!(shelf.onboard().await.is_settled());
    assert!(shelf.audit().await.is_settled());
}

#[tokio::test]
async fn toys_leave_in_the_reverse_order_between_the_lock_and_the_closure() {
    let shelf = Shelf::default();
    shelf.onboard().await;
    shelf.put();
    let report = shelf.offboard().await;
    assert!(report.is_settled(), "{report:#?}");
    let put = shelf.put();
    let at = |wanted| put.iter().position(|one| *one == wanted).unwrap();
    assert_eq!((put.len(), at((PLACEMENT, Some(2)))), (6, 0), "{put:?}");
    assert!(at((HOUSE, None)) < at((CELLAR, None)), "{put:?}");
    assert_eq!(put[4..], [(PLACEMENT, Some(3)), (ACCOUNT, None)]);
}

#[tokio::test]
async fn what_cannot_go_keeps_what_it_needs_and_the_account() {
    let shelf = Shelf::default();
    shelf.onboard().await;
    shelf.put();
    shelf.refuse(Some(HOUSE));
    assert!(!shelf.offboard().await.is_settled());
    assert_eq!(shelf.put(), [(PLACEMENT, Some(2)), (GARDEN, None)]);
    shelf.refuse(None);
    assert!(shelf.offboard().await.is_settled());
}
