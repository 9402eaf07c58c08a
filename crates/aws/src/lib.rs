//! How a tenant is observed and reconciled with the AWS SDK: one file per component, sessions, the ledger, and the one file that
//! knows AWS error codes.
//!
//! # Guarantees
//! Doing decides nothing: every effect is one change of a plan of `baseline`. Account ids come from the ledger only.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod account_sessions;
pub mod blueprints;
pub mod bus;
pub mod clock;
pub mod dead_letters;
pub mod errors;
pub mod key_reader;
pub mod ledger;
pub mod pass;
pub mod provider_secrets;
pub mod queue;
pub mod rows;
pub mod session;
pub mod settings;
pub mod signing;
pub mod telemetry;
pub mod worker;

mod access;
pub mod account;
mod calls;
pub mod cost_tags;
mod denials;
mod early;
mod guard;
mod identities;
mod identity;
mod installation;
mod ledger_failure;
mod network;
pub mod organization;
mod placement;
mod rate_limiter;
mod resources;
mod retry;
mod stalls;
mod trail;
#[cfg(test)]
mod watched;
mod with_body;
