//! What a tenant must be, and the engine that makes it so.
//!
//! Each component says what it observes, what would have to change, and what a change teaches; the engine does the rest. The one
//! table [`BASELINE`] lists the components. Onboarding, repair, audit and offboarding are short functions over rows: components
//! bound to the ports that carry them out, which are passed in.
//!
//! # Guarantees
//! Deciding is pure: `plan`, `learn` and `imagine` know no clock, no randomness and no AWS SDK. Audit calls `observe` only.
//! # Assumptions
//! `observe` returns the current state, or an earlier one; effects are safe to repeat, or noted before they are requested.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod access;
pub mod access_analyzer;
pub mod account;
pub mod alerting;
#[cfg(test)]
mod asks;
pub mod billing;
pub mod catalogue;
mod component;
pub mod contacts;
mod control;
mod controls;
mod covers;
pub mod dashboard;
mod declaration;
pub mod declared;
mod departure;
mod desired;
mod drift_control;
pub mod drift_page;
mod engine;
pub mod event_forwarding;
mod grants;
pub mod guard;
pub mod identity;
mod imagine;
pub mod key_pair;
pub mod keys;
pub mod network;
mod outputs;
#[cfg(test)]
mod permitted;
pub mod placement;
pub mod policy;
pub mod posture;
mod protected;
mod reconcile;
mod recorded;
mod report;
pub mod resource_group;
mod resource_key;
pub mod resources;
pub mod root_user;
mod row;
mod step;
mod table;
pub mod trail;
mod trail_home;
mod wait;
pub mod watched;

pub use component::{Change, Component, Journal, Plan, Port};
pub use control::{Control, Verdict};
pub use covers::Covers;
pub use declaration::{Components, ControlWords, Declaration, Departure};
pub use departure::{goes_after, needs};
pub use desired::{Deployment, Desired, Home};
pub use drift_control::DriftControl;
pub use engine::{audit, offboard, onboard};
pub use imagine::{Imagined, imagine_until_settled};
pub use outputs::{OutputName, Outputs};
pub use recorded::Recorded;
pub use report::{Outcome, PassReport};
pub use row::{AnyObservation, Bound, Line, Preview, Row, bind};
pub use step::Rows;
pub use table::{BASELINE, names, preview, preview_change};
pub use wait::Wait;
