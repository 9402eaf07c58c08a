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

mod asked_twice;
mod events;
mod indexes;
mod key_pair;
#[cfg(target_os = "linux")]
mod killed;
mod names;
mod others;
mod permissions;
mod poison;
mod root_user;
mod settled;
mod site;
mod stalled;
