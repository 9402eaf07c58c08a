//! How a tenant is looked at and put right with the AWS SDK: one file per component, sessions, the ledger, and the one file that
//! knows AWS error codes.
//!
//! # Guarantees
//! Doing decides nothing: every effect is one change of a plan of `baseline`. Account ids come from the ledger only.

pub mod bus;
pub mod dead_letters;
pub mod errors;
pub mod ledger;
pub mod queue;
pub mod rows;
pub mod session;
pub mod settings;
pub mod telemetry;
pub mod visit;
pub mod worker;

mod access;
pub mod account;
mod clients;
mod denials;
mod guard;
mod identity;
mod network;
pub mod organization;
mod placement;
mod rate_limiter;
mod resources;
mod trail;
