//! The one table of what a tenant is made of. Its order is the order of building; needs are declared and checked by a test.

use tenancy::{ComponentName, finding::Difference};

use crate::{
    access::Access,
    declaration::Declaration,
    desired::Desired,
    row::{Line, Preview},
};

/// Gives the types of all components, in the order they are built, to a macro: the one list of what a tenant is made of. By their paths, so
/// that whoever goes through it names none of them.
macro_rules! with_components {
    ($with:ident) => {
        $with! {
            $crate::account::Account,
            $crate::placement::Placement,
            $crate::access::Access,
            $crate::identity::Identity,
            $crate::keys::Keys,
            $crate::key_pair::KeyPairs,
            $crate::network::Network,
            $crate::guard::Guard,
            $crate::contacts::Contacts,
            $crate::access_analyzer::AccessAnalyzers,
            $crate::billing::Billing,
            $crate::resource_group::ResourceGroups,
            $crate::root_user::RootUser,
            $crate::trail::Trail,
            $crate::alerting::Alerting,
            $crate::event_forwarding::EventForwarding,
            $crate::dashboard::Dashboards
        }
    };
}
#[cfg(test)]
pub(crate) use with_components;

macro_rules! table {
    ($($component:ty),*) => {
        /// What a tenant is made of.
        pub static BASELINE: &[&dyn Declaration] = &[$(&Line::<$component>::new()),*];
        static PREVIEWS: &[&dyn Preview] = &[$(&Line::<$component>::new()),*];
    };
}
with_components!(table);

/// The names of all components, in the order they are built.
pub fn names() -> impl Iterator<Item = ComponentName> + Clone {
    BASELINE.iter().map(|line| line.name())
}

/// Everything that would be changed in a tenant that is as `before` wants it, so that it is as `after` wants it, in order, in words:
/// the same plans as a pass makes, on what would be seen.
pub fn preview_change(before: &Desired, after: &Desired) -> Vec<Difference> {
    let (mut before, mut after) = (before.clone(), after.clone());
    let changes = PREVIEWS
        .iter()
        .flat_map(|line| line.preview_change(&mut before, &mut after));
    let mut changes: Vec<Difference> = changes.collect();
    // What the spec no longer asks for is removed, and with it the rights for it.
    let lingers = |name: ComponentName| {
        let mut lines = BASELINE.iter().filter(|line| line.lingers());
        lines.any(|line| line.name() == name)
    };
    let mut last = Desired {
        recorded: after.recorded.only(lingers),
        ..after.clone()
    };
    changes.extend(Line::<Access>::new().preview_change(&mut after, &mut last));
    changes
}

/// Everything that would be made for a tenant of which nothing is there yet, in order, in words.
pub fn preview(desired: &Desired) -> Vec<Difference> {
    let mut desired = desired.clone();
    PREVIEWS
        .iter()
        .flat_map(|line| line.preview(&mut desired))
        .collect()
}
