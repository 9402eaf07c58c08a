//! Bodies: bounded, of a known type, strictly JSON.

use api_types::ProblemKind;
use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, Method, header};
use serde_json::Value;
use tenancy::{
    spec::FieldError,
    validate::{
        BODY,
        json::{self, Refused},
        quoted,
    },
};

use crate::refusal::Refusal;

/// The largest body, in bytes. The largest spec that makes sense is a tenth of it.
pub const LIMIT: usize = 64 * 1024;

/// A body of JSON.
#[derive(Debug)]
pub struct JsonBody(pub Value);

/// No body, or an empty object.
#[derive(Debug)]
pub struct NoBody;

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        media_type(request.method(), request.headers())?;
        let text = read(request).await?;
        let mut body = json::parse(&text).map_err(refused)?;
        // The order of members means nothing: a repetition may have another, and complaints come in one order.
        body.sort_all_objects();
        Ok(Self(body))
    }
}

impl<S: Sync> FromRequest<S> for NoBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let text = read(request).await?;
        if text.is_empty() {
            return Ok(Self);
        }
        let Value::Object(members) = json::parse(&text).map_err(refused)? else {
            let error = FieldError::new(BODY, "is not an object", "no body, or an empty object");
            return Err(Refusal::invalid(vec![error]));
        };
        let errors: Vec<FieldError> = members
            .keys()
            .map(|key| FieldError::new(json::member("", key), "unknown field", "no fields"))
            .collect();
        if errors.is_empty() {
            Ok(Self)
        } else {
            Err(Refusal::invalid(errors))
        }
    }
}

async fn read(request: Request) -> Result<Vec<u8>, Refusal> {
    let too_large = || {
        let detail = format!("the body has more than {LIMIT} bytes");
        let error = FieldError::new(BODY, "too large", format!("at most {LIMIT} bytes"));
        Refusal::new(ProblemKind::TOO_LARGE, detail).with_errors(vec![error])
    };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LIMIT) {
        return Err(too_large());
    }
    match to_bytes(request.into_body(), LIMIT).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(_) => Err(too_large()),
    }
}

fn media_type(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let allowed: &[&str] = if method == Method::PATCH {
        &["application/merge-patch+json", "application/json"]
    } else {
        &["application/json"]
    };
    let given = headers.get(header::CONTENT_TYPE);
    let text = given
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known = allowed
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
        && parts.all(|parameter| !is_foreign_charset(parameter));
    if known {
        return Ok(());
    }
    let error = FieldError::new(
        "Content-Type",
        format!("{} is not allowed", quoted(text)),
        allowed.join(", "),
    );
    Err(Refusal::new(ProblemKind::MEDIA_TYPE, error.to_string()).with_errors(vec![error]))
}

fn is_foreign_charset(parameter: &str) -> bool {
    parameter
        .to_ascii_lowercase()
        .strip_prefix("charset=")
        .is_some_and(|charset| charset.trim_matches('"') != "utf-8")
}

fn refused(refused: Refused) -> Refusal {
    match refused {
        Refused::Syntax {
            detail,
            line,
            column,
        } => {
            let place = format!("line {line}, column {column}: {detail}");
            let error = FieldError::new(BODY, place.clone(), "JSON in UTF-8 (RFC 8259)");
            Refusal::new(ProblemKind::MALFORMED_JSON, place).with_errors(vec![error])
        }
        Refused::Duplicates(errors) => Refusal::invalid(errors),
    }
}
