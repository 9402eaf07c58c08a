//! Observes, and works on, the component `identity`.

mod others;

use std::sync::Arc;

use baseline::declared::{DeclaredPort, kind_port};
use tenancy::names;

use crate::{
    identities::TenantIam,
    resources::{
        AccountAliasPort, AccountNamePort, InstanceProfilePort, PasswordPolicyPort, PolicyPort,
        RolePort,
    },
};

/// The port of the component `identity`.
pub(crate) fn port(iam: &Arc<TenantIam>) -> DeclaredPort {
    let roles = RolePort {
        iam: Arc::clone(iam),
        sessions_at: Some(names::TENANT_PATH),
    };
    DeclaredPort(vec![
        kind_port(roles),
        kind_port(PolicyPort(Arc::clone(iam))),
        kind_port(InstanceProfilePort(Arc::clone(iam))),
        kind_port(PasswordPolicyPort(Arc::clone(iam))),
        kind_port(AccountAliasPort(Arc::clone(iam))),
        kind_port(AccountNamePort(Arc::clone(&iam.pass))),
        kind_port(others::Port(Arc::clone(iam))),
    ])
}
