//! The roles that a principal holds, each with its scope, end and source.

use tenancy::{
    Timestamp,
    access::{Grant, GrantId, Role, Scope},
};

/// Why somebody holds a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// By a grant.
    Grant(GrantId),
    /// By the installation's parameter that names its first operators.
    Parameter,
    /// Assumed, to find out what it would allow.
    Assumed,
}

/// A role that a principal holds somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// The role.
    pub role: Role,
    /// Where.
    pub scope: Scope,
    /// Until when; `None` without an end.
    pub until: Option<Timestamp>,
    /// Why.
    pub source: Source,
}

impl HeldRole {
    /// A role that is assumed.
    pub fn assumed(role: Role, scope: Scope) -> Self {
        Self {
            role,
            scope,
            until: None,
            source: Source::Assumed,
        }
    }

    /// The role of an operator by the installation's parameter.
    pub fn operator() -> Self {
        Self {
            source: Source::Parameter,
            ..Self::assumed(Role::Operator, Scope::Installation)
        }
    }

    /// Whether it counts at this time.
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// What these grants give at this time.
///
/// A grant that the ledger should never hold gives nothing: to somebody of a tenant's provider outside that tenant, or of a role that
/// its scope does not know.
pub fn roles_of(grants: &[Grant], at: Timestamp) -> Vec<HeldRole> {
    let counts = |grant: &&Grant| {
        let reaches = |provider: &tenancy::access::Provider| provider.reaches(&grant.scope);
        grant.is_live(at)
            && grant.role.is_of(grant.scope.level())
            && grant.principal.provider().is_none_or(reaches)
    };
    let held = |grant: &Grant| HeldRole {
        role: grant.role,
        scope: grant.scope.clone(),
        until: grant.expires_at,
        source: Source::Grant(grant.id.clone()),
    };
    grants.iter().filter(counts).map(held).collect()
}
