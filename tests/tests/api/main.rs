//! The HTTP API in this process, called as API Gateway calls it, against a ledger in a real emulator.

mod reading;
mod refusals;
mod requests;
mod site;
mod troubles;
