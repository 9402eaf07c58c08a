//! The fault harness: power lost at every call, one disturbance for a whole run, and random faults by seed.
//!
//! No component is named here. The emulator counts what is in an account from its own state, and the expected count is what a
//! reference run (one without faults) leaves. A new component is covered without a change here.
//!
//! - [`environment`]: a machine on a local AWS of its own, which can be put back to a checkpoint;
//! - [`recording`]: a reference run of a verb, with a checkpoint after every call that changed something;
//! - [`power_loss`]: a process that dies at a call leaves one of these checkpoints; from each, a new process runs until settled;
//! - [`disturbance`]: a verb's run under one disturbance: duplicate messages, lost responses, stale reads, an early departure;
//! - [`random`]: a seed decides on faults, on the order of messages, and on requests midway;
//! - [`invariants`]: what must hold afterwards;
//! - [`runner`]: distributes the trials over several environments.

pub mod disturbance;
pub mod environment;
pub mod invariants;
pub mod power_loss;
pub mod random;
pub mod recording;
pub mod runner;
pub mod summary;
pub mod temporary;
