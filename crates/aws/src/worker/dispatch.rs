//! Dispatch: whether a message is for this function, for another, or for nobody. Pure.

use std::collections::BTreeSet;

use tenancy::{ComponentName, DesiredState, Mode, Operation, OperationKind, OperationState, Verb};

use crate::ledger::Loaded;

/// What to do about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// Make a pass.
    Work,
    /// Bring our own roles up to date and nothing else, then forward it: they belong to tenantry, not to the tenant.
    RolesThen(Verb),
    /// Forward it to another function.
    Forward(Verb),
    /// Nothing is to do.
    Nothing,
    /// Another release knows what to do: leave the tenant alone, and check again later.
    LeaveAlone,
}

/// Decides from what the ledger says now, whatever the message was sent for.
pub fn dispatch(verb: Verb, loaded: &Loaded) -> Dispatch {
    let tenant = &loaded.tenant;
    if tenant.closed_at.is_some() {
        return Dispatch::Nothing;
    }
    match (verb, tenant.desired_state) {
        // What an accepted change has yet to do is no drift: the audit waits until it is carried out.
        (Verb::Audit, DesiredState::Present) if change_under_way(loaded) => Dispatch::Nothing,
        (Verb::Offboard, DesiredState::Absent) | (Verb::Audit, DesiredState::Present) => {
            Dispatch::Work
        }
        (Verb::Onboard | Verb::Audit, DesiredState::Absent) => Dispatch::Forward(Verb::Offboard),
        // Whoever sent it here was mistaken, but a tenant that is due must not be forgotten.
        (Verb::Offboard, DesiredState::Present) => Dispatch::Forward(Verb::Onboard),
        (Verb::Onboard, DesiredState::Present) => building(loaded),
        (_, DesiredState::Other(_)) => Dispatch::LeaveAlone,
    }
}

/// Whether an accepted change of the spec is yet to be carried out. Its pass sends an audit that was requested when it is done;
/// one that is parked waits for a person, and an audit does not wait with it.
fn change_under_way(loaded: &Loaded) -> bool {
    let under_way = |operation: &Operation| {
        operation.kind.changes_what_is_wanted()
            && matches!(
                operation.state,
                OperationState::Pending | OperationState::Running
            )
    };
    loaded.tenant.ready_at.is_some() && loaded.operations.iter().any(under_way)
}

/// A settled tenant is worked on when somebody requested it, or when its mode is to repair.
fn building(loaded: &Loaded) -> Dispatch {
    let tenant = &loaded.tenant;
    let known = || loaded.operations.iter().filter(|o| o.state.is_known());
    let open = |kind: OperationKind| known().any(|o| o.kind == kind);
    let asked = known()
        .any(|o| o.kind.verb() == Some(Verb::Onboard) && o.kind != OperationKind::EndSessions);
    let audits = open(OperationKind::Audit);
    let refuses =
        open(OperationKind::EndSessions) || (!tenant.refused_sessions.is_empty() && !audits);
    if asked || tenant.ready_at.is_none() || (refuses && tenant.spec.mode == Mode::Repair) {
        Dispatch::Work
    } else if refuses {
        // The roles through which people come are tenantry's to close.
        Dispatch::RolesThen(Verb::Audit)
    } else if audits {
        Dispatch::Forward(Verb::Audit)
    } else if tenant.spec.mode == Mode::Repair {
        Dispatch::Work
    } else {
        // Nothing of the tenant's may be changed unasked; somebody who wants another try gets another pass.
        Dispatch::RolesThen(Verb::Audit)
    }
}

/// The components a pass works on, where those are not all.
pub fn scope(verb: Verb, dispatch: Dispatch, loaded: &Loaded) -> Option<BTreeSet<ComponentName>> {
    match (verb, dispatch) {
        (_, Dispatch::RolesThen(_)) => {
            let refuses = !loaded.tenant.refused_sessions.is_empty();
            let more = refuses.then_some(ComponentName::IDENTITY);
            let own = [ComponentName::ACCOUNT, ComponentName::ACCESS];
            Some(own.into_iter().chain(more).collect())
        }
        (Verb::Audit, _) => audit_scope(loaded),
        (Verb::Onboard | Verb::Offboard, _) => None,
    }
}

/// What an audit observes: everything, or, where the last pass of the same audit saw all but a few reports that AWS was still
/// making, only those. Whoever requests another audit meanwhile gets a fresh observation of everything.
fn audit_scope(loaded: &Loaded) -> Option<BTreeSet<ComponentName>> {
    let mut audits = loaded
        .operations
        .iter()
        .filter(|operation| operation.kind == OperationKind::Audit)
        .peekable();
    audits.peek()?;
    if !audits.all(|operation| operation.state == OperationState::Running) {
        return None;
    }
    let components = loaded.tenant.components.iter();
    let pending: BTreeSet<ComponentName> = components
        .filter(|(_, status)| status.pending)
        .map(|(name, _)| *name)
        .collect();
    (!pending.is_empty()).then_some(pending)
}

#[cfg(test)]
mod tests;
