//! Every refusal, as RFC 9457 wants it.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::{Failure, spec::FieldError};
use tenantry_aws::ledger::LedgerError;

/// Where the kinds of problems are described.
const TYPES: &str = "https://tenantry.dev/problems/";

/// A kind of refusal. The word is stable; programs may rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The last part of the problem's type.
    pub slug: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// A short summary, the same for every occurrence.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        impl Kind {
            $(
                #[doc = concat!("`", $slug, "`: ", $title, ".")]
                pub const $name: Self = Self { slug: $slug, status: StatusCode::$status, title: $title };
            )*
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

kinds!(
    MALFORMED_JSON = "malformed-json", BAD_REQUEST, "the body is not JSON";
    BAD_REQUEST = "bad-request", BAD_REQUEST, "the request cannot be read";
    UNAUTHENTICATED = "unauthenticated", UNAUTHORIZED, "the caller is not known";
    NOT_FOUND = "not-found", NOT_FOUND, "there is no such thing";
    METHOD_NOT_ALLOWED = "method-not-allowed", METHOD_NOT_ALLOWED, "the method does not fit the path";
    SLUG_TAKEN = "slug-taken", CONFLICT, "another tenant has the slug";
    TENANT_LEAVING = "tenant-leaving", CONFLICT, "the tenant is leaving or gone";
    CONFLICT = "conflict", CONFLICT, "the request contradicts what is recorded";
    VERSION_MISMATCH = "version-mismatch", PRECONDITION_FAILED, "the tenant has changed meanwhile";
    LIMITS_CHANGED = "limits-changed", PRECONDITION_FAILED, "the limits have changed meanwhile";
    TOO_LARGE = "payload-too-large", PAYLOAD_TOO_LARGE, "the body is too large";
    MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "the body is not of a known type";
    INVALID = "invalid-request", UNPROCESSABLE_ENTITY, "fields of the request are not allowed";
    KEY_REUSED = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "the idempotency key belongs to another request";
    INTERNAL = "internal-error", INTERNAL_SERVER_ERROR, "tenantry has a defect";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "tenantry cannot answer at the moment";
);

/// A refusal. `instance` and `requestId` are filled in on the way out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What kind of problem it is: a URI whose last part is a stable word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong this time.
    pub detail: String,
    /// The path that was asked.
    pub instance: String,
    /// Every field at fault: paths in the body, names of parameters or headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// By which the request is found in the log.
    pub request_id: String,
    /// Headers of the answer.
    #[serde(skip)]
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("{TYPES}{}", kind.slug),
            title: kind.title.to_owned(),
            status: kind.status.as_u16(),
            detail: detail.into(),
            instance: String::new(),
            errors: Vec::new(),
            remedy: None,
            retryable: false,
            request_id: String::new(),
            headers: Vec::new(),
        }
    }

    /// The problem of a bare status, such as a router's own answer.
    pub fn of_status(status: StatusCode) -> Self {
        let kind = Kind::ALL.iter().find(|kind| kind.status == status);
        let kind = kind.copied().unwrap_or(if status.is_server_error() {
            Kind::INTERNAL
        } else {
            Kind::BAD_REQUEST
        });
        Self::new(kind, kind.title)
    }

    /// Fields that are not allowed.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            many => format!("{} fields are not allowed; see `errors`", many.len()),
        };
        Self::new(Kind::INVALID, detail).with_errors(errors)
    }

    /// Something that is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NOT_FOUND, detail)
    }

    #[must_use]
    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    #[must_use]
    pub(crate) fn with_remedy(mut self, remedy: &str) -> Self {
        self.remedy = Some(remedy.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retryable = true;
        self.headers
            .push((header::RETRY_AFTER, HeaderValue::from(seconds)));
        self
    }
}

/// The ledger did not answer: what AWS said is for the log only.
impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        tracing::error!(
            error.doing = failure.doing,
            error.detail = failure.detail,
            error.kind = ?failure.kind,
            "AWS failed"
        );
        let seconds = failure.look_again_secs().unwrap_or(30).clamp(1, 60);
        Self::new(Kind::UNAVAILABLE, "the ledger did not answer")
            .with_remedy(
                "Send the same request again, with the same Idempotency-Key if it had one.",
            )
            .retry_after(seconds)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        let detail = error.to_string();
        match error {
            LedgerError::SlugTaken { slug } => Self::new(Kind::SLUG_TAKEN, detail)
                .with_errors(vec![FieldError::new(
                    "slug",
                    format!("`{slug}` is taken"),
                    "a slug no living tenant has",
                )])
                .with_remedy("Choose another slug, or change the tenant that has it."),
            LedgerError::VersionMismatch { current } => Self::version_mismatch(current),
            LedgerError::Leaving => Self::leaving(),
            LedgerError::NotFound { .. } => Self::not_found(detail),
            LedgerError::IdempotencyReused => Self::new(Kind::KEY_REUSED, detail)
                .with_errors(vec![FieldError::new(
                    "Idempotency-Key",
                    "was used for a different request within 24 hours",
                    "a key of its own for each request",
                )])
                .with_remedy("Send the first request unchanged, or this one with a new key."),
            LedgerError::BadCursor => Self::invalid(vec![FieldError::new(
                "cursor",
                "does not belong to this question",
                "the `nextCursor` of an answer to the same question",
            )]),
            LedgerError::Conflict { .. } | LedgerError::PoolExhausted { .. } => {
                Self::new(Kind::CONFLICT, detail)
            }
            LedgerError::LostLease => {
                Self::new(Kind::UNAVAILABLE, "another change was faster").retry_after(1)
            }
            LedgerError::Failed(failure) => failure.into(),
        }
    }
}

impl Problem {
    pub(crate) fn version_mismatch(current: u64) -> Self {
        Self::new(
            Kind::VERSION_MISMATCH,
            format!("the tenant is at version {current}"),
        )
        .with_errors(vec![FieldError::new(
            "If-Match",
            "is not the tenant's version",
            format!("\"{current}\""),
        )])
        .with_remedy("Look at the tenant again and decide anew.")
    }

    pub(crate) fn leaving() -> Self {
        Self::new(
            Kind::TENANT_LEAVING,
            "the tenant is leaving and takes no more changes",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.headers_mut().extend(self.headers.clone());
        // The body is written by the frame, which knows path and request id.
        response.extensions_mut().insert(self);
        response
    }
}
