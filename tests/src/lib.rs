//! What the end-to-end tests stand on: a local AWS ([`emulator`]), and a proxy in front of it that
//! behaves as AWS does where the emulator doesn't, records every call, and fails on demand ([`proxy`]).

pub mod emulator;
pub mod machine;
pub mod proxy;
pub mod stack;
