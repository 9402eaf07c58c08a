//! Observations that are made while something else is waited for: of components that begin as soon as our roles are installed, while
//! the ledger records that they are.
//!
//! # Guarantees
//! An early observation is used once, by the component it is of. What could not be read is read again. A pass that builds asks nothing in
//! an account in which our roles are not installed: each component would be refused.

use std::sync::{Arc, Mutex, OnceLock, Weak};

use async_trait::async_trait;
use baseline::{
    AnyObservation, Component, Declaration, Desired, Journal, Outcome, Row, access::Access,
};
use futures::future::join_all;
use tenancy::{Failure, Verb};

use crate::{
    installation::Installation,
    pass::{PassContext, lock},
};

/// The components of a pass that need our roles and nothing else.
pub(crate) struct EarlyObservations {
    pass: Arc<PassContext>,
    rows: OnceLock<Vec<Weak<Early>>>,
}

/// A component, and what was observed of it early.
struct Early {
    pass: Arc<PassContext>,
    row: Box<dyn Row>,
    seen: Mutex<Option<AnyObservation>>,
}

/// The component as the engine has it.
struct EarlyRow(Arc<Early>);

impl EarlyObservations {
    pub(crate) fn new(pass: &Arc<PassContext>) -> Self {
        Self {
            pass: Arc::clone(pass),
            rows: OnceLock::new(),
        }
    }

    /// Has those of these components be observed early that need our roles, and by the spec nothing else.
    pub(crate) fn of(&self, rows: Vec<Box<dyn Row>>) -> Vec<Box<dyn Row>> {
        let mut early = Vec::new();
        let rows = rows.into_iter().map(|row| -> Box<dyn Row> {
            if !row.declaration().needs().contains(&Access::NAME) {
                return row;
            }
            let row = Arc::new(Early {
                pass: Arc::clone(&self.pass),
                row,
                seen: Mutex::default(),
            });
            early.push(Arc::downgrade(&row));
            Box::new(EarlyRow(row))
        });
        let rows = rows.collect();
        // Bound once a pass.
        let _ = self.rows.set(early);
        rows
    }

    /// Observes the components that the pass works on.
    pub(crate) async fn observe(&self, desired: &Desired) {
        let early = self.rows.get().into_iter().flatten();
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

fn is_shut(pass: &PassContext) -> bool {
    pass.verb == Verb::Onboard && !Installation::of(pass).is_done()
}

fn not_entered(desired: &Desired) -> Failure {
    Failure::wait(
        format!("entering the account of tenant `{}`", desired.tenant),
        "the management roles to be installed",
        60,
    )
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
            None if is_shut(&self.0.pass) => Err(not_entered(desired)),
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
