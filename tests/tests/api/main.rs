//! The HTTP API in this process, called as API Gateway calls it, against a ledger in a real emulator.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod access;
mod access_requests;
mod account_sessions;
mod blueprints;
mod bounds;
mod dead_letters;
mod granting;
mod limits;
mod matrix;
mod names;
mod other_releases;
mod posture;
mod projects;
mod raw_events;
mod reading;
mod refusals;
mod requests;
mod site;
mod troubles;
