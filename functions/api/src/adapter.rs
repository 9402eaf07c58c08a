//! Between the events of API Gateway and the router.
//!
//! # Guarantees
//! Whatever the event holds, there is an answer: nothing here panics. What is routed is to the letter what API Gateway has
//! authorized: a path that could be read in two ways is not found, and the route that matches must be the one that API Gateway
//! chose.

use std::collections::BTreeMap;

use api_types::ProblemKind;
use axum::{
    Router,
    body::{Body, to_bytes},
    response::Response,
};
use data_encoding::BASE64;
use events::{HttpRequest, HttpResponse};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use serde_json::Value;
use tenancy::{
    FieldError,
    validate::{BODY, quoted},
};
use tower::Service;

use crate::{
    frame::{self, Origin},
    refusal::Refusal,
};

/// The largest body of an answer, in bytes, as a string within the JSON that Lambda takes: that is 6 MB (Lambda quotas,
/// "invocation payload"), and each quote in it takes two bytes.
const LARGEST: usize = 5 << 20;

/// Set by API Gateway; whatever else stands there, the event was not made by it.
const FORWARDED_PROTOCOL: &str = "x-forwarded-proto";

/// Answers an event.
pub async fn handle(mut router: Router, event: Value) -> HttpResponse {
    let request = match HttpRequest::parse(event) {
        Ok(request) => request,
        Err(unreadable) => {
            tracing::warn!(error.detail = %unreadable, "not a request");
            let detail = "the event is not a request of an HTTP API, payload format 2.0";
            let origin = Origin::unknown();
            let answer = frame::refused(&origin, bad_request(detail));
            return sent(answer, &origin).await;
        }
    };
    let origin = Origin::of(&request);
    match converted(request, &origin) {
        Ok(request) => match router.call(request).await {
            Ok(answer) => sent(answer, &origin).await,
            Err(never) => match never {},
        },
        Err(refusal) => sent(frame::refused(&origin, refusal), &origin).await,
    }
}

fn converted(event: HttpRequest, origin: &Origin) -> Result<Request<Body>, Refusal> {
    if !event.has_plain_path() {
        return Err(Refusal::not_found("the path does not exist"));
    }
    let method = Method::from_bytes(event.request_context.http.method.as_bytes());
    let method = method.map_err(|_| bad_request("the method cannot be read"))?;
    let uri = uri(&event.raw_path, &event.raw_query_string)?;
    let headers = headers(&event.headers)?;
    let body = body(event.body, event.is_base64_encoded)?;
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    request.extensions_mut().insert(origin.clone());
    Ok(request)
}

fn uri(path: &str, query: &str) -> Result<Uri, Refusal> {
    let text = match query {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    // A query is printable ASCII without quotes, brackets or a fragment (RFC 3986, section 3.4); all else is encoded.
    let fits = query
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte));
    let uri = text.parse().ok().filter(|_| fits);
    uri.ok_or_else(|| {
        let allowed = "names and values, percent-encoded (RFC 3986, section 3.4)";
        let error = FieldError::new("(query)", "cannot be read", allowed);
        bad_request("the query cannot be read").with_errors(vec![error])
    })
}

fn headers(given: &BTreeMap<String, String>) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let read = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        );
        let (Ok(name), Ok(value)) = read else {
            let detail = format!("the header {} cannot be read", quoted(name));
            return Err(bad_request(&detail));
        };
        if name == FORWARDED_PROTOCOL && !is_protocol(&value) {
            let allowed = "http or https";
            let error = FieldError::new(FORWARDED_PROTOCOL, "cannot be read", allowed);
            let detail = format!("the header {FORWARDED_PROTOCOL} cannot be read");
            return Err(bad_request(&detail).with_errors(vec![error]));
        }
        if headers.try_append(name, value).is_err() {
            return Err(bad_request("there are too many headers"));
        }
    }
    Ok(headers)
}

/// Whether a value names the protocol by which a caller came: API Gateway sets one of two.
fn is_protocol(value: &HeaderValue) -> bool {
    let value = value.as_bytes();
    [&b"http"[..], b"https"]
        .iter()
        .any(|protocol| value.eq_ignore_ascii_case(protocol))
}

fn body(text: Option<String>, is_encoded: bool) -> Result<Vec<u8>, Refusal> {
    let text = text.unwrap_or_default();
    if !is_encoded {
        return Ok(text.into_bytes());
    }
    BASE64.decode(text.as_bytes()).map_err(|_| {
        let error = FieldError::new(BODY, "cannot be decoded", "base64 (RFC 4648)");
        bad_request("the body cannot be decoded").with_errors(vec![error])
    })
}

fn bad_request(detail: &str) -> Refusal {
    Refusal::new(ProblemKind::BAD_REQUEST, detail)
}

/// The answer as API Gateway takes it.
async fn sent(answer: Response, origin: &Origin) -> HttpResponse {
    let (parts, body) = answer.into_parts();
    let text = to_bytes(body, LARGEST).await.ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes.into()).ok());
    let text = text.filter(|text| quoted_size(text) <= LARGEST);
    let Some(body) = text else {
        // Every list is bounded well below this; a person checks what was missed.
        tracing::error!(
            http.status = parts.status.as_u16(),
            "the answer is too large"
        );
        let refusal = Refusal::new(ProblemKind::INTERNAL, "the answer is too large");
        let (parts, body) = frame::refused(origin, refusal).into_parts();
        let body = to_bytes(body, LARGEST).await.unwrap_or_default();
        return response(&parts, String::from_utf8_lossy(&body).into_owned());
    };
    response(&parts, body)
}

/// How long a text of JSON is as a string within JSON, in bytes.
fn quoted_size(text: &str) -> usize {
    let escaped = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    text.len() + escaped.count()
}

fn response(parts: &http::response::Parts, body: String) -> HttpResponse {
    let headers = parts.headers.iter();
    HttpResponse {
        status_code: parts.status.as_u16(),
        headers: headers
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect(),
        cookies: Vec::new(),
        body,
        is_base64_encoded: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_that_lambda_would_not_take_is_a_problem_as_any_other() {
        for body in ["x".repeat(6 << 20), "\"".repeat(3 << 20)] {
            let answer = sent(Response::new(Body::from(body)), &Origin::unknown()).await;
            assert_eq!(answer.status_code, 500);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(answer.headers.contains_key("x-request-id"));
            assert!(answer.body.contains("too large"));
        }
    }
}
