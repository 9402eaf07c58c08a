//! Observations that are made while something else is waited for: of components that begin as soon as our roles are installed, while
//! the ledger records that they are.
//!
//! # Guarantees
//! An early observation is used once, by the component it is of. What could not be read is read again.

use std::sync::{Arc, Mutex, OnceLock, Weak};

use async_trait::async_trait;
use baseline::{
    AnyObservation, Component, Declaration, Desired, Journal, Outcome, Row, access::Access,
};
use futures::future::join_all;
use tenancy::Failure;

use crate::pass::lock;

/// The components of a pass that need our roles and nothing else.
#[derive(Default)]
pub(crate) struct EarlyObservations(OnceLock<Vec<Weak<Early>>>);

/// A component, and what was observed of it early.
struct Early {
    row: Box<dyn Row>,
    seen: Mutex<Option<AnyObservation>>,
}

/// The component as the engine has it.
struct EarlyRow(Arc<Early>);

impl EarlyObservations {
    /// Has those of these components be observed early that need our roles, and by the spec nothing else.
    pub(crate) fn of(&self, rows: Vec<Box<dyn Row>>) -> Vec<Box<dyn Row>> {
        let mut early = Vec::new();
        let rows = rows.into_iter().map(|row| -> Box<dyn Row> {
            if !row.declaration().needs().contains(&Access::NAME) {
                return row;
            }
            let seen = Mutex::default();
            let row = Arc::new(Early { row, seen });
            early.push(Arc::downgrade(&row));
            Box::new(EarlyRow(row))
        });
        let rows = rows.collect();
        // Bound once a pass.
        let _ = self.0.set(early);
        rows
    }

    /// Observes the components that the pass works on.
    pub(crate) async fn observe(&self, desired: &Desired) {
        let early = self.0.get().into_iter().flatten();
        let early = early.filter_map(Weak::upgrade);
        let early = early.filter(|early| needs_roles_only(early.row.declaration(), desired));
        join_all(early.map(async |early| {
            let seen = early.row.observe(desired).await;
            *lock(&early.seen) = seen.ok();
        }))
        .await;
    }
}

fn needs_roles_only(component: &dyn Declaration, desired: &Desired) -> bool {
    let spec = &desired.spec;
    let mut others = component
        .needs()
        .iter()
        .filter(|need| **need != Access::NAME);
    !component.enabled(spec) || !others.any(|need| component.waits_for(spec, *need))
}

#[async_trait]
impl Row for EarlyRow {
    fn declaration(&self) -> &dyn Declaration {
        self.0.row.declaration()
    }

    async fn observe(&self, desired: &Desired) -> Result<AnyObservation, Failure> {
        let early = lock(&self.0.seen).take();
        match early {
            Some(seen) => Ok(seen),
            None => self.0.row.observe(desired).await,
        }
    }

    fn teach(&self, seen: &AnyObservation, desired: &mut Desired) {
        self.0.row.teach(seen, desired);
    }

    fn summarize(&self, seen: Result<AnyObservation, Failure>, desired: &Desired) -> Outcome {
        self.0.row.summarize(seen, desired)
    }

    async fn reconcile(
        &self,
        journal: &dyn Journal,
        desired: &mut Desired,
        earlier: Option<AnyObservation>,
    ) -> Outcome {
        let early = lock(&self.0.seen).take();
        let seen = early.or(earlier);
        self.0.row.reconcile(journal, desired, seen).await
    }
}
