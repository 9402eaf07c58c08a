//! How it is done on AWS.

pub mod ledger;
