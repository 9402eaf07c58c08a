//! Samples of the trials that `make faults` makes whole.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod cut;
mod planted;
mod refusal;
mod samples;
mod together;
