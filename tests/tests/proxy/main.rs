//! The proxy, with the real SDK clients on one side and the real emulator on the other.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod clients;
mod creations;
mod faults;
mod organization;
mod organizations;
mod passes_through;
mod services;
