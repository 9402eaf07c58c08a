//! The deployed machine, end to end: the real template and the real function binaries on a local AWS with IAM enforced.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod asked_twice;
#[cfg(target_os = "linux")]
mod killed;
mod permissions;
mod settled;
mod site;
