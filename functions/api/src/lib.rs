//! The HTTP API of tenantry: one table of routes, and handlers that read like the policy.
//!
//! # Guarantees
//! A request that is refused has changed nothing. Every refusal is `application/problem+json` (RFC 9457) and names every
//! field at fault. What AWS says goes into the log and never to the caller. The function has no right in any tenant's
//! account: it writes intentions into the ledger and wakes the functions that carry them out. Private keys are handed out by another function,
//! `credentials`, and sessions in tenants' accounts are opened by the function `access`: each has one route of this table, and a role
//! that may do nothing else in tenants' accounts.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

// Used by the binary alone.
#[cfg(not(test))]
use lambda_runtime as _;
#[cfg(not(test))]
use tokio as _;

mod access_requests;
mod account_sessions;
mod adapter;
mod answer;
mod app;
mod authorization;
mod blueprints;
mod body;
mod bounded;
mod call;
mod dead_letters;
mod explain;
mod findings;
mod frame;
mod grants;
mod health;
mod history;
mod identity_providers;
mod key_pair;
mod limits;
mod openapi;
mod operations;
mod people;
mod plan;
mod posture;
mod projects;
mod query;
mod rate_limit;
mod refusal;
mod reports;
mod routes;
mod sessions;
mod settings;
mod suppressions;
mod tenants;
mod views;

pub use adapter::handle;
pub use app::App;
pub use openapi::document as openapi_document;
pub use refusal::Refusal;
pub use routes::{On, Route, access_router, credentials_router, router, routes};
pub use settings::Settings;
