//! The one table of what a tenant is made of. Its order is the order of building; needs are declared and checked by a test.

use tenancy::{ComponentName, finding::Difference};

use crate::{
    access::Access,
    access_analyzer::AccessAnalyzers,
    account::Account,
    alerting::Alerting,
    billing::Billing,
    contacts::Contacts,
    desired::Desired,
    guard::Guard,
    identity::Identity,
    key_pair::KeyPairs,
    keys::Keys,
    network::Network,
    placement::Placement,
    resource_group::ResourceGroups,
    root_user::RootUser,
    row::{Declaration, Line},
    trail::Trail,
};

/// What a tenant is made of.
pub static BASELINE: &[&dyn Declaration] = &[
    &Line::<Account>::new(),
    &Line::<Placement>::new(),
    &Line::<Access>::new(),
    &Line::<Identity>::new(),
    &Line::<Keys>::new(),
    &Line::<KeyPairs>::new(),
    &Line::<Network>::new(),
    &Line::<Guard>::new(),
    &Line::<Contacts>::new(),
    &Line::<AccessAnalyzers>::new(),
    &Line::<Billing>::new(),
    &Line::<ResourceGroups>::new(),
    &Line::<RootUser>::new(),
    &Line::<Trail>::new(),
    &Line::<Alerting>::new(),
];

/// The names of all components, in the order they are built.
pub fn names() -> impl Iterator<Item = ComponentName> {
    BASELINE.iter().map(|line| line.name())
}

/// Everything that would be changed in a tenant that is as `before` wants it, so that it is as `after` wants it, in order, in words:
/// the same plans as a pass makes, on what would be seen.
pub fn preview_change(before: &Desired, after: &Desired) -> Vec<Difference> {
    let (mut before, mut after) = (before.clone(), after.clone());
    BASELINE
        .iter()
        .flat_map(|line| line.preview_change(&mut before, &mut after))
        .collect()
}

/// Everything that would be made for a tenant of which nothing is there yet, in order, in words.
pub fn preview(desired: &Desired) -> Vec<Difference> {
    let mut desired = desired.clone();
    BASELINE
        .iter()
        .flat_map(|line| line.preview(&mut desired))
        .collect()
}
