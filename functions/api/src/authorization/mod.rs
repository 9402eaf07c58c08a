//! Who may do what: the one place where every request is decided about, before its handler runs.
//!
//! # Guarantees
//! What is decided about comes from the table of routes, so that no operation goes without; what is in no table is refused. A tenant or project of
//! which the caller may not know is answered as one that is absent, to the letter and with the same reads. A slug is resolved once: handlers get the
//! tenant that was decided about. What somebody holds is read strongly consistent, and is then used for at most half a minute; the first
//! operators need no read.

mod decide;
mod held_roles;
mod target;

use access::Would;
use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use tenancy::access::{Level, Principal, Scope};

use self::decide::absent;
pub(crate) use self::{
    decide::Outcome,
    held_roles::{Access, Visible},
    target::Target,
};
use crate::{
    App,
    call::now,
    frame::Caller,
    refusal::Refusal,
    routes::{self, Route},
};

/// A request that was allowed: by whom, what they hold, and what it acts on.
#[derive(Debug, Clone)]
pub struct Permitted {
    /// Who asks.
    pub principal: Principal,
    /// What they hold at the installation and in the tenant that the request acts on.
    pub held: Vec<access::HeldRole>,
    /// What it acts on.
    pub resource: Scope,
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
    let permitted = match AuthorizationRequest::of(&request) {
        Ok(Some(subject)) => permitted(&app, subject).await.map(Some),
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
struct AuthorizationRequest {
    route: &'static Route,
    principal: Principal,
    target: Target,
}

impl AuthorizationRequest {
    /// `None` where there is nothing to decide, for the route is open. What has no route is refused here: no handler runs undecided.
    fn of(request: &Request) -> Result<Option<Self>, Refusal> {
        let matched = request.extensions().get::<MatchedPath>();
        let method = request.method().as_str();
        let route = matched.and_then(|matched| {
            let is_it = |route: &&Route| route.path == matched.as_str() && route.method == method;
            routes::routes().find(is_it)
        });
        let route = route.ok_or_else(|| Refusal::of_status(StatusCode::NOT_FOUND))?;
        if route.open {
            return Ok(None);
        }
        let caller = request.extensions().get::<Caller>();
        let principal = caller.and_then(|caller| caller.principal.clone());
        Ok(Some(Self {
            route,
            principal: principal.ok_or_else(|| Refusal::of_status(StatusCode::UNAUTHORIZED))?,
            target: Target::of(route, request.uri().path())?,
        }))
    }
}

async fn permitted(app: &App, request: AuthorizationRequest) -> Result<Permitted, Refusal> {
    let (principal, target) = (request.principal, request.target);
    let found = app.resolve(&target).await?;
    let is_absent = found.is_none();
    let resource = found.unwrap_or_else(|| absent(&target));
    let (access, ledger, tenant) = (&app.access, &app.ledger, resource.tenant());
    let held = match is_read(request.route) {
        true => {
            access
                .cached_roles(ledger, &principal, tenant, now())
                .await?
        }
        false => {
            access
                .current_roles(ledger, &principal, tenant, now())
                .await?
        }
    };
    let action = request.route.name;
    let outcome = app.decide(&principal, &held, action, &resource).await?;
    log(request.route, &outcome);
    match outcome {
        Outcome::Allowed(_) if is_absent => Err(target.absent()),
        Outcome::Allowed(_) => {
            if !is_read(request.route) {
                let counted = app.rate_limit.admit_change(ledger, &principal, now());
                counted.await?;
            }
            Ok(Permitted {
                principal,
                held,
                resource,
            })
        }
        Outcome::Hidden => Err(target.absent()),
        Outcome::Refused { would_allow } => Err(forbidden(action, &would_allow)),
    }
}

impl App {
    /// Whether who was let through may do something else as well to what the request acts on; without what a blueprint opens.
    pub(crate) fn may(&self, permitted: &Permitted, action: &str) -> bool {
        let question = access::Question {
            principal: &permitted.principal,
            held: &permitted.held,
            action,
            resource: &permitted.resource,
            self_service: &[],
        };
        self.access.engine().decide(&question).allowed
    }
}

/// Whether an operation shows something that is no secret, and changes nothing: who was given a private key or a report is on record.
fn is_read(route: &Route) -> bool {
    route.method == "GET" && !["getKeyPair", "getReport"].contains(&route.name)
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

fn forbidden(action: &str, would_allow: &[Would]) -> Refusal {
    let roles: Vec<String> = would_allow.iter().map(in_words).collect();
    let detail = format!("no role that you hold allows `{action}` here");
    Refusal::new(api_types::ProblemKind::FORBIDDEN, detail).with_remedy(&format!(
        "Ask for a grant of one of these roles: {}.",
        roles.join(", ")
    ))
}

fn in_words(would: &Would) -> String {
    let role = format!("`{}` {}", would.role, place(would.scope.level()));
    match would.if_opened {
        Some(service) => {
            let service = service.as_str();
            format!("{role} (where the tenant's blueprint opens `{service}`)")
        }
        None => role,
    }
}

fn place(level: Level) -> &'static str {
    match level {
        Level::Installation => "at the installation",
        Level::Tenant => "in the tenant",
        Level::Project => "in the project",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_no_table_of_routes_is_refused_whoever_asks() {
        let mut request = Request::new(axum::body::Body::empty());
        let operator = Principal::Machine(tenancy::access::Machine::new("arn:aws:iam::1:user/ann"));
        request.extensions_mut().insert(Caller {
            actor: operator.actor(),
            principal: Some(operator),
            request_id: String::new(),
        });
        let refused = AuthorizationRequest::of(&request).err();
        assert_eq!(refused, Some(Refusal::of_status(StatusCode::NOT_FOUND)));
    }
}
