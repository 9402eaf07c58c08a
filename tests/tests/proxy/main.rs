//! The proxy, with the real SDK clients on one side and the real emulator on the other.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod account_settings;
mod clients;
mod creations;
mod faults;
mod organization;
mod organizations;
mod pass_role;
mod passes_through;
mod root_user;
mod s3_account;
mod services;
