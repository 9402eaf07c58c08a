//! What a request acts on, by its route and path.

use tenancy::{
    OperationId, Slug,
    validate::{self, TenantKey},
};

use crate::{
    app::no_tenant,
    query::{nowhere, within},
    refusal::Refusal,
    routes::{On, Route},
};

/// What a request acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The installation.
    Installation,
    /// A tenant.
    Tenant(TenantKey),
    /// The tenant of an operation.
    Operation(OperationId),
    /// A project of a tenant.
    Project(TenantKey, Slug),
}

impl Target {
    /// The target of a request to `path`, which has the form of the route's.
    pub(super) fn of(route: &Route, path: &str) -> Result<Self, Refusal> {
        let named = |name: &str| {
            let mut segments = route.path.split('/').zip(path.split('/'));
            let found = segments.find(|(wanted, _)| wanted.trim_matches(['{', '}']) == name);
            found.map_or("", |(_, given)| given)
        };
        let tenant = || validate::tenant_key(named("id")).map_err(nowhere);
        Ok(match route.on {
            On::Nothing | On::Installation => Self::Installation,
            On::Tenant => Self::Tenant(tenant()?),
            On::Project => Self::Project(tenant()?, within(named("slug"))?),
            On::Operation => Self::Operation(validate::operation_id(named("id")).map_err(nowhere)?),
        })
    }

    /// The tenant it is about.
    pub(super) fn tenant(&self) -> Option<TenantKey> {
        match self {
            Self::Installation => None,
            Self::Tenant(key) | Self::Project(key, _) => Some(key.clone()),
            Self::Operation(id) => id.tenant().map(TenantKey::Id),
        }
    }

    /// The answer as if it were absent.
    pub(crate) fn absent(&self) -> Refusal {
        match self {
            Self::Installation => Refusal::not_found("the path does not exist"),
            Self::Tenant(key) | Self::Project(key, _) => no_tenant(key),
            Self::Operation(id) => Refusal::not_found(format!("there is no operation `{id}`")),
        }
    }
}
