//! What a pass does to a tenant. Each verb has a function, a queue and a role in the tenant's account of its own.

use crate::names;

/// What a pass does to a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Build, update, repair; enters by the provisioner role.
    Onboard,
    /// Read only; enters by the auditor role, which cannot write.
    Audit,
    /// Delete and close; enters by the remover role.
    Offboard,
}

impl Verb {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Onboard, Self::Audit, Self::Offboard];

    /// The name of its function and its queue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Onboard => "onboard",
            Self::Audit => "audit",
            Self::Offboard => "offboard",
        }
    }

    /// The name of its role in a tenant's account.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Onboard => names::PROVISIONER,
            Self::Audit => names::AUDITOR,
            Self::Offboard => names::REMOVER,
        }
    }
}
