//! What a tenant must be, and the engine that makes it so.
//!
//! Each component says what it sees, what would have to change, and what a change teaches; the engine does the rest. The one
//! table [`BASELINE`] lists the components; onboarding, repair, audit, preview and offboarding are short functions over it.
//!
//! # Guarantees
//! Deciding is pure: `plan`, `learn` and `imagine` know no clock, no randomness and no AWS SDK. Audit calls `observe` only.
//! # Assumptions
//! `observe` tells the truth, or an older truth; effects are safe to repeat, or noted before they are asked for.

pub mod access;
pub mod account;
mod component;
mod converge;
mod desired;
mod engine;
pub mod identity;
mod imagine;
pub mod network;
pub mod placement;
pub mod policy;
mod report;
mod table;
pub mod trail;

pub use component::{Change, Component, Plan, Port, Wait};
pub use desired::{Deployment, Desired, Home};
pub use engine::{AnyCloud, Cloud, audit, offboard, onboard};
pub use imagine::{Imagined, imagine_until_settled, preview};
pub use report::{Outcome, PassReport};
pub use table::{BASELINE, Departure, Line, Row};
