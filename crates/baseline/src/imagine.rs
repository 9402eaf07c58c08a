//! Simulating a plan: what preview shows and what the property tests run on.

use tenancy::finding::Difference;

use crate::{
    component::{Change, Component},
    desired::Desired,
};

/// More rounds than any component's longest chain of dependencies; reached only by a plan that does not converge.
const MOST_ROUNDS: usize = 64;

/// A simulated plan.
#[derive(Debug, Clone)]
pub struct Imagined<C: Component> {
    /// Every change, in the order it could be applied.
    pub changes: Vec<C::Change>,
    /// What would be seen in the end.
    pub seen: C::Observation,
    /// How many rounds of changes it took: the longest chain of dependencies.
    pub rounds: usize,
    /// Whether the last plan asked for no change.
    pub converged: bool,
}

/// Plans and imagines until no change is left, from what is seen.
pub fn imagine_until_settled<C: Component>(
    desired: &Desired,
    mut seen: C::Observation,
) -> Imagined<C> {
    let mut changes = Vec::new();
    for rounds in 0..MOST_ROUNDS {
        let plan = C::plan(desired, &seen);
        if plan.changes.is_empty() {
            return Imagined {
                changes,
                seen,
                rounds,
                converged: true,
            };
        }
        for change in plan.changes {
            C::learn(&mut seen, C::imagine(desired, &change));
            changes.push(change);
        }
    }
    Imagined {
        changes,
        seen,
        rounds: MOST_ROUNDS,
        converged: false,
    }
}

/// The differences of a plan's changes.
pub(crate) fn differences<C: Change>(changes: &[C]) -> Vec<Difference> {
    changes.iter().flat_map(Change::differences).collect()
}
