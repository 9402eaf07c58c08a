//! Around every request: the caller, the authorized route, the request id, the log line, and the body of refusals.

use std::{collections::BTreeMap, time::Instant};

use access::UnusableClaims;
use api_types::ProblemKind;
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use events::HttpRequest;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tenancy::access::{Machine, Principal};
use tracing::Instrument;

use crate::{
    App, call, people,
    refusal::Refusal,
    routes::{self, Route, routes},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What API Gateway says about a request, besides the request itself. No header can say it.
#[derive(Debug, Clone)]
pub struct Origin {
    principal: Result<Principal, &'static str>,
    claims: Option<BTreeMap<String, String>>,
    route_key: String,
    path: String,
    request_id: String,
}

/// The caller.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who it is in the history: the ARN of an IAM principal or session, or a person of a provider.
    pub actor: String,
    /// Who it is to decide about; `None` where nobody has to be known.
    pub principal: Option<Principal>,
    /// The id of the request in the log.
    pub request_id: String,
}

impl Origin {
    /// The origin of a request.
    pub fn of(request: &HttpRequest) -> Self {
        let id = Some(&request.request_context.request_id).filter(|id| !id.is_empty());
        Self {
            principal: principal(request),
            claims: request.claims().cloned(),
            route_key: request.route_key.clone(),
            path: request.raw_path.clone(),
            request_id: id.cloned().unwrap_or_else(fresh_id),
        }
    }

    /// Who calls, as the log and the history name it.
    fn actor(&self) -> Option<String> {
        self.principal.as_ref().ok().map(Principal::actor)
    }

    /// The origin of what is no request at all.
    pub fn unknown() -> Self {
        Self {
            principal: Err("the request carries no caller"),
            claims: None,
            route_key: String::new(),
            path: String::new(),
            request_id: fresh_id(),
        }
    }
}

fn fresh_id() -> String {
    data_encoding::HEXLOWER.encode(&rand::random::<[u8; 12]>())
}

/// Answers a request, whatever happens within.
pub async fn frame(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let origin = request.extensions_mut().remove::<Origin>();
    let origin = origin.unwrap_or_else(Origin::unknown);
    let span = tracing::info_span!(
        "request",
        request.id = origin.request_id,
        caller.arn = origin.actor()
    );
    let method = request.method().clone();
    request.extensions_mut().insert(Caller {
        actor: origin.actor().unwrap_or_else(|| "anonymous".to_owned()),
        principal: origin.principal.clone().ok(),
        request_id: origin.request_id.clone(),
    });
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let answer = async {
        let answer = match check(&origin, &method, matched.as_ref()) {
            Ok(()) => match admitted(&app, &origin).await {
                Ok(()) => next.run(request).await,
                Err(refusal) => refusal.into_response(),
            },
            Err(refusal) => refusal.into_response(),
        };
        let status = answer.status().as_u16();
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            http.method = %method,
            http.path = origin.path,
            http.status = status,
            duration.ms = took,
            "answered"
        );
        answer
    };
    written(answer.instrument(span).await, &origin)
}

/// The answer to a request that does not even reach the router.
pub fn refused(origin: &Origin, refusal: Refusal) -> Response {
    let answer = refusal.into_response();
    tracing::info!(
        request.id = origin.request_id,
        caller.arn = origin.actor(),
        http.path = origin.path,
        http.status = answer.status().as_u16(),
        "answered"
    );
    written(answer, origin)
}

/// Whether the caller does not call too fast, and a person's session goes on.
async fn admitted(app: &App, origin: &Origin) -> Result<(), Refusal> {
    let now = call::now();
    // First, for it costs nothing.
    if let Ok(principal) = &origin.principal {
        app.rate_limit.admit(principal, now)?;
    }
    match &origin.claims {
        Some(claims) => people::check(app, claims, now).await,
        None => Ok(()),
    }
}

/// Whether API Gateway has let somebody through to this very route.
fn check(origin: &Origin, method: &Method, matched: Option<&MatchedPath>) -> Result<(), Refusal> {
    // API Gateway refuses requests without signature or token; a misconfigured stage must not let them through either.
    if let Err(detail) = origin.principal
        && !routes::is_open(&origin.path)
    {
        return Err(Refusal::new(ProblemKind::UNAUTHENTICATED, detail));
    }
    let Some(matched) = matched else {
        return Ok(());
    };
    let here = || routes().filter(|route| route.path == matched.as_str());
    match here().find(|route| route.method == method.as_str()) {
        // The path was authorized as another route, such as one with a slash that was encoded: nobody has allowed this one.
        Some(route) if route.key() != origin.route_key => {
            tracing::warn!(route.key = origin.route_key, "another route was authorized");
            Err(Refusal::not_found("the path does not exist"))
        }
        Some(_) => Ok(()),
        // `HEAD` as well, which the router would answer with the handler of `GET`.
        None => Err(method_not_allowed(here())),
    }
}

/// Who calls, as API Gateway has verified: by a signature or by a token, and never by both.
fn principal(request: &HttpRequest) -> Result<Principal, &'static str> {
    let authorizer = request.request_context.authorizer.as_ref();
    let token = authorizer.and_then(|authorizer| authorizer.jwt.as_ref());
    match (request.caller(), token) {
        (Some(_), Some(_)) => Err("the request carries two callers"),
        (Some(caller), None) => Ok(Principal::Machine(Machine::new(caller))),
        (None, Some(token)) => match access::person(&token.claims) {
            Ok(person) => Ok(Principal::Person(person)),
            Err(unusable) => {
                tracing::warn!(error.detail = %unusable, "a verified token names nobody");
                Err(match unusable {
                    UnusableClaims::TooManyGroups => {
                        "the token names more than 100 groups: let the identity provider send only those that are used here"
                    }
                    UnusableClaims::Unreadable(_) => "the token names nobody",
                })
            }
        },
        (None, None) => Err("the request carries no caller"),
    }
}

fn method_not_allowed(routes: impl Iterator<Item = &'static Route>) -> Refusal {
    let methods: Vec<&str> = routes.map(|route| route.method).collect();
    let refusal = Refusal::of_status(StatusCode::METHOD_NOT_ALLOWED);
    match HeaderValue::from_str(&methods.join(", ")) {
        Ok(methods) => refusal.with_header(header::ALLOW, methods),
        Err(_) => refusal,
    }
}

/// Writes the problem of an answer out, if it has one, and the request id in any case.
fn written(mut answer: Response, origin: &Origin) -> Response {
    let failed = answer.status().is_client_error() || answer.status().is_server_error();
    if failed {
        let refusal = answer
            .extensions_mut()
            .remove::<Refusal>()
            .unwrap_or_else(|| Refusal::of_status(answer.status()));
        let mut problem = refusal.problem;
        problem.instance.clone_from(&origin.path);
        problem.request_id.clone_from(&origin.request_id);
        let text = serde_json::to_vec(&problem).unwrap_or_default();
        *answer.body_mut() = Body::from(text);
        let headers = answer.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
    }
    if let Ok(id) = HeaderValue::from_str(&origin.request_id) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    let no_store = HeaderValue::from_static("no-store");
    answer
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(no_store);
    answer
}
