//! Observes, and works on, the component `identity`.

mod others;

use std::sync::Arc;

use baseline::declared::{DeclaredPort, kind_port};
use tenancy::names;

use crate::{
    identities::TenantIam,
    organization::SharedOrganization,
    resources::{
        AccountAliasPort, AccountNamePort, InstanceProfilePort, PasswordPolicyPort, PolicyPort,
        RolePort,
    },
};

/// The port of the component `identity`.
pub(crate) fn port(iam: &Arc<TenantIam>, organization: &Arc<SharedOrganization>) -> DeclaredPort {
    let account_name = AccountNamePort {
        pass: Arc::clone(&iam.pass),
        organization: Arc::clone(organization),
    };
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
        kind_port(account_name),
        kind_port(others::Port(Arc::clone(iam))),
    ])
}
