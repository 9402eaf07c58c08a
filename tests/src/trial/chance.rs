//! Random trials.
