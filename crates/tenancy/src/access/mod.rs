//! Who may do what: the words. Principals, roles, scopes, grants and projects; the decisions over them are in the crate `access`.

mod account_session;
mod grant;
mod grantee;
mod principal;
mod project;
mod role;
mod scope;
mod service;

pub use self::{
    account_session::{
        AccountRole, AccountSession, LONGEST_SESSION, NewAccountSession, SHORTEST_SESSION,
    },
    grant::{Grant, NewGrant, Revocation},
    grantee::Grantee,
    principal::{MOST_GROUPS, Machine, Person, Principal},
    project::{NewProject, Project, ProjectChange},
    role::{Level, Role},
    scope::{Provider, Scope},
    service::SelfService,
};
pub(crate) use grant::{field, members, reason_in, required};
pub(crate) use principal::is_text;

pub use crate::id::{AccountSessionId, GrantId};
