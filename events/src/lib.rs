//! Every event tenantry publishes or takes: its type, its JSON Schema and an example.
//!
//! # Guarantees
//! An event is a hint: it names a tenant or a request, never what to do with it and never a secret. The receiver reads the
//! ledger. Events are versioned; a field is only ever added to a version, and what changes meaning is a new version.
//!
//! The schemas in `schemas/` are generated from these types and describe the whole event as EventBridge, SQS or API
//! Gateway delivers it; the examples in `examples/` are parsed and validated by the tests.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

mod access;
mod envelope;
mod event;
mod forwarded;
mod http;
mod invocation;
mod organizations;
mod outcomes;
mod requests;
mod schema;
mod version;
mod work;

pub use access::{AccessGranted, AccessRequestDecided, AccessRequested, AccessRevoked};
pub use envelope::{Envelope, SOURCE};
pub use event::{Detail, Event};
pub use forwarded::{Dropped, TenantEvent, TenantEventKind, TenantEventState};
pub use http::{Authorizer, HttpRequest, HttpResponse, Iam, Jwt, RequestContext, RequestLine};
pub use invocation::{Invocation, SqsBatch, SqsRecord, Tick};
pub use organizations::{CloseAccountResult, CreateAccountResult, ORGANIZATIONS};
pub use outcomes::{
    TenantDriftFound, TenantDriftResolved, TenantOffboarded, TenantOnboarded, TenantParked,
    TenantPrivateKeyHandedOut, TenantResumed, TenantSessionOpened, TenantStalled, TenantUpdated,
    UnknownAccountFound,
};
pub use requests::{
    TenantAuditRequested, TenantKeyPairRotationRequested, TenantOffboardingRequested,
    TenantRepairRequested, TenantRequested, TenantRetryRequested, TenantSessionsEndRequested,
    TenantSpecChanged,
};
pub use schema::schemas;
pub use version::V1;
pub use work::{Message, Unreadable, Work};
