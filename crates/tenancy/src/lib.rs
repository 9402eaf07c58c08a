//! The domain types of tenantry: what a tenant is, what is wanted of it, and what is reported about it.
//!
//! # Guarantees
//! No I/O, no clock, no randomness and no AWS SDK: everything here is data and pure functions over it, so that the API,
//! the functions, the command line and the tests mean the same thing by the same word.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod access;
pub mod blueprint;
pub mod component;
pub mod control;
pub mod cost;
pub mod email;
pub mod failure;
pub mod finding;
pub mod history;
pub mod id;
pub mod identity_provider;
pub mod names;
pub mod operation;
pub mod percent;
pub mod posture;
pub mod report;
pub mod session;
pub mod spec;
pub mod stored;
pub mod suppression;
pub mod tenant;
pub mod text;
pub mod usd;
pub mod validate;
pub mod verb;

pub use blueprint::{Blueprint, BlueprintRef, PublishedBlueprint};
pub use component::ComponentName;
pub use control::{Control, ControlState};
pub use failure::{Failure, FailureKind, Next};
pub use finding::{Finding, FindingState, Severity};
pub use id::{AccountId, ControlId, Email, GroupName, OperationId, Region, Slug, TenantId};
pub use identity_provider::IdentityProvider;
pub use jiff::Timestamp;
pub use operation::{Operation, OperationKind, OperationState};
pub use session::{Person, Session};
pub use spec::{EffectiveSpec, Egress, FieldError, Mode, Spec};
pub use stored::{OtherFields, Word};
pub use suppression::Suppression;
pub use tenant::{ComponentState, ComponentStatus, DesiredState, Phase, Tenant};
pub use usd::Usd;
pub use verb::Verb;
