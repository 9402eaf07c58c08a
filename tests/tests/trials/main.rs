//! A sample of the trials that `make faults` runs in full.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod concurrency;
mod planted;
mod power_loss;
mod refusals;
mod samples;
