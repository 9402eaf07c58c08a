//! What the HTTP API and its clients say to each other: one type for each request and answer.
//!
//! # Guarantees
//! The API writes these types, the command line reads them, and the OpenAPI document is generated from them. They are a
//! contract of their own, so that the ledger's records can change without it: a field is only ever added. No I/O and no AWS
//! SDK: a client needs neither.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod accepted;
mod access;
mod account_session;
mod blueprint;
mod dead_letter;
mod health;
mod history;
mod identity_provider;
mod key_pair;
mod limits;
mod operation;
mod page;
mod plan;
mod posture;
mod problem;
mod tenant;

pub use accepted::AcceptedView;
pub use access::{ExplainRequest, ExplainView, HeldView, WouldView};
pub use account_session::AccountSessionView;
pub use blueprint::{BlueprintOrigin, BlueprintRequest, BlueprintState, BlueprintView};
pub use dead_letter::{DeadLetterView, DeadLettersView};
pub use health::{HealthStatus, HealthView};
pub use history::HistoryView;
pub use identity_provider::{
    IdentityProviderRequest, IdentityProviderStepView, IdentityProviderTestView,
    IdentityProviderView,
};
pub use key_pair::KeyPairView;
pub use limits::{
    AdmissionView, AwsRateView, BreakerView, BudgetView, CallRateView, CreationBudgetView,
    CreationLimitsView, CreationsRequest, InFlightView, LimitsView, QueueEntryView,
    QueuePositionView, QueueView, SwitchEventView, UsageView,
};
pub use operation::OperationView;
pub use page::PageView;
pub use plan::{PlanView, PreviewView, UnchangedView};
pub use posture::{
    ControlPostureView, FindingView, FindingsView, PostureCounts, PostureDayView,
    PostureSummaryView, PostureView, RepairsView, ReportView, SuppressionView,
};
pub use problem::{GatewayMessage, Problem, ProblemKind};
pub use tenant::{TenantSummaryView, TenantView};
