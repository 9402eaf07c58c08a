//! Who may do what: the decisions over principals, roles and grants.
//!
//! # Guarantees
//! Deny by default: what no policy permits, what is no action of the schema, and what cannot be evaluated is refused. The policies are
//! part of the build and are validated against their schema by a test. No I/O and no clock: who asks brings what the principal holds.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod account_sessions;
pub mod claims;
mod engine;
mod granting;
mod held_role;
mod operators;
mod person;

pub use claims::Claims;
pub use engine::{Broken, Engine, Question, Verdict, Would};
pub use granting::Refused;
pub use held_role::{HeldRole, Source, roles_of};
pub use operators::Operators;
pub use person::{UnusableClaims, person};

// `Claims` derives them.
use schemars as _;
