//! Around every request: the caller, the request id, the log line, and the body of refusals.

use std::time::Instant;

use api_types::ProblemKind;
use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use lambda_http::request::RequestContext;
use tracing::Instrument;

use crate::{refusal::Refusal, routes};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The caller. Only API Gateway sets it, in the request context; a header cannot.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The ARN of the IAM principal.
    pub arn: String,
    /// The id of the request in the log.
    pub request_id: String,
}

/// Answers a request, whatever happens within.
pub async fn frame(mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (request_id, arn) = context(&request);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", request.id = request_id, caller.arn = arn);
    let known = arn.is_some() || routes::is_open(&path);
    request.extensions_mut().insert(Caller {
        arn: arn.unwrap_or_else(|| "anonymous".to_owned()),
        request_id: request_id.clone(),
    });
    let answer = async {
        let answer = if known {
            next.run(request).await
        } else {
            // API Gateway refuses requests without a signature; a misconfigured stage must not let them through either.
            Refusal::new(
                ProblemKind::UNAUTHENTICATED,
                "the request carries no IAM caller",
            )
            .into_response()
        };
        let status = answer.status().as_u16();
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            http.method = %method,
            http.path = path,
            http.status = status,
            duration.ms = took,
            "answered"
        );
        answer
    };
    written(answer.instrument(span).await, &path, &request_id)
}

fn context(request: &Request) -> (String, Option<String>) {
    let Some(RequestContext::ApiGatewayV2(context)) = request.extensions().get() else {
        return (fresh_id(), None);
    };
    let arn = context
        .authorizer
        .as_ref()
        .and_then(|authorizer| authorizer.iam.as_ref())
        .and_then(|iam| iam.user_arn.clone());
    let id = context.request_id.clone().filter(|id| !id.is_empty());
    (id.unwrap_or_else(fresh_id), arn)
}

fn fresh_id() -> String {
    data_encoding::HEXLOWER.encode(&rand::random::<[u8; 12]>())
}

/// Writes the problem of an answer out, if it has one, and the request id in any case.
fn written(mut answer: Response, path: &str, request_id: &str) -> Response {
    let failed = answer.status().is_client_error() || answer.status().is_server_error();
    if failed {
        let refusal = answer
            .extensions_mut()
            .remove::<Refusal>()
            .unwrap_or_else(|| Refusal::of_status(answer.status()));
        let mut problem = refusal.problem;
        path.clone_into(&mut problem.instance);
        request_id.clone_into(&mut problem.request_id);
        let text = serde_json::to_vec(&problem).unwrap_or_default();
        *answer.body_mut() = Body::from(text);
        let headers = answer.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    let no_store = HeaderValue::from_static("no-store");
    answer
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(no_store);
    answer
}
