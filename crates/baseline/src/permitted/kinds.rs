//! The kinds of resources that components declare.

use super::*;

/// The change of a declared resource that this is, whichever component plans it.
pub(super) fn of_declared<C: Change>(change: &C) -> Option<&ResourceChange> {
    let change = change as &dyn std::any::Any;
    let network = || match change.downcast_ref::<NetworkChange>()? {
        NetworkChange::Resource(change) => Some(change),
        NetworkChange::Part(_) => None,
    };
    let access = || match change.downcast_ref::<AccessChange>()? {
        AccessChange::Resource(change) => Some(change),
        AccessChange::Enter | AccessChange::Prove => None,
    };
    let own = change.downcast_ref::<ResourceChange>();
    own.or_else(network).or_else(access)
}

/// The kinds of the resources that were made, by name.
pub(super) fn kinds_of<C: Listed>(
    changes: &[C::Change],
) -> BTreeMap<&'static str, &'static declared::Kind> {
    let resources = changes.iter().filter_map(of_declared);
    resources
        .map(|change| (change.kind.name, change.kind))
        .collect()
}

/// The kinds a component declares, over all specs.
pub(super) fn kinds<C: Listed>() -> BTreeMap<&'static str, &'static declared::Kind> {
    let mut kinds = BTreeMap::new();
    for spec in specs() {
        kinds.extend(kinds_of::<C>(&changes::<C>(
            &spec,
            &C::Observation::default(),
        )));
        kinds.extend(C::declared(&spec));
    }
    kinds
}
