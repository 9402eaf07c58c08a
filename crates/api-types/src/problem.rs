//! Refusals, as RFC 9457 defines them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tenancy::FieldError;

/// Where the kinds of problems are described.
const TYPES: &str = "https://tenantry.dev/problems/";

/// A kind of refusal. The word is stable; programs may rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemKind {
    /// The last part of the problem's type.
    pub slug: &'static str,
    /// HTTP status.
    pub status: u16,
    /// A short summary, the same for every occurrence.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:literal, $title:literal;)*) => {
        impl ProblemKind {
            $(
                #[doc = concat!("`", $slug, "`: ", $title, ".")]
                pub const $name: Self = Self { slug: $slug, status: $status, title: $title };
            )*
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

kinds!(
    BAD_REQUEST = "bad-request", 400, "the request cannot be read";
    MALFORMED_JSON = "malformed-json", 400, "the body is not JSON";
    UNAUTHENTICATED = "unauthenticated", 401, "the caller is not known";
    FORBIDDEN = "forbidden", 403, "the caller may not do this";
    NOT_FOUND = "not-found", 404, "the resource does not exist";
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "the path does not support the method";
    CONFLICT = "conflict", 409, "the request contradicts the recorded state";
    SLUG_TAKEN = "slug-taken", 409, "another tenant has the slug";
    BLUEPRINT_EXISTS = "blueprint-exists", 409, "the version of the blueprint was published with another content";
    TENANT_LEAVING = "tenant-leaving", 409, "the tenant is leaving or has left";
    CONCURRENT_CHANGE = "concurrent-change", 409, "concurrent changes to the same resource won";
    VERSION_MISMATCH = "version-mismatch", 412, "the tenant has changed since it was read";
    LIMITS_CHANGED = "limits-changed", 412, "the limits have changed since they were read";
    TOO_LARGE = "payload-too-large", 413, "the body is too large";
    MEDIA_TYPE = "unsupported-media-type", 415, "the media type of the body is not supported";
    INVALID = "invalid-request", 422, "fields of the request are not valid";
    KEY_REUSED = "idempotency-key-reused", 422, "the idempotency key belongs to another request";
    TOO_MANY_REQUESTS = "too-many-requests", 429, "the caller sends too many requests";
    INTERNAL = "internal-error", 500, "internal error";
    UNAVAILABLE = "unavailable", 503, "the service is temporarily unavailable";
);

impl ProblemKind {
    /// The kind of a bare status, such as a router's own answer: the first of that status, else the general one.
    pub fn of_status(status: u16) -> Self {
        let known = Self::ALL.iter().find(|kind| kind.status == status);
        known.copied().unwrap_or(if status >= 500 {
            Self::INTERNAL
        } else {
            Self::BAD_REQUEST
        })
    }
}

/// A refusal (RFC 9457).
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
    /// The path of the request.
    pub instance: String,
    /// Every invalid field, up to 100: paths in the body, names of parameters or headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub errors: Vec<FieldError>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// The id of the request in the log.
    pub request_id: String,
}

/// A refusal by API Gateway itself: a caller without rights, too many requests, or a function that did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayMessage {
    /// What it says.
    pub message: String,
}

impl Problem {
    /// A problem of a kind. `instance` and `request_id` are empty.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("{TYPES}{}", kind.slug),
            title: kind.title.to_owned(),
            status: kind.status,
            detail: detail.into(),
            instance: String::new(),
            errors: Vec::new(),
            remedy: None,
            retryable: false,
            request_id: String::new(),
        }
    }

    /// The stable word: the last part of the type.
    pub fn slug(&self) -> &str {
        self.kind.rsplit('/').next().unwrap_or_default()
    }
}
