//! The ledger against a real emulator: races, repetitions, paging and what is left of a tenant that is closed.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs and wait for them"
)]

mod bench;
mod blueprints;
mod components;
mod governor;
mod lost_answers;
mod made;
mod passes;
mod reading;
mod releases;
mod requests;
mod rows;
mod taking;
mod tampering;
