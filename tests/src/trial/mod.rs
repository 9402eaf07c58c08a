//! Trials of the whole machine: power lost at every call, and everything at once by chance.
//!
//! No component is named here: what is in an account is counted by the emulator out of its own state, and what there should be is
//! what a quiet run leaves. A new component is covered by existing.
//!
//! - [`film`]: a quiet run of a verb is recorded, and the world kept after every call that changed it;
//! - [`power`]: whoever dies at a call leaves one of those worlds; from each, a new process runs until settled;
//! - [`nuisance`]: a verb's run with one thing wrong all the way: messages twice, answers lost, reads stale, told to leave;
//! - [`chance`]: a seed decides on faults, messages, and what is asked for midway;
//! - [`check`]: what must hold afterwards.

pub mod chance;
pub mod check;
pub mod directory;
pub mod figures;
pub mod film;
pub mod lanes;
pub mod nuisance;
pub mod power;
pub mod stage;
