//! The deployed machine, end to end: the real template and the real function binaries on a local AWS with IAM enforced.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod account_sessions;
mod asked_twice;
mod events;
mod forwarded;
mod indexes;
mod key_pair;
#[cfg(target_os = "linux")]
mod killed;
mod moves;
mod names;
mod others;
mod permissions;
mod poison;
#[allow(dead_code, reason = "the sign-in tests use more of it")]
#[path = "../sign_in/provider.rs"]
mod provider;
mod root_user;
mod settled;
mod sign_in;
mod site;
mod stalled;
mod time_boxed;
mod without_sign_in;
