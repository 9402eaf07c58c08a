//! Routes that the function `credentials` answers: it alone may read private keys in tenants' accounts.

use api_types::KeyPairView;
use axum::routing::get;
use tenancy::Region;

use super::{
    On, Route,
    parameters::{of, query},
};
use crate::key_pair;

pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/v1/tenants/{id}/key-pair",
    name: "getKeyPair",
    about: "Hand out the private key of a tenant's key pair. Who got it is in the history of the tenant.",
    open: false,
    on: On::Tenant,
    params: &[query(
        "region",
        "The Region of the key pair; the tenant's first unless given.",
        of::<Region>,
    )],
    body: None,
    etag: false,
    answers: &[(
        200,
        "The key pair, with its private half.",
        of::<KeyPairView>,
    )],
    handler: || get(key_pair::hand_out),
}];
