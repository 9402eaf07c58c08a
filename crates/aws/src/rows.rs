//! The components of this release, each bound to the port that carries it out.

use std::sync::Arc;

use baseline::{
    Row,
    access::Access,
    account::Account,
    bind,
    declared::{DeclaredPort, kind_port},
    guard::Guard,
    identity::Identity,
    network::Network,
    placement::Placement,
    root_user::RootUser,
    trail::Trail,
};

use crate::{guard, resources::RootUserPort, visit::Visit};

/// The rows of [`baseline::BASELINE`] for one pass, in the same order.
pub fn rows(pass: &Arc<Visit>) -> Vec<Box<dyn Row>> {
    let port = || Arc::clone(pass);
    vec![
        bind::<Account, _>(port()),
        bind::<Placement, _>(port()),
        bind::<Access, _>(port()),
        bind::<Identity, _>(port()),
        bind::<Network, _>(port()),
        bind::<Guard, _>(guard::port(pass)),
        bind::<RootUser, _>(DeclaredPort(vec![kind_port(RootUserPort(port()))])),
        bind::<Trail, _>(port()),
    ]
}
