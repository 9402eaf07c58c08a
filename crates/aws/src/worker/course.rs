//! Whether a message is for this function, for another, or for nobody. Pure.

use tenancy::{DesiredState, Mode, OperationKind, Verb};

use crate::ledger::Loaded;

/// What to do about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Make a pass.
    Work,
    /// Send it to another function.
    Elsewhere(Verb),
    /// Nothing is to do.
    Nothing,
}

/// Decides from what the ledger says now, whatever the message was sent for.
pub fn course(verb: Verb, loaded: &Loaded) -> Course {
    let tenant = &loaded.tenant;
    if tenant.closed_at.is_some() {
        return Course::Nothing;
    }
    match (verb, tenant.desired_state) {
        (Verb::Offboard, DesiredState::Absent) | (Verb::Audit, DesiredState::Present) => {
            Course::Work
        }
        (Verb::Onboard | Verb::Audit, DesiredState::Absent) => Course::Elsewhere(Verb::Offboard),
        // Whoever sent it here was mistaken, but a tenant that is due must not be forgotten.
        (Verb::Offboard, DesiredState::Present) => Course::Elsewhere(Verb::Onboard),
        (Verb::Onboard, DesiredState::Present) => building(loaded),
    }
}

/// A settled tenant is worked on when somebody asked for it, or when its mode is to repair.
fn building(loaded: &Loaded) -> Course {
    let tenant = &loaded.tenant;
    let open =
        |wanted: &[OperationKind]| loaded.operations.iter().any(|o| wanted.contains(&o.kind));
    let asked = open(&[
        OperationKind::Onboard,
        OperationKind::Update,
        OperationKind::Repair,
    ]);
    if asked || tenant.ready_at.is_none() {
        Course::Work
    } else if open(&[OperationKind::Audit]) {
        Course::Elsewhere(Verb::Audit)
    } else if tenant.spec.mode == Mode::Repair {
        Course::Work
    } else {
        // Nothing may be changed unasked; somebody who wants another try gets another look.
        Course::Elsewhere(Verb::Audit)
    }
}
