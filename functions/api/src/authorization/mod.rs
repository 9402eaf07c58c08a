//! Who may do what: the one place where every request is decided about, before its handler runs.
//!
//! # Guarantees
//! What is decided about comes from the table of routes, so that no operation goes without. A tenant or project of which the caller
//! may not know is answered as one that is absent, to the letter and with the same reads. What somebody holds is read strongly
//! consistent, and is then used for at most half a minute; the first operators need no read.

mod decide;
mod held;
mod target;

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use tenancy::access::{Level, Principal, Scope};

pub(crate) use self::{
    decide::Outcome,
    held::{Access, Visible},
    target::Target,
};
use crate::{
    App,
    call::now,
    frame::Caller,
    refusal::Refusal,
    routes::{self, Route},
};

/// A request that was allowed: by whom, and what they hold.
#[derive(Debug, Clone)]
pub struct Permitted {
    /// Who asks.
    pub principal: Principal,
    /// What they hold.
    pub held: Vec<access::Held>,
}

impl<S: Sync> FromRequestParts<S> for Permitted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let permitted = parts.extensions.get::<Self>().cloned();
        permitted.ok_or_else(|| Refusal::of_status(StatusCode::UNAUTHORIZED))
    }
}

/// Lets a request through to its handler, or not.
pub async fn authorize(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let permitted = match Asked::of(&request) {
        Ok(Some(asked)) => permitted(&app, asked).await.map(Some),
        Ok(None) => Ok(None),
        Err(refusal) => Err(refusal),
    };
    match permitted {
        Ok(permitted) => {
            if let Some(permitted) = permitted {
                request.extensions_mut().insert(permitted);
            }
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// What is to be decided about.
struct Asked {
    route: &'static Route,
    principal: Principal,
    target: Target,
}

impl Asked {
    /// `None` where there is nothing to decide: no such route, or one that is open.
    fn of(request: &Request) -> Result<Option<Self>, Refusal> {
        let matched = request.extensions().get::<MatchedPath>();
        let method = request.method().as_str();
        let route = matched.and_then(|matched| {
            let is_it = |route: &&Route| route.path == matched.as_str() && route.method == method;
            routes::routes().find(is_it)
        });
        let Some(route) = route.filter(|route| !route.open) else {
            return Ok(None);
        };
        let caller = request.extensions().get::<Caller>();
        let principal = caller.and_then(|caller| caller.principal.clone());
        Ok(Some(Self {
            route,
            principal: principal.ok_or_else(|| Refusal::of_status(StatusCode::UNAUTHORIZED))?,
            target: Target::of(route, request.uri().path())?,
        }))
    }
}

async fn permitted(app: &App, asked: Asked) -> Result<Permitted, Refusal> {
    let (principal, target) = (asked.principal, asked.target);
    let held = match is_a_look(asked.route) {
        true => app.access.held(&app.ledger, &principal, now()).await?,
        false => app.access.held_now(&app.ledger, &principal, now()).await?,
    };
    let action = asked.route.name;
    let outcome = app.decide(&principal, &held, action, &target).await?;
    log(asked.route, &outcome);
    match outcome {
        Outcome::Allowed(_) => Ok(Permitted { principal, held }),
        Outcome::Hidden => Err(target.absent()),
        Outcome::Refused { would_allow } => Err(forbidden(action, &would_allow)),
    }
}

/// Whether an operation shows something that is no secret, and changes nothing.
fn is_a_look(route: &Route) -> bool {
    route.method == "GET" && route.name != "getKeyPair"
}

/// A read that is allowed is of no consequence.
fn log(route: &Route, outcome: &Outcome) {
    let action = route.name;
    match outcome {
        Outcome::Allowed(_) if route.method == "GET" => {}
        Outcome::Allowed(verdict) => {
            let policies = verdict.policies.join(", ");
            tracing::info!(access.action = action, access.policy = policies, "allowed");
        }
        Outcome::Hidden | Outcome::Refused { .. } => {
            tracing::warn!(access.action = action, access.policy = "none", "refused");
        }
    }
}

fn forbidden(action: &str, would_allow: &[(tenancy::access::Role, Scope)]) -> Refusal {
    let roles: Vec<String> = would_allow
        .iter()
        .map(|(role, scope)| format!("`{role}` {}", place(scope.level())))
        .collect();
    let detail = format!("no role that you hold allows `{action}` here");
    Refusal::new(api_types::ProblemKind::FORBIDDEN, detail).with_remedy(&format!(
        "Ask for a grant of one of these roles: {}.",
        roles.join(", ")
    ))
}

fn place(level: Level) -> &'static str {
    match level {
        Level::Installation => "at the installation",
        Level::Tenant => "in the tenant",
        Level::Project => "in the project",
    }
}
