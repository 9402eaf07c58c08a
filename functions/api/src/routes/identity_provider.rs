//! Routes of a tenant's identity provider.

use api_types::{IdentityProviderRequest, IdentityProviderTestView, IdentityProviderView};
use axum::routing::{delete, get, post, put};

use super::{
    On, Param, Route,
    parameters::{of, version},
};
use crate::identity_providers;

const PATH: &str = "/v1/tenants/{id}/identity-provider";
const IF_MATCH: Param = Param {
    name: "If-Match",
    place: "header",
    about: "The ETag of the identity provider as the caller knows it, `\"0\"` for none; refused with 412 when it has changed since.",
    schema: version,
};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: PATH,
        name: "getIdentityProvider",
        about: "Show the identity provider by which a tenant's people sign in, without its secret.",
        open: false,
        on: On::Tenant,
        params: &[],
        body: None,
        etag: true,
        answers: &[(200, "The identity provider.", of::<IdentityProviderView>)],
        handler: || get(identity_providers::show),
    },
    Route {
        method: "PUT",
        path: PATH,
        name: "setIdentityProvider",
        about: "Set the identity provider of a tenant. Another issuer, client or rule ends the sign-ins that began under the one before; sessions that are open in the tenant's account end by themselves, within an hour.",
        open: false,
        on: On::Tenant,
        params: &[IF_MATCH],
        body: Some(of::<IdentityProviderRequest>),
        etag: true,
        answers: &[(200, "The identity provider.", of::<IdentityProviderView>)],
        handler: || put(identity_providers::set),
    },
    Route {
        method: "DELETE",
        path: PATH,
        name: "removeIdentityProvider",
        about: "Remove the identity provider of a tenant and its secret. The sign-ins that began under it end; sessions that are open in the tenant's account end by themselves, within an hour.",
        open: false,
        on: On::Tenant,
        params: &[IF_MATCH],
        body: None,
        etag: true,
        answers: &[(200, "What was removed.", of::<IdentityProviderView>)],
        handler: || delete(identity_providers::remove),
    },
    Route {
        method: "POST",
        path: "/v1/tenants/{id}/identity-provider/test",
        name: "testIdentityProvider",
        about: "Try an identity provider before it is set: discovery, algorithms, keys, redirect address, client. Nothing is written.",
        open: false,
        on: On::Tenant,
        params: &[],
        body: Some(of::<IdentityProviderRequest>),
        etag: false,
        answers: &[(
            200,
            "What was found, step by step.",
            of::<IdentityProviderTestView>,
        )],
        handler: || post(identity_providers::test),
    },
];
