//! What somebody holds, so that AWS would refuse to delete it. Nothing is taken off it first: it would be there for good, and of no use.

use tenancy::ComponentName;

use super::{Key, Observation, Observed, ownership::is_ours};
use crate::desired::Desired;

/// Shows what of ours would be deleted, and is held, as left to its holder.
pub fn leave_held(
    component: ComponentName,
    desired: &Desired,
    is_wanted: impl Fn(&Key) -> bool,
    seen: &mut Observation,
) {
    let leaving = desired.leaving();
    let Observation(all, kinds) = seen;
    for (key, observed) in all {
        let (Observed::Present(found), Some(kind)) = (&*observed, kinds.get(key.kind)) else {
            continue;
        };
        let goes = kind.is_deleted(leaving) && (leaving || !is_wanted(key));
        if !goes || !is_ours(component, desired, kind, key, found) {
            continue;
        }
        if let Some(by) = (kind.held)(found) {
            *observed = Observed::Left(by);
        }
    }
}
