//! What the end-to-end tests stand on: a local AWS ([`emulator`]), and a proxy in front of it that
//! behaves as AWS does where the emulator doesn't, records every call, and fails on demand ([`proxy`]).

#![allow(
    clippy::disallowed_methods,
    reason = "this stands for AWS: it waits, spawns and tells the time"
)]

pub mod actions;
pub mod emulator;
pub mod machine;
pub mod proxy;
pub mod stack;
pub mod stored;
pub mod trial;
