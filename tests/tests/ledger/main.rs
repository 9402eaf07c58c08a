//! The ledger against a real emulator: races, repetitions, paging and what is left of a tenant that is gone.

mod bench;
mod passes;
mod reading;
mod requests;
