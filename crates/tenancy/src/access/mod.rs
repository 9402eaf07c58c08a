//! Who may do what: the words. Principals, roles, scopes, grants and projects; the decisions over them are in the crate `access`.

mod account_session;
mod approval;
mod grant;
mod grantee;
mod identity;
mod principal;
mod project;
mod refused;
mod request;
mod role;
mod scope;
mod service;

pub use self::{
    account_session::{
        AccountRole, AccountSession, LONGEST_SESSION, NewAccountSession, SHORTEST_SESSION,
    },
    approval::Approval,
    grant::{Grant, NewGrant, Revocation},
    grantee::Grantee,
    identity::Identity,
    principal::{MOST_GROUPS, Machine, Person, Principal},
    project::{NewProject, Project, ProjectChange},
    refused::{MOST_REFUSED, RefusedSessions, source_identity_ending},
    request::{
        ANSWERED_WITHIN, AccessRequest, Decision, DenyAccessRequest, LONGEST_ACCESS,
        NewAccessRequest, NotDecided, RequestState, SHORTEST_ACCESS,
    },
    role::{Level, Role},
    scope::{Provider, Scope},
    service::SelfService,
};
pub(crate) use grant::{field, members, reason_in, required};
pub(crate) use principal::is_text;

pub use crate::id::{AccessRequestId, AccountSessionId, GrantId};
