//! Sessions of `tenantry` with a mocked API: what goes over the wire, what is printed, and the exit code.
//!
//! Each session is compared with a file in `golden/`. After a wanted change, `UPDATE_GOLDEN=1 cargo test --workspace`
//! writes them anew; read the difference before you commit it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod fixtures;
mod mock;
mod session;

mod access;
mod aws;
mod blueprints;
mod errors;
mod groups;
mod hostile;
mod identity_provider;
mod inputs;
mod key_pair;
mod limits;
mod posture;
mod reading;
mod sign_in;
mod tenants;
mod waiting;
