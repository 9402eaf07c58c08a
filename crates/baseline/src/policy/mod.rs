//! IAM and organization policies as data: every document tenantry writes, built by pure functions and compared by meaning.
//!
//! # Guarantees
//! No role of ours is allowed an action by wildcard; each document keeps to the size AWS sets for its kind. Both are tested.

mod document;
mod guardrail;
mod management;
mod packing;
mod protected;
mod refused;
mod tenant;

pub use crate::grants::{Extras, Grant, Grants, Scope};
pub use document::{document, same, statement};
#[cfg(test)]
pub(crate) use guardrail::tests as guardrail_tests;
pub use guardrail::{guardrail, lockdown};
pub use management::{MOST_POLICIES, Rights, management_policies, management_trust, trust_in};
pub use packing::statements;
pub use refused::refused_sessions;
pub use tenant::{boundary, boundary_arn, machine_trust, people_trust, sessions_trust};

/// What a role's trust policy may hold unless a higher quota was requested, in characters without white space.
/// Source: IAM User Guide, "IAM and AWS STS quotas".
pub const TRUST_LIMIT: usize = 2_048;
/// What a managed policy may hold. Source: as above.
pub const MANAGED_LIMIT: usize = 6_144;
/// What a service control policy may hold. Source: Organizations User Guide, "Quotas and service limits".
pub const SCP_LIMIT: usize = 10_240;
